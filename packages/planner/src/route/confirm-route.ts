/**
 * Reads every address, record, front end and list once more, as the world will find them. Where the house has somebody
 * who asks at the addresses themselves, it is he who has the last word: a cloud may say that an address has moved while
 * the source still answers there.
 */

import type { Dns, Failure } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, ok, okAsync, type ResultAsync } from 'neverthrow';
import { dnsPlace, type ServedInput, type TargetServer, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal } from '../move/refusal.ts';
import { holdsAddress, isIpv6, reverseNameOf } from './address.ts';
import { frontEndOf } from './read-routes.ts';

export function confirmRoute(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return g.step('confirm-route', {
    title: 'names and addresses lead to the target',
    needs: { target },
    after,
    idempotent: true,
    retry: { attempts: 6, delayMs: 1000, maxDelayMs: 8000 },
    timeoutMs: 60_000,
    run: (needs, { services, signal }) => leadsTo(input, needs.target, services, signal),
  });
}

/** An error for the first thing that does not lead to the target. */
export function leadsTo(
  input: ServedInput,
  target: TargetServer,
  services: World,
  signal: AbortSignal,
): ResultAsync<undefined, Failure> {
  const { floatingIps } = services.clouds.get(input.at);
  const { dns } = services.clouds.get(dnsPlace(input));
  const own = [...target.publicAddresses, ...target.privateAddresses];
  const holdsOwn = (values: readonly string[]): boolean => values.some((value) => holdsAddress(own, value));
  const looks: readonly Look[] = [
    ...input.floatingIps.map(
      (ip) => () =>
        floatingIps
          .get(ip, { signal })
          .mapErr((error): Failure => error)
          .andThen((now) =>
            now.instanceId === target.id
              ? servedElsewhere(input, now.address, target, services, signal)
              : ok(now.address),
          ),
    ),
    ...input.names.map(
      ({ name, type }) =>
        () =>
          dns
            .get(name, type, { signal })
            .map((now) => (now !== undefined && holdsOwn(now.values) ? undefined : `${name} ${type}`)),
    ),
    ...(input.reverse ?? []).map(
      ({ name, type }) =>
        () =>
          reverseLook(name, type, dns, target, signal),
    ),
    ...[...(input.frontEnds ?? []), ...(input.allowLists ?? [])].map(
      (name) => () =>
        frontEndOf(services, name)
          .asyncAndThen((frontEnd) => frontEnd.read({ signal }))
          .map(({ addresses }) => (holdsOwn(addresses) ? undefined : name)),
    ),
  ];
  return oneByOne(looks, (look) =>
    look().andThen((astray) =>
      astray === undefined
        ? ok(undefined)
        : err(refusal('read-back', `${astray} does not lead to ${target.id}`)),
    ),
  ).map(() => undefined);
}

/** Who answers at the address itself, where somebody can ask: not to be told who it is is no proof that it is the target. */
function servedElsewhere(
  { probe }: ServedInput,
  address: string,
  target: TargetServer,
  { routeWitness }: World,
  signal: AbortSignal,
): ResultAsync<undefined, Failure> {
  if (routeWitness === undefined) return okAsync(undefined);
  return routeWitness
    .whoServes({ address, probe }, { signal })
    .andThen(({ instanceId, detail }) =>
      instanceId === target.id
        ? ok(undefined)
        : err(
            refusal(
              'route-serves',
              `by its cloud ${address} leads to ${target.id}, but ${instanceId ?? 'nobody who says who it is'} answers there: ${detail}`,
            ),
          ),
    );
}

/** Gives what does not lead to the target; `undefined` where it does. */
type Look = () => ResultAsync<string | undefined, Failure>;

function reverseLook(
  name: string,
  type: 'A' | 'AAAA',
  dns: Dns,
  target: TargetServer,
  signal: AbortSignal,
): ResultAsync<string | undefined, Failure> {
  const address = target.publicAddresses.find((each) => isIpv6(each) === (type === 'AAAA')) ?? '';
  return dns
    .get(reverseNameOf(address), 'PTR', { signal })
    .map((now) => (now?.values.includes(name) === true ? undefined : `the reverse of ${address || type}`));
}
