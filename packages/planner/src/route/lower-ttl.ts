/**
 * Names are made quick to follow before anything stops: where the TTL of a record is long, it is lowered, and the run
 * waits until the old one has run out, for so long the world may still believe what it has read. All that is while the
 * source serves. A revert puts the old TTL back, whatever the record says by then.
 */

import type { DnsRecord, Failure } from '@belay/cloud';
import { type Handle, json, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, ResultAsync } from 'neverthrow';
import { clockOf } from '../gate/gate-services.ts';
import { dnsPlace, type ServedInput, type World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { readsSettleMs } from '../settled.ts';
import type { SlowName } from '../ttl.ts';
import type { WorkloadName } from '../workload.ts';
import { routeRetry } from './route-retry.ts';

/** Which names are lowered, and to what. JSON. */
export interface TtlInput {
  readonly toSeconds: number;
  /** Those whose TTL is longer, with what it was. One that turns out to be low already is left as it is. */
  readonly names: readonly SlowName[];
}

/** Until when the world may still believe the old record. */
interface Lowered {
  /** Milliseconds since the epoch. */
  readonly heardByMs: number;
}

/** Gives what the window must wait for; nothing where no name is slow. */
export function lowerTtl(g: ScopeBuilder<World>, input: ServedInput): readonly Handle<unknown>[] {
  const { ttl } = input;
  if (ttl === undefined || ttl.names.length === 0) return [];
  const lowered = ttl.names.map((name, index) =>
    lowerOne(g, input, ttl, name, ttl.names.length === 1 ? 'lower-ttl' : `lower-ttl-${index + 1}`),
  );
  const needs = Object.fromEntries(lowered.map((handle, index) => [`name${index + 1}`, handle]));
  return [
    g.step('ttl-runs-out', {
      title: 'the old TTL runs out while the source serves',
      needs,
      idempotent: true,
      // What is waited for is a moment, so that another try waits for the rest only.
      retry: { attempts: 20, delayMs: 1000, when: worthAnotherTry },
      timeoutMs: (Math.max(...ttl.names.map(({ ttlSeconds }) => ttlSeconds)) + 600) * 1000,
      run: (all, { services, signal }) => {
        const untilMs = Math.max(0, ...Object.values(all).map(({ heardByMs }) => heardByMs));
        return untilThen(services, untilMs, signal);
      },
    }),
  ];
}

function lowerOne(
  g: ScopeBuilder<World>,
  input: ServedInput,
  { toSeconds }: TtlInput,
  { name, type }: WorkloadName,
  step: string,
): Handle<Lowered> {
  const recordOf = ({ clouds }: World) => clouds.get(dnsPlace(input)).dns;
  return g.step(step, {
    title: `${name} ${type} is believed for ${toSeconds} s only`,
    retry: routeRetry,
    timeoutMs: 300_000,
    idempotent: true,
    undo: json<DnsRecord>(),
    run: (_, ctx) => {
      const dns = recordOf(ctx.services);
      const was = ctx.undo === undefined ? dns.get(name, type, { signal: ctx.signal }) : okAsync(ctx.undo);
      return was
        .mapErr((error): Failure => error)
        .andThen((from): ResultAsync<Lowered, Failure> => {
          if (from === undefined) return noRecord(name, type);
          if (from.ttlSeconds <= toSeconds) return okAsync({ heardByMs: 0 });
          return ctx
            .saveUndo(from)
            .andThen(() => dns.change({ from, to: { ...from, ttlSeconds: toSeconds } }, ctx))
            .mapErr((error): Failure => error)
            .map(() => heardBy(ctx.services, from));
        });
    },
    settleMs: readsSettleMs,
    probe: (_, { services, signal, undo }) =>
      recordOf(services)
        .get(name, type, { signal })
        .map((now) =>
          undo !== undefined && now?.ttlSeconds === toSeconds
            ? // When exactly is not known: from now on is the careful answer.
              { happened: 'yes' as const, output: heardBy(services, undo) }
            : { happened: 'no' as const },
        ),
    revert: ({ undo }, ctx) => {
      if (undo === undefined) return undefined;
      const dns = recordOf(ctx.services);
      const call = { ...ctx, key: ctx.keyFor('back') };
      const lowered = { ...undo, ttlSeconds: toSeconds };
      // What was asked for may still be on its way, and be seen by no look: the way back waits for it.
      return dns
        .change({ from: lowered, to: undo }, call)
        .map(() => undefined)
        .orElse((error) => {
          if (error.kind !== 'busy') return errAsync(error);
          // Somebody else has changed it since. Their values stay, and so does a TTL that is theirs.
          return dns
            .get(name, type, { signal: ctx.signal })
            .andThen((now) =>
              now?.ttlSeconds === toSeconds
                ? dns
                    .change({ from: now, to: { ...now, ttlSeconds: undo.ttlSeconds } }, call)
                    .map(() => undefined)
                : okAsync(undefined),
            );
        });
    },
  });
}

function heardBy(services: World, { ttlSeconds }: DnsRecord): Lowered {
  return { heardByMs: clockOf(services).now() + ttlSeconds * 1000 };
}

function noRecord(name: string, type: string): ResultAsync<never, Failure> {
  return new ResultAsync(Promise.resolve(err(refusal('name-exists', `${name} has no ${type} record`))));
}

function untilThen(services: World, untilMs: number, signal: AbortSignal): ResultAsync<undefined, Failure> {
  const clock = clockOf(services);
  return new ResultAsync(
    new Promise((resolve) => {
      const leftMs = untilMs - clock.now();
      if (leftMs <= 0) return resolve(ok(undefined));
      const stop = clock.after(leftMs, () => {
        signal.removeEventListener('abort', end);
        resolve(ok(undefined));
      });
      const end = () => {
        stop();
        resolve(
          err({ kind: 'cancelled', message: 'the wait for the old TTL was broken off', applied: 'no' }),
        );
      };
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    }),
  );
}
