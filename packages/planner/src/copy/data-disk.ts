/**
 * The target's own data disk: made where the target stands, attached, given a filesystem where it has none, mounted. A
 * revert deletes only what its step has made.
 */

import type { Attachment, CloudResult, StorageVolume } from '@belay/cloud';
import { type Failure, type Handle, happenedIfFound, type Probed, type ScopeBuilder } from '@belay/runner';
import { okAsync, type ResultAsync } from 'neverthrow';
import type { TargetServer, World } from '../move/move-input.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { backRetry, targetHost } from '../move/services.ts';
import { readsSettleMs } from '../settled.ts';
import { type DiskInput, type DiskMade, eachDisk, type PictureTaken } from './copy-input.ts';
import { heldStill } from './hold-still.ts';

const diskRetry = { attempts: 4, delayMs: 2000, maxDelayMs: 15_000, when: worthAnotherTry };

/** A disk for each that there is. Gives the main one, and what the copying must wait for. */
export function dataDisks(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  pictureOf: (volumeId: string) => Handle<PictureTaken> | undefined,
): { readonly made: Handle<DiskMade>; readonly ready: readonly Handle<undefined>[] } {
  const made = new Map<string, Handle<DiskMade>>();
  const ready: Handle<undefined>[] = [];
  for (const { suffix, ...one } of eachDisk(input)) {
    // An inner filesystem is mounted when the outer one is.
    const disk = dataDisk(s, one, target, pictureOf(one.volume.id), [target], suffix, [...ready]);
    made.set(one.volume.id, disk.made);
    ready.push(disk.ready);
  }
  const main = made.get(input.volume.id);
  if (main === undefined) throw new Error(`no disk is made for ${input.volume.id}`);
  return { made: main, ready };
}

/** Makes, attaches, formats where needed, mounts, and makes it outlive its server. */
function dataDisk(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  picture: Handle<PictureTaken> | undefined,
  after: readonly Handle<unknown>[],
  suffix: string,
  mountAfter: readonly Handle<unknown>[],
): { readonly made: Handle<DiskMade>; readonly ready: Handle<undefined> } {
  const made = makeDisk(s, input, target, picture, after, suffix);
  const attached = attachDisk(s, input, target, made, suffix);
  const formatted = input.disk.from.kind === 'empty' ? [formatDisk(s, input, target, attached, suffix)] : [];
  const mounted = mountDisk(s, input, target, attached, [...formatted, ...mountAfter], suffix);
  return { made, ready: keepDisk(s, input, target, made, mounted, suffix) };
}

/** The UUID of the filesystem that the target will have mounted. */
export function targetFilesystem({ disk, volume }: DiskInput): string {
  return disk.from.kind === 'empty' ? disk.from.filesystemUuid : volume.filesystemUuid;
}

function makeDisk(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  picture: Handle<PictureTaken> | undefined,
  after: readonly Handle<unknown>[],
  suffix: string,
): Handle<DiskMade> {
  const diskMade = ({ id }: StorageVolume): DiskMade => ({
    volumeId: id,
    filesystemUuid: targetFilesystem(input),
  });
  // A step's needs are the same for all kinds: a disk that begins as no picture has none.
  const noPicture = picture ?? target;
  return s.step(`make-disk${suffix}`, {
    title: `make a disk of ${input.disk.sizeGiB} GiB`,
    needs: { target, from: noPicture },
    after,
    retry: diskRetry,
    timeoutMs: 1_800_000,
    run: (needs, ctx): ResultAsync<DiskMade, Failure> => {
      const { volumes } = ctx.services.clouds.get(input.at);
      const { from, ...wish } = input.disk;
      const snapshotId = 'snapshotId' in needs.from ? needs.from.snapshotId : undefined;
      const make = (): CloudResult<StorageVolume> =>
        from.kind === 'copy'
          ? volumes.copy({ ...wish, volumeId: input.volume.id }, ctx)
          : volumes.create({ ...wish, zone: needs.target.zone, ...(snapshotId && { snapshotId }) }, ctx);
      const asFailure = () => make().mapErr((error): Failure => error);
      if (from.kind !== 'copy') return asFailure().map(diskMade);
      const still = { mountPoints: [input.volume.mountPoint], atMostMs: from.freezeAtMostMs };
      return heldStill(input, still, ctx, asFailure).map(({ value }) => diskMade(value));
    },
    settleMs: readsSettleMs,
    probe: (_, { services, key, signal }) =>
      services.clouds
        .get(input.at)
        .volumes.find(key, { signal })
        // One that is being made may still fail: the same call again waits for it.
        .map((found) => happenedIfFound(found && (found.state === 'creating' ? undefined : diskMade(found)))),
    revertRetry: backRetry,
    revert: (was, ctx) => {
      const { volumes } = ctx.services.clouds.get(input.at);
      const made =
        was.outcome === 'done'
          ? okAsync(was.output.volumeId)
          : volumes.find(ctx.key, { signal: ctx.signal }).map((found) => found?.id);
      return made
        .mapErr((error): Failure => error)
        .andThen((id) =>
          id === undefined ? okAsync(undefined) : volumes.delete(id, ctx).mapErr((error): Failure => error),
        );
    },
  });
}

function attachDisk(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  made: Handle<DiskMade>,
  suffix: string,
): Handle<Attachment> {
  return s.step(`attach-disk${suffix}`, {
    title: 'attach it to the target',
    needs: { target, made },
    retry: diskRetry,
    timeoutMs: 240_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (needs, ctx) => ctx.services.clouds.get(input.at).volumes.attach(pairOf(needs), ctx),
    settleMs: readsSettleMs,
    probe: (needs, { services, signal }) =>
      services.clouds
        .get(input.at)
        .volumes.get(needs.made.volumeId, { signal })
        .map(({ attachments }): Probed<Attachment> => {
          const here = attachments.find(({ instanceId }) => instanceId === needs.target.id);
          return here?.state === 'attached' ? { happened: 'yes', output: here } : { happened: 'no' };
        }),
    revert: ({ needs }, ctx) => ctx.services.clouds.get(input.at).volumes.detach(pairOf(needs), ctx),
  });
}

/** Nothing to undo: the disk goes away with the step that made it. */
function formatDisk(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  attached: Handle<Attachment>,
  suffix: string,
): Handle<undefined> {
  const { from } = input.disk;
  const filesystemType = from.kind === 'empty' ? from.filesystemType : 'ext4';
  return s.step(`format-disk${suffix}`, {
    title: `make ${filesystemType} on it`,
    needs: { target, attached },
    retry: diskRetry,
    timeoutMs: 600_000,
    idempotent: true,
    run: (needs, ctx) =>
      targetHost(input, ctx.services, needs.target)
        .disks.format(
          { disk: needs.attached.disk, filesystemType, filesystemUuid: targetFilesystem(input) },
          ctx,
        )
        .map(() => undefined),
  });
}

/** Mounted where the source has it, and as large as the disk. */
function mountDisk(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  attached: Handle<Attachment>,
  after: readonly Handle<unknown>[],
  suffix: string,
): Handle<undefined> {
  const { mountPoint } = input.volume;
  const filesystemUuid = targetFilesystem(input);
  return s.step(`mount-disk${suffix}`, {
    title: `mount ${mountPoint} on the target`,
    needs: { target, attached },
    after,
    retry: diskRetry,
    timeoutMs: 300_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (needs, ctx) => {
      const { mounts } = targetHost(input, ctx.services, needs.target);
      return mounts
        .mount({ disk: needs.attached.disk, mountPoint, filesystemUuid }, ctx)
        .andThen(() => mounts.grow(mountPoint, { ...ctx, key: ctx.keyFor('grow') }))
        .map(() => undefined);
    },
    probe: (needs, { services, signal }) =>
      targetHost(input, services, needs.target)
        .mounts.list({ signal })
        .map((all): Probed<undefined> => {
          const there = all.some(
            (at) => at.mountPoint === mountPoint && at.filesystemUuid === filesystemUuid,
          );
          return there ? { happened: 'yes', output: undefined } : { happened: 'no' };
        }),
    revert: ({ needs }, ctx) => targetHost(input, ctx.services, needs.target).mounts.unmount(mountPoint, ctx),
  });
}

/** Nothing to undo: what is set here ends with the attachment. */
function keepDisk(
  s: ScopeBuilder<World>,
  input: DiskInput,
  target: Handle<TargetServer>,
  made: Handle<DiskMade>,
  mounted: Handle<undefined>,
  suffix: string,
): Handle<undefined> {
  return s.step(`keep-disk${suffix}`, {
    title: 'the disk outlives the target',
    needs: { target, made },
    after: [mounted],
    idempotent: true,
    retry: diskRetry,
    timeoutMs: 60_000,
    run: (needs, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .instances.keepVolume(needs.target.id, needs.made.volumeId, true, ctx)
        .map(() => undefined),
  });
}

function pairOf(needs: { readonly target: TargetServer; readonly made: DiskMade }) {
  return { volumeId: needs.made.volumeId, instanceId: needs.target.id };
}
