/**
 * What is written down of a copy over the standby. It begins before the first byte and is sealed when the last one is
 * there: in between the files are of two times, and whoever asks what the standby is worth is told so, also when this
 * run has died, been given up or gone back. Going back leaves it invalid: the files that were there are overwritten.
 */

import { type Failure, type Ref, refAt } from '@belay/cloud';
import type { Handle, ScopeBuilder, StepContext } from '@belay/runner';
import type { ResultAsync } from 'neverthrow';
import { nowOf } from '../gate/gate-services.ts';
import { sourcePlace, type World } from '../move/move-input.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { backRetry, windowRetry } from '../move/services.ts';
import { keeperOf } from './before.ts';
import type { StandbyCopy } from './ports.ts';
import type { TakeoverInput } from './takeover-input.ts';

/** From here on the standby is not valid. The revert says by whom it was left so. */
export function beginCopy(
  g: ScopeBuilder<World>,
  input: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  const { standby } = input;
  return g.step('begin-copy', {
    title: `${standby.name} is not valid until the copy is whole`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 120_000,
    revertRetry: backRetry,
    // Whether or not it has begun: to say that it was given up is right in both cases, and can be said twice.
    revertBlind: true,
    run: (_, ctx) =>
      keeperOf(ctx.services)
        .asyncAndThen((keeper) => keeper.beginCopy(serverOf(input), copyOf(input, ctx.runId), ctx))
        .map(() => undefined),
    revert: (was, ctx) =>
      // Refused before it had any effect, so nothing was copied either.
      was.outcome === 'failed' && was.error.applied === 'no' ? undefined : givenUp(input, ctx),
  });
}

/**
 * The primary is quiet, and all that it has is on the standby. The revert takes the seal away: services that were
 * started on the standby have written to files that the primary knows nothing of.
 */
export function sealCopy(
  g: ScopeBuilder<World>,
  input: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  const { standby, source } = input;
  return g.step('seal-copy', {
    title: `${standby.name} has all that ${source.name} has`,
    after,
    idempotent: true,
    retry: windowRetry,
    timeoutMs: 120_000,
    revertRetry: backRetry,
    revertBlind: true,
    run: (_, ctx) =>
      keeperOf(ctx.services)
        .asyncAndThen((keeper) =>
          keeper.sealCopy(serverOf(input), { ...copyOf(input, ctx.runId), dataAt: nowOf(ctx.services) }, ctx),
        )
        .map(() => undefined),
    revert: (_, ctx) => givenUp(input, ctx),
  });
}

function givenUp(
  input: TakeoverInput,
  ctx: Pick<StepContext<World>, 'services' | 'signal' | 'runId' | 'keyFor'>,
): ResultAsync<void, Failure> {
  const call = { ...ctx, key: ctx.keyFor('back') };
  return keeperOf(ctx.services).asyncAndThen((keeper) =>
    keeper.voidCopy(serverOf(input), copyOf(input, ctx.runId), call),
  );
}

function serverOf({ standby }: TakeoverInput): Ref {
  return refAt(standby.at, standby.id);
}

function copyOf(input: TakeoverInput, runId: string): StandbyCopy {
  return { runId, from: refAt(sourcePlace(input), input.source.id) };
}
