/** What a change of a disk in use is told, and what it gives back. Plain JSON, complete in itself. */

import type { HealthProbe, InstanceId, Place, VolumeId } from '@belay/cloud';
import type { Gated } from '../gate/gate-input.ts';

/** What a change of a disk in use is told. JSON. */
export interface GrowInput extends Gated {
  readonly at: Place;
  readonly instance: { readonly id: InstanceId; readonly name: string };
  readonly volume: {
    readonly id: VolumeId;
    readonly mountPoint: string;
    readonly filesystemUuid: string;
  };
  /** As it is; another disk than this ends the run before anything is changed. */
  readonly from: DiskSize;
  /** As it shall be: never smaller. */
  readonly to: DiskSize;
  /** The workload answers before and after. */
  readonly probe: HealthProbe;
  /** Wait for a person's word before the disk is changed: the hold `grow`. */
  readonly hold?: boolean | undefined;
  /** Digest of the plan that this came from, for the record. */
  readonly planDigest?: string | undefined;
}

/** The size and kind of a disk. */
export interface DiskSize {
  readonly sizeGiB: number;
  readonly diskType: string;
}

/** The disk as its cloud and its server show it afterwards. */
export interface GrowOutput extends DiskSize {
  /** Of the filesystem; 0 where the server does not say. */
  readonly filesystemBytes: number;
}
