import type { CloudErrorKind } from '@belay/cloud';
import type { Family } from './traits.ts';

/**
 * What the simulated clouds refuse, on one page: each rule with the kind of error that a caller sees and the code in
 * either family's words. What a real cloud refuses and this one lets pass would be a mistake that no test finds.
 */
export interface Refusal {
  readonly rule: RefusalRule;
  readonly message: string;
  /** The provider's own code, where it has another one for this rule in this call. */
  readonly code?: string | undefined;
  readonly resourceId?: string | undefined;
  readonly lastState?: string | undefined;
}

/** The name of a rule. */
export type RefusalRule =
  | 'no-such-instance'
  | 'no-such-volume'
  | 'no-such-snapshot'
  | 'no-such-address'
  | 'no-such-association'
  | 'no-such-reservation'
  | 'malformed-instance-id'
  | 'malformed-volume-id'
  | 'malformed-snapshot-id'
  | 'malformed-image-id'
  | 'no-such-image'
  | 'image-not-found'
  | 'no-such-zone'
  | 'no-such-type'
  | 'no-such-disk-type'
  | 'bad-parameter'
  | 'type-not-in-zone'
  | 'no-capacity'
  | 'instance-transitional'
  | 'instance-gone'
  | 'instance-failed'
  | 'instance-running'
  | 'instance-protected'
  | 'volume-transitional'
  | 'volume-in-use'
  | 'volume-failed'
  | 'attached-already'
  | 'attached-elsewhere'
  | 'not-attached'
  | 'zones-differ'
  | 'root-volume'
  | 'no-slot'
  | 'device-taken'
  | 'cannot-shrink'
  | 'smaller-than-snapshot'
  | 'modified-too-often'
  | 'modification-under-way'
  | 'not-while-in-use'
  | 'snapshot-not-ready'
  | 'snapshot-failed'
  | 'volume-has-snapshots'
  | 'reservation-full'
  | 'reservation-ended'
  | 'reservation-differs'
  | 'over-quota-instances'
  | 'over-quota-vcpus'
  | 'over-quota-volumes'
  | 'over-quota-snapshots'
  | 'over-quota-addresses'
  | 'token-mismatch'
  | 'token-spent'
  | 'address-bound'
  | 'address-bound-elsewhere'
  | 'address-changed'
  | 'target-has-address'
  | 'record-changed'
  | 'record-pending'
  | 'no-dns'
  | 'no-such-change'
  | 'not-here'
  | 'not-allowed'
  | 'no-session'
  | 'host-down'
  | 'throttled';

interface Ruling {
  readonly kind: CloudErrorKind;
  readonly ec2: string;
  readonly openstack: string;
}

const rulings: Readonly<Record<RefusalRule, Ruling>> = {
  'no-such-instance': { kind: 'not-found', ec2: 'InvalidInstanceID.NotFound', openstack: 'itemNotFound' },
  'no-such-volume': { kind: 'not-found', ec2: 'InvalidVolume.NotFound', openstack: 'itemNotFound' },
  'no-such-snapshot': { kind: 'not-found', ec2: 'InvalidSnapshot.NotFound', openstack: 'itemNotFound' },
  'no-such-address': {
    kind: 'not-found',
    ec2: 'InvalidAllocationID.NotFound',
    openstack: 'FloatingIPNotFound',
  },
  'no-such-association': {
    kind: 'not-found',
    ec2: 'InvalidAssociationID.NotFound',
    openstack: 'FloatingIPNotFound',
  },
  'no-such-reservation': {
    kind: 'not-found',
    ec2: 'InvalidCapacityReservationId.NotFound',
    openstack: 'itemNotFound',
  },
  'malformed-instance-id': { kind: 'invalid', ec2: 'InvalidInstanceID.Malformed', openstack: 'badRequest' },
  'malformed-volume-id': { kind: 'invalid', ec2: 'InvalidVolumeID.Malformed', openstack: 'badRequest' },
  'malformed-snapshot-id': { kind: 'invalid', ec2: 'InvalidSnapshotID.Malformed', openstack: 'badRequest' },
  'malformed-image-id': { kind: 'invalid', ec2: 'InvalidAMIID.Malformed', openstack: 'badRequest' },
  'no-such-image': { kind: 'invalid', ec2: 'InvalidAMIID.NotFound', openstack: 'badRequest' },
  'image-not-found': { kind: 'not-found', ec2: 'InvalidAMIID.NotFound', openstack: 'itemNotFound' },
  'no-such-zone': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'badRequest' },
  'no-such-type': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'badRequest' },
  'no-such-disk-type': { kind: 'invalid', ec2: 'UnknownVolumeType', openstack: 'badRequest' },
  'bad-parameter': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'badRequest' },
  'type-not-in-zone': { kind: 'out-of-stock', ec2: 'Unsupported', openstack: 'badRequest' },
  'no-capacity': { kind: 'out-of-stock', ec2: 'InsufficientInstanceCapacity', openstack: 'NoValidHost' },
  'instance-transitional': { kind: 'busy', ec2: 'IncorrectInstanceState', openstack: 'conflictingRequest' },
  'instance-gone': { kind: 'invalid', ec2: 'IncorrectInstanceState', openstack: 'conflictingRequest' },
  'instance-failed': { kind: 'invalid', ec2: 'IncorrectInstanceState', openstack: 'conflictingRequest' },
  'instance-running': { kind: 'busy', ec2: 'IncorrectInstanceState', openstack: 'conflictingRequest' },
  'instance-protected': { kind: 'protected', ec2: 'OperationNotPermitted', openstack: 'InstanceIsLocked' },
  'volume-transitional': { kind: 'busy', ec2: 'IncorrectState', openstack: 'badRequest' },
  'volume-in-use': { kind: 'busy', ec2: 'VolumeInUse', openstack: 'badRequest' },
  'volume-failed': { kind: 'failed', ec2: 'IncorrectState', openstack: 'badRequest' },
  'attached-already': { kind: 'busy', ec2: 'VolumeInUse', openstack: 'badRequest' },
  'attached-elsewhere': { kind: 'attached-elsewhere', ec2: 'VolumeInUse', openstack: 'badRequest' },
  'not-attached': { kind: 'invalid', ec2: 'IncorrectState', openstack: 'itemNotFound' },
  'zones-differ': { kind: 'zone-mismatch', ec2: 'InvalidVolume.ZoneMismatch', openstack: 'badRequest' },
  'root-volume': { kind: 'invalid', ec2: 'OperationNotPermitted', openstack: 'badRequest' },
  'no-slot': { kind: 'quota', ec2: 'AttachmentLimitExceeded', openstack: 'TooManyDiskDevices' },
  'device-taken': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'DevicePathInUse' },
  'cannot-shrink': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'badRequest' },
  'smaller-than-snapshot': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'badRequest' },
  'modified-too-often': {
    kind: 'rate-cooldown',
    ec2: 'VolumeModificationRateExceeded',
    openstack: 'overLimit',
  },
  'modification-under-way': { kind: 'busy', ec2: 'IncorrectModificationState', openstack: 'badRequest' },
  'not-while-in-use': { kind: 'unsupported', ec2: 'UnsupportedOperation', openstack: 'badRequest' },
  'snapshot-not-ready': { kind: 'busy', ec2: 'IncorrectState', openstack: 'badRequest' },
  'snapshot-failed': { kind: 'failed', ec2: 'IncorrectState', openstack: 'badRequest' },
  'volume-has-snapshots': { kind: 'busy', ec2: 'VolumeInUse', openstack: 'badRequest' },
  'reservation-full': { kind: 'out-of-stock', ec2: 'ReservationCapacityExceeded', openstack: 'NoValidHost' },
  'reservation-ended': { kind: 'invalid', ec2: 'InvalidCapacityReservationState', openstack: 'badRequest' },
  'reservation-differs': { kind: 'invalid', ec2: 'InvalidParameterValue', openstack: 'badRequest' },
  // Nova says 403 forbidden, Cinder 413 overLimit, Neutron 409 OverQuota: each service has its own word.
  'over-quota-instances': { kind: 'quota', ec2: 'InstanceLimitExceeded', openstack: 'forbidden' },
  'over-quota-vcpus': { kind: 'quota', ec2: 'VcpuLimitExceeded', openstack: 'forbidden' },
  'over-quota-volumes': { kind: 'quota', ec2: 'VolumeLimitExceeded', openstack: 'overLimit' },
  'over-quota-snapshots': { kind: 'quota', ec2: 'SnapshotLimitExceeded', openstack: 'overLimit' },
  'over-quota-addresses': { kind: 'quota', ec2: 'AddressLimitExceeded', openstack: 'OverQuota' },
  'token-mismatch': {
    kind: 'idempotency-mismatch',
    ec2: 'IdempotentParameterMismatch',
    openstack: 'badRequest',
  },
  'token-spent': {
    kind: 'idempotency-mismatch',
    ec2: 'IdempotentParameterMismatch',
    openstack: 'badRequest',
  },
  'address-bound': { kind: 'busy', ec2: 'InvalidIPAddress.InUse', openstack: 'FloatingIPInUse' },
  'address-bound-elsewhere': {
    kind: 'attached-elsewhere',
    ec2: 'Resource.AlreadyAssociated',
    openstack: 'FloatingIPPortAlreadyAssociated',
  },
  'address-changed': { kind: 'busy', ec2: 'IncorrectState', openstack: 'RevisionNumberConstraintFailed' },
  'target-has-address': {
    kind: 'busy',
    ec2: 'Resource.AlreadyAssociated',
    openstack: 'FloatingIPPortAlreadyAssociated',
  },
  'record-changed': { kind: 'busy', ec2: 'InvalidChangeBatch', openstack: 'conflict' },
  'record-pending': { kind: 'busy', ec2: 'PriorRequestNotComplete', openstack: 'conflict' },
  'no-dns': { kind: 'unsupported', ec2: 'NoSuchHostedZone', openstack: 'notImplemented' },
  'no-such-change': { kind: 'not-found', ec2: 'NoSuchChange', openstack: 'notFound' },
  /** A verb that this family of clouds does not have. */
  'not-here': { kind: 'unsupported', ec2: 'UnsupportedOperation', openstack: 'notImplemented' },
  'not-allowed': { kind: 'forbidden', ec2: 'UnauthorizedOperation', openstack: 'forbidden' },
  'no-session': { kind: 'unauthenticated', ec2: 'AuthFailure', openstack: 'unauthorized' },
  'host-down': { kind: 'busy', ec2: 'IncorrectInstanceState', openstack: 'conflictingRequest' },
  throttled: { kind: 'throttled', ec2: 'RequestLimitExceeded', openstack: 'tooManyRequests' },
};

/** Every rule there is: a test shows each of them being kept. */
// The compiler gives the keys of an object as strings; these are exactly the rules, by the type of `rulings`.
export const refusalRules: readonly RefusalRule[] = Object.keys(rulings) as RefusalRule[];

/** The kind and the provider's code of a refusal. */
export function rulingOf(rule: RefusalRule, family: Family): { kind: CloudErrorKind; code: string } {
  const ruling = rulings[rule];
  return { kind: ruling.kind, code: ruling[family] };
}
