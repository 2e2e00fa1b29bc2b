/**
 * What a volume swap is told, and what it gives back. Plain JSON, complete in itself: another process can carry the
 * run on with nothing but this and the registries of clouds and hosts. A plan turns into it by `swapInput(plan)`;
 * it can as well be written by hand.
 */

import type {
  Attachment,
  Clouds,
  FloatingIpId,
  HealthProbe,
  Hosts,
  InstanceId,
  InstanceSpec,
  Place,
  VolumeId,
} from '@belay/cloud';
import type { WorkloadName } from '../workload.ts';

/** What the steps of a swap ask their services for. */
export type World = Clouds & Hosts;

/** What a volume swap is told. JSON. */
export interface SwapInput {
  /** Source, volume and target live in this one account and region. */
  readonly at: Place;
  readonly source: { readonly id: InstanceId; readonly name: string };
  /** The data disk: one filesystem, known by its UUID, mounted at the same point on both sides. */
  readonly volume: {
    readonly id: VolumeId;
    readonly mountPoint: string;
    readonly filesystemUuid: string;
  };
  /** In the order in which they are stopped; they are started in the opposite order. */
  readonly services: readonly string[];
  /** Tells whether the workload serves, by the name that its users know. */
  readonly probe: HealthProbe;
  /** Addresses that move with the workload. */
  readonly floatingIps: readonly FloatingIpId[];
  /** Records that name an address of the source and shall name the target's. */
  readonly names: readonly WorkloadName[];
  /** Where the target may stand, best first. With zone-bound volumes that is the volume's own zone alone. */
  readonly zones: readonly string[];
  readonly target: Omit<InstanceSpec, 'zone'>;
  /** May the run turn off "deleted with its instance" on the source's volume? If not, finding it on ends the run. */
  readonly mayKeepVolume: boolean;
  /** `false` where somebody takes the risk to move a source that does not serve. `true` where absent. */
  readonly sourceMustServe?: boolean | undefined;
  /** Digest of the plan that this came from, for the record. */
  readonly planDigest?: string | undefined;
}

/** The server that serves when the run has succeeded, and how it finds the disk. */
export interface SwapOutput {
  readonly target: SwapTarget;
  readonly attachment: Attachment;
}

/** What the journal keeps of the target. */
export interface SwapTarget {
  readonly id: InstanceId;
  readonly zone: string;
  readonly privateAddresses: readonly string[];
  readonly publicAddresses: readonly string[];
}
