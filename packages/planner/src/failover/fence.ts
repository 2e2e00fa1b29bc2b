/**
 * The fence: a server that must not serve any more is powered off, and that is read back. What cannot be confirmed is no
 * fence, and nothing that stands on it is done. The revert powers on again what this step has powered off.
 */

import { type Failure, type Instance, type InstanceId, type Place, refAt } from '@belay/cloud';
import { type Handle, json, type Probed, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import type { World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { readsSettleMs } from '../settled.ts';

/** Which server is fenced. */
export interface FencedServer {
  readonly at: Place;
  readonly id: InstanceId;
  readonly name: string;
}

/** How it was found at last; `quiet`: on, with every service of the workload stopped and masked. */
export interface FenceSeen {
  readonly state: 'stopped' | 'gone' | 'quiet';
}

/** The three moments at which the fence is looked at. */
export type FenceStep = 'fence-source' | 'fence-holds' | 'fence-again';

/**
 * The fence of a server that answers: its services are down, and nothing but a person starts them again. Only read: an
 * earlier step has stopped them, and its revert starts them.
 */
export function quietFence(
  g: ScopeBuilder<World>,
  server: FencedServer,
  services: readonly string[],
  name: FenceStep,
  after: readonly Handle<unknown>[],
): Handle<FenceSeen> {
  return g.step(name, {
    title: `nothing serves on ${server.name}`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 500, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, ctx) =>
      ctx.services.hosts
        .get(refAt(server.at, server.id))
        .services.list({ signal: ctx.signal })
        .mapErr((error): Failure => error)
        .andThen((states) => {
          const isDown = (each: string) =>
            states.some(
              ({ name, state, masked }) =>
                name === each && masked && state !== 'active' && state !== 'unknown',
            );
          const up = services.filter((each) => !isDown(each));
          return up.length === 0
            ? ok<FenceSeen, Failure>({ state: 'quiet' })
            : err<FenceSeen, Failure>(refusal('fenced', `${up.join(', ')} may serve on ${server.name}`));
        }),
  });
}

export function fenceServer(
  g: ScopeBuilder<World>,
  server: FencedServer,
  after: readonly Handle<unknown>[],
): Handle<FenceSeen> {
  return g.step('fence-source', {
    title: `${server.name} is off, and stays off`,
    after,
    idempotent: true,
    // A machine that does not answer its provider may take a while to be given up.
    retry: { attempts: 10, delayMs: 5000, maxDelayMs: 60_000, when: worthAnotherTry },
    timeoutMs: 600_000,
    revertRetry: { attempts: 10, delayMs: 2000, maxDelayMs: 30_000 },
    undo: json<{ readonly wasOn: boolean }>(),
    run: (_, ctx): ResultAsync<FenceSeen, Failure> =>
      stateOf(server, ctx).andThen((state): ResultAsync<FenceSeen, Failure> => {
        if (state === 'gone') return okAsync({ state });
        return ctx
          .saveUndo(ctx.undo ?? { wasOn: state !== 'stopped' })
          .andThen(() => ctx.services.clouds.get(server.at).instances.stop(server.id, ctx))
          .mapErr((error): Failure => error)
          .andThen(() => readBack(server, ctx));
      }),
    settleMs: readsSettleMs,
    probe: (_, ctx) =>
      stateOf(server, ctx).map(
        (state): Probed<FenceSeen> =>
          state === 'gone' || state === 'stopped'
            ? { happened: 'yes', output: { state } }
            : { happened: 'no' },
      ),
    revert: ({ undo }, ctx) =>
      undo?.wasOn === true
        ? ctx.services.clouds.get(server.at).instances.start(server.id, { ...ctx, key: ctx.keyFor('back') })
        : undefined,
  });
}

/** Looks once more, just before the world is led elsewhere: somebody may have powered it on again. */
export function fenceHolds(
  g: ScopeBuilder<World>,
  server: FencedServer,
  after: readonly Handle<unknown>[],
): Handle<FenceSeen> {
  return g.step('fence-holds', {
    title: `${server.name} is still off`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 500, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, ctx) => readBack(server, ctx),
  });
}

/** After the switch, only forward: one that has come back by itself is powered off again. */
export function fenceAgain(
  g: ScopeBuilder<World>,
  server: FencedServer,
  after: readonly Handle<unknown>[],
): Handle<FenceSeen> {
  return g.step('fence-again', {
    title: `${server.name} has not come back`,
    after,
    idempotent: true,
    retry: { attempts: 10, delayMs: 5000, maxDelayMs: 60_000, when: worthAnotherTry },
    timeoutMs: 600_000,
    run: (_, ctx): ResultAsync<FenceSeen, Failure> =>
      stateOf(server, ctx).andThen((state): ResultAsync<FenceSeen, Failure> => {
        if (state === 'gone' || state === 'stopped') return okAsync({ state });
        return ctx.services.clouds
          .get(server.at)
          .instances.stop(server.id, ctx)
          .mapErr((error): Failure => error)
          .andThen(() => readBack(server, ctx));
      }),
  });
}

interface Asking {
  readonly services: World;
  readonly signal: AbortSignal;
}

function readBack(server: FencedServer, ctx: Asking): ResultAsync<FenceSeen, Failure> {
  return stateOf(server, ctx).andThen((state) =>
    state === 'gone' || state === 'stopped'
      ? ok({ state })
      : err<FenceSeen, Failure>(refusal('fenced', `${server.id} is ${state}: it may still serve`)),
  );
}

function stateOf(
  { at, id }: FencedServer,
  { services, signal }: Asking,
): ResultAsync<Instance['state'], Failure> {
  return services.clouds
    .get(at)
    .instances.get(id, { signal })
    .map(({ state }) => state)
    .orElse((error) =>
      // The port says so only after a look that may be believed.
      error.kind === 'not-found'
        ? okAsync<Instance['state'], Failure>('gone')
        : errAsync<Instance['state'], Failure>(error),
    );
}
