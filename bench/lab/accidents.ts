// What happens to the shop's server, and what must have become of the shop afterwards.

import { randomUUID } from 'node:crypto';
import type { RecoveryWayName } from '@belay/planner';
import type { Outcome } from '@belay/runner';
import { expectOk, pause } from './expect.ts';
import { backUp, type LabStage } from './stage.ts';

export interface Accident {
  readonly id: string;
  /** In words. */
  readonly accident: string;
  /** The way back that is asked for. */
  readonly way: RecoveryWayName;
  /** What goes on beforehand, while clients order. */
  readonly before?: ((stage: LabStage) => Promise<void>) | undefined;
  readonly happens: (stage: LabStage) => Promise<void>;
  /** The old server comes back just before this step of the recovery. */
  readonly backBefore?: string | undefined;
  /** How the run ends, how a second one does where the first was taken back with nobody serving, and who serves then. */
  readonly wanted: {
    readonly state: Outcome<unknown>['state'];
    readonly again?: Outcome<unknown>['state'];
    readonly serves: 'source' | 'target';
  };
  /** All that had been confirmed must be there. */
  readonly losesNothing: boolean;
}

const good = { state: 'success', serves: 'target' } as const;

export const accidents: readonly Accident[] = [
  {
    id: 'killed-disk-kept',
    accident: 'killed, its disk is kept',
    way: 'surviving-volume',
    happens: pullPlug,
    wanted: good,
    losesNothing: true,
  },
  {
    id: 'killed-start-again',
    accident: 'killed, and started again',
    way: 'start-again',
    happens: pullPlug,
    wanted: { state: 'success', serves: 'source' },
    losesNothing: true,
  },
  {
    id: 'lost-with-disk',
    accident: 'lost with its disk',
    way: 'from-snapshot',
    before: pictureOfNow,
    happens: async (stage) => {
      await pullPlug(stage);
      const { instance, volumeId } = stage.current();
      expectOk(await stage.lab.cloud.instances.delete(instance.id, call()));
      expectOk(await stage.lab.cloud.volumes.delete(volumeId, call()));
    },
    wanted: good,
    losesNothing: false,
  },
  {
    id: 'back-before-fence',
    accident: 'killed; comes back while its successor is being built',
    way: 'surviving-volume',
    happens: pullPlug,
    backBefore: 'still-down',
    wanted: { state: 'reverted', serves: 'source' },
    losesNothing: true,
  },
  {
    id: 'back-at-fence',
    accident: 'killed; comes back just before it is fenced',
    way: 'surviving-volume',
    happens: pullPlug,
    backBefore: 'fence-source',
    wanted: good,
    losesNothing: true,
  },
  {
    id: 'back-after-fence',
    accident: 'killed; somebody powers it on behind the fence',
    way: 'surviving-volume',
    happens: pullPlug,
    backBefore: 'start-services',
    // It has not the disk and cannot serve; but a fence that does not hold leads nobody to its successor.
    wanted: { state: 'reverted', again: 'success', serves: 'target' },
    losesNothing: true,
  },
];

/** So long clients order after the picture: that is what would be lost. */
const sincePictureMs = 3_000;

async function pictureOfNow(stage: LabStage): Promise<void> {
  await backUp(stage.lab.cloud, stage.current().volumeId);
  await pause(sincePictureMs);
}

async function pullPlug({ lab, current }: LabStage): Promise<void> {
  expectOk(await lab.pullPlug(current().instance.id, call()));
}

function call(): { readonly key: string } {
  return { key: `accident/${randomUUID()}` };
}
