import {
  type Chance,
  type Clock,
  type Cloud,
  type CloudError,
  cloudError,
  failureOf,
  systemClock,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { configOf } from './cloud-config.ts';
import { type ConfigSource, findCloud, inRegion } from './clouds-yaml.ts';
import { provider } from './errors.ts';
import type { Fetch } from './http.ts';
import { machineFetch, machineSource, systemChance, type Tls } from './machine.ts';
import { type OpenstackSettings, openstackCloud } from './openstack-cloud.ts';

/** Which cloud, and in which region. */
export interface ConnectOptions extends OpenstackSettings {
  /** Its name in `clouds.yaml`; else `OS_CLOUD`, the variables `OS_*`, or the only cloud of the file. */
  readonly cloud?: string | undefined;
  /** Else the one that the file or `OS_REGION_NAME` names, or the only one that the cloud has. */
  readonly region?: string | undefined;
  /** The name under which the registry of clouds knows the project; its id where absent. */
  readonly account?: string | undefined;
  /** Files and environment, where they are not the machine's own. */
  readonly source?: ConfigSource | undefined;
  /** How requests are sent, where not by the network; certificates are then nobody's business here. */
  readonly fetch?: Fetch | undefined;
  readonly clock?: Clock | undefined;
  /** For jitter. */
  readonly chance?: Chance | undefined;
}

/**
 * One project in one region of an OpenStack cloud behind the `Cloud` port. Who and where is found by the rules of
 * OpenStack's own clients. An error says what is missing, or what Keystone, Nova or Cinder answered.
 */
export function connectOpenstack(options: ConnectOptions = {}): ResultAsync<Cloud, CloudError> {
  return new ResultAsync(connect(options));
}

async function connect(options: ConnectOptions): Promise<Result<Cloud, CloudError>> {
  const { source = machineSource(), clock = systemClock, chance = systemChance } = options;
  const found = await findCloud(source, options.cloud);
  if (found.isErr()) return err(found.error);
  const { region = source.environment['OS_REGION_NAME'] || undefined, entry } = inRegion(
    found.value.entry,
    options.region,
  );
  const config = configOf(entry);
  if (config.isErr()) return err(config.error);
  const { access, endpoints, tls } = config.value;
  const fetch = options.fetch === undefined ? await networkOf(tls) : ok(options.fetch);
  if (fetch.isErr()) return err(fetch.error);
  return openstackCloud({
    ...options,
    access,
    endpoints: { ...endpoints, region },
    fetch: fetch.value,
    clock,
    chance,
  });
}

async function networkOf(tls: Tls): Promise<Result<Fetch, CloudError>> {
  try {
    return ok(await machineFetch(tls));
  } catch (thrown) {
    const cause = failureOf(thrown, 'file');
    return err(
      cloudError('invalid', { provider, operation: 'connect' }, 'A certificate could not be read.', {
        cause,
      }),
    );
  }
}
