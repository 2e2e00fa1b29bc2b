import type { Call, CloudError, CloudResult, FloatingIpMove, Tags } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow';
import { addAddress, dropAddress } from './bridge.ts';
import { createOnce, keyed, newId } from './create-once.ts';
import { numbersFrom } from './instance-create.ts';
import { runningProcess } from './instance-process.ts';
import { numbersLock, withLocks } from './locks.ts';
import type { AddressRecord, RunningProcess } from './records.ts';
import { addressOf } from './site.ts';
import { fail, type Span } from './span.ts';
import { instanceOrMissing } from './volume-record.ts';

/** Addresses of the bridge that an instance can have beside its own, and that go to another one without a gap. */

const firstNumber = 150;
const lastNumber = 249;

/** Takes an address that nobody has. */
export function createAddress(
  span: Span,
  asked: { readonly tags?: Tags | undefined },
  { key }: Call,
): CloudResult<AddressRecord> {
  const { site } = span;
  const { addresses } = site.shelves;
  const choose = async (): Promise<Result<AddressRecord, CloudError>> => {
    const taken = new Set((await addresses.all()).map(({ address }) => address));
    const free = numbersFrom(firstNumber, lastNumber)
      .map((number) => addressOf(site, number))
      .find((address) => !taken.has(address));
    if (free === undefined) return err(fail(span, 'quota', 'The subnet of the lab has no address left.'));
    const id = newId(site, 'eip');
    return ok(await addresses.put({ id, address: free, tags: keyed(asked.tags, key), asked }));
  };
  const make = () => withLocks(span, [numbersLock], () => new ResultAsync(choose()));
  return createOnce<AddressRecord>(span, { key, shelf: addresses, asked, make, finish: okAsync });
}

/**
 * Binds the address to another instance, or to none. The next instance has it before the last one loses it, and says so
 * to all neighbours: there is no moment in which nobody answers.
 */
export function moveAddress(
  span: Span,
  id: string,
  { from, to }: FloatingIpMove,
): CloudResult<AddressRecord> {
  const { addresses } = span.site.shelves;
  const locks = [id, from, to].filter((one) => one !== undefined);
  return withLocks(span, locks, () =>
    safeTry(async function* () {
      const now = yield* addressOrMissing(span, id);
      if (now.instanceId !== to && now.instanceId !== from && now.instanceId !== undefined) {
        const message = `${now.address} is bound to ${now.instanceId}.`;
        return err(fail(span, 'attached-elsewhere', message, { lastState: now.instanceId }));
      }
      if (to !== undefined) yield* give(span, to, now.address);
      const last = now.instanceId === to ? from : now.instanceId;
      const moved = await addresses.put({ ...now, instanceId: to });
      if (last !== undefined && last !== to) yield* take(span, last, now.address);
      return ok(moved);
    }),
  );
}

/** A bound one is kept. Not there is fine. */
export function deleteAddress(span: Span, id: string): CloudResult<void> {
  const { addresses } = span.site.shelves;
  const remove = async (): Promise<Result<void, CloudError>> => {
    const now = await addresses.get(id);
    if (now?.instanceId !== undefined) {
      return err(fail(span, 'busy', `${now.address} is bound to ${now.instanceId}.`));
    }
    return ok(await addresses.remove(id));
  };
  return withLocks(span, [id], () => new ResultAsync(remove()));
}

/** The record, or `not-found` that names the address. */
function addressOrMissing(span: Span, id: string): CloudResult<AddressRecord> {
  return ResultAsync.fromSafePromise(span.site.shelves.addresses.get(id)).andThen((found) =>
    found === undefined
      ? err(fail(span, 'not-found', `There is no floating address ${id}.`, { resourceId: id }))
      : ok(found),
  );
}

/** An instance that does not run has it when it starts. */
function give(span: Span, instanceId: string, address: string): CloudResult<void> {
  return safeTry(async function* () {
    const instance = yield* instanceOrMissing(span, instanceId);
    const process = await runningProcess(span.site, instance);
    return process === undefined ? ok(undefined) : addAddress(span, process.pid, address);
  });
}

function take(span: Span, instanceId: string, address: string): CloudResult<void> {
  const look = async (): Promise<RunningProcess | undefined> => {
    const instance = await span.site.shelves.instances.get(instanceId);
    return instance === undefined ? undefined : runningProcess(span.site, instance);
  };
  return ResultAsync.fromSafePromise(look()).andThen((process) =>
    process === undefined ? okAsync(undefined) : dropAddress(span, process.pid, address),
  );
}
