/**
 * Quiet on the source: what starts by the clock is masked, its services are stopped, and nobody has a file open for
 * writing any more. What somebody still writes to would be half in the final pass, so that ends the run.
 */

import type { Failure } from '@belay/cloud';
import { type Handle, json, type Probed, type ScopeBuilder } from '@belay/runner';
import { err, ok, okAsync, type ResultAsync } from 'neverthrow';
import { volumesIn, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { backRetry, sourceHost, windowRetry } from '../move/services.ts';
import type { CopyInput } from './copy-input.ts';

/** Masks what was not masked before. The revert unmasks exactly that. */
export function maskTimers(
  g: ScopeBuilder<World>,
  input: CopyInput,
  after: readonly Handle<unknown>[],
): Handle<{ readonly masked: readonly string[] }> {
  const timers = (services: World) => sourceHost(input, services).timers;
  return g.step('mask-timers', {
    title: 'nothing starts by the clock on the source',
    after,
    idempotent: true,
    retry: windowRetry,
    timeoutMs: 60_000,
    revertRetry: backRetry,
    undo: json<{ readonly masked: readonly string[] }>(),
    run: (_, ctx) =>
      timers(ctx.services)
        .list({ signal: ctx.signal })
        .mapErr((error): Failure => error)
        .andThen((all): ResultAsync<{ readonly masked: readonly string[] }, Failure> => {
          // What an earlier attempt masked is masked by now, and still this step's own.
          const found = all.filter(({ masked }) => !masked).map(({ name }) => name);
          const masked = [...new Set([...(ctx.undo?.masked ?? []), ...found])];
          if (masked.length === 0) return okAsync({ masked });
          return ctx
            .saveUndo({ masked })
            .andThen(() => timers(ctx.services).mask(masked, ctx))
            .map(() => ({ masked }));
        }),
    probe: (_, { services, signal, undo }) =>
      timers(services)
        .list({ signal })
        .map((all): Probed<{ readonly masked: readonly string[] }> => {
          const isQuiet = all.every(({ masked }) => masked);
          return isQuiet ? { happened: 'yes', output: undo ?? { masked: [] } } : { happened: 'no' };
        }),
    revert: ({ undo }, ctx) =>
      undo === undefined || undo.masked.length === 0
        ? undefined
        : timers(ctx.services).unmask(undo.masked, { ...ctx, key: ctx.keyFor('back') }),
  });
}

/** Nobody has a file of the data open for writing. */
export function checkQuiet(
  g: ScopeBuilder<World>,
  input: CopyInput,
  stopped: Handle<undefined>,
): Handle<undefined> {
  const where = volumesIn(input).map(({ mountPoint }) => mountPoint);
  return g.step('check-quiet', {
    title: `nobody writes to ${where.join(', ')}`,
    after: [stopped],
    idempotent: true,
    retry: { attempts: 5, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      oneByOne(where, (mountPoint) =>
        sourceHost(input, services)
          .mounts.holders(mountPoint, { signal })
          .mapErr((error): Failure => error)
          .andThen((files) => {
            const writers = new Set(files.filter(({ forWrite }) => forWrite).map(({ command }) => command));
            return writers.size === 0
              ? ok(undefined)
              : err(refusal('quiet', `${[...writers].join(', ')} still writes to ${mountPoint}`));
          }),
      ).map(() => undefined),
  });
}
