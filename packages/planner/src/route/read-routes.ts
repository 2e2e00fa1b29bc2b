/**
 * Works out, while the source still serves, what every record, front end and list will say after the switch. What does
 * not lead to the source today ends the run here, where that costs nothing: it would be led to the target unasked, or
 * somebody has changed it since the plan was made.
 */

import type { DnsRecord, Failure } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import {
  dnsPlace,
  type OwnAddresses,
  type ReverseName,
  type ServedInput,
  type World,
} from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal } from '../move/refusal.ts';
import type { WorkloadName } from '../workload.ts';
import { canonicalAddress, holdsAddress, isIpv6, reverseNameOf } from './address.ts';
import type { FrontEnd, FrontEndChange } from './front-end.ts';
import { routeRetry } from './route-retry.ts';

/** What will be changed, each in the order of the input. */
export interface RoutesRead {
  readonly names: readonly Rerouting[];
  readonly reverse: readonly Rerouting[];
  readonly frontEnds: readonly FrontEndChange[];
  readonly allowLists: readonly FrontEndChange[];
}

/** A record before and after the switch; `from` is absent where there is none yet. */
export interface Rerouting {
  readonly from?: DnsRecord;
  readonly to: DnsRecord;
}

export function readRoutes(
  g: ScopeBuilder<World>,
  input: ServedInput,
  source: Handle<OwnAddresses>,
  target: Handle<OwnAddresses>,
): Handle<RoutesRead> {
  return g.step('read-routes', {
    title: 'what names and front ends say now',
    needs: { source, target },
    idempotent: true,
    retry: routeRetry,
    timeoutMs: 60_000,
    run: (needs, { services, signal }) => {
      const { dns } = services.clouds.get(dnsPlace(input));
      const names = (input.names ?? []).map(
        (name) => () =>
          dns
            .get(name.name, name.type, { signal })
            .mapErr((error): Failure => error)
            .andThen((record) => rerouting(name, record, needs.source, needs.target)),
      );
      const reverse = (input.reverse ?? []).map(
        (wanted) => () =>
          reverseRecord(wanted, needs.target).asyncAndThen((to) =>
            dns
              .get(to.name, to.type, { signal })
              .mapErr((error): Failure => error)
              .map((from): Rerouting => (from === undefined ? { to } : { from, to })),
          ),
      );
      const frontEnds = (input.frontEnds ?? []).map(
        (name) => () =>
          stateOf(services, name, signal).andThen((addresses) =>
            replacement(name, addresses, needs.source, needs.target),
          ),
      );
      const allowLists = (input.allowLists ?? []).map(
        (name) => () =>
          stateOf(services, name, signal).andThen((addresses) =>
            admission(name, addresses, needs.source, needs.target),
          ),
      );
      return oneByOne(names, (ask) => ask()).andThen((namesRead) =>
        oneByOne(reverse, (ask) => ask()).andThen((reverseRead) =>
          oneByOne(frontEnds, (ask) => ask()).andThen((frontEndsRead) =>
            oneByOne(allowLists, (ask) => ask()).map(
              (listsRead): RoutesRead => ({
                names: namesRead,
                reverse: reverseRead,
                frontEnds: frontEndsRead,
                allowLists: listsRead,
              }),
            ),
          ),
        ),
      );
    },
  });
}

/** Is there anything to be read? */
export function hasRoutesToRead({
  names,
  reverse = [],
  frontEnds = [],
  allowLists = [],
}: ServedInput): boolean {
  return names.length + reverse.length + frontEnds.length + allowLists.length > 0;
}

/** The front end of that name, or the failure that says that nobody registered it. */
export function frontEndOf({ frontEnds }: World, name: string): Result<FrontEnd, Failure> {
  const found = frontEnds?.get(name);
  return found === undefined
    ? err(refusal('front-end-known', `no front end or list ${name} is registered in services.frontEnds`))
    : ok(found);
}

function stateOf(
  services: World,
  name: string,
  signal: AbortSignal,
): ResultAsync<readonly string[], Failure> {
  return frontEndOf(services, name)
    .asyncAndThen((frontEnd) => frontEnd.read({ signal }))
    .map(({ addresses }) => addresses);
}

/** What a record says after the switch: the source's addresses replaced by the target's, everything else kept. */
function rerouting(
  { name, type }: WorkloadName,
  from: DnsRecord | undefined,
  source: OwnAddresses,
  target: OwnAddresses,
): Result<Rerouting, Failure> {
  if (from === undefined) return err(refusal('name-exists', `${name} has no ${type} record`));
  return successors(`${name} ${type}`, from.values, source, target).map(({ values }) => ({
    from,
    to: { ...from, values },
  }));
}

function replacement(
  name: string,
  addresses: readonly string[],
  source: OwnAddresses,
  target: OwnAddresses,
): Result<FrontEndChange, Failure> {
  return successors(name, addresses, source, target).map(({ values }) => ({
    add: values.filter((address) => !holdsAddress(addresses, address)),
    remove: addresses.filter((address) => !holdsAddress(values, address)),
  }));
}

/** The source stays on the list, since it may have to serve again; what is on it already is not added again. */
function admission(
  name: string,
  addresses: readonly string[],
  source: OwnAddresses,
  target: OwnAddresses,
): Result<FrontEndChange, Failure> {
  return successors(name, addresses, source, target).map(({ changed }) => ({
    add: changed.filter((address) => !holdsAddress(addresses, address)),
    remove: [],
  }));
}

/** Every address of the source replaced by the target's of the same family and reach. */
function successors(
  what: string,
  addresses: readonly string[],
  source: OwnAddresses,
  target: OwnAddresses,
): Result<{ readonly values: readonly string[]; readonly changed: readonly string[] }, Failure> {
  const values: string[] = [];
  const changed: string[] = [];
  for (const address of addresses) {
    const reach = holdsAddress(source.publicAddresses, address)
      ? target.publicAddresses
      : holdsAddress(source.privateAddresses, address)
        ? target.privateAddresses
        : undefined;
    const next = reach === undefined ? address : reach.find((other) => isIpv6(other) === isIpv6(address));
    if (next === undefined) {
      return err(refusal('name-has-successor', `the target has no address that ${what} could name`));
    }
    values.push(next);
    if (reach !== undefined) changed.push(next);
  }
  if (changed.length > 0) return ok({ values, changed });
  const seen = addresses.map(canonicalAddress).join(', ') || 'nothing';
  return err(refusal('name-leads-to-source', `${what} says ${seen}, which is no address of the source`));
}

/** The record under which the world asks for the name of the target's own address. */
function reverseRecord(wanted: ReverseName, target: OwnAddresses): Result<DnsRecord, Failure> {
  const address = target.publicAddresses.find((each) => isIpv6(each) === (wanted.type === 'AAAA'));
  if (address === undefined) {
    const what = wanted.type === 'AAAA' ? 'IPv6' : 'IPv4';
    return err(
      refusal(
        'name-has-successor',
        `the target has no public ${what} address whose reverse could be ${wanted.name}`,
      ),
    );
  }
  return ok({
    name: reverseNameOf(address),
    type: 'PTR',
    values: [wanted.name],
    ttlSeconds: wanted.ttlSeconds,
  });
}
