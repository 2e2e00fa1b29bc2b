// Writes the services' configuration: the files in `templates`, with the folder, the ports and the credentials filled
// in. It is done at every start, for it costs nothing.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { Settings } from './settings.ts';

const templates = `${import.meta.dirname}/templates`;

/** The API of each service, as its users reach it. */
export interface Urls {
  readonly identity: string;
  readonly compute: string;
  readonly volume: string;
  readonly placement: string;
  readonly image: string;
  readonly network: string;
}

export function urlsOf({ ports }: Settings): Urls {
  const at = (port: number): string => `http://127.0.0.1:${port}`;
  return {
    identity: `${at(ports.identity)}/v3`,
    compute: `${at(ports.compute)}/v2.1`,
    volume: `${at(ports.volume)}/v3`,
    placement: at(ports.placement),
    image: at(ports.image),
    network: at(ports.network),
  };
}

export function busUrl({ ports }: Settings): string {
  return `rabbit://guest:guest@127.0.0.1:${ports.bus}/`;
}

export function databaseUrl({ socket }: Settings, name: string): string {
  return `mysql+pymysql://root@localhost/${name}?unix_socket=${socket}&charset=utf8`;
}

export function configure(settings: Settings, password: string): void {
  const { folder, ports } = settings;
  for (const made of ['etc/fernet-keys', 'log', 'run', 'data/locks', 'data/faults', 'data/rabbitmq'])
    mkdirSync(`${folder}/${made}`, { recursive: true });
  for (const made of [
    'nova/instances',
    'glance/images',
    'glance/staging',
    'glance/tasks',
    'neutron',
    'cinder/coordination',
  ])
    mkdirSync(`${folder}/data/${made}`, { recursive: true });
  const [database, databaseOptions] = databaseUrl(settings, '|').split('|');
  const values = new Map<string, string>([
    ...Object.entries(ports).map(([name, port]) => [name, String(port)] as const),
    ['folder', folder],
    ['packages', `${folder}/packages`],
    ['identityUrl', urlsOf(settings).identity.replace(/v3$/, '')],
    ['imageUrl', urlsOf(settings).image],
    ['busUrl', busUrl(settings)],
    ['database', database ?? ''],
    ['databaseOptions', databaseOptions ?? ''],
  ]);
  for (const file of readdirSync(templates)) {
    const text = readFileSync(`${templates}/${file}`, 'utf8');
    const filled = text.replaceAll(/\{\{(\w+)(?: (\w+))?\}\}/g, (_, name: string, user?: string) => {
      const value = user === undefined ? values.get(name) : credentials(settings, user, password);
      if (value === undefined) throw new Error(`${file} asks for ${name}, which nobody knows.`);
      return value;
    });
    writeFileSync(`${folder}/etc/${file}`, filled, { mode: 0o600 });
  }
  writeFileSync(`${folder}/etc/enabled_plugins`, '[].\n');
}

/** What a service needs to ask Keystone: every service has a user of its own. */
function credentials(settings: Settings, user: string, password: string): string {
  return [
    'auth_type = password',
    `auth_url = ${urlsOf(settings).identity}`,
    `username = ${user}`,
    `password = ${password}`,
    'user_domain_name = Default',
    'project_name = service',
    'project_domain_name = Default',
    'region_name = RegionOne',
  ].join('\n');
}
