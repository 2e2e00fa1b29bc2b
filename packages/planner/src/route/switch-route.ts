/**
 * Where the world is led: floating addresses move, records and front ends that named an address of the source name the
 * target's. All switches run side by side once the target answers, and each reads back what it did. What somebody else
 * changed meanwhile is left alone. A revert puts back what stood there before.
 */

import type { DnsRecord, Failure } from '@belay/cloud';
import { type Handle, json, type Probed, type ScopeBuilder } from '@belay/runner';
import { okAsync, type ResultAsync } from 'neverthrow';
import { dnsPlace, type ServedInput, type TargetServer, type World } from '../move/move-input.ts';
import { holdsAddress, sameAddresses } from './address.ts';
import type { FrontEndChange, FrontEndState } from './front-end.ts';
import { frontEndOf, type Rerouting, type RoutesRead } from './read-routes.ts';
import { routeRetry } from './route-retry.ts';

/** Lets the target in wherever the source is let in. The source stays on the list. */
export function admitTarget(
  g: ScopeBuilder<World>,
  input: ServedInput,
  read: Handle<RoutesRead>,
): readonly Handle<unknown>[] {
  return changeFrontEnds(g, input.allowLists ?? [], 'admit-target', {
    title: (name) => `${name} lets the target in`,
    read,
    changeOf: (routes, index) => routes.allowLists[index],
    after: [],
  });
}

/** Everything that leads the world to the target, side by side. */
export function switchRoutes(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  read: Handle<RoutesRead> | undefined,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const addresses = switchAddresses(g, input, target, after);
  if (read === undefined) return addresses;
  const names = input.names.map(({ name, type }) => `${name} ${type} names the target`);
  const reverse = (input.reverse ?? []).map(({ name }) => `the target's address is ${name} in reverse`);
  return [
    ...addresses,
    ...changeRecords(g, input, 'switch-name', names, read, ({ names: all }) => all, after),
    ...changeRecords(g, input, 'switch-reverse', reverse, read, ({ reverse: all }) => all, after),
    ...changeFrontEnds(g, input.frontEnds ?? [], 'switch-front-end', {
      title: (name) => `${name} leads to the target`,
      read,
      changeOf: (routes, index) => routes.frontEnds[index],
      after,
    }),
  ];
}

function switchAddresses(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
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

function changeRecords(
  g: ScopeBuilder<World>,
  input: ServedInput,
  step: 'switch-name' | 'switch-reverse',
  titles: readonly string[],
  read: Handle<RoutesRead>,
  wanted: (routes: RoutesRead) => readonly Rerouting[],
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  return titles.map((title, index) =>
    g.step(numbered(step, index, titles.length), {
      title,
      needs: { read },
      after,
      retry: routeRetry,
      timeoutMs: 300_000,
      idempotent: true,
      run: (needs, ctx) =>
        along(wanted(needs.read)[index], ({ from, to }) =>
          ctx.services.clouds.get(dnsPlace(input)).dns.change({ from, to }, ctx),
        ),
      probe: (needs, { services, signal }) => {
        const to = wanted(needs.read)[index]?.to;
        if (to === undefined) return okAsync<Probed<undefined>, Failure>({ happened: 'no' });
        return services.clouds
          .get(dnsPlace(input))
          .dns.get(to.name, to.type, { signal })
          .map(
            (now): Probed<undefined> =>
              now !== undefined && sameRecord(now, to)
                ? { happened: 'yes', output: undefined }
                : { happened: 'no' },
          );
      },
      revert: ({ needs }, ctx) =>
        along(wanted(needs.read)[index], ({ from, to }) =>
          ctx.services.clouds.get(dnsPlace(input)).dns.change({ from: to, to: from }, ctx),
        ),
    }),
  );
}

interface FrontEndSteps {
  readonly title: (name: string) => string;
  readonly read: Handle<RoutesRead>;
  readonly changeOf: (routes: RoutesRead, index: number) => FrontEndChange | undefined;
  readonly after: readonly Handle<unknown>[];
}

function changeFrontEnds(
  g: ScopeBuilder<World>,
  names: readonly string[],
  step: 'admit-target' | 'switch-front-end',
  { title, read, changeOf, after }: FrontEndSteps,
): readonly Handle<unknown>[] {
  return names.map((name, index) =>
    g.step(numbered(step, index, names.length), {
      title: title(name),
      needs: { read },
      after,
      retry: routeRetry,
      timeoutMs: 300_000,
      idempotent: true,
      undo: json<FrontEndChange>(),
      run: (needs, ctx) => {
        const change = changeOf(needs.read, index) ?? nothing;
        return ctx
          .saveUndo({ add: change.remove, remove: change.add })
          .andThen(() => frontEndOf(ctx.services, name))
          .andThen((frontEnd) => frontEnd.change(change, ctx))
          .map(() => undefined);
      },
      probe: (needs, { services, signal }) =>
        frontEndOf(services, name)
          .asyncAndThen((frontEnd) => frontEnd.read({ signal }))
          .map(
            (now): Probed<undefined> =>
              isDone(now, changeOf(needs.read, index) ?? nothing)
                ? { happened: 'yes', output: undefined }
                : { happened: 'no' },
          ),
      revert: ({ undo }, ctx) =>
        undo === undefined
          ? undefined
          : frontEndOf(ctx.services, name).asyncAndThen((frontEnd) =>
              // One that refused the change would refuse its revert too, and has nothing to take back.
              frontEnd
                .read({ signal: ctx.signal })
                .andThen((now) => (isDone(now, undo) ? okAsync(now) : frontEnd.change(undo, ctx))),
            ),
    }),
  );
}

const nothing: FrontEndChange = { add: [], remove: [] };

function isDone({ addresses }: FrontEndState, { add, remove }: FrontEndChange): boolean {
  return (
    add.every((address) => holdsAddress(addresses, address)) &&
    !remove.some((address) => holdsAddress(addresses, address))
  );
}

function along(
  way: Rerouting | undefined,
  apply: (way: Rerouting) => ResultAsync<unknown, Failure>,
): ResultAsync<undefined, Failure> {
  return way === undefined ? okAsync(undefined) : apply(way).map(() => undefined);
}

/** Addresses may be spelt in many ways; names are compared as they are. */
export function sameRecord(a: DnsRecord, b: DnsRecord): boolean {
  if (a.type === 'A' || a.type === 'AAAA') return sameAddresses(a.values, b.values);
  return a.values.length === b.values.length && a.values.every((value) => b.values.includes(value));
}

function numbered(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name}-${index + 1}`;
}
