import { rm } from 'node:fs/promises';
import type { Call, CloudError, CloudResult, VolumeCopySpec, VolumeSpec } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync, safeTry } from 'neverthrow';
import { command } from './command.ts';
import { createOnce, keyed, newId } from './create-once.ts';
import { copyImage } from './image-copy.ts';
import { withLocks } from './locks.ts';
import type { VolumeRecord } from './records.ts';
import { diskTypes } from './settings.ts';
import { diskOf } from './site.ts';
import { fail, type Span } from './span.ts';
import { volumeOrMissing } from './volume-record.ts';

/** A volume is a sparse image file with a filesystem on it: a new one, or that of the snapshot or volume it is of. */
export function createVolume(span: Span, spec: VolumeSpec, { key }: Call): CloudResult<VolumeRecord> {
  return new ResultAsync(Promise.resolve(wrongIn(span, spec))).andThen(() => {
    const origin = spec.snapshotId;
    return createOnce(span, {
      key,
      shelf: span.site.shelves.volumes,
      asked: spec,
      make: () =>
        ofSnapshot(span, spec).andThen(() =>
          make(span, { ...blank(span, spec, key), snapshotId: origin, asked: spec }, origin),
        ),
      finish: (found) => finish(span, found, origin),
    });
  });
}

/** A volume with the data that another one has at this moment. */
export function copyVolume(span: Span, spec: VolumeCopySpec, { key }: Call): CloudResult<VolumeRecord> {
  const origin = spec.volumeId;
  return createOnce(span, {
    key,
    shelf: span.site.shelves.volumes,
    asked: spec,
    make: () =>
      volumeOrMissing(span, origin).andThen((source) => {
        const sizeGiB = spec.sizeGiB ?? source.sizeGiB;
        const { diskType = source.diskType } = spec;
        const problem = sameDisk(span, source, { sizeGiB, diskType });
        if (problem !== undefined) return err(problem);
        const { zone, snapshotId } = source;
        const record = blank(span, { ...spec, zone, sizeGiB, diskType }, key);
        return make(span, { ...record, snapshotId, asked: spec }, origin);
      }),
    finish: (found) => finish(span, found, origin),
  });
}

function wrongIn(span: Span, { zone, diskType, sizeGiB, encrypted }: VolumeSpec): Result<void, CloudError> {
  const { zones } = span.site.settings;
  if (!zones.includes(zone)) {
    return err(fail(span, 'invalid', `The zone ${zone} is not one of ${zones.join(', ')}.`));
  }
  if (!isDiskType(diskType)) {
    return err(fail(span, 'invalid', `The disk type ${diskType} is not one of ${diskTypes.join(', ')}.`));
  }
  if (!Number.isInteger(sizeGiB) || sizeGiB < 1) {
    return err(fail(span, 'invalid', `A size is a whole number of GiB from 1 on, and not ${sizeGiB}.`));
  }
  if (encrypted === true) return err(fail(span, 'unsupported', 'The disks of a lab are not encrypted.'));
  return ok(undefined);
}

function isDiskType(word: string): boolean {
  return diskTypes.some((known) => known === word);
}

function ofSnapshot(span: Span, spec: VolumeSpec): CloudResult<void> {
  const { snapshotId } = spec;
  if (snapshotId === undefined) return okAsync(undefined);
  return ResultAsync.fromSafePromise(span.site.shelves.snapshots.get(snapshotId)).andThen((source) => {
    if (source === undefined) {
      const message = `There is no snapshot ${snapshotId}.`;
      return err(fail(span, 'not-found', message, { resourceId: snapshotId }));
    }
    const problem = sameDisk(span, source, spec);
    return problem === undefined ? ok(undefined) : err(problem);
  });
}

function sameDisk(
  span: Span,
  source: { readonly id: string; readonly sizeGiB: number; readonly diskType: string },
  { sizeGiB, diskType }: { readonly sizeGiB: number; readonly diskType: string },
): CloudError | undefined {
  if (sizeGiB < source.sizeGiB) {
    return fail(span, 'invalid', `${source.id} has ${source.sizeGiB} GiB, and ${sizeGiB} do not hold it.`);
  }
  if (diskType === source.diskType) return undefined;
  return fail(
    span,
    'invalid',
    `${source.id} is ${source.diskType}, and what is made of it cannot be ${diskType}.`,
  );
}

function blank(
  { site }: Span,
  { name, zone, sizeGiB, diskType, tags }: Omit<VolumeSpec, 'snapshotId'>,
  key: string,
): VolumeRecord {
  const nowMs = site.machine.clock.now();
  return {
    id: newId(site, 'vol'),
    name,
    state: 'creating',
    zone,
    sizeGiB,
    diskType,
    tags: keyed(tags, key),
    asked: undefined,
    createdAt: new Date(nowMs).toISOString(),
    changedAtMs: nowMs,
  };
}

/** What cannot be made is not left half made: its record goes with it. */
function make(span: Span, record: VolumeRecord, origin: string | undefined): CloudResult<VolumeRecord> {
  const { volumes } = span.site.shelves;
  const locks = origin === undefined ? [record.id] : [record.id, origin];
  return withLocks(span, locks, () =>
    safeTry(async function* () {
      await volumes.put(record);
      const filled = await fill(span, record, origin);
      if (filled.isOk()) return ok(await volumes.put(available(span, record)));
      await rm(diskOf(span.site, record.id), { force: true });
      await volumes.remove(record.id);
      return err({ ...(yield* ok(filled.error)), applied: 'no' as const });
    }),
  );
}

function finish(span: Span, found: VolumeRecord, origin: string | undefined): CloudResult<VolumeRecord> {
  return found.state === 'creating' ? make(span, found, origin) : okAsync(found);
}

function available(span: Span, record: VolumeRecord): VolumeRecord {
  return { ...record, state: 'available', changedAtMs: span.site.machine.clock.now() };
}

function fill(span: Span, record: VolumeRecord, origin: string | undefined): CloudResult<void> {
  const image = diskOf(span.site, record.id);
  const bytes = String(record.sizeGiB * 2 ** 30);
  const empty = (): CloudResult<unknown> =>
    command(span, ['truncate', '--size', '0', image])
      .andThen(() => command(span, ['truncate', '--size', bytes, image]))
      .andThen(() =>
        record.diskType === 'blank' ? okAsync('') : command(span, [`mkfs.${record.diskType}`, '-q', image]),
      );
  const copied = (from: string): CloudResult<unknown> =>
    copyImage(span, from, image).andThen(() => command(span, ['truncate', '--size', bytes, image]));
  return (origin === undefined ? empty() : copied(origin)).map(() => undefined);
}
