import { rm } from 'node:fs/promises';
import type { Call, CloudError, CloudResult, InstanceSpec } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow';
import { boot, makeHome } from './boot.ts';
import { createOnce, keyed, newId } from './create-once.ts';
import { numbersLock, withLocks } from './locks.ts';
import { powerOff } from './power.ts';
import type { InstanceRecord } from './records.ts';
import { imageId } from './settings.ts';
import { homeOf } from './site.ts';
import { begun, fail, type Span } from './span.ts';
import { makeHostKey, writeKnownHosts } from './ssh-keys.ts';

/** An instance gets a number, a home and a host key, and is started. What does not come up leaves nothing behind. */
export function createInstance(span: Span, spec: InstanceSpec, { key }: Call): CloudResult<InstanceRecord> {
  return new ResultAsync(Promise.resolve(wrongIn(span, spec))).andThen(() =>
    createOnce<InstanceRecord>(span, {
      key,
      shelf: span.site.shelves.instances,
      asked: spec,
      make: () => begin(span, spec, key).andThen((record) => bringUp(begun(span), record)),
      finish: (found) => (found.state === 'pending' ? bringUp(span, found) : okAsync(found)),
    }),
  );
}

/** Starts a pending instance for the first time; what another process began is begun again from nothing. */
export function bringUp(span: Span, record: InstanceRecord): CloudResult<InstanceRecord> {
  const { site } = span;
  const { instances } = site.shelves;
  return withLocks(span, [record.id], () =>
    safeTry(async function* () {
      const now = (await instances.get(record.id)) ?? record;
      if (now.state !== 'pending') return ok(now);
      await makeHome(span, now);
      const started = await makeHostKey(span, now.id).andThen(() => boot(span, now));
      if (started.isOk()) {
        const running = await instances.put({ ...now, state: 'running', process: started.value });
        yield* writeKnownHosts(begun(span));
        return ok(running);
      }
      yield* powerOff(span, now, 'hard');
      await rm(homeOf(site, now.id), { recursive: true, force: true });
      await instances.remove(now.id);
      return err({ ...started.error, applied: 'no' as const });
    }),
  );
}

const mostUserDataBytes = 16 * 1024;

function wrongIn(span: Span, spec: InstanceSpec): Result<void, CloudError> {
  const { zones, instanceTypes } = span.site.settings;
  const no = (kind: 'invalid' | 'unsupported' | 'not-found', message: string) =>
    err(fail(span, kind, message));
  if (!zones.includes(spec.zone))
    return no('invalid', `The zone ${spec.zone} is not one of ${zones.join(', ')}.`);
  if (!instanceTypes.some(({ name }) => name === spec.instanceType)) {
    const names = instanceTypes.map(({ name }) => name).join(', ');
    return no('invalid', `The instance type ${spec.instanceType} is not one of ${names}.`);
  }
  if (spec.imageId !== imageId) return no('not-found', `There is no image ${spec.imageId}, only ${imageId}.`);
  if (Buffer.byteLength(spec.userData ?? '') > mostUserDataBytes) {
    return no('invalid', `userData has more than ${mostUserDataBytes} bytes.`);
  }
  const never = [spec.rootSnapshotId, spec.reservationId, spec.networkId, spec.keyName];
  if (never.some((value) => value !== undefined)) {
    return no(
      'unsupported',
      'A lab has no root snapshots, reservations, networks or key pairs to choose from.',
    );
  }
  return ok(undefined);
}

const firstNumber = 10;
const lastNumber = 149;

/** The record, under a number that nobody else has. */
function begin(span: Span, spec: InstanceSpec, key: string): CloudResult<InstanceRecord> {
  const { site } = span;
  const { instances } = site.shelves;
  const choose = async (): Promise<Result<InstanceRecord, CloudError>> => {
    const taken = new Set((await instances.all()).map(({ number }) => number));
    const number = numbersFrom(firstNumber, lastNumber).find((one) => !taken.has(one));
    if (number === undefined) {
      return err(fail(span, 'out-of-stock', 'The subnet of the lab has no address left for an instance.'));
    }
    const record: InstanceRecord = {
      id: newId(site, 'i'),
      name: spec.name,
      state: 'pending',
      zone: spec.zone,
      instanceType: spec.instanceType,
      imageId: spec.imageId,
      number,
      deletionProtected: false,
      tags: keyed(spec.tags, key),
      asked: spec,
      createdAt: new Date(site.machine.clock.now()).toISOString(),
    };
    return ok(await instances.put(record));
  };
  return withLocks(span, [numbersLock], () => new ResultAsync(choose()));
}

/** All whole numbers from the first to the last. */
export function numbersFrom(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
