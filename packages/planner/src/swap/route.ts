/**
 * Where the world is led: floating addresses move, records that named an address of the source name the target's.
 * All switches run side by side once the target answers, and each reads back what it did. A record or an address
 * that somebody else changed meanwhile is left alone.
 */

import type { DnsRecord } from '@belay/cloud';
import type { Failure, Handle, Probed, ScopeBuilder } from '@belay/runner';
import { err, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import type { WorkloadName } from '../workload.ts';
import { refusal, worthAnotherTry } from './refusal.ts';
import type { SourceSeen } from './source-side.ts';
import type { SwapInput, SwapTarget, World } from './swap-input.ts';

const routeRetry = { attempts: 4, delayMs: 1000, when: worthAnotherTry };

/** A record before and after the switch. */
export interface Rerouting {
  readonly from: DnsRecord;
  readonly to: DnsRecord;
}

/**
 * Works out, while the source still serves, what each record will say. A record that does not name an address of
 * the source ends the run here, where that costs nothing.
 */
export function readNames(
  g: ScopeBuilder<World>,
  input: SwapInput,
  source: Handle<SourceSeen>,
  target: Handle<SwapTarget>,
): Handle<readonly Rerouting[]> {
  return g.step('read-names', {
    title: 'what the names say now',
    needs: { source, target },
    idempotent: true,
    retry: routeRetry,
    timeoutMs: 60_000,
    run: (needs, { services, signal }) =>
      input.names.reduce<ResultAsync<readonly Rerouting[], Failure>>(
        (before, name) =>
          before.andThen((known) =>
            services.clouds
              .get(input.at)
              .dns.get(name.name, name.type, { signal })
              .mapErr((error): Failure => error)
              .andThen((record) => rerouting(name, record, needs.source, needs.target))
              .map((next) => [...known, next]),
          ),
        okAsync([]),
      ),
  });
}

export function switchAddresses(
  g: ScopeBuilder<World>,
  input: SwapInput,
  target: Handle<SwapTarget>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  return input.floatingIps.map((id, index) =>
    g.step(numbered('switch-address', index, input.floatingIps.length), {
      title: input.floatingIps.length === 1 ? 'move the address to the target' : `move ${id} to the target`,
      needs: { target },
      after,
      retry: routeRetry,
      timeoutMs: 120_000,
      idempotent: true,
      run: (needs, ctx) =>
        ctx.services.clouds
          .get(input.at)
          .floatingIps.move(id, { from: input.source.id, to: needs.target.id }, ctx)
          .map(({ address }) => ({ address })),
      probe: (needs, { services, signal }) =>
        services.clouds
          .get(input.at)
          .floatingIps.get(id, { signal })
          .map(
            ({ address, instanceId }): Probed<{ address: string }> =>
              instanceId === needs.target.id ? { happened: 'yes', output: { address } } : { happened: 'no' },
          ),
      revert: ({ needs }, ctx) =>
        ctx.services.clouds
          .get(input.at)
          .floatingIps.move(id, { from: needs.target.id, to: input.source.id }, ctx),
    }),
  );
}

export function switchNames(
  g: ScopeBuilder<World>,
  input: SwapInput,
  read: Handle<readonly Rerouting[]>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  return input.names.map(({ name, type }, index) =>
    g.step(numbered('switch-name', index, input.names.length), {
      title: `${name} ${type} names the target`,
      needs: { read },
      after,
      retry: routeRetry,
      timeoutMs: 300_000,
      idempotent: true,
      run: (needs, ctx) =>
        change(needs.read[index], (way) =>
          ctx.services.clouds.get(input.at).dns.change({ from: way.from, to: way.to }, ctx),
        ),
      probe: (needs, { services, signal }) =>
        services.clouds
          .get(input.at)
          .dns.get(name, type, { signal })
          .map((now): Probed<undefined> => {
            const to = needs.read[index]?.to;
            const there = now !== undefined && to !== undefined && sameValues(now, to);
            return there ? { happened: 'yes', output: undefined } : { happened: 'no' };
          }),
      revert: ({ needs }, ctx) =>
        change(needs.read[index], (way) =>
          ctx.services.clouds.get(input.at).dns.change({ from: way.to, to: way.from }, ctx),
        ),
    }),
  );
}

/** Reads every address and record once more, as the world will find them. */
export function confirmRoute(
  g: ScopeBuilder<World>,
  input: SwapInput,
  target: Handle<SwapTarget>,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return g.step('confirm-route', {
    title: 'names and addresses lead to the target',
    needs: { target },
    after,
    idempotent: true,
    retry: { attempts: 6, delayMs: 1000, maxDelayMs: 8000 },
    timeoutMs: 60_000,
    run: (needs, { services, signal }) => {
      const { floatingIps, dns } = services.clouds.get(input.at);
      const { id, publicAddresses, privateAddresses } = needs.target;
      const own = [...publicAddresses, ...privateAddresses];
      const looks: readonly (() => ResultAsync<string | undefined, Failure>)[] = [
        ...input.floatingIps.map(
          (ip) => () =>
            floatingIps.get(ip, { signal }).map((now) => (now.instanceId === id ? undefined : now.address)),
        ),
        ...input.names.map(
          ({ name, type }) =>
            () =>
              dns
                .get(name, type, { signal })
                .map((now) => (now?.values.some((value) => own.includes(value)) === true ? undefined : name)),
        ),
      ];
      return looks.reduce<ResultAsync<undefined, Failure>>(
        (before, look) =>
          before.andThen(look).andThen((astray) => {
            if (astray === undefined) return ok(undefined);
            return err(refusal('read-back', `${astray} does not lead to ${id}`));
          }),
        okAsync(undefined),
      );
    },
  });
}

/** What a record says after the switch: the source's addresses replaced by the target's, everything else kept. */
function rerouting(
  { name, type }: WorkloadName,
  from: DnsRecord | undefined,
  source: SourceSeen,
  target: SwapTarget,
): Result<Rerouting, Failure> {
  if (from === undefined) return err(refusal('name-exists', `${name} has no ${type} record`));
  const of = (addresses: readonly string[]) =>
    addresses.filter((address) => address.includes(':') === (type === 'AAAA'));
  const successor = (value: string): string | undefined => {
    if (of(source.publicAddresses).includes(value)) return of(target.publicAddresses)[0];
    if (of(source.privateAddresses).includes(value)) return of(target.privateAddresses)[0];
    return value;
  };
  const values = from.values.map(successor);
  const known = values.filter((value) => value !== undefined);
  if (known.length < values.length) {
    return err(refusal('name-has-successor', `the target has no address that ${name} ${type} could name`));
  }
  if (known.every((value, i) => value === from.values[i])) {
    const message = `${name} ${type} says ${from.values.join(', ')}, which is no address of the source`;
    return err(refusal('name-leads-to-source', message));
  }
  return ok({ from, to: { ...from, values: known } });
}

function change(
  way: Rerouting | undefined,
  apply: (way: Rerouting) => ResultAsync<unknown, Failure>,
): ResultAsync<undefined, Failure> {
  return way === undefined ? okAsync(undefined) : apply(way).map(() => undefined);
}

function sameValues(a: DnsRecord, b: DnsRecord): boolean {
  return a.values.length === b.values.length && a.values.every((value) => b.values.includes(value));
}

function numbered(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name}-${index + 1}`;
}
