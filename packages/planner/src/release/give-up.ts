/**
 * Giving up: the seal, and after it, only forward, the server, the disks that were named and the source's place on
 * lists. Each looks once more before it deletes.
 */

import type { CloudResult, Failure } from '@belay/cloud';
import type { GraphBuilder, Handle, Probed, RetryPolicy, StepContext } from '@belay/runner';
import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { dnsPlace, type OwnAddresses, sourcePlace, type World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { supersededName } from '../move/source-side.ts';
import { frontEndOf } from '../route/read-routes.ts';
import { readsSettleMs } from '../settled.ts';
import { firstRunsIn } from './checks.ts';
import type { ReleaseInput } from './release-input.ts';

export const forwardRetry: RetryPolicy = {
  attempts: 10,
  delayMs: 1000,
  maxDelayMs: 30_000,
  when: worthAnotherTry,
};

/** The point of no return: the first run can no longer be reverted, so its source is no longer needed. */
export function sealFirstRun(
  g: GraphBuilder<World>,
  { firstRunId, by, reason }: Pick<ReleaseInput, 'firstRunId' | 'by' | 'reason'>,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return g.pivot('seal-first-run', {
    title: `${firstRunId} can no longer be reverted`,
    after,
    idempotent: true,
    retry: forwardRetry,
    timeoutMs: 60_000,
    run: (_, { services }) =>
      firstRunsIn(services)
        .asyncAndThen((runs) => runs.seal(firstRunId, { by, reason }))
        .map(() => undefined),
    settleMs: readsSettleMs,
    probe: (_, { services, signal }) =>
      firstRunsIn(services)
        .asyncAndThen((runs) => runs.get(firstRunId, { signal }))
        .map(
          ({ sealed }): Probed<undefined> =>
            sealed ? { happened: 'yes', output: undefined } : { happened: 'no' },
        ),
  });
}

export function deleteSource(
  g: GraphBuilder<World>,
  { move }: ReleaseInput,
  sealed: Handle<undefined>,
): Handle<undefined> {
  const { id, name } = move.source;
  return g.step('delete-source', {
    title: `delete ${supersededName(name)}`,
    after: [sealed],
    idempotent: true,
    retry: forwardRetry,
    timeoutMs: 300_000,
    run: (_, ctx) => {
      const { instances } = ctx.services.clouds.get(sourcePlace(move));
      return instances
        .get(id, { signal: ctx.signal })
        .map((source) => (source.state === 'gone' ? undefined : source.name))
        .orElse((error) => (error.kind === 'not-found' ? ok(undefined) : err(error)))
        .mapErr((error): Failure => error)
        .andThen((found): ResultAsync<undefined, Failure> => {
          if (found === undefined) return okAsync(undefined);
          if (found !== supersededName(name)) {
            return errAsync(refusal('source-superseded', `${id} is called ${found} now: it is left alone`));
          }
          return instances.delete(id, ctx).map(() => undefined);
        });
    },
  });
}

/** Disks go when their server is gone, so that nothing has them in use. */
export function deleteVolumes(
  g: GraphBuilder<World>,
  { move, volumes }: ReleaseInput,
  deleted: Handle<undefined>,
): void {
  deleteEach(g, { kind: 'volume', title: 'the disk', ids: volumes }, deleted, (id, ctx) =>
    ctx.services.clouds.get(sourcePlace(move)).volumes.delete(id, ctx),
  );
}

/** What the move began with: the disk that was made of it has long been on its own. */
export function deleteSnapshots(
  g: GraphBuilder<World>,
  { move, snapshots = [] }: ReleaseInput,
  sealed: Handle<undefined>,
): void {
  deleteEach(g, { kind: 'snapshot', title: 'the snapshot', ids: snapshots }, sealed, (id, ctx) =>
    ctx.services.clouds.get(sourcePlace(move)).snapshots.delete(id, ctx),
  );
}

interface Doomed {
  readonly kind: 'volume' | 'snapshot';
  readonly title: string;
  readonly ids: readonly string[];
}

/** A step for each; a number only where there are several. */
function deleteEach(
  g: GraphBuilder<World>,
  { kind, title, ids }: Doomed,
  after: Handle<undefined>,
  remove: (id: string, ctx: StepContext<World>) => CloudResult<void>,
): void {
  for (const [index, id] of ids.entries()) {
    g.step(ids.length === 1 ? `delete-${kind}` : `delete-${kind}-${index + 1}`, {
      title: `delete ${title} ${id}`,
      after: [after],
      idempotent: true,
      retry: forwardRetry,
      timeoutMs: 300_000,
      run: (_, ctx) => remove(id, ctx).map(() => undefined),
    });
  }
}

/** Names are believed for as long as they were before the move. What somebody else has set since stays. */
export function restoreTtl(g: GraphBuilder<World>, { move }: ReleaseInput, sealed: Handle<undefined>): void {
  const { names = [], toSeconds } = move.ttl ?? {};
  for (const [index, { name, type, ttlSeconds }] of names.entries()) {
    g.step(names.length === 1 ? 'restore-ttl' : `restore-ttl-${index + 1}`, {
      title: `${name} ${type} is believed for ${ttlSeconds} s again`,
      after: [sealed],
      idempotent: true,
      retry: forwardRetry,
      timeoutMs: 300_000,
      run: (_, ctx) => {
        const { dns } = ctx.services.clouds.get(dnsPlace(move));
        return dns
          .get(name, type, { signal: ctx.signal })
          .andThen((from) =>
            from !== undefined && from.ttlSeconds === toSeconds
              ? dns.change({ from, to: { ...from, ttlSeconds } }, ctx)
              : okAsync(from),
          )
          .map(() => undefined);
      },
    });
  }
}

/** The source's addresses go to somebody else one day: no list may still let them in. */
export function forgetSource(
  g: GraphBuilder<World>,
  { move: { allowLists = [] } }: ReleaseInput,
  seen: Handle<OwnAddresses>,
  sealed: Handle<undefined>,
): void {
  for (const [index, name] of allowLists.entries()) {
    g.step(allowLists.length === 1 ? 'forget-source' : `forget-source-${index + 1}`, {
      title: `${name} no longer lets the source in`,
      needs: { seen },
      after: [sealed],
      idempotent: true,
      retry: forwardRetry,
      timeoutMs: 300_000,
      run: ({ seen: { publicAddresses, privateAddresses } }, ctx) =>
        frontEndOf(ctx.services, name)
          .asyncAndThen((list) =>
            list.change({ add: [], remove: [...publicAddresses, ...privateAddresses] }, ctx),
          )
          .map(() => undefined),
    });
  }
}
