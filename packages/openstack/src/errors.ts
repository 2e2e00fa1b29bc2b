import { type CloudError, type CloudErrorKind, cloudError } from '@belay/cloud';
import { type Fault, readFault } from './fault.ts';
import type { HttpAnswer, NoAnswer } from './http.ts';

/**
 * From an answer that is no success, or from no answer at all, to the port's errors. The same status means different
 * things in different services, so the service's own name of the fault decides first, then what its sentence says,
 * then the status. Whether a change took place is `no` where the service refused it, and `unknown` where the answer
 * is missing or speaks of a fault: Nova has been seen to answer 503 and to make the server all the same.
 */
export interface Asked {
  /** The port's verb. */
  readonly operation: string;
  /** Could the request have changed something? */
  readonly changes: boolean;
  readonly resourceId?: string | undefined;
}

export const provider = 'openstack';

/** An error, and for how long the service wants to be left alone. */
export interface Refusal {
  readonly error: CloudError;
  readonly retryAfterMs?: number | undefined;
}

export function refusalOf(answer: HttpAnswer, asked: Asked): Refusal {
  const fault = readFault(answer);
  const kind = kindOf(fault, answer.status);
  // A service that is at fault itself may have begun, whatever it says; that it lacks the method it knows for sure.
  const isAtFault = answer.status >= 500 && answer.status !== 501;
  const refused = kind !== 'transient' && kind !== 'failed' && !isAtFault;
  const error = cloudError(
    kind,
    { provider, operation: asked.operation },
    `${asked.operation}: HTTP ${answer.status}${fault.code === undefined ? '' : ` ${fault.code}`}: ${fault.message}`,
    {
      applied: refused || !asked.changes ? 'no' : 'unknown',
      code: fault.code ?? String(answer.status),
      requestId: fault.requestId,
      resourceId: (kind === 'not-found' ? idsIn(fault.message)[0] : undefined) ?? asked.resourceId,
    },
  );
  return { error, retryAfterMs: fault.retryAfterMs };
}

export function noAnswerError({ why, cause }: NoAnswer, asked: Asked): CloudError {
  const kind = why === 'cancelled' ? 'cancelled' : 'transient';
  const how = {
    'too-late': 'got no answer in time',
    cancelled: 'was cancelled while it waited for an answer',
    broken: 'got no answer: the connection broke',
  }[why];
  return cloudError(kind, { provider, operation: asked.operation }, `${asked.operation} ${how}.`, {
    applied: asked.changes ? 'unknown' : 'no',
    resourceId: asked.resourceId,
    cause,
  });
}

/** The ids in a sentence of a service. */
function idsIn(message: string): readonly string[] {
  return message.match(/\b[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\b/g) ?? [];
}

/** What Neutron calls the fault. */
const byType: Readonly<Record<string, CloudErrorKind>> = {
  OverQuota: 'quota',
  IpAddressGenerationFailure: 'out-of-stock',
  ExternalIpAddressExhausted: 'out-of-stock',
  FloatingIPPortAlreadyAssociated: 'attached-elsewhere',
  // No router leads from the port to the address's network: the request is wrong, nothing is missing.
  ExternalGatewayForFloatingIPNotFound: 'invalid',
  RevisionNumberConstraintFailed: 'busy',
};

type Rule = readonly [statuses: readonly number[], says: RegExp, kind: CloudErrorKind];

/** What the sentences say, where the status alone does not tell. The first that fits decides. */
const bySentence: readonly Rule[] = [
  [[400, 403, 409, 500], /no valid host/i, 'out-of-stock'],
  [[403, 409, 413], /quota|maximum (?:allowed )?number of/i, 'quota'],
  [[403, 409], /\bprotected\b|cannot be deleted as it is/i, 'protected'],
  [[409], /is locked/i, 'protected'],
  [[409], /multiple possible networks/i, 'invalid'],
  // What a request refers to and belay neither made nor moves: the request is wrong, nothing of ours is missing.
  [
    [404],
    /\b(?:volume type|flavor|image|network|subnet|key ?pair|security group)\b.*\b(?:could not be|not) found/i,
    'invalid',
  ],
  [[400], /already attached to instances?/i, 'attached-elsewhere'],
  [[400], /availability[_ ]zone/i, 'invalid'],
  [[400], /multiattach.*(?:microversion|not supported)|does not support .*multiattach/i, 'unsupported'],
  [[400], /\bstatus must be\b|\bmust be available\b|current status is|while it is in/i, 'busy'],
];

const zoneMismatch = /not in the same availability[_ ]zone/i;

const byStatus: Readonly<Record<number, CloudErrorKind>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not-found',
  405: 'unsupported',
  406: 'unsupported',
  408: 'transient',
  409: 'busy',
  410: 'not-found',
  412: 'busy',
  429: 'throttled',
  498: 'throttled',
  501: 'unsupported',
};

function kindOf(fault: Fault, status: number): CloudErrorKind {
  const named =
    fault.code !== undefined && Object.hasOwn(byType, fault.code) ? byType[fault.code] : undefined;
  if (named !== undefined) return named;
  if (zoneMismatch.test(fault.message)) return 'zone-mismatch';
  if (status === 413) return tooLarge(fault);
  const said = bySentence.find(([statuses, says]) => statuses.includes(status) && says.test(fault.message));
  if (said !== undefined) return said[2];
  // Only the service itself can say that something does not exist; a gateway's page says that it found no way to it.
  if ((status === 404 || status === 410) && !fault.fromService) return 'transient';
  const known = byStatus[status];
  if (known !== undefined) return known;
  if (status >= 500) return 'transient';
  return status >= 400 ? 'invalid' : 'failed';
}

/**
 * Refused for now, Cinder's quota, and a body that is too long: all are 413. A quota asks for nobody to come back. Of
 * the length it is a gateway that complains, and the same request will always be too long for it.
 */
function tooLarge({ fromService, retryAfterMs = 0 }: Fault): CloudErrorKind {
  if (retryAfterMs > 0) return 'throttled';
  return fromService ? 'quota' : 'invalid';
}
