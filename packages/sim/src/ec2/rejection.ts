import type { CloudError, CloudErrorKind } from '@belay/cloud';
import type { Operation } from '../faults.ts';

/** A refusal in EC2's words, with the HTTP status that it has there. */
export interface Rejection {
  readonly code: string;
  readonly message: string;
  readonly status: number;
}

export function reject(code: string, message: string): Rejection {
  return { code, message, status: statusOf(code) };
}

/** What went wrong below, as EC2 says it; `undefined` where EC2 says nothing and the connection breaks. */
export function rejectionOf(error: CloudError, operation: Operation): Rejection | undefined {
  if (error.kind === 'timeout' || error.kind === 'cancelled') return undefined;
  const isPlain = error.code === undefined || error.code === 'LimitExceeded';
  return reject(isPlain ? codeOf(error.kind, operation) : (error.code ?? ''), error.message);
}

/**
 * The codes that EC2 sends with a status of their own; every other refusal is a 400. A lack of capacity is a 500
 * there, so that a client that repeats all server errors knocks again and again.
 */
const statuses: Readonly<Record<string, number>> = {
  AuthFailure: 401,
  InvalidClientTokenId: 403,
  SignatureDoesNotMatch: 403,
  MissingAuthenticationToken: 403,
  UnauthorizedOperation: 403,
  DryRunOperation: 412,
  InsufficientInstanceCapacity: 500,
  InsufficientVolumeCapacity: 500,
  InsufficientAddressCapacity: 500,
  InternalError: 500,
  InternalFailure: 500,
  RequestLimitExceeded: 503,
  ServiceUnavailable: 503,
  Unavailable: 503,
};

function statusOf(code: string): number {
  return statuses[code] ?? 400;
}

/** For a fault that only says its kind: the code that this call would most likely have it by. */
function codeOf(kind: CloudErrorKind, operation: Operation): string {
  const [resource = ''] = operation.split('.');
  return byResource[resource]?.[kind] ?? byKind[kind] ?? 'InternalError';
}

const byKind: Readonly<Partial<Record<CloudErrorKind, string>>> = {
  busy: 'IncorrectState',
  invalid: 'InvalidParameterValue',
  'not-found': 'InvalidInstanceID.NotFound',
  'attached-elsewhere': 'VolumeInUse',
  'zone-mismatch': 'InvalidVolume.ZoneMismatch',
  'idempotency-mismatch': 'IdempotentParameterMismatch',
  'out-of-stock': 'InsufficientInstanceCapacity',
  quota: 'LimitExceeded',
  'rate-cooldown': 'VolumeModificationRateExceeded',
  throttled: 'RequestLimitExceeded',
  unauthenticated: 'AuthFailure',
  forbidden: 'UnauthorizedOperation',
  protected: 'OperationNotPermitted',
  unsupported: 'UnsupportedOperation',
};

const byResource: Readonly<Record<string, Readonly<Partial<Record<CloudErrorKind, string>>>>> = {
  instances: { busy: 'IncorrectInstanceState', quota: 'InstanceLimitExceeded' },
  volumes: {
    'not-found': 'InvalidVolume.NotFound',
    'out-of-stock': 'InsufficientVolumeCapacity',
    quota: 'VolumeLimitExceeded',
  },
  snapshots: { 'not-found': 'InvalidSnapshot.NotFound', quota: 'SnapshotLimitExceeded' },
  floatingIps: {
    'not-found': 'InvalidAllocationID.NotFound',
    'attached-elsewhere': 'Resource.AlreadyAssociated',
    'out-of-stock': 'InsufficientAddressCapacity',
    quota: 'AddressLimitExceeded',
  },
  images: { 'not-found': 'InvalidAMIID.NotFound' },
  dns: { busy: 'PriorRequestNotComplete', invalid: 'InvalidInput', throttled: 'Throttling' },
};
