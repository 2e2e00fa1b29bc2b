/**
 * Takes something of the source while its filesystems are held still, all at once, so that what is taken is one moment
 * of all of them. Writes wait meanwhile, and go on in any case. Fails rather than call a moving filesystem still.
 */

import { type Call, type Failure, type Host, refAt } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { depthOf, type ServedInput, sourcePlace, type World } from '../move/move-input.ts';
import { refusal } from '../move/refusal.ts';

/** What is held, and for how long at the most; where no time is given nothing is. */
export interface Stillness {
  readonly mountPoints: readonly string[];
  readonly atMostMs: number | undefined;
}

/** The key and the end of a step, and what it asks the world with. */
type Holding = Call & { readonly services: World; keyFor(part: string): string };

/** Gives what was taken, and whether everything was still from before until after. */
export function heldStill<T>(
  input: Pick<ServedInput, 'source' | 'at'>,
  { mountPoints, atMostMs }: Stillness,
  ctx: Holding,
  take: () => ResultAsync<T, Failure>,
): ResultAsync<{ readonly value: T; readonly frozen: boolean }, Failure> {
  if (atMostMs === undefined) return take().map((value) => ({ value, frozen: false }));
  const host = ctx.services.hosts.get(refAt(sourcePlace(input), input.source.id));
  // The inner ones first: whoever works in them finds the way there as it was.
  const innerFirst = [...mountPoints].sort((a, b) => depthOf(b) - depthOf(a));
  return new ResultAsync(
    (async () => {
      const frozen = await freezeAll(host, innerFirst, atMostMs, ctx);
      if (frozen.isErr()) return err(frozen.error);
      const taken = await take();
      const thawed = await thawAll(host, innerFirst, ctx);
      if (taken.isErr()) return err(taken.error);
      if (thawed.isErr()) return err<never, Failure>({ ...thawed.error, applied: 'unknown' });
      if (thawed.value.length > 0) {
        const message = `${thawed.value.join(', ')} thawed by itself after ${atMostMs} ms, before the picture was taken`;
        // It was taken, and is of no use: not in doubt, so it is deleted.
        return err<never, Failure>({ ...refusal('still-filesystem', message), applied: 'yes' });
      }
      return ok({ value: taken.value, frozen: true });
    })(),
  );
}

/**
 * All of them; where one cannot be frozen, those before it are let go again, and so is that one itself where its freeze
 * may have come about: writers would wait till it thaws by itself, for nothing.
 */
async function freezeAll(
  host: Host,
  mountPoints: readonly string[],
  forAtMostMs: number,
  ctx: Holding,
): Promise<Result<undefined, Failure>> {
  for (const [index, mountPoint] of mountPoints.entries()) {
    const call = { ...ctx, key: ctx.keyFor(part('freeze', index)) };
    const frozen = await host.mounts.freeze({ mountPoint, forAtMostMs }, call);
    if (frozen.isOk()) continue;
    const isStill = frozen.error.applied !== 'no';
    const thawed = await thawAll(host, mountPoints.slice(0, isStill ? index + 1 : index), ctx);
    // What could not be let go thaws by itself; why the freeze failed is what a person needs to know.
    return thawed.match(
      () => err(frozen.error),
      () => err(frozen.error),
    );
  }
  return ok(undefined);
}

/** Gives those that were not still any more. All are asked, whatever one of them says. */
async function thawAll(
  host: Host,
  mountPoints: readonly string[],
  ctx: Holding,
): Promise<Result<readonly string[], Failure>> {
  const moved: string[] = [];
  let failed: Failure | undefined;
  for (const [index, mountPoint] of [...mountPoints.entries()].reverse()) {
    // Without a signal: a run that is stopped must not leave writers waiting.
    const thawed = await host.mounts.thaw(mountPoint, { key: ctx.keyFor(part('thaw', index)) });
    if (thawed.isErr()) failed ??= thawed.error;
    else if (!thawed.value.held) moved.push(mountPoint);
  }
  return failed === undefined ? ok(moved) : err(failed);
}

function part(verb: 'freeze' | 'thaw', index: number): string {
  return index === 0 ? verb : `${verb}-${index + 1}`;
}
