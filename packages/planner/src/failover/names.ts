/** Who is called what afterwards: the one that failed says so by its name, and what serves has the name that served. */

import type { Failure, InstanceId, Place } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { errAsync, okAsync } from 'neverthrow';
import type { World } from '../move/move-input.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { readsSettleMs } from '../settled.ts';

/** The name of a server that was given up as broken. It is kept. */
export function brokenName(name: string): string {
  return `${name}-broken`;
}

/** Gives a server another name; one that is gone needs none. The revert gives the old one back. */
export function renameServer(
  g: ScopeBuilder<World>,
  step: 'rename-source' | 'rename-standby',
  server: { readonly at: Place; readonly id: InstanceId; readonly from: string; readonly to: string },
  after: readonly Handle<unknown>[],
): Handle<{ readonly name: string }> {
  const { at, id, from, to: name } = server;
  return g.step(step, {
    title: `${from} becomes ${name}`,
    after,
    idempotent: true,
    retry: { attempts: 6, delayMs: 1000, maxDelayMs: 30_000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(at)
        .instances.rename(id, name, ctx)
        .map(() => ({ name }))
        .orElse((error) =>
          error.kind === 'not-found' || error.lastState === 'gone'
            ? okAsync<{ name: string }, Failure>({ name })
            : errAsync<{ name: string }, Failure>(error),
        ),
    settleMs: readsSettleMs,
    probe: (_, { services, signal }) =>
      services.clouds
        .get(at)
        .instances.get(id, { signal })
        .map((seen) =>
          seen.name === name ? { happened: 'yes' as const, output: { name } } : { happened: 'no' as const },
        ),
    revert: (_, ctx) =>
      ctx.services.clouds.get(at).instances.rename(id, from, { ...ctx, key: ctx.keyFor('back') }),
  });
}
