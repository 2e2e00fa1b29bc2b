/**
 * The picture of the source's disk that a clone begins as. It is taken while the source serves; where a freeze is
 * asked for, the filesystem is still at that moment, and the run fails rather than call a moving one still.
 */

import { type Call, type Failure, type Host, refAt } from '@belay/cloud';
import { type Handle, happenedIfFound, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { sourcePlace, type World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { readsSettleMs } from '../settled.ts';
import type { ClonedDisk, CloneInput, DiskInput, PictureTaken } from './copy-input.ts';

/** Takes the snapshot. The revert deletes it. */
export function takePicture(
  g: ScopeBuilder<World>,
  input: CloneInput,
  after: readonly Handle<unknown>[],
): Handle<PictureTaken> {
  return g.step('take-snapshot', {
    title: 'a picture of the data, while the source serves',
    after,
    retry: { attempts: 3, delayMs: 2000, when: worthAnotherTry },
    timeoutMs: 300_000,
    run: (_, ctx) => {
      const { snapshots } = ctx.services.clouds.get(sourcePlace(input));
      const spec = { name: `${input.source.name}-move`, volumeId: input.volume.id };
      return held(input, ctx, () =>
        snapshots
          .create(spec, ctx)
          .map(({ id }) => id)
          .mapErr((error): Failure => error),
      ).map(({ value, frozen }): PictureTaken => ({ snapshotId: value, frozen }));
    },
    settleMs: readsSettleMs,
    probe: (_, { services, key, signal }) =>
      services.clouds
        .get(sourcePlace(input))
        .snapshots.find(key, { signal })
        .map((found) =>
          // Whether the freeze held is not known of one whose answer was lost: it counts as a moving one.
          happenedIfFound(found === undefined ? undefined : { snapshotId: found.id, frozen: false }),
        ),
    revert: (was, ctx) => {
      const { snapshots } = ctx.services.clouds.get(sourcePlace(input));
      const made =
        was.outcome === 'done'
          ? okAsync(was.output.snapshotId)
          : snapshots.find(ctx.key, { signal: ctx.signal }).map((found) => found?.id);
      return made
        .mapErr((error): Failure => error)
        .andThen((id) =>
          id === undefined ? okAsync(undefined) : snapshots.delete(id, ctx).mapErr((error): Failure => error),
        );
    },
  });
}

/** Waits until volumes can be made of it, however long the provider takes. */
export function pictureReady(
  g: ScopeBuilder<World>,
  input: CloneInput,
  taken: Handle<PictureTaken>,
): Handle<PictureTaken> {
  return g.step('snapshot-ready', {
    title: 'the picture can be used',
    needs: { taken },
    idempotent: true,
    retry: { attempts: 10, delayMs: 5000, maxDelayMs: 60_000, when: worthAnotherTry },
    timeoutMs: pictureTimeoutMs,
    run: ({ taken: picture }, { services, signal }): ResultAsync<PictureTaken, Failure> => {
      if (input.disk.from.freezeAtMostMs !== undefined && !picture.frozen) {
        return errAsync(
          refusal(
            'still-filesystem',
            `nobody can tell whether ${input.volume.mountPoint} was still in ${picture.snapshotId}`,
          ),
        );
      }
      return services.clouds
        .get(sourcePlace(input))
        .snapshots.untilReady(picture.snapshotId, { signal, timeoutMs: pictureTimeoutMs })
        .map(() => picture);
    },
  });
}

const pictureTimeoutMs = 6 * 3_600_000;

/** Takes something while the filesystem is still, where that is asked for, and lets writes go on in any case. */
export function held<T>(
  { disk, source, volume, at }: DiskInput & { readonly disk: { readonly from: ClonedDisk } },
  ctx: Call & { readonly services: World; keyFor(part: string): string },
  take: () => ResultAsync<T, Failure>,
): ResultAsync<{ readonly value: T; readonly frozen: boolean }, Failure> {
  const { freezeAtMostMs } = disk.from;
  if (freezeAtMostMs === undefined) return take().map((value) => ({ value, frozen: false }));
  const host: Host = ctx.services.hosts.get(refAt(source.at ?? at, source.id));
  const { mountPoint } = volume;
  return host.mounts
    .freeze({ mountPoint, forAtMostMs: freezeAtMostMs }, { key: ctx.keyFor('freeze'), signal: ctx.signal })
    .mapErr((error): Failure => error)
    .andThen(
      () =>
        new ResultAsync(
          (async () => {
            const taken = await take();
            // Without a signal: a run that is stopped must not leave writers waiting.
            const thawed = await host.mounts.thaw(mountPoint, { key: ctx.keyFor('thaw') });
            if (taken.isErr()) return err(taken.error);
            if (thawed.isErr()) return err<never, Failure>({ ...thawed.error, applied: 'unknown' });
            if (!thawed.value.held) {
              const message = `${mountPoint} thawed by itself after ${freezeAtMostMs} ms, before the picture was taken`;
              // It was taken, and is of no use: not in doubt, so it is deleted.
              return err<never, Failure>({ ...refusal('still-filesystem', message), applied: 'yes' });
            }
            return ok({ value: taken.value, frozen: true });
          })(),
        ),
    );
}
