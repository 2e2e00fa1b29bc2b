import type { Applied, Failure } from './failure.ts';

/**
 * The closed list of what can go wrong at a cloud. Adapters map every provider code to one of these; a code that
 * is not known maps by its HTTP status, and the code itself is kept.
 */
export const cloudErrorKinds = [
  /** The named resource does not exist, seen by a read that may be believed. */
  'not-found',
  /** In a transitional state or held by another operation: the same call may work later. */
  'busy',
  /** The volume or address is bound to something else, which was left alone. */
  'attached-elsewhere',
  /** Volume and instance are in zones that cannot be joined. */
  'zone-mismatch',
  /** The request itself is wrong: the message names the field. */
  'invalid',
  /** The key was used before for another spec, or what carries the key differs from the spec. */
  'idempotency-mismatch',
  /** The provider has none of this type to give, here and now. */
  'out-of-stock',
  /** The account's own limit. */
  'quota',
  /** Too soon after the last change of this resource. */
  'rate-cooldown',
  /** Too many calls; the adapter has already backed off. */
  'throttled',
  'unauthenticated',
  'forbidden',
  /** Deletion or stop protection is on. */
  'protected',
  /** This cloud, or this adapter, cannot do that. */
  'unsupported',
  /** The resource reached an end state that it will not leave by itself. */
  'failed',
  /** The provider's own fault or the network's; another try may work. */
  'transient',
  /** The deadline of the call passed. */
  'timeout',
  /** The caller's signal fired. */
  'cancelled',
] as const;

export type CloudErrorKind = (typeof cloudErrorKinds)[number];

/**
 * An error of a cloud, as a plain value. `applied` is always there: an unknown outcome is never repeated blindly,
 * it is looked up by key first.
 */
export interface CloudError extends Failure {
  readonly kind: CloudErrorKind;
  readonly applied: Applied;
  readonly provider: string;
  /** The port's verb, such as `volumes.attach`. */
  readonly operation: string;
  readonly resourceId?: string | undefined;
  /** The last state that was seen, in the provider's word. */
  readonly lastState?: string | undefined;
  /** The provider's own code, such as `VolumeInUse`. */
  readonly code?: string | undefined;
  /** For the provider's support desk. */
  readonly requestId?: string | undefined;
}

/** Errors of these kinds may pass when the same call is made again later. */
const passing: ReadonlySet<CloudErrorKind> = new Set([
  'busy',
  'throttled',
  'transient',
  'timeout',
  'rate-cooldown',
]);

/** May the same call work later, with nothing changed by the caller? Says nothing about whether it is safe. */
export function mayPass(error: CloudError): boolean {
  return passing.has(error.kind);
}

/** Makes a cloud error; fields that are `undefined` are left out, so that the value equals its JSON. */
export function cloudError(
  kind: CloudErrorKind,
  at: { readonly provider: string; readonly operation: string },
  message: string,
  more: Partial<Omit<CloudError, 'kind' | 'message' | 'provider' | 'operation'>> = {},
): CloudError {
  const known = Object.entries(more).filter(([, value]) => value !== undefined);
  return {
    kind,
    message,
    applied: 'no',
    provider: at.provider,
    operation: at.operation,
    ...Object.fromEntries(known),
  };
}
