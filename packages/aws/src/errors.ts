import {
  type CloudError,
  type CloudErrorKind,
  cloudError,
  type Failure,
  failureOf,
  redactor,
} from '@belay/cloud';

/**
 * Reads what the SDK threw. The code decides the kind; a code that nobody knows is judged by the HTTP status, and
 * kept. Whether a change took place is `no` where EC2 answered with a refusal, and `unknown` where the answer is
 * missing or speaks of a fault. To a signature that it does not accept AWS answers with all that was signed, the session's
 * token among it: of that only the first line is kept, and what looks like a secret is taken out of every text.
 */
export interface Asked {
  readonly operation: string;
  /** Could the request have changed something? */
  readonly changes: boolean;
  readonly resourceId?: string | undefined;
}

export const provider = 'aws';

export function readError(thrown: unknown, asked: Asked): CloudError {
  const { code, status, requestId, message: said } = partsOf(thrown);
  const kind = kindOf(code, status);
  const message = discreet(kind === 'unauthenticated' ? (said.split('\n')[0] ?? '') : said);
  const refused = kind !== 'transient' && kind !== 'timeout' && kind !== 'cancelled';
  return cloudError(
    kind,
    { provider, operation: asked.operation },
    `${asked.operation}: ${code}: ${message}`,
    {
      applied: refused || !asked.changes ? 'no' : 'unknown',
      code,
      requestId,
      resourceId: idNamedBy(kind, message) ?? asked.resourceId,
      cause:
        thrown instanceof Error && thrown.cause !== undefined
          ? discreetly(failureOf(thrown.cause, 'thrown'))
          : undefined,
    },
  );
}

const { text } = redactor();

function discreet(message: string): string {
  return withoutKeyIds(text(message));
}

/** The id of an access key is no secret by itself, but it tells whose the secret would be. */
export function withoutKeyIds(message: string): string {
  return message.replace(/\b(?:AKIA|ASIA)[0-9A-Z]{12,}\b/g, '[redacted]');
}

function discreetly({ kind, message, cause }: Failure): Failure {
  return { kind, message: discreet(message), ...(cause === undefined ? {} : { cause: discreetly(cause) }) };
}

/** The ids in the text of a `not-found`: EC2 names exactly those that it does not know. */
export function idsIn(message: string): readonly string[] {
  return message.match(/\b(?:i|vol|eipalloc|snap|ami|cr)-[0-9a-f]{8,17}\b/g) ?? [];
}

function idNamedBy(kind: CloudErrorKind, message: string): string | undefined {
  return kind === 'not-found' ? idsIn(message)[0] : undefined;
}

interface Parts {
  readonly code: string;
  readonly status: number | undefined;
  readonly requestId: string | undefined;
  readonly message: string;
}

function partsOf(thrown: unknown): Parts {
  if (typeof thrown !== 'object' || thrown === null) {
    return { code: 'Unknown', status: undefined, requestId: undefined, message: String(thrown) };
  }
  const metadata: unknown = Reflect.get(thrown, '$metadata');
  const response: unknown = Reflect.get(thrown, '$response');
  const status = numberAt(metadata, 'httpStatusCode') ?? numberAt(response, 'statusCode');
  return {
    code: codeOf(thrown),
    status,
    requestId: textAt(metadata, 'requestId') ?? textAt(thrown, 'RequestID') ?? textAt(thrown, 'RequestId'),
    message: textAt(thrown, 'message') ?? (status === undefined ? 'no answer' : ''),
  };
}

/** EC2 puts its code into the name. What Node throws has a name that says nothing, and a code beside it. */
function codeOf(thrown: object): string {
  const name = textAt(thrown, 'name') ?? 'Unknown';
  const saysNothing = name === 'Error' || name === 'TypeError' || name === 'AggregateError';
  return (saysNothing ? textAt(thrown, 'code') : undefined) ?? name;
}

function textAt(value: unknown, name: string): string | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'string' && found !== '' ? found : undefined;
}

function numberAt(value: unknown, name: string): number | undefined {
  const found: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
  return typeof found === 'number' ? found : undefined;
}

const byCode: Readonly<Record<string, CloudErrorKind>> = {
  IncorrectState: 'busy',
  IncorrectInstanceState: 'busy',
  // For an address, of an instance whose state does not allow it; one that is unknown or malformed has a longer code.
  InvalidInstanceID: 'busy',
  IncorrectModificationState: 'busy',
  VolumeInUse: 'busy',
  'InvalidVolume.InUse': 'busy',
  ConcurrentCreateVolume: 'busy',
  'InvalidSnapshot.InUse': 'busy',
  PriorRequestNotComplete: 'busy',
  // Route 53, when what shall be deleted is not there as it was read, or what shall be created is there already.
  InvalidChangeBatch: 'busy',
  'InvalidIPAddress.InUse': 'busy',
  'Resource.AlreadyAssociated': 'attached-elsewhere',
  'InvalidVolume.ZoneMismatch': 'zone-mismatch',
  InvalidInstanceAttributeValue: 'invalid',
  UnknownVolumeType: 'invalid',
  ValidationError: 'invalid',
  InvalidBlockDeviceMapping: 'invalid',
  IdempotentParameterMismatch: 'idempotency-mismatch',
  ReservationCapacityExceeded: 'out-of-stock',
  // What EC2 says when it does not offer the instance type in this zone.
  Unsupported: 'out-of-stock',
  InstanceLimitExceeded: 'quota',
  VcpuLimitExceeded: 'quota',
  VolumeLimitExceeded: 'quota',
  MaxIOPSLimitExceeded: 'quota',
  SnapshotLimitExceeded: 'quota',
  ConcurrentSnapshotLimitExceeded: 'quota',
  AddressLimitExceeded: 'quota',
  AttachmentLimitExceeded: 'quota',
  LimitExceeded: 'quota',
  VolumeModificationSizeLimitExceeded: 'quota',
  VolumeModificationRateExceeded: 'rate-cooldown',
  SnapshotCreationPerVolumeRateExceeded: 'rate-cooldown',
  RequestLimitExceeded: 'throttled',
  EC2ThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  AuthFailure: 'unauthenticated',
  InvalidClientTokenId: 'unauthenticated',
  ExpiredToken: 'unauthenticated',
  ExpiredTokenException: 'unauthenticated',
  RequestExpired: 'unauthenticated',
  SignatureDoesNotMatch: 'unauthenticated',
  MissingAuthenticationToken: 'unauthenticated',
  CredentialsProviderError: 'unauthenticated',
  UnauthorizedOperation: 'forbidden',
  AccessDenied: 'forbidden',
  AccessDeniedException: 'forbidden',
  OptInRequired: 'forbidden',
  Blocked: 'forbidden',
  PendingVerification: 'forbidden',
  OperationNotPermitted: 'protected',
  UnsupportedOperation: 'unsupported',
  InvalidAction: 'unsupported',
  InternalError: 'transient',
  InternalFailure: 'transient',
  Unavailable: 'transient',
  ServiceUnavailable: 'transient',
  AbortError: 'cancelled',
  TimeoutError: 'transient',
  ERR_INVALID_URL: 'invalid',
};

const byPattern: readonly (readonly [RegExp, CloudErrorKind])[] = [
  // What a request refers to and belay neither made nor moves: the request is wrong, nothing of ours is missing.
  [/^Invalid(AMIID|Zone|Subnet|SubnetID|Group|GroupId|SecurityGroupID|KeyPair)\./, 'invalid'],
  [/\.NotFound$|^NoSuch/, 'not-found'],
  [/^Insufficient\w*Capacity/, 'out-of-stock'],
  [/^Throttling/, 'throttled'],
  [/\.Malformed$|^InvalidParameter|^Missing/, 'invalid'],
];

function kindOf(code: string, status: number | undefined): CloudErrorKind {
  const known = Object.hasOwn(byCode, code) ? byCode[code] : undefined;
  const matched = known ?? byPattern.find(([pattern]) => pattern.test(code))?.[1];
  if (matched !== undefined) return matched;
  // No status: a socket that broke, a name that was not found. A good one: the call has worked, and its answer was cut
  // off or was none of AWS's. And what stands in between says 503 also of what was done.
  if (status === undefined || status < 400 || status >= 500) return 'transient';
  if (status === 401) return 'unauthenticated';
  if (status === 403) return 'forbidden';
  // AWS gives a name to everything that does not exist; only a gateway that finds no way has none.
  if (status === 404) return 'transient';
  return status === 429 ? 'throttled' : 'invalid';
}
