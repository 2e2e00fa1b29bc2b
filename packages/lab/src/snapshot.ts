import { rm } from 'node:fs/promises';
import type { Call, CloudResult, SnapshotSpec } from '@belay/cloud';
import { err, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { createOnce, keyed, newId } from './create-once.ts';
import { copyImage } from './image-copy.ts';
import { withLocks } from './locks.ts';
import type { SnapshotRecord } from './records.ts';
import { diskOf } from './site.ts';
import type { Span } from './span.ts';
import { settled } from './volume-attach.ts';
import { volumeOrMissing } from './volume-record.ts';

/**
 * A snapshot is a copy of the image, taken while the filesystem stands still. It is ready as soon as its data is
 * fixed: by reference on XFS and btrfs, or after as long as it takes to copy what the volume holds.
 */
export function createSnapshot(span: Span, spec: SnapshotSpec, { key }: Call): CloudResult<SnapshotRecord> {
  const { site } = span;
  const { snapshots } = site.shelves;
  const take = (record: SnapshotRecord): CloudResult<SnapshotRecord> =>
    withLocks(span, [record.id, record.volumeId], () =>
      safeTry(async function* () {
        yield* settled(span, yield* volumeOrMissing(span, record.volumeId));
        const takenAt = now(span);
        await snapshots.put({ ...record, takenAt });
        const copied = await copyImage(span, record.volumeId, diskOf(site, record.id));
        if (copied.isOk()) {
          return ok(await snapshots.put({ ...record, takenAt, state: 'ready', readyAt: now(span) }));
        }
        await rm(diskOf(site, record.id), { force: true });
        await snapshots.remove(record.id);
        return err({ ...copied.error, applied: 'no' as const });
      }),
    );
  return createOnce<SnapshotRecord>(span, {
    key,
    shelf: snapshots,
    asked: spec,
    make: () =>
      volumeOrMissing(span, spec.volumeId).andThen(({ sizeGiB, diskType }) =>
        take({
          id: newId(site, 'snap'),
          name: spec.name,
          state: 'creating',
          volumeId: spec.volumeId,
          sizeGiB,
          diskType,
          takenAt: now(span),
          tags: keyed(spec.tags, key),
          asked: spec,
        }),
      ),
    finish: (found) => (found.state === 'creating' ? take(found) : okAsync(found)),
  });
}

/** Not there is fine. */
export function deleteSnapshot(span: Span, id: string): CloudResult<void> {
  return withLocks(span, [id], () => ResultAsync.fromSafePromise(removeSnapshot(span, id)));
}

async function removeSnapshot({ site }: Span, id: string): Promise<void> {
  const { snapshots } = site.shelves;
  const found = await snapshots.get(id);
  if (found === undefined) return;
  await snapshots.put({ ...found, state: 'deleting' });
  await rm(diskOf(site, id), { force: true });
  await snapshots.remove(id);
}

function now({ site }: Span): string {
  return new Date(site.machine.clock.now()).toISOString();
}
