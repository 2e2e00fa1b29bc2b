/**
 * The volumes and the snapshots of any cloud as inventories, and their removers.
 *
 * @packageDocumentation
 */

import type { Inventory } from '../inventory.ts';
import { type CloudInventoryOptions, inventoryOf } from './inventory.ts';
import { snapshots, volumes } from './resource.ts';

export type { CloudInventoryOptions } from './inventory.ts';
export { type CloudMark, type CloudMarks, cloudMarks } from './marks.ts';
export { type CloudRemoverOptions, snapshotRemover, volumeRemover } from './remover.ts';

/**
 * The volumes of an account and region, of the kind `volume`, under the keys `volume/` and their id. The tags
 * `belay:environment` and `belay:verified` (`true`) describe a volume as an archive's metadata does.
 */
export function volumeInventory(options: CloudInventoryOptions): Inventory {
  return inventoryOf(options, volumes(options.cloud));
}

/**
 * The snapshots of an account and region, of the kind `snapshot`, under the keys `snapshot/` and their id. Volumes that
 * were made of a snapshot count as depending on it; images do too at most clouds, and there the cloud itself refuses.
 */
export function snapshotInventory(options: CloudInventoryOptions): Inventory {
  return inventoryOf(options, snapshots(options.cloud));
}
