import type { Result } from 'neverthrow';
import type { Call, CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { ImageId, InstanceId, IsoTime, ReservationId, SnapshotId, Tags, VolumeId } from './ref.ts';

/**
 * A virtual server. `terminated` and `deleted` are one state here: `gone`. `resized` serves in its new type while the
 * cloud keeps the old one, until that is confirmed or taken back. A state that the adapter does not know is `unknown`,
 * never an error.
 */
export type InstanceState =
  | 'pending'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'resizing'
  | 'resized'
  | 'failed'
  | 'gone'
  | 'unknown';

/** One instance as the cloud shows it. */
export interface Instance {
  readonly id: InstanceId;
  readonly name: string;
  readonly state: InstanceState;
  /** The provider's own word for the state. */
  readonly providerState: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId?: ImageId | undefined;
  /** Addresses inside the cloud's network, IPv4 and IPv6. */
  readonly privateAddresses: readonly string[];
  /** Addresses that the world reaches, floating ones too. */
  readonly publicAddresses: readonly string[];
  readonly volumes: readonly InstanceVolume[];
  /**
   * True where no API call may delete it. Always told by `get`; absent in lists of clouds that tell it only in a call of
   * its own for each instance.
   */
  readonly deletionProtected?: boolean | undefined;
  readonly tags: Tags;
  readonly createdAt?: IsoTime | undefined;
}

/** A disk as its instance sees it. For the state of the attachment ask the volume: it is the truth. */
export interface InstanceVolume {
  readonly volumeId: VolumeId;
  readonly isRoot: boolean;
  /** Does the volume die with the instance? */
  readonly deleteOnTermination: boolean;
}

/** What a new instance shall be. Data volumes are attached later, never at launch. */
export interface InstanceSpec {
  readonly name: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: ImageId;
  readonly networkId?: string | undefined;
  readonly securityGroups?: readonly string[] | undefined;
  readonly keyName?: string | undefined;
  /** Cloud-init data as text; the adapter encodes it. At most 16 KiB. */
  readonly userData?: string | undefined;
  readonly rootSizeGiB?: number | undefined;
  readonly rootSnapshotId?: SnapshotId | undefined;
  /** Takes its capacity from this reservation and from nowhere else. */
  readonly reservationId?: ReservationId | undefined;
  readonly tags?: Tags | undefined;
}

/** What a change of type takes. */
export interface ResizeCall extends Call {
  /** Takes its capacity from this reservation and from nowhere else. `unsupported` where there are none. */
  readonly reservationId?: ReservationId | undefined;
}

/** The verbs of instances. */
export interface Instances {
  /** One instance, or `not-found`. An instance that is gone may be reported as `gone` for a while first. */
  get(id: InstanceId, options?: ReadOptions): CloudResult<Instance>;
  /**
   * What was made under this key. `undefined` is only given where a look that may be believed (after the cloud's
   * window of visibility) found nothing; where that cannot be said the answer is an error.
   */
  find(key: string, options?: ReadOptions): CloudResult<Instance | undefined>;
  /** All instances of the account here that carry these tags. */
  list(filter?: { readonly tags?: Tags }, options?: ReadOptions): AsyncIterable<Result<Instance, CloudError>>;
  /** Resolves when it is `running`. Capacity that is gone is `out-of-stock`, with nothing left behind. */
  create(spec: InstanceSpec, call: Call): CloudResult<Instance>;
  /** Resolves when it is `running`; already running is fine. */
  start(id: InstanceId, call: Call): CloudResult<Instance>;
  /** Resolves when it is `stopped`; already stopped is fine. */
  stop(id: InstanceId, call: Call): CloudResult<Instance>;
  /** Resolves when it is gone; already gone is fine. A protected instance is `protected`. */
  delete(id: InstanceId, call: Call): CloudResult<void>;
  /** Changes the name, which is a tag on some clouds. */
  rename(id: InstanceId, name: string, call: Call): CloudResult<Instance>;
  /** Says whether a volume lives on when its instance is deleted. Resolves when read back. */
  keepVolume(id: InstanceId, volumeId: VolumeId, keep: boolean, call: Call): CloudResult<Instance>;
  /**
   * Changes the type of a stopped instance (or a running one, where the trait says so). Resolves when the new type is
   * seen: in the power state that it was in, or `resized` where the trait `resizeKeptUntilConfirmed` holds. A
   * reservation is for one type: the instance takes its capacity from the one that is named here, from its next start
   * on, and without a name from none.
   */
  resize(id: InstanceId, instanceType: string, call: ResizeCall): CloudResult<Instance>;
  /** Gives the old one up. Nothing to confirm is fine. */
  confirmResize(id: InstanceId, call: Call): CloudResult<Instance>;
  /**
   * Takes the old one back. Resolves when the old type is seen; not `resized` is `busy`, and nothing changes. On
   * clouds that keep no old one: `unsupported`; there the way back is another `resize`.
   */
  revertResize(id: InstanceId, call: Call): CloudResult<Instance>;
  /** What this account can create here now: for guards, before anything is stopped. */
  offer(instanceType: string, zone: string, options?: ReadOptions): CloudResult<InstanceOffer>;
}

/** What is known of one instance type in one zone. */
export interface InstanceOffer {
  readonly instanceType: string;
  readonly zone: string;
  /** A retired type may still run but, once stopped, not start again. */
  readonly lifecycle: 'current' | 'retired' | 'unknown';
  readonly endsAt?: IsoTime | undefined;
  /** `unknown` where the provider has no way to ask; only a running instance proves capacity. */
  readonly creatable: 'yes' | 'no' | 'unknown';
  readonly vcpus?: number | undefined;
  readonly memoryMiB?: number | undefined;
  /** How many data volumes can be attached, where known. */
  readonly volumeSlots?: number | undefined;
}
