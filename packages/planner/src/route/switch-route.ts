/**
 * Where the world is led: floating addresses move, records and front ends that named an address of the source name the
 * target's. All switches run side by side once the target answers, and each reads back what it did. What somebody else
 * changed meanwhile is left alone. A revert puts back what stood there before.
 */

import type { CloudError, DnsRecord, Failure, FloatingIpId } from '@belay/cloud';
import {
  type GraphBuilder,
  type Handle,
  json,
  type ProbeContext,
  type Probed,
  type RetryPolicy,
  type ScopeBuilder,
  type StepContext,
} from '@belay/runner';
import { err, ok, okAsync, type ResultAsync } from 'neverthrow';
import {
  dnsPlace,
  type ServedInput,
  sourcePlace,
  type TargetServer,
  type World,
} from '../move/move-input.ts';
import { supersededName } from '../move/source-side.ts';
import { readsSettleMs } from '../settled.ts';
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
  /** So many of the names are switched already. */
  namesDone = 0,
): readonly Handle<unknown>[] {
  const addresses = switchAddresses(g, input, target, after);
  if (read === undefined) return addresses;
  const names = input.names.slice(namesDone).map(({ name, type }) => `${name} ${type} names the target`);
  const reverse = (input.reverse ?? []).map(({ name }) => `the target's address is ${name} in reverse`);
  return [
    ...addresses,
    ...changeRecords(g, input, 'switch-name', names, read, ({ names: all }) => all.slice(namesDone), after),
    ...changeRecords(g, input, 'switch-reverse', reverse, read, ({ reverse: all }) => all, after),
    ...changeFrontEnds(g, input.frontEnds ?? [], 'switch-front-end', {
      title: (name) => `${name} leads to the target`,
      read,
      changeOf: (routes, index) => routes.frontEnds[index],
      after,
    }),
  ];
}

/**
 * As {@link switchRoutes}, for a move after which there is no way back: the first address or name is the point of no
 * return, and the others follow it. From then on the target may take writes that the source does not have. Where no
 * address and no name is switched, the source's new name says it.
 */
export function switchForGood(
  g: GraphBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  read: Handle<RoutesRead> | undefined,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const [address, ...addresses] = input.floatingIps;
  if (address !== undefined) {
    const passed = g.pivot('open-target', {
      ...addressSwitch(input, address),
      title: `${address} leads to the target: from here on there is no way back`,
      needs: { target },
      after,
    });
    return [passed, ...switchRoutes(g, { ...input, floatingIps: addresses }, target, read, [passed])];
  }
  if (read !== undefined && input.names[0] !== undefined) {
    const { name, type } = input.names[0];
    const passed = g.pivot('open-target', {
      ...recordSwitch(input, (routes) => routes.names[0]),
      title: `${name} ${type} names the target: from here on there is no way back`,
      needs: { read },
      after,
    });
    return [passed, ...switchRoutes(g, input, target, read, [passed], 1)];
  }
  const passed = g.pivot('open-target', {
    ...supersede(input),
    title: `${input.source.name} is superseded: from here on there is no way back`,
    after,
  });
  return [passed, ...switchRoutes(g, input, target, read, [passed])];
}

function switchAddresses(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  return input.floatingIps.map((id, index) =>
    g.step(numbered('switch-address', index, input.floatingIps.length), {
      ...addressSwitch(input, id),
      title: input.floatingIps.length === 1 ? 'move the address to the target' : `move ${id} to the target`,
      needs: { target },
      after,
      revert: ({ needs }, ctx) =>
        ctx.services.clouds
          .get(input.at)
          .floatingIps.move(id, { from: needs.target.id, to: input.source.id }, ctx),
    }),
  );
}

/** What is the same whether there is a way back from it or not. */
interface Switching<N> {
  readonly retry: RetryPolicy;
  readonly timeoutMs: number;
  readonly idempotent: true;
  /** A look that finds nothing is repeated after so long. */
  readonly settleMs: number;
  readonly run: (needs: N, ctx: StepContext<World>) => ResultAsync<undefined, Failure>;
  readonly probe: (needs: N, ctx: ProbeContext<World, never>) => ResultAsync<Probed<undefined>, Failure>;
}

function addressSwitch(input: ServedInput, id: FloatingIpId): Switching<{ readonly target: TargetServer }> {
  return {
    retry: routeRetry,
    timeoutMs: 120_000,
    idempotent: true,
    run: (needs, ctx) => {
      const { floatingIps } = ctx.services.clouds.get(input.at);
      const to = needs.target.id;
      return floatingIps
        .move(id, { from: input.source.id, to }, ctx)
        .orElse((error) =>
          isUnbound(input, id, error, ctx).andThen((free) =>
            free
              ? floatingIps.move(id, { from: undefined, to }, { ...ctx, key: ctx.keyFor('unbound') })
              : err(error),
          ),
        )
        .map(() => undefined);
    },
    settleMs: readsSettleMs,
    probe: (needs, { services, signal }) =>
      services.clouds
        .get(input.at)
        .floatingIps.get(id, { signal })
        .map(({ instanceId }) => happenedIf(instanceId === needs.target.id)),
  };
}

/** The address of a server that is gone is bound to nothing. Anything else that it is not bound to is somebody's wish. */
function isUnbound(
  input: ServedInput,
  id: FloatingIpId,
  { kind }: Failure,
  { services, signal }: StepContext<World>,
): ResultAsync<boolean, CloudError> {
  if (kind !== 'attached-elsewhere') return okAsync(false);
  const { floatingIps, instances } = services.clouds.get(input.at);
  return floatingIps.get(id, { signal }).andThen(({ instanceId }) =>
    instanceId !== undefined
      ? okAsync(false)
      : instances
          .get(input.source.id, { signal })
          .map(({ state }) => state === 'gone')
          .orElse((error) => (error.kind === 'not-found' ? ok(true) : err(error))),
  );
}

function recordSwitch(
  input: ServedInput,
  wanted: (routes: RoutesRead) => Rerouting | undefined,
): Switching<{ readonly read: RoutesRead }> {
  return {
    retry: routeRetry,
    timeoutMs: 300_000,
    idempotent: true,
    run: (needs, ctx) =>
      along(wanted(needs.read), ({ from, to }) =>
        ctx.services.clouds.get(dnsPlace(input)).dns.change({ from, to }, ctx),
      ),
    settleMs: readsSettleMs,
    probe: (needs, { services, signal }) => {
      const to = wanted(needs.read)?.to;
      if (to === undefined) return okAsync(happenedIf(false));
      return services.clouds
        .get(dnsPlace(input))
        .dns.get(to.name, to.type, { signal })
        .map((now) => happenedIf(now !== undefined && sameRecord(now, to)));
    },
  };
}

function supersede(input: ServedInput): Switching<object> {
  const { id, name } = input.source;
  return {
    retry: routeRetry,
    timeoutMs: 120_000,
    idempotent: true,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(sourcePlace(input))
        .instances.rename(id, supersededName(name), ctx)
        .map(() => undefined),
    settleMs: readsSettleMs,
    probe: (_, { services, signal }) =>
      services.clouds
        .get(sourcePlace(input))
        .instances.get(id, { signal })
        .map((source) => happenedIf(source.name === supersededName(name))),
  };
}

function happenedIf(there: boolean): Probed<undefined> {
  return there ? { happened: 'yes', output: undefined } : { happened: 'no' };
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
      ...recordSwitch(input, (routes) => wanted(routes)[index]),
      title,
      needs: { read },
      after,
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
      settleMs: readsSettleMs,
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
function sameRecord(a: DnsRecord, b: DnsRecord): boolean {
  if (a.type === 'A' || a.type === 'AAAA') return sameAddresses(a.values, b.values);
  return a.values.length === b.values.length && a.values.every((value) => b.values.includes(value));
}

function numbered(name: string, index: number, count: number): string {
  return count === 1 ? name : `${name}-${index + 1}`;
}
