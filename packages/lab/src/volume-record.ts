import type { CloudResult } from '@belay/cloud';
import { err, ok, ResultAsync } from 'neverthrow';
import type { InstanceRecord, VolumeRecord } from './records.ts';
import { fail, type Span } from './span.ts';

/** The record, or `not-found` that names the volume. */
export function volumeOrMissing(span: Span, id: string): CloudResult<VolumeRecord> {
  return ResultAsync.fromSafePromise(span.site.shelves.volumes.get(id)).andThen((found) =>
    found === undefined
      ? err(fail(span, 'not-found', `There is no volume ${id}.`, { resourceId: id }))
      : ok(found),
  );
}

/** The record, or `not-found` that names the instance. */
export function instanceOrMissing(span: Span, id: string): CloudResult<InstanceRecord> {
  return ResultAsync.fromSafePromise(span.site.shelves.instances.get(id)).andThen((found) =>
    found === undefined
      ? err(fail(span, 'not-found', `There is no instance ${id}.`, { resourceId: id }))
      : ok(found),
  );
}

/** The record in another state, with the time at which it came to it. */
export function inState(
  { site }: Span,
  record: VolumeRecord,
  state: VolumeRecord['state'],
  attachment: VolumeRecord['attachment'],
): VolumeRecord {
  return { ...record, state, attachment, changedAtMs: site.machine.clock.now() };
}
