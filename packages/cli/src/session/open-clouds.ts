/** Opens the clouds of a config, each by its own adapter, whose package is loaded only where the config names it. */

import { resolve } from 'node:path';
import { type Clock, type Cloud, type CloudError, missingCloud, type Place } from '@belay/cloud';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { AwsSection, CloudSection, LabSection, OpenstackSection, SimSection } from '../config/clouds.ts';
import type { ConfigError } from '../config/loaded-config.ts';
import { invalid } from '../config/read.ts';
import { loadPeer } from './load-peer.ts';
import type { OpenedCloud } from './opened-cloud.ts';
import { type SecretSource, secretAt } from './secrets.ts';
import { anchorIn, simCloud, usualSpeed } from './sim.ts';
import { sshDoors } from './ssh.ts';

/** Clouds, and the time in which they live: the machine's, or that of a simulation. */
export interface OpenedClouds {
  readonly opened: readonly OpenedCloud[];
  readonly clock: Clock;
  /** Clouds that did not answer. Runs that do not ask them are not hindered. */
  readonly troubles: readonly string[];
}

/** How clouds are opened. */
export interface OpenOptions extends SecretSource {
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

export function openClouds(options: OpenOptions): ResultAsync<OpenedClouds, ConfigError> {
  return new ResultAsync(open(options));
}

async function open(options: OpenOptions): Promise<Result<OpenedClouds, ConfigError>> {
  const sections = Object.entries(options.loaded.config.clouds ?? {});
  const simulated = sections.filter((each): each is [string, SimSection] => each[1].kind === 'sim');
  if (simulated.length > 0) {
    const [real] = sections.filter(([, { kind }]) => kind !== 'sim');
    if (real === undefined) return await openSims(simulated, options);
    const message =
      'is real, and others are simulated: those have a time of their own, so keep them in another config';
    return err(invalid(options.loaded.name, `clouds.${real[0]}.kind`, message));
  }
  const opened: OpenedCloud[] = [];
  const troubles: string[] = [];
  for (const [name, section] of sections) {
    const one = await openReal(name, section, options);
    if (one.isErr()) return err(one.error);
    opened.push(one.value.opened);
    if (one.value.trouble !== undefined) troubles.push(one.value.trouble);
  }
  return ok({ opened, clock: options.clock, troubles });
}

async function openSims(
  sections: readonly (readonly [string, SimSection])[],
  { loaded }: OpenOptions,
): Promise<Result<OpenedClouds, ConfigError>> {
  const [first = ['', undefined] as const] = sections;
  const where = { peer: '@belay/sim', file: loaded.name, field: `clouds.${first[0]}` };
  const module = await loadPeer(() => import('@belay/sim'), where);
  if (module.isErr()) return err(module.error);
  const { scaledClock, internet } = module.value;
  const speed = sections.map(([, section]) => section.speed).find((each) => each !== undefined) ?? usualSpeed;
  const clock = scaledClock(speed);
  const anchor = sections
    .map(([, section]) => anchorIn(loaded.folder, section))
    .find((each) => each !== undefined);
  if (anchor !== undefined) {
    const { realMs } = clock.anchor;
    clock.reanchor({ realMs, simulatedMs: anchor.simulatedMs + (realMs - anchor.realMs) * anchor.factor });
  }
  const shared = { folder: loaded.folder, clock, internet: internet() };
  const opened = sections.map(([name, section]) => simCloud(module.value, section, { ...shared, name }));
  return ok({ opened, clock, troubles: [] });
}

interface OpenedReal {
  readonly opened: OpenedCloud;
  readonly trouble?: string | undefined;
}

async function openReal(
  name: string,
  section: CloudSection,
  options: OpenOptions,
): Promise<Result<OpenedReal, ConfigError>> {
  switch (section.kind) {
    case 'aws':
      return await withDoors(name, await openAws(name, section, options), options);
    case 'openstack':
      return await withDoors(name, await openOpenstack(name, section, options), options);
    case 'lab':
      return await openLabCloud(name, section, options);
    case 'sim':
      throw new Error('simulated clouds are opened together');
  }
}

interface Reached {
  readonly cloud: Cloud;
  readonly trouble?: string | undefined;
}

async function openAws(
  name: string,
  section: AwsSection,
  options: OpenOptions,
): Promise<Result<Reached, ConfigError>> {
  const field = `clouds.${name}`;
  const where = { peer: '@belay/aws', file: options.loaded.name, field };
  const module = await loadPeer(() => import('@belay/aws'), where);
  if (module.isErr()) return err(module.error);
  const credentials = await credentialsOf(section, options);
  if (credentials.isErr())
    return err(invalid(options.loaded.name, `${field}.credentials`, credentials.error));
  const { account, region, endpoint, hostedZoneIds } = section;
  const cloud = module.value.awsCloud({
    account,
    region,
    clock: options.clock,
    ...(endpoint !== undefined && { endpoint }),
    ...(hostedZoneIds !== undefined && { hostedZoneIds }),
    ...(credentials.value !== undefined && { credentials: credentials.value }),
  });
  return ok({ cloud });
}

interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

async function credentialsOf(
  { credentials }: AwsSection,
  options: OpenOptions,
): Promise<Result<AwsKey | undefined, string>> {
  if (credentials === undefined) return ok(undefined);
  const { accessKeyId, secretAccessKey, sessionToken } = credentials;
  const found = await ResultAsync.combine([
    secretAt(accessKeyId, options),
    secretAt(secretAccessKey, options),
    sessionToken === undefined ? okAsync(undefined) : secretAt(sessionToken, options),
  ]);
  if (found.isErr()) return err(found.error.message);
  const [id, secret, token] = found.value;
  return ok({
    accessKeyId: id.reveal(),
    secretAccessKey: secret.reveal(),
    ...(token !== undefined && { sessionToken: token.reveal() }),
  });
}

async function openOpenstack(
  name: string,
  section: OpenstackSection,
  options: OpenOptions,
): Promise<Result<Reached, ConfigError>> {
  const field = `clouds.${name}`;
  const where = { peer: '@belay/openstack', file: options.loaded.name, field };
  const module = await loadPeer(() => import('@belay/openstack'), where);
  if (module.isErr()) return err(module.error);
  const { kind: _, ...settings } = section;
  const cloud = await module.value.connectOpenstack({ ...settings, clock: options.clock });
  if (cloud.isOk()) return ok({ cloud: cloud.value });
  return without(name, 'openstack', section, cloud.error, options);
}

/** A cloud that does not answer must not hinder what does not ask it; where its place is known, that can be told apart. */
function without(
  name: string,
  provider: string,
  { account, region }: { readonly account?: string | undefined; readonly region?: string | undefined },
  { message }: CloudError,
  { loaded }: OpenOptions,
): Result<Reached, ConfigError> {
  if (account === undefined || region === undefined)
    return err(invalid(loaded.name, `clouds.${name}`, message));
  const at: Place = { provider, account, region };
  return ok({
    cloud: missingCloud(at, `The cloud ${name} did not answer: ${message}`),
    trouble: `${name}: ${message}`,
  });
}

async function withDoors(
  name: string,
  reached: Result<Reached, ConfigError>,
  { loaded, clock }: OpenOptions,
): Promise<Result<OpenedReal, ConfigError>> {
  if (reached.isErr()) return err(reached.error);
  const { cloud, trouble } = reached.value;
  const base = { name, at: cloud.at, cloud: () => cloud };
  const hosts = loaded.config.hosts?.[name];
  if (hosts === undefined) {
    const none = { host: () => undefined, hasDoors: false, close: async () => undefined };
    return ok({ opened: { ...base, ...none }, trouble });
  }
  const where = { peer: '@belay/host', file: loaded.name, field: `hosts.${name}` };
  const module = await loadPeer(() => import('@belay/host'), where);
  if (module.isErr()) return err(module.error);
  const doors = sshDoors(module.value, hosts, { cloud: base.cloud, clock, folder: loaded.folder });
  return ok({ opened: { ...base, ...doors, hasDoors: true }, trouble });
}

/** A lab says itself how its servers are reached. */
async function openLabCloud(
  name: string,
  { folder, account, region }: LabSection,
  { loaded, clock, signal }: OpenOptions,
): Promise<Result<OpenedReal, ConfigError>> {
  const where = { file: loaded.name, field: `clouds.${name}` };
  const lab = await loadPeer(() => import('@belay/lab'), { ...where, peer: '@belay/lab' });
  if (lab.isErr()) return err(lab.error);
  const host = await loadPeer(() => import('@belay/host'), { ...where, peer: '@belay/host' });
  if (host.isErr()) return err(host.error);
  const opened = await lab.value.openLab({
    folder: resolve(loaded.folder, folder),
    signal,
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
  });
  if (opened.isErr()) return err(invalid(loaded.name, where.field, opened.error.message));
  const { cloud, door } = opened.value;
  const { sshHosts, commandInit } = host.value;
  const hosts = sshHosts({
    places: [cloud.at],
    clock,
    reach: async (server) => {
      const found = await door(server.id);
      if (found.isErr()) return undefined;
      const { serviceProgram, knownHostsFile: _, ...way } = found.value;
      return { ...way, init: commandInit({ program: serviceProgram }) };
    },
  });
  return ok({
    opened: {
      name,
      at: cloud.at,
      cloud: () => cloud,
      host: (server) => hosts.get(server),
      hasDoors: true,
      close: () => hosts.close(),
    },
  });
}
