/**
 * The server itself in the window of a resize: off where it must be, its type, on again. Each looks first, and brings
 * back what it found; a server that comes back has booted before its services are asked for.
 */

import { type Failure, type Instance, refAt } from '@belay/cloud';
import type { Handle, Probed, ScopeBuilder } from '@belay/runner';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { depthOf, type ServedInput, type TargetServer, volumesIn, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { backRetry, happenedIf, windowRetry } from '../move/services.ts';
import { targetOf } from '../move/target-side.ts';
import { readsSettleMs } from '../settled.ts';
import type { ResizeInput } from './resize-input.ts';

const bootMs = 300_000;

export function stopServer(
  g: ScopeBuilder<World>,
  input: ServedInput,
  stopped: Handle<unknown>,
): Handle<undefined> {
  return power(g, input, 'off', stopped);
}

export function changeServerType(
  g: ScopeBuilder<World>,
  input: ResizeInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  const { source, fromType, toType, way, capacity } = input;
  const reservationId =
    capacity !== undefined && 'reservationId' in capacity ? capacity.reservationId : undefined;
  return g.step('resize-instance', {
    title: `${source.name} becomes ${toType}`,
    after,
    retry: windowRetry,
    timeoutMs: 900_000,
    idempotent: true,
    revertRetry: { attempts: 20, delayMs: 2000, maxDelayMs: 30_000 },
    run: (_, ctx) =>
      instancesOf(input, ctx.services)
        .resize(source.id, toType, {
          ...ctx,
          ...(reservationId && { reservationId }),
        })
        .map(() => undefined),
    settleMs: readsSettleMs,
    probe: (_, ctx) =>
      lookAt(input, ctx).map(({ instanceType, state }): Probed<undefined> => {
        const isThere = instanceType === toType && state !== 'resizing';
        // The type comes first, and what it names is not shown: to ask again makes sure of both.
        return isThere && reservationId !== undefined
          ? { happened: 'unknown', why: `${source.id} is ${toType}, perhaps outside of ${reservationId}` }
          : happenedIf(isThere);
      }),
    revert: (_, ctx) =>
      lookAt(input, ctx).andThen((server): ResultAsync<unknown, Failure> => {
        if (server.state === 'resizing') return errAsync(notYet(server));
        const call = { ...ctx, key: ctx.keyFor('back') };
        // A way back that was broken off may have left it with the reservation of the other type: it would not start.
        const mayNameIt = reservationId !== undefined && server.state === 'stopped';
        if (server.instanceType === fromType && server.state !== 'resized' && !mayNameIt) {
          return booted(input, ctx, server);
        }
        if (way === 'stopped') return instancesOf(input, ctx.services).resize(source.id, fromType, call);
        if (server.state !== 'resized') {
          const message = `${source.id} is ${server.providerState} as ${server.instanceType}: its old server was given up`;
          return errAsync(refusal('old-one-kept', message));
        }
        return instancesOf(input, ctx.services)
          .revertResize(source.id, call)
          .mapErr((error): Failure => error)
          .andThen((back) => booted(input, ctx, back));
      }),
  });
}

export function startServer(
  g: ScopeBuilder<World>,
  input: ServedInput,
  resized: Handle<unknown>,
): Handle<undefined> {
  return power(g, input, 'on', resized);
}

function power(
  g: ScopeBuilder<World>,
  input: ServedInput,
  to: 'on' | 'off',
  after: Handle<unknown>,
): Handle<undefined> {
  const { id, name } = input.source;
  const [verb, state] = to === 'on' ? (['start', 'running'] as const) : (['stop', 'stopped'] as const);
  return g.step(`${verb}-instance`, {
    title: `power ${name} ${to}`,
    after: [after],
    retry: windowRetry,
    timeoutMs: bootMs,
    idempotent: true,
    revertRetry: backRetry,
    run: (_, ctx) => {
      const instances = instancesOf(input, ctx.services);
      return instances[verb](id, ctx).map(() => undefined);
    },
    settleMs: readsSettleMs,
    probe: (_, ctx) => lookAt(input, ctx).map((server) => happenedIf(server.state === state)),
    revert: (_, ctx): ResultAsync<unknown, Failure> => {
      const instances = instancesOf(input, ctx.services);
      const call = { ...ctx, key: ctx.keyFor('back') };
      if (to === 'on') return instances.stop(id, call).mapErr((error): Failure => error);
      return instances
        .start(id, call)
        .mapErr((error): Failure => error)
        .andThen(() => booted(input, ctx));
    },
  });
}

/** The server in its new type has booted; its addresses may be others now. */
export function serverBack(
  g: ScopeBuilder<World>,
  input: ServedInput,
  title: string,
  after: readonly Handle<unknown>[],
): Handle<TargetServer> {
  return g.step('server-back', {
    title,
    after,
    idempotent: true,
    retry: { attempts: 3, delayMs: 2000, maxDelayMs: 10_000, when: worthAnotherTry },
    timeoutMs: bootMs,
    run: (_, ctx) =>
      booted(input, ctx)
        .andThen(() => lookAt(input, ctx))
        .map(targetOf),
  });
}

/** The data is mounted where it was. What the boot configuration has mounted already is left as it is. */
export function dataMounted(
  g: ScopeBuilder<World>,
  input: ServedInput,
  back: Handle<unknown>,
): Handle<undefined> {
  // What is mounted within another comes after it.
  const all = [...volumesIn(input)].sort((a, b) => depthOf(a.mountPoint) - depthOf(b.mountPoint));
  return g.step('mount-data', {
    title: `${all.map(({ mountPoint }) => mountPoint).join(', ')} is mounted`,
    after: [back],
    idempotent: true,
    retry: windowRetry,
    timeoutMs: 120_000,
    run: (_, ctx) =>
      oneByOne(all, ({ id, mountPoint, filesystemUuid }) =>
        ctx.services.clouds
          .get(input.at)
          .volumes.get(id, { signal: ctx.signal })
          .mapErr((error): Failure => error)
          .andThen(({ attachments }): ResultAsync<undefined, Failure> => {
            const disk = attachments.find(({ instanceId }) => instanceId === input.source.id)?.disk;
            if (disk === undefined) {
              return errAsync(refusal('data-in-place', `volume ${id} is not on ${input.source.id}`));
            }
            const key = id === input.volume.id ? ctx.key : ctx.keyFor(id);
            return ctx.services.hosts
              .get(refAt(input.at, input.source.id))
              .mounts.mount({ disk, mountPoint, filesystemUuid }, { ...ctx, key })
              .map(() => undefined);
          }),
      ).map(() => undefined),
  });
}

interface Asking {
  readonly services: World;
  readonly signal: AbortSignal;
}

function instancesOf({ at }: ServedInput, { clouds }: World) {
  return clouds.get(at).instances;
}

function lookAt(input: ServedInput, { services, signal }: Asking): ResultAsync<Instance, Failure> {
  return instancesOf(input, services)
    .get(input.source.id, { signal })
    .mapErr((error): Failure => error);
}

/** Waits until the inside answers; one that is off is not waited for. */
function booted(
  input: ServedInput,
  { services, signal }: Asking,
  server?: Instance,
): ResultAsync<unknown, Failure> {
  if (server?.state === 'stopped') return okAsync(undefined);
  return services.hosts
    .get(refAt(input.at, input.source.id))
    .ready({ signal })
    .mapErr((error): Failure => error);
}

function notYet({ id, providerState }: Instance): Failure {
  return { kind: 'busy', message: `${id} is ${providerState}: what it becomes shows later`, applied: 'no' };
}
