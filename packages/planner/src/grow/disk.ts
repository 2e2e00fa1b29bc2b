/** The steps of a disk that changes while it is in use. */

import { type CloudError, type Host, refAt, type StorageVolume } from '@belay/cloud';
import type { Failure, GraphBuilder, Handle, Probed } from '@belay/runner';
import { err, ok, type ResultAsync } from 'neverthrow';
import type { World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { serves } from '../move/source-side.ts';
import { readsSettleMs } from '../settled.ts';
import type { GrowInput, GrowOutput } from './grow-input.ts';

const readRetry = { attempts: 4, delayMs: 500, when: worthAnotherTry };
const changeAttempts = 4;

/** The disk is the one that was planned for, is used where it was said, and the workload serves. */
export function lookAtDisk(g: GraphBuilder<World>, input: GrowInput): Handle<undefined> {
  const { instance, volume, from, to, probe } = input;
  return g.step('look-at-disk', {
    title: 'last look at the disk',
    idempotent: true,
    retry: readRetry,
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      volumeOf(input, services, signal)
        .andThen((found) => {
          if (to.sizeGiB < from.sizeGiB) {
            return err(
              refusal('never-smaller', `${volume.id} has ${from.sizeGiB} GiB and cannot have ${to.sizeGiB}`),
            );
          }
          if (!isLike(found, from)) {
            const is = `${found.sizeGiB} GiB ${found.diskType}`;
            return err(refusal('disk-as-planned', `${volume.id} is ${is}, not what was planned for`));
          }
          return found.attachments.some(({ instanceId }) => instanceId === instance.id)
            ? ok(undefined)
            : err(refusal('disk-in-place', `${volume.id} is not attached to ${instance.id}`));
        })
        .andThen(() => filesystemOf(input, services, signal))
        .andThen(() => serves(hostOf(input, services), probe, signal))
        .map(() => undefined),
  });
}

/** The point of no return. A size that is not seen yet is asked for again under the same key, and then a person. */
export function changeSize(
  g: GraphBuilder<World>,
  input: GrowInput,
  ready: Handle<unknown>,
): Handle<undefined> {
  return g.pivot('change-disk', {
    title: `the disk has ${input.to.sizeGiB} GiB`,
    after: [ready],
    idempotent: true,
    retry: { attempts: changeAttempts, delayMs: 2000, maxDelayMs: 30_000, when: worthAnotherTry },
    timeoutMs: 600_000,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .volumes.modify(input.volume.id, input.to, ctx)
        .map(() => undefined)
        .mapErr((error) => perhapsOurs(error, ctx.attempt)),
    settleMs: readsSettleMs,
    probe: (_, { services, signal, attempt }) =>
      volumeOf(input, services, signal).map((found): Probed<undefined> => {
        if (isLike(found, input.to)) return { happened: 'yes', output: undefined };
        // A change that was accepted may take hours to show: only as long as it can be asked for again is this a no.
        if (attempt < changeAttempts) return { happened: 'no' };
        return { happened: 'unknown', why: `${found.id} still has ${found.sizeGiB} GiB ${found.diskType}` };
      }),
  });
}

/** Another kind of disk of the same size can be changed back. */
export function changeType(
  g: GraphBuilder<World>,
  input: GrowInput,
  ready: Handle<unknown>,
): Handle<undefined> {
  return g.step('change-disk', {
    title: `the disk is ${input.to.diskType}`,
    after: [ready],
    idempotent: true,
    retry: { attempts: changeAttempts, delayMs: 2000, maxDelayMs: 30_000, when: worthAnotherTry },
    timeoutMs: 600_000,
    // A disk that was just changed takes no other change for hours. It is in use all the while, and nobody notices.
    revertRetry: { attempts: 150, delayMs: 5000, maxDelayMs: 600_000 },
    run: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .volumes.modify(input.volume.id, { diskType: input.to.diskType }, ctx)
        .map(() => undefined),
    settleMs: readsSettleMs,
    probe: (_, { services, signal }) =>
      volumeOf(input, services, signal).map(
        (found): Probed<undefined> =>
          isLike(found, input.to) ? { happened: 'yes', output: undefined } : { happened: 'no' },
      ),
    revert: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .volumes.modify(
          input.volume.id,
          { diskType: input.from.diskType },
          { ...ctx, key: ctx.keyFor('back') },
        ),
  });
}

/** The filesystem is as large as its disk. Nothing to undo: an unused part of a disk does no harm. */
export function growFilesystem(
  g: GraphBuilder<World>,
  input: GrowInput,
  changed: Handle<undefined>,
): Handle<undefined> {
  return g.step('grow-filesystem', {
    title: `${input.volume.mountPoint} has all of the disk`,
    after: [changed],
    idempotent: true,
    retry: { attempts: 10, delayMs: 2000, maxDelayMs: 30_000, when: worthAnotherTry },
    timeoutMs: 600_000,
    run: (_, ctx) =>
      filesystemOf(input, ctx.services, ctx.signal)
        .andThen(() => hostOf(input, ctx.services).mounts.grow(input.volume.mountPoint, ctx))
        .map(() => undefined),
  });
}

/** Cloud and server agree, and the workload answers as before. */
export function confirmSize(
  g: GraphBuilder<World>,
  input: GrowInput,
  done: Handle<undefined>,
): Handle<GrowOutput> {
  const { volume, from, to, probe } = input;
  return g.step('confirm-size', {
    title: 'the disk is as it was wanted',
    after: [done],
    idempotent: true,
    retry: { attempts: 6, delayMs: 1000, maxDelayMs: 8000 },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      volumeOf(input, services, signal)
        .andThen((found) =>
          isLike(found, to)
            ? ok(undefined)
            : err(refusal('read-back', `${found.id} has ${found.sizeGiB} GiB ${found.diskType}`)),
        )
        .andThen(() => filesystemOf(input, services, signal))
        .andThen((filesystemBytes) => {
          // What a filesystem needs for itself is a few hundredths; one that did not grow lacks more than half of it all.
          const least = (from.sizeGiB + (to.sizeGiB - from.sizeGiB) / 2) * 2 ** 30 * 0.9;
          return filesystemBytes === 0 || to.sizeGiB === from.sizeGiB || filesystemBytes >= least
            ? ok(filesystemBytes)
            : err(
                refusal(
                  'read-back',
                  `${volume.mountPoint} has ${filesystemBytes} bytes of ${to.sizeGiB} GiB`,
                ),
              );
        })
        .andThen((filesystemBytes) =>
          serves(hostOf(input, services), probe, signal).map((): GrowOutput => ({ ...to, filesystemBytes })),
        ),
  });
}

/**
 * A disk takes one change at a time. A later try that is kept waiting may be kept by the very change that an earlier one
 * asked for: its "no" speaks of itself alone, and says nothing of that one.
 */
function perhapsOurs(error: CloudError, attempt: number): CloudError {
  const isKept = error.kind === 'busy' || error.kind === 'rate-cooldown' || error.kind === 'timeout';
  return isKept && attempt > 1 ? { ...error, applied: 'unknown' } : error;
}

function isLike(volume: StorageVolume, { sizeGiB, diskType }: GrowInput['to']): boolean {
  return volume.sizeGiB === sizeGiB && volume.diskType === diskType;
}

/** Size of the filesystem that was meant, 0 where it is not told; an error where another one is mounted there. */
function filesystemOf(input: GrowInput, services: World, signal: AbortSignal): ResultAsync<number, Failure> {
  const { mountPoint, filesystemUuid } = input.volume;
  return hostOf(input, services)
    .mounts.list({ signal })
    .mapErr((error): Failure => error)
    .andThen((mounts) => {
      const found = mounts.find((mount) => mount.mountPoint === mountPoint);
      if (found?.filesystemUuid === filesystemUuid) return ok(found.sizeBytes ?? 0);
      const holds = found?.filesystemUuid ?? 'none';
      return err(
        refusal(
          'right-filesystem',
          `${mountPoint} on ${input.instance.id} holds ${holds}, not ${filesystemUuid}`,
        ),
      );
    });
}

function volumeOf(
  input: GrowInput,
  { clouds }: World,
  signal: AbortSignal,
): ResultAsync<StorageVolume, Failure> {
  return clouds
    .get(input.at)
    .volumes.get(input.volume.id, { signal })
    .mapErr((error): Failure => error);
}

function hostOf({ at, instance }: GrowInput, { hosts }: World): Host {
  return hosts.get(refAt(at, instance.id));
}
