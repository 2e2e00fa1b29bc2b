/** The steps that make a standby the one that serves. */

import { type Call, type CopyPass, type CopyReport, type Failure, refAt } from '@belay/cloud';
import { type Handle, json, type ScopeBuilder } from '@belay/runner';
import type { ResultAsync } from 'neverthrow';
import type { PassDone } from '../copy/copy-input.ts';
import { sourcePlace, type World } from '../move/move-input.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { allAre, backRetry, backwards, isDown, windowRetry } from '../move/services.ts';
import { keeperOf, worthPromoting } from './before.ts';
import type { RequestedStandby } from './ports.ts';
import type { PlannedTakeover, TakeoverInput } from './takeover-input.ts';

/**
 * No import may overwrite what the standby will take. One that has begun since the standby was looked at may have left
 * half of its files: it is looked at once more. The revert lets imports go on.
 */
export function pauseImports(
  g: ScopeBuilder<World>,
  { standby, mode }: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  const server = refAt(standby.at, standby.id);
  return g.step('pause-imports', {
    title: `nothing is imported into ${standby.name} any more`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 120_000,
    revertRetry: backRetry,
    revertBlind: true,
    run: (_, ctx) =>
      keeperOf(ctx.services)
        .asyncAndThen((keeper) =>
          keeper
            .pauseImports(server, ctx)
            .andThen(() => keeper.lastImport(server, { signal: ctx.signal }))
            .andThen((last) => worthPromoting({ standby, mode }, last)),
        )
        .map(() => undefined),
    revert: (_, ctx) =>
      keeperOf(ctx.services).asyncAndThen((keeper) =>
        keeper.resumeImports(server, { ...ctx, key: ctx.keyFor('back') }),
      ),
  });
}

/**
 * Nothing runs on the standby while files are copied to it: a database that is open would be of two minds about them.
 * The revert starts what ran.
 */
export function quietStandby(
  g: ScopeBuilder<World>,
  { standby, services }: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  const server = refAt(standby.at, standby.id);
  return g.step('quiet-standby', {
    title: `nothing runs on ${standby.name} while files are copied to it`,
    after,
    idempotent: true,
    retry: windowRetry,
    timeoutMs: 180_000,
    revertRetry: backRetry,
    undo: json<{ readonly wereRunning: readonly string[] }>(),
    run: (_, ctx) => {
      const host = ctx.services.hosts.get(server);
      return host.services
        .list({ signal: ctx.signal })
        .mapErr((error): Failure => error)
        .andThen((states) => {
          const wereRunning = services.filter((name) => !allAre(states, [name], isDown));
          return ctx.saveUndo(ctx.undo ?? { wereRunning }).map(() => wereRunning);
        })
        .andThen((running) => host.services.stop(running, ctx).mapErr((error): Failure => error))
        .map(() => undefined);
    },
    revert: ({ undo }, ctx) =>
      undo === undefined || undo.wereRunning.length === 0
        ? undefined
        : ctx.services.hosts.get(server).services.start(backwards(undo.wereRunning), ctx),
  });
}

/** Copies from the living primary to its standby: warm while it serves, final when it is quiet. */
export function syncStandby(
  g: ScopeBuilder<World>,
  input: TakeoverInput,
  mode: PlannedTakeover,
  kind: 'warm' | 'final',
  after: readonly Handle<unknown>[],
): Handle<PassDone> {
  return g.step(kind === 'warm' ? 'warm-sync' : 'final-sync', {
    title: kind === 'warm' ? 'the standby catches up while the primary serves' : 'the standby gets the rest',
    after,
    idempotent: true,
    retry: { attempts: 3, delayMs: 2000, maxDelayMs: 30_000, when: worthAnotherTry },
    timeoutMs: mode.passTimeoutMs,
    run: (_, ctx) =>
      pass(input, mode, kind, ctx).map(
        ({ tookMs, entries, changedFiles, changedBytes, vanishedFiles }): PassDone => ({
          seconds: tookMs / 1000,
          entries,
          changedFiles,
          changedBytes,
          vanishedFiles,
        }),
      ),
  });
}

/** Asks for the standby of the one that serves now. */
export function requestStandby(
  g: ScopeBuilder<World>,
  { standby, source }: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<RequestedStandby> {
  return g.step('request-standby', {
    title: `a new standby for ${source.name}`,
    after,
    idempotent: true,
    retry: { attempts: 10, delayMs: 2000, maxDelayMs: 60_000, when: worthAnotherTry },
    timeoutMs: 300_000,
    run: (_, ctx) =>
      keeperOf(ctx.services).asyncAndThen((keeper) => keeper.request(refAt(standby.at, standby.id), ctx)),
  });
}

function pass(
  input: TakeoverInput,
  { standbyFilesystemUuid, passTimeoutMs }: PlannedTakeover,
  kind: CopyPass,
  ctx: Call & { readonly services: World },
): ResultAsync<CopyReport, Failure> {
  const { mountPoint: path, filesystemUuid } = input.volume;
  const { id, at } = input.standby;
  return ctx.services.hosts
    .get(refAt(at, id))
    .copy(
      {
        pass: kind,
        from: { path, filesystemUuid, host: refAt(sourcePlace(input), input.source.id) },
        to: { path, filesystemUuid: standbyFilesystemUuid },
        inPlace: true,
      },
      { ...ctx, timeoutMs: passTimeoutMs },
    )
    .mapErr((error): Failure => error);
}
