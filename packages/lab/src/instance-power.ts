import type { CloudResult } from '@belay/cloud';
import { err, ok, safeTry } from 'neverthrow';
import { boot } from './boot.ts';
import { asItIs } from './instance-process.ts';
import { withLocks } from './locks.ts';
import { powerOff } from './power.ts';
import type { InstanceRecord } from './records.ts';
import { fail, type Span } from './span.ts';
import { instanceOrMissing } from './volume-record.ts';

/** Starts a stopped instance over the root filesystem that it had. Running already is fine. */
export function startInstance(span: Span, id: string): CloudResult<InstanceRecord> {
  const { site } = span;
  const { instances } = site.shelves;
  return withLocks(span, [id], () =>
    safeTry(async function* () {
      const now = await asItIs(site, yield* instanceOrMissing(span, id));
      if (now.state === 'running') return ok(now);
      if (now.state !== 'stopped') return err(notNow(span, now));
      const started = await boot(span, now);
      if (started.isOk()) {
        return ok(await instances.put({ ...now, state: 'running', process: started.value }));
      }
      yield* powerOff(span, now, 'hard');
      await instances.put({ ...now, state: 'stopped', process: undefined });
      return err({ ...started.error, lastState: 'stopped' });
    }),
  );
}

/** Stops it in order, and by force after a while. Stopped already is fine, however that came. */
export function stopInstance(span: Span, id: string): CloudResult<InstanceRecord> {
  const { site } = span;
  const { instances } = site.shelves;
  return withLocks(span, [id], () =>
    safeTry(async function* () {
      const now = yield* instanceOrMissing(span, id);
      if (now.state !== 'running' && now.state !== 'stopping' && now.state !== 'stopped') {
        return err(notNow(span, now));
      }
      const stopping = await instances.put({ ...now, state: 'stopping' });
      yield* powerOff(span, stopping, 'in-order');
      return ok(await instances.put({ ...stopping, state: 'stopped', process: undefined }));
    }),
  );
}

/** Ends it without asking anything inside. It counts as stopped then. */
export function pullPlug(span: Span, id: string): CloudResult<void> {
  return withLocks(span, [id], () =>
    instanceOrMissing(span, id).andThen((now) => powerOff(span, now, 'hard')),
  );
}

/** A stopped instance may be of another type. */
export function resizeInstance(span: Span, id: string, instanceType: string): CloudResult<InstanceRecord> {
  const { site } = span;
  return withLocks(span, [id], () =>
    safeTry(async function* () {
      const now = await asItIs(site, yield* instanceOrMissing(span, id));
      if (now.instanceType === instanceType) return ok(now);
      if (!site.settings.instanceTypes.some(({ name }) => name === instanceType)) {
        return err(fail(span, 'invalid', `There is no instance type ${instanceType}.`));
      }
      if (now.state !== 'stopped') return err(notNow(span, now));
      return ok(await site.shelves.instances.put({ ...now, instanceType }));
    }),
  );
}

/** The name is what people call it; the guest keeps its host name until it starts again. */
export function renameInstance(span: Span, id: string, name: string): CloudResult<InstanceRecord> {
  return changeRecord(span, id, (now) => ({ ...now, name }));
}

/** Changes what is only written down. */
export function changeRecord(
  span: Span,
  id: string,
  change: (now: InstanceRecord) => InstanceRecord,
): CloudResult<InstanceRecord> {
  return withLocks(span, [id], () =>
    safeTry(async function* () {
      const now = yield* instanceOrMissing(span, id);
      return ok(await span.site.shelves.instances.put(change(now)));
    }),
  );
}

function notNow(span: Span, { id, state }: InstanceRecord) {
  return fail(span, 'busy', `${id} is ${state}.`, { resourceId: id, lastState: state });
}
