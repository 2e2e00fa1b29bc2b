// A whole OpenStack control plane on the loopback interface of a Debian 12, started and stopped. Its APIs, databases,
// message bus, schedulers, quotas and states are the real ones; no guest runs, no volume holds data, no packet moves.

import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { accessOf, type StackAccess } from './access.ts';
import { configure, type Urls, urlsOf } from './configure.ts';
import { createDataFolder, discoverHypervisor, migrate, untilDatabaseAnswers } from './database.ts';
import { furnish, furnishIdentity, members, tryIt, untilItWorks } from './furnish.ts';
import { mustFit, readyMachine } from './machine.ts';
import { isAlive, mustBeAlive, recordedNames, start, stop } from './processes.ts';
import { foundations, type Service, services } from './services.ts';
import type { Ports, Settings } from './settings.ts';

/** How to use it: as the members of three projects, the first of which is `demo`, and as its operator. */
export interface Stack {
  readonly members: readonly [StackAccess, StackAccess, StackAccess];
  readonly operator: StackAccess;
}

/**
 * Starts what does not run yet, makes what is not there yet, and resolves when a server and a volume have come up.
 * Fails with one sentence when the machine is not fit for it or one of the services ends.
 */
export async function startStack(settings: Settings, say: (line: string) => void): Promise<Stack> {
  const { folder } = settings;
  const startedMs = Date.now();
  const timed = (line: string): void => say(`[${Math.round((Date.now() - startedMs) / 1_000)} s] ${line}`);
  mustFit();
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  await refuseTakenPorts(settings);
  keepPorts(settings);
  await readyMachine(folder, timed);
  const password = passwordOf(folder);
  const urls = urlsOf(settings);
  const dead = services(settings).filter(({ name }) => !isAlive(folder, name));
  configure(settings, password);
  await startFoundations(settings);
  await migrate(settings, password, timed);
  const beganMs = Date.now();
  await startServices(settings, dead, urls, password, timed);
  await furnish(urls, password);
  if (dead.length > 0) {
    await untilHypervisorReports(settings, urls, password, beganMs);
    await tryIt(urls, password);
  }
  timed(`OpenStack answers at ${urls.identity}`);
  const as = (user: string): StackAccess => accessOf(urls.identity, password, user);
  return {
    members: [as('demo'), as('other'), as('third')],
    operator: as('admin'),
  };
}

/** Is any part of it running already? */
export function runs({ folder }: Settings): boolean {
  return recordedNames(folder).some((name) => isAlive(folder, name));
}

/** Stops all that runs; `purge` takes the databases and logs away too, and leaves the unpacked packages. */
export async function stopStack(settings: Settings, options: { readonly purge: boolean }): Promise<void> {
  const { folder, socket } = settings;
  const below = ['epmd', 'rabbitmq', 'mariadb'];
  const above = recordedNames(folder).filter((name) => !below.includes(name));
  await stop(folder, above, 5_000);
  // The queues are empty at the next start anyhow; the tables shall not be.
  await stop(folder, ['rabbitmq'], 1_000);
  await stop(folder, ['epmd'], 1_000);
  await stop(folder, ['mariadb'], 20_000);
  rmSync(socket.replace(/\/[^/]+$/, ''), { recursive: true, force: true });
  if (!options.purge) return;
  for (const name of ['data', 'etc', 'log', 'run', 'password', 'ports.json'])
    rmSync(`${folder}/${name}`, { recursive: true, force: true });
}

/** The catalogue and the cells carry the ports: other ones need databases of their own. */
function keepPorts({ folder, ports }: Settings): void {
  const file = `${folder}/ports.json`;
  const text = JSON.stringify(ports);
  if (!existsSync(file)) writeFileSync(file, text);
  else if (readFileSync(file, 'utf8') !== text)
    throw new Error(`The stack in ${folder} was made for other ports; take it away first: down --purge.`);
}

function passwordOf(folder: string): string {
  const file = `${folder}/password`;
  if (!existsSync(file)) writeFileSync(file, randomBytes(12).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** Every port must be free or belong to one of ours. */
async function refuseTakenPorts(settings: Settings): Promise<void> {
  const { folder, ports } = settings;
  const owners: readonly (readonly [string, keyof Ports])[] = [
    ['epmd', 'epmd'],
    ['rabbitmq', 'bus'],
    ['rabbitmq', 'erlang'],
    ...services(settings).flatMap(({ name, port }) => (port === undefined ? [] : [[name, port] as const])),
  ];
  for (const [name, port] of owners) {
    if (!isAlive(folder, name) && (await answers(ports[port])))
      throw new Error(
        `Port ${ports[port]}, which ${name} needs, is taken; BELAY_OPENSTACK_PORTS=21000 takes others.`,
      );
  }
}

async function startFoundations(settings: Settings): Promise<void> {
  const { folder, ports } = settings;
  if (!isAlive(folder, 'rabbitmq'))
    rmSync(`${folder}/data/rabbitmq/mnesia`, { recursive: true, force: true });
  await createDataFolder(settings);
  for (const program of foundations(settings)) start(folder, program);
  await untilDatabaseAnswers(settings);
  await untilAnswers(folder, 'rabbitmq', ports.bus);
}

async function startServices(
  settings: Settings,
  dead: readonly Service[],
  urls: Urls,
  password: string,
  say: (line: string) => void,
): Promise<void> {
  const { folder, ports } = settings;
  if (dead.length > 0) say(`starting ${dead.map(({ name }) => name).join(', ')}`);
  const identity = services(settings).filter(({ port }) => port === 'identity');
  for (const service of identity) start(folder, service);
  await untilAnswers(folder, 'keystone', ports.identity);
  // The others ask Keystone for their own users while they start.
  const furnished = `${folder}/data/furnished`;
  const users = members.join('\n');
  if (!existsSync(furnished) || readFileSync(furnished, 'utf8') !== users)
    await furnishIdentity(urls, password);
  writeFileSync(furnished, users);
  for (const service of services(settings)) start(folder, service);
  for (const { name, port } of services(settings))
    if (port !== undefined) await untilAnswers(folder, name, ports[port]);
}

async function untilHypervisorReports(
  settings: Settings,
  urls: Urls,
  password: string,
  sinceMs: number,
): Promise<void> {
  await untilItWorks(urls, password, sinceMs);
  await discoverHypervisor(settings);
  for (const { name } of services(settings)) mustBeAlive(settings.folder, name);
}

async function untilAnswers(folder: string, name: string, port: number): Promise<void> {
  const deadlineMs = Date.now() + 180_000;
  while (!(await answers(port))) {
    mustBeAlive(folder, name);
    if (Date.now() > deadlineMs)
      throw new Error(`${name} did not answer at port ${port} within three minutes.`);
    await pause(200);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
