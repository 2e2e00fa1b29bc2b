import { type Chance, type Clock, type Cloud, type CloudError, cloudError } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { noReservation } from './absent.ts';
import type { Access, EndpointChoice } from './access.ts';
import { openApi } from './api.ts';
import { endpointOf, regionsOf } from './catalogue.ts';
import { dns } from './dns.ts';
import { provider } from './errors.ts';
import { floatingIps } from './floating-ips.ts';
import type { Fetch } from './http.ts';
import { images } from './images.ts';
import { instances } from './instances.ts';
import type { Token } from './keystone.ts';
import { type Microversions, negotiate } from './microversion.ts';
import { permissions } from './permissions.ts';
import { openSession } from './session.ts';
import { snapshots } from './snapshots.ts';
import { openStack, type Settings } from './stack.ts';
import { openstackTraits } from './traits.ts';
import { volumes } from './volumes.ts';
import { secretsOf } from './without-secrets.ts';

/** What differs between clouds and their operators, and how patient the adapter is. All has a default. */
export interface OpenstackSettings extends Partial<Settings> {
  /** Are volumes bound to their zone? Operators decide it and no call tells; `unknown` where absent. */
  readonly zoneBoundVolumes?: boolean | 'unknown' | undefined;
  /** For how long a read may hide what was made, in milliseconds; 2000 where absent. "Not found" takes this long. */
  readonly visibilityMs?: number | undefined;
  /**
   * For how long a request whose answer was lost may still be on its way, in milliseconds; 10 000 where absent. That nothing
   * carries a key takes `find` this long.
   */
  readonly settleMs?: number | undefined;
  /** How many items one page of a list has; 1000 where absent, which is what Nova gives at the most. */
  readonly pageSize?: number | undefined;
  /** How often resources of one kind are looked at while many wait for them, in reads a second; 2 where absent. */
  readonly readsPerSecond?: number | undefined;
  /** For one read, in milliseconds; 20 000 where absent. */
  readonly readTimeoutMs?: number | undefined;
  /** For one change, in milliseconds; 90 000 where absent: Nova may hold an attach for that long. */
  readonly changeTimeoutMs?: number | undefined;
}

/** The port over one project in one region. Here nothing is found by itself: no files, no environment, no network. */
export interface OpenstackCloudOptions extends OpenstackSettings {
  /** The name under which the registry of clouds knows the project; its id where absent. */
  readonly account?: string | undefined;
  readonly access: Access;
  readonly endpoints: EndpointChoice;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly chance: Chance;
}

/** Gets a token, asks Nova and Cinder what they speak, and gives the cloud. Nothing is changed by it. */
export function openstackCloud(options: OpenstackCloudOptions): ResultAsync<Cloud, CloudError> {
  return new ResultAsync(open(options));
}

async function open(options: OpenstackCloudOptions): Promise<Result<Cloud, CloudError>> {
  const { access, endpoints, fetch, clock, chance } = options;
  const { readTimeoutMs = 20_000, changeTimeoutMs = 90_000 } = options;
  const session = openSession({ access, fetch, clock, timeoutMs: readTimeoutMs });
  const token = await session.token();
  if (token.isErr()) return err(token.error);
  const region = endpoints.region ?? onlyRegion(token.value);
  if (typeof region !== 'string') return err(region);
  const here = { ...endpoints, region };
  const spoken = await microversionsOf(token.value, { ...options, endpoints: here }, readTimeoutMs);
  if (spoken.isErr()) return err(spoken.error);
  const microversions = spoken.value;
  const settings: Settings = {
    volumeZones: options.volumeZones ?? {},
    floatingNetwork: options.floatingNetwork,
    floatingIpMove: options.floatingIpMove ?? 'direct',
    retypeMigration: options.retypeMigration ?? 'never',
  };
  const { projectId, catalogue } = token.value;
  const at = { provider, account: options.account ?? projectId, region };
  const stack = openStack({
    at,
    projectId,
    api: openApi({
      session,
      secrets: secretsOf(access.credentials),
      endpoints: here,
      microversions,
      fetch,
      clock,
      readTimeoutMs,
      changeTimeoutMs,
    }),
    microversions,
    clock,
    chance,
    visibilityMs: options.visibilityMs ?? 2_000,
    settleMs: options.settleMs ?? 10_000,
    pageSize: options.pageSize ?? 1_000,
    readsPerSecond: options.readsPerSecond,
    settings,
  });
  const hasDns = endpointOf(catalogue, 'dns', here).isOk();
  const { zoneBoundVolumes = 'unknown' } = options;
  return ok({
    at,
    traits: openstackTraits(microversions, settings, { dns: hasDns, zoneBoundVolumes }),
    instances: instances(stack),
    volumes: volumes(stack),
    snapshots: snapshots(stack),
    floatingIps: floatingIps(stack),
    images: images(stack),
    dns: dns(stack, hasDns),
    reservations: noReservation(),
    permissions: permissions(),
  });
}

function onlyRegion({ catalogue }: Token): string | CloudError {
  const regions = regionsOf(catalogue);
  const [only, second] = regions;
  if (only !== undefined && second === undefined) return only;
  const message = `Which region? Name one of: ${regions.join(', ') || 'none, for the catalogue has no compute service'}.`;
  return cloudError('invalid', { provider, operation: 'connect' }, message);
}

async function microversionsOf(
  token: Token,
  { endpoints, fetch, clock }: OpenstackCloudOptions,
  timeoutMs: number,
): Promise<Result<Microversions, CloudError>> {
  const ask = async (service: keyof Microversions): Promise<Result<string, CloudError>> => {
    const endpoint = endpointOf(token.catalogue, service, endpoints);
    if (endpoint.isErr()) return err(endpoint.error);
    return negotiate(service, endpoint.value, token, fetch, { clock, timeoutMs });
  };
  const [compute, volume] = await Promise.all([ask('compute'), ask('volume')]);
  if (compute.isErr()) return err(compute.error);
  if (volume.isErr()) return err(volume.error);
  return ok({ compute: compute.value, volume: volume.value });
}
