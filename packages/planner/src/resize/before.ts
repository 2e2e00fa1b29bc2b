/** What is looked at before a server is resized: it is what the plan was made for, and there is hardware for it. */

import type { CapacityReservation, Failure, Instance } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { dnsPlace, type TargetServer, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { targetOf } from '../move/target-side.ts';
import { holdsAddress, isIpv6 } from '../route/address.ts';
import { hasRoutesToRead } from '../route/read-routes.ts';
import type { ResizeInput } from './resize-input.ts';

/** The server as it is, if it may be resized. After a hold it is looked at once more. */
export function checkCapacity(
  g: ScopeBuilder<World>,
  input: ResizeInput,
  after: readonly Handle<unknown>[],
  name: 'check-capacity' | 'check-capacity-again',
): Handle<TargetServer> {
  return g.step(name, {
    title: `there is a ${input.toType} to become`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) => {
      const { instances } = services.clouds.get(input.at);
      return instances
        .get(input.source.id, { signal })
        .mapErr((error): Failure => error)
        .andThen((server) => asPlanned(server, input))
        .andThen((server) => addressSurvives(server, input, services, signal))
        .andThen((server) =>
          instances
            .offer(input.toType, server.zone, { signal })
            .mapErr((error): Failure => error)
            .andThen(({ creatable, lifecycle }) =>
              (creatable === 'no' && !isHeld(input)) || lifecycle === 'retired'
                ? err(refusal('type-offered', `${input.toType} cannot be had in ${server.zone}`))
                : ok(server),
            ),
        )
        .andThen((server) => hardwareHeld(server, input, services, signal).map(() => targetOf(server)));
    },
  });
}

function asPlanned(server: Instance, { fromType, source }: ResizeInput): ResultAsync<Instance, Failure> {
  if (server.instanceType !== fromType) {
    return errAsync(
      refusal('type-as-planned', `${source.id} is a ${server.instanceType}, not a ${fromType}`),
    );
  }
  // One that waits for its last resize to be confirmed takes no second one, and has a way back that is not ours.
  return server.state === 'running'
    ? okAsync(server)
    : errAsync(refusal('runs', `${source.id} is ${server.providerState}, not running`));
}

/**
 * A server that is stopped gives its own public IPv4 address back and starts with another one, and once more on the
 * way back. Names in a zone of ours follow; whatever else leads to that address would lead nowhere.
 */
function addressSurvives(
  server: Instance,
  input: ResizeInput,
  { clouds }: World,
  signal: AbortSignal,
): ResultAsync<Instance, Failure> {
  if (input.way === 'kept' || !hasRoutesToRead(input)) return okAsync(server);
  const { floatingIps } = clouds.get(input.at);
  return oneByOne(input.floatingIps, (id) =>
    floatingIps
      .get(id, { signal })
      .map(({ address }) => address)
      .mapErr((error): Failure => error),
  ).andThen((floating) => {
    const lost = server.publicAddresses.filter((each) => !isIpv6(each) && !holdsAddress(floating, each));
    if (lost.length === 0) return okAsync(server);
    return namesAreOurs(input, clouds, signal).andThen((astray) => {
      if (astray.length === 0) return ok(server);
      const message = `${server.id} would lose ${lost.join(', ')} when it stops, and ${astray.join(', ')} cannot follow: give it an address that stays`;
      return err(refusal('address-survives', message));
    });
  });
}

/** What leads to the server and cannot be led after it. */
function namesAreOurs(
  input: ResizeInput,
  clouds: World['clouds'],
  signal: AbortSignal,
): ResultAsync<readonly string[], Failure> {
  const { reverse = [], frontEnds = [], allowLists = [] } = input;
  const others = [...reverse.map(({ name }) => `the reverse of ${name}`), ...frontEnds, ...allowLists];
  const cloud = clouds.get(dnsPlace(input));
  if (!cloud.traits.dns) return okAsync([...input.names.map(({ name }) => name), ...others]);
  return oneByOne(input.names, ({ name, type }) =>
    cloud.dns
      .get(name, type, { signal })
      .map((record) => (record === undefined ? [name] : []))
      .mapErr((error): Failure => error),
  ).map((astray) => [...astray.flat(), ...others]);
}

function hardwareHeld(
  server: Instance,
  { at, way, capacity, toType }: ResizeInput,
  { clouds }: World,
  signal: AbortSignal,
): ResultAsync<undefined, Failure> {
  if (way === 'kept' || (capacity !== undefined && 'acceptedBy' in capacity)) return okAsync(undefined);
  if (capacity === undefined) {
    const message = `${server.id} would be stopped, and nothing says that there is a ${toType} for it afterwards`;
    return errAsync(refusal('capacity-held', message));
  }
  return clouds
    .get(at)
    .reservations.get(capacity.reservationId, { signal })
    .mapErr((error): Failure => error)
    .andThen((held) =>
      fits(held, server.zone, toType) ? ok(undefined) : err(unfit(held, server.zone, toType)),
    );
}

/** What is held is there, also where the cloud has nothing else of it: it is looked at by itself. */
function isHeld({ capacity }: ResizeInput): boolean {
  return capacity !== undefined && 'reservationId' in capacity;
}

function fits(
  { state, instanceType, zone, free }: CapacityReservation,
  inZone: string,
  type: string,
): boolean {
  return state === 'active' && instanceType === type && zone === inZone && free >= 1;
}

function unfit(held: CapacityReservation, zone: string, type: string): Failure {
  const { id, state, instanceType, free } = held;
  return refusal(
    'capacity-held',
    `reservation ${id} is ${state} with ${free} free ${instanceType} in ${held.zone}; a ${type} in ${zone} is needed`,
  );
}
