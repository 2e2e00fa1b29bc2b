import type { CloudError } from '@belay/cloud';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { Call } from '../call.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/**
 * A list of a cloud, asked for twice. A cloud says neither how many there are nor that this was all, so a list is only
 * believed when a second one shows the same; what is in one of them alone is asked for by its id.
 */
export interface Listing<T> {
  readonly all: readonly T[];
  /** How many lists it took. */
  readonly lists: number;
}

/** What is asked. */
export interface Lister<T> {
  readonly list: (call: Call) => AsyncIterable<Result<T, CloudError>>;
  readonly get: (id: string, call: Call) => ResultAsync<T, CloudError>;
  readonly isGone: (one: T) => boolean;
}

/** Lists twice. `not-believed` where something that is there is missing in one of the two. */
export async function listTwice<T extends { readonly id: string }>(
  name: string,
  call: Call,
  lister: Lister<T>,
): Promise<Result<Listing<T>, ScannerError>> {
  const first = await listOnce(name, call, lister);
  if (first.isErr()) return err(first.error);
  const second = await listOnce(name, call, lister);
  if (second.isErr()) return err(second.error);
  const all = new Map<string, T>(second.value);
  for (const [id] of first.value) {
    if (second.value.has(id)) continue;
    const got = await lister.get(id, call);
    if (got.isErr() && got.error.kind !== 'not-found') return err(failed(name, got.error));
    if (got.isOk() && !lister.isGone(got.value)) {
      const message = `${name}: a list leaves out ${id}, which is there.`;
      return err(scannerError('not-believed', message, { source: name }));
    }
  }
  // What only the second one shows was made in between, or was left out by the first: it is there, and that is enough.
  return ok({ all: [...all.values()], lists: 2 });
}

async function listOnce<T extends { readonly id: string }>(
  name: string,
  call: Call,
  { list, isGone }: Lister<T>,
): Promise<Result<ReadonlyMap<string, T>, ScannerError>> {
  const found = new Map<string, T>();
  if (hasFired(call)) return err(scannerError('cancelled', `${name} was not asked.`, { source: name }));
  for await (const one of list(call)) {
    if (one.isErr()) return err(failed(name, one.error));
    if (hasFired(call)) return err(scannerError('cancelled', `${name} was cancelled.`, { source: name }));
    if (found.has(one.value.id)) {
      const message = `${name}: a list shows ${one.value.id} twice.`;
      return err(scannerError('not-believed', message, { source: name }));
    }
    if (!isGone(one.value)) found.set(one.value.id, one.value);
  }
  return ok(found);
}

function failed(name: string, error: CloudError): ScannerError {
  const kind = error.kind === 'cancelled' ? 'cancelled' : 'unavailable';
  return scannerError(kind, `${name}: ${error.message}`, { source: name, cause: error });
}

/** Asked anew for each line. */
function hasFired({ signal }: Call): boolean {
  return signal?.aborted === true;
}
