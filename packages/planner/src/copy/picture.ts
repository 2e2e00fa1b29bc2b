/**
 * The pictures of the source's disks that a clone begins as, taken while the source serves. Those of several disks are
 * taken together or not at all; where a freeze is asked for, every filesystem is still at that moment, so that together
 * they are one moment of the workload, and the run fails rather than call a moving one still.
 */

import type { Call, CloudError, Failure, Snapshot, SnapshotId } from '@belay/cloud';
import { type Handle, happenedIfFound, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import { type DataVolume, sourcePlace, volumesIn, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { readsSettleMs } from '../settled.ts';
import { type CloneInput, type DiskPicture, eachDisk, type PictureTaken, snapshotsIn } from './copy-input.ts';
import { heldStill } from './hold-still.ts';

/** The pictures of all disks. */
export interface Pictures {
  readonly all: Handle<PictureTaken>;
  /** The picture of one disk, when volumes can be made of it. */
  of(volumeId: string): Handle<PictureTaken> | undefined;
}

/** Takes them, and waits for each until a disk can be made of it. The revert deletes them. */
export function takePictures(g: ScopeBuilder<World>, input: CloneInput): Pictures {
  const taken = takePicture(g, input);
  const ready = new Map(
    eachDisk(input).map(({ volume, suffix }) => [volume.id, pictureReady(g, input, taken, volume, suffix)]),
  );
  const only = ready.size === 1 ? ready.get(input.volume.id) : undefined;
  return { all: only ?? taken, of: (volumeId) => ready.get(volumeId) };
}

function takePicture(g: ScopeBuilder<World>, input: CloneInput): Handle<PictureTaken> {
  const all = volumesIn(input);
  return g.step('take-snapshot', {
    title:
      all.length === 1
        ? 'a picture of the data, while the source serves'
        : `a picture of ${all.map(({ mountPoint }) => mountPoint).join(' and ')}, while the source serves`,
    retry: { attempts: 3, delayMs: 2000, when: worthAnotherTry },
    timeoutMs: 300_000,
    run: (_, ctx) => {
      const still = {
        mountPoints: all.map(({ mountPoint }) => mountPoint),
        atMostMs: input.disk.from.freezeAtMostMs,
      };
      return heldStill(input, still, ctx, () => takeAll(input, ctx)).andThen(({ value, frozen }) =>
        allOrNone(input, value, ctx).andThen((pictures) => {
          const picture = pictureOf(pictures, frozen);
          return picture === undefined ? errAsync(nothingTaken) : ok(picture);
        }),
      );
    },
    settleMs: readsSettleMs,
    probe: (_, ctx) =>
      // Whether the freeze held is not known of those whose answer was lost: they count as moving ones.
      taken(input, ctx).map((pictures) => happenedIfFound(pictureOf(pictures, false))),
    revert: (was, ctx) => {
      const { snapshots } = ctx.services.clouds.get(sourcePlace(input));
      const made: ResultAsync<readonly SnapshotId[], Failure> =
        was.outcome === 'done'
          ? new ResultAsync(Promise.resolve(ok(snapshotsIn(was.output))))
          : taken(input, ctx).map((pictures) => pictures.map(({ snapshotId }) => snapshotId));
      return made.andThen((ids) =>
        oneByOne(ids, (id, index) =>
          snapshots
            .delete(id, { ...ctx, key: index === 0 ? ctx.key : ctx.keyFor(id) })
            .mapErr((error): Failure => error),
        ),
      );
    },
  });
}

type Taking = Call & { readonly services: World; keyFor(part: string): string };

interface Attempt {
  readonly volumeId: DataVolume['id'];
  readonly answer: Result<Snapshot, CloudError>;
}

/** Asks for all side by side, as writers wait. An answer in doubt is the answer: it is looked into first. */
function takeAll(input: CloneInput, ctx: Taking): ResultAsync<readonly Attempt[], Failure> {
  const { snapshots } = ctx.services.clouds.get(sourcePlace(input));
  const all = volumesIn(input).map(async ({ id }, index): Promise<Attempt> => {
    const name = `${input.source.name}-move${index === 0 ? '' : `-${index + 1}`}`;
    const call = { ...ctx, key: keyOf(input, ctx, id) };
    return { volumeId: id, answer: await snapshots.create({ name, volumeId: id }, call) };
  });
  return ResultAsync.fromSafePromise(Promise.all(all)).andThen((attempts) => {
    const doubt = errorsOf(attempts).find(({ applied }) => applied === 'unknown');
    return doubt === undefined ? ok(attempts) : err<never, Failure>(doubt);
  });
}

/** Where one could not be taken, the others go: a later one of it would be of another moment than theirs. */
function allOrNone(
  input: CloneInput,
  attempts: readonly Attempt[],
  ctx: Taking,
): ResultAsync<readonly DiskPicture[], Failure> {
  const made = attempts.flatMap(({ volumeId, answer }) =>
    answer.isOk() ? [{ volumeId, snapshotId: answer.value.id }] : [],
  );
  const [first] = errorsOf(attempts);
  if (first === undefined) return new ResultAsync(Promise.resolve(ok(made)));
  const { snapshots } = ctx.services.clouds.get(sourcePlace(input));
  return oneByOne(made, ({ volumeId, snapshotId }) =>
    snapshots
      .delete(snapshotId, { ...ctx, key: keyOf(input, ctx, volumeId) })
      .mapErr((error): Failure => error),
  )
    .mapErr((): Failure => ({ ...first, applied: 'yes' }))
    .andThen(() => err<never, Failure>(first));
}

function errorsOf(attempts: readonly Attempt[]): readonly CloudError[] {
  return attempts.flatMap(({ answer }) => (answer.isErr() ? [answer.error] : []));
}

/** Waits until a disk can be made of it, however long the provider takes. */
function pictureReady(
  g: ScopeBuilder<World>,
  input: CloneInput,
  taken: Handle<PictureTaken>,
  volume: DataVolume,
  suffix: string,
): Handle<PictureTaken> {
  return g.step(`snapshot-ready${suffix}`, {
    title: suffix === '' ? 'the picture can be used' : `the picture of ${volume.mountPoint} can be used`,
    needs: { taken },
    idempotent: true,
    retry: { attempts: 10, delayMs: 5000, maxDelayMs: 60_000, when: worthAnotherTry },
    timeoutMs: pictureTimeoutMs,
    run: ({ taken: picture }, { services, signal }): ResultAsync<PictureTaken, Failure> => {
      const { frozen, more = [] } = picture;
      const count = volumesIn(input).length;
      if (more.length + 1 !== count) {
        const message = `of ${count} disks there are ${more.length + 1} pictures: the others would be of another moment`;
        return errAsync(refusal('whole-picture', message));
      }
      if (input.disk.from.freezeAtMostMs !== undefined && !frozen) {
        return errAsync(
          refusal(
            'still-filesystem',
            `nobody can tell whether ${volume.mountPoint} was still in ${picture.snapshotId}`,
          ),
        );
      }
      const own = more.find(({ volumeId }) => volumeId === volume.id) ?? picture;
      return services.clouds
        .get(sourcePlace(input))
        .snapshots.untilReady(own.snapshotId, { signal, timeoutMs: pictureTimeoutMs })
        .map(({ id }): PictureTaken => ({ snapshotId: id, frozen }));
    },
  });
}

const pictureTimeoutMs = 6 * 3_600_000;
const nothingTaken: Failure = { kind: 'invalid', message: 'no disk is named to take a picture of' };

/** What this step has taken so far, the main disk's first. */
function taken(input: CloneInput, ctx: Taking): ResultAsync<readonly DiskPicture[], Failure> {
  const { snapshots } = ctx.services.clouds.get(sourcePlace(input));
  return oneByOne(volumesIn(input), ({ id }) =>
    snapshots
      .find(keyOf(input, ctx, id), { signal: ctx.signal })
      .map((found) => (found === undefined ? [] : [{ volumeId: id, snapshotId: found.id }]))
      .mapErr((error): Failure => error),
  ).map((found) => found.flat());
}

/** Where some are missing the first of those that there are stands first: the count tells. */
function pictureOf([main, ...more]: readonly DiskPicture[], frozen: boolean): PictureTaken | undefined {
  if (main === undefined) return undefined;
  return { snapshotId: main.snapshotId, frozen, ...(more.length > 0 && { more }) };
}

function keyOf(input: CloneInput, ctx: Pick<Taking, 'key' | 'keyFor'>, volumeId: string): string {
  return volumeId === input.volume.id ? ctx.key : ctx.keyFor(volumeId);
}
