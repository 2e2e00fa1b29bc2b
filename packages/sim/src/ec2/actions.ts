import type { Action } from './action.ts';
import { addressNameActions } from './actions/address-names.ts';
import { addressActions } from './actions/addresses.ts';
import { attachmentActions } from './actions/attachments.ts';
import { capacityActions } from './actions/capacity.ts';
import { identityActions } from './actions/identity.ts';
import { imageActions } from './actions/images.ts';
import { instanceAttributeActions } from './actions/instance-attributes.ts';
import { instanceTypeActions } from './actions/instance-types.ts';
import { instanceActions } from './actions/instances.ts';
import { modificationActions } from './actions/modifications.ts';
import { powerActions } from './actions/power.ts';
import { snapshotActions } from './actions/snapshots.ts';
import { taggingActions } from './actions/tagging.ts';
import { volumeCopyActions } from './actions/volume-copies.ts';
import { volumeStatusActions } from './actions/volume-status.ts';
import { volumeActions } from './actions/volumes.ts';
import { zoneActions } from './actions/zones.ts';

/** Every action there is, by its name: one file for each family of resources. */
export const actions: ReadonlyMap<string, Action> = new Map(
  [
    ...instanceActions,
    ...powerActions,
    ...instanceAttributeActions,
    ...instanceTypeActions,
    ...capacityActions,
    ...volumeActions,
    ...attachmentActions,
    ...modificationActions,
    ...volumeCopyActions,
    ...volumeStatusActions,
    ...snapshotActions,
    ...addressActions,
    ...addressNameActions,
    ...imageActions,
    ...taggingActions,
    ...zoneActions,
    ...identityActions,
  ].map((one) => [one.name, one]),
);
