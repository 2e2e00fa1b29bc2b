/**
 * A server that is stopped gives its own public IPv4 address back and starts with another one: the names that led to
 * the old one follow. Where the run goes back the server is stopped once more and gets a third one; the names follow
 * that, too, when it serves again. What else their records say, and what leads to an address that stays, is left alone.
 */

import type { DnsRecord } from '@belay/cloud';
import { type Failure, type Handle, json, type ScopeBuilder } from '@belay/runner';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import {
  dnsPlace,
  type OwnAddresses,
  type ServedInput,
  type TargetServer,
  type World,
} from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal } from '../move/refusal.ts';
import { backRetry } from '../move/services.ts';
import { targetOf } from '../move/target-side.ts';
import { readsSettleMs } from '../settled.ts';
import type { WorkloadName } from '../workload.ts';
import { canonicalAddress, holdsAddress, isIpv6 } from './address.ts';
import { routeRetry } from './route-retry.ts';

/** Stands before the stop, so that its revert comes when the server has been started again: then the names follow it. */
export function followWhenBack(
  g: ScopeBuilder<World>,
  input: ServedInput,
  source: Handle<OwnAddresses>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (input.names.length === 0) return after;
  return [
    g.step('follow-when-back', {
      title: 'names follow the server, should the run go back',
      needs: { source },
      after,
      idempotent: true,
      revertRetry: backRetry,
      // Nothing is done going forward, and what is to be done then is seen by looking.
      revertBlind: true,
      run: () => okAsync(undefined),
      revert: ({ needs }, ctx) =>
        ctx.services.clouds
          .get(input.at)
          .instances.get(input.source.id, { signal: ctx.signal })
          .mapErr((error): Failure => error)
          .andThen((now) =>
            oneByOne(input.names, (name, index) =>
              recordOf(input, name, ctx).andThen((from) => {
                const call = { ...ctx, key: ctx.keyFor(`back-${index + 1}`) };
                return follow(input, from, [needs.source, targetOf(now)], ctx.services, call);
              }),
            ),
          ),
    }),
  ];
}

/** Leads every name that led to the lost address to the one that came in its place. */
export function followAddress(
  g: ScopeBuilder<World>,
  input: ServedInput,
  source: Handle<OwnAddresses>,
  server: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (input.names.length === 0) return after;
  return input.names.map((name, index) =>
    g.step(input.names.length === 1 ? 'follow-address' : `follow-address-${index + 1}`, {
      title: `${name.name} ${name.type} follows the server`,
      needs: { source, server },
      after,
      idempotent: true,
      retry: routeRetry,
      timeoutMs: 300_000,
      undo: json<DnsRecord>(),
      run: ({ source: old, server: now }, ctx) =>
        (ctx.undo === undefined ? recordOf(input, name, ctx) : okAsync<DnsRecord, Failure>(ctx.undo)).andThen(
          (from) => ctx.saveUndo(from).andThen(() => follow(input, from, [old, now], ctx.services, ctx)),
        ),
      settleMs: readsSettleMs,
      probe: ({ source: old, server: now }, { services, signal }) =>
        recordOf(input, name, { services, signal }).map(({ values }) =>
          values.some((value) => holdsAddress(lostBy(old, now), value))
            ? { happened: 'no' as const }
            : { happened: 'yes' as const, output: undefined },
        ),
      revertRetry: backRetry,
      revert: ({ undo, needs: { source: old, server: now } }, ctx) => {
        if (undo === undefined) return undefined;
        const values = replaced(undo, old, now);
        if (values === undefined) return undefined;
        return ctx.services.clouds
          .get(dnsPlace(input))
          .dns.change({ from: { ...undo, values }, to: undo }, { ...ctx, key: ctx.keyFor('back') });
      },
    }),
  );
}

/** Public IPv4 addresses that the server had and has no more. */
function lostBy(old: OwnAddresses, now: OwnAddresses): readonly string[] {
  return old.publicAddresses.filter(
    (address) => !isIpv6(address) && !holdsAddress(now.publicAddresses, address),
  );
}

interface Looking {
  readonly services: World;
  readonly signal: AbortSignal;
}

function recordOf(
  input: ServedInput,
  { name, type }: WorkloadName,
  { services, signal }: Looking,
): ResultAsync<DnsRecord, Failure> {
  return services.clouds
    .get(dnsPlace(input))
    .dns.get(name, type, { signal })
    .mapErr((error): Failure => error)
    .andThen((record) =>
      record === undefined
        ? errAsync(refusal('name-exists', `${name} has no ${type} record`))
        : okAsync(record),
    );
}

function follow(
  input: ServedInput,
  from: DnsRecord,
  [old, now]: readonly [OwnAddresses, OwnAddresses],
  services: World,
  call: { readonly key: string; readonly signal: AbortSignal },
): ResultAsync<undefined, Failure> {
  const values = replaced(from, old, now);
  if (values === undefined) return okAsync(undefined);
  if (values.length === 0) {
    const message = `${input.source.id} has no public address in place of ${lostBy(old, now).join(', ')}: ${from.name} leads nowhere`;
    return errAsync(refusal('name-has-successor', message));
  }
  return services.clouds
    .get(dnsPlace(input))
    .dns.change({ from, to: { ...from, values } }, call)
    .map(() => undefined);
}

/** What the record says with the new address; `undefined` where it says nothing that was lost, empty where there is no new one. */
function replaced(
  { values }: DnsRecord,
  old: OwnAddresses,
  now: OwnAddresses,
): readonly string[] | undefined {
  const lost = lostBy(old, now);
  if (!values.some((value) => holdsAddress(lost, value))) return undefined;
  const [gained] = now.publicAddresses.filter(
    (address) => !isIpv6(address) && !holdsAddress(old.publicAddresses, address),
  );
  if (gained === undefined) return [];
  const next = values.map((value) => (holdsAddress(lost, value) ? gained : value));
  return [...new Map(next.map((value) => [canonicalAddress(value), value])).values()];
}
