// The databases, made once: MariaDB's own, then one for each service, by the service's own migrations.

import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { busUrl, databaseUrl, urlsOf } from './configure.ts';
import { mustBeAlive } from './processes.ts';
import { services } from './services.ts';
import type { Settings } from './settings.ts';

const execute = promisify(execFile);
const databases = ['keystone', 'placement', 'glance', 'nova_api', 'nova', 'nova_cell0', 'cinder', 'neutron'];

/** The folder of a database that the server can be started on. */
export async function createDataFolder({ folder, socket }: Settings): Promise<void> {
  mkdirSync(socket.replace(/\/[^/]+$/, ''), { recursive: true, mode: 0o700 });
  const complete = `${folder}/data/mariadb-created`;
  if (existsSync(complete)) return;
  const data = `${folder}/data/mariadb`;
  rmSync(data, { recursive: true, force: true });
  const options = ['--no-defaults', '--user=root', `--datadir=${data}`, '--skip-test-db'];
  // Root without a password, through a socket in a folder that only root may enter.
  await execute('mariadb-install-db', [...options, '--auth-root-authentication-method=normal']);
  writeFileSync(complete, '');
}

export async function untilDatabaseAnswers({ folder, socket }: Settings): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs) {
    const ping = ['--no-defaults', '--user=root', `--socket=${socket}`, 'ping'];
    const answered = await execute('mariadb-admin', ping).then(
      () => true,
      () => false,
    );
    if (answered) return;
    mustBeAlive(folder, 'mariadb');
    await pause(200);
  }
  throw new Error('MariaDB did not answer within a minute.');
}

/** Has every service make its tables, three at a time, and Keystone its first user. Done once. */
export async function migrate(
  settings: Settings,
  password: string,
  say: (line: string) => void,
): Promise<void> {
  const { folder } = settings;
  const complete = `${folder}/data/migrated`;
  if (existsSync(complete)) return;
  say('making the databases (once, a minute or two)');
  sql(
    settings,
    databases.map((name) => `DROP DATABASE IF EXISTS ${name}; CREATE DATABASE ${name};`).join('\n'),
  );
  for (const key of ['0', '1']) {
    const secret = randomBytes(32).toString('base64').replaceAll('+', '-').replaceAll('/', '_');
    writeFileSync(`${folder}/etc/fernet-keys/${key}`, secret, { mode: 0o600 });
  }
  await Promise.all([migrateNova(settings), migrateNeutron(settings), migrateOthers(settings, password)]);
  sql(settings, noteStates);
  writeFileSync(complete, '');
}

/** Cinder itself keeps whole seconds; a test of how soon a change is noticed needs more. */
const noteStates = `
  CREATE OR REPLACE DATABASE belay;
  CREATE TABLE belay.reached (id VARCHAR(36), at DATETIME(3));
  CREATE TRIGGER cinder.belay_created AFTER INSERT ON cinder.volumes FOR EACH ROW
    INSERT INTO belay.reached VALUES (NEW.id, NOW(3));
  CREATE TRIGGER cinder.belay_changed AFTER UPDATE ON cinder.volumes FOR EACH ROW
    INSERT INTO belay.reached SELECT NEW.id, NOW(3) FROM DUAL WHERE NEW.status <> OLD.status;`;

async function migrateNova(settings: Settings): Promise<void> {
  const nova = (...args: readonly string[]): Promise<void> =>
    manage(settings, 'nova-manage', 'nova.cmd.manage', ['--config-file', 'nova.conf', ...args]);
  await nova('api_db', 'sync');
  await nova('cell_v2', 'map_cell0', '--database_connection', databaseUrl(settings, 'nova_cell0'));
  const cell = ['--database_connection', databaseUrl(settings, 'nova'), '--transport-url', busUrl(settings)];
  await nova('cell_v2', 'create_cell', '--name', 'cell1', ...cell);
  await nova('db', 'sync');
}

async function migrateNeutron(settings: Settings): Promise<void> {
  const args = ['--config-file', 'neutron.conf', 'upgrade', 'heads'];
  await manage(settings, 'neutron-db-manage', 'neutron.db.migration.cli', args);
}

async function migrateOthers(settings: Settings, password: string): Promise<void> {
  const { identity } = urlsOf(settings);
  const keystone = (...args: readonly string[]): Promise<void> =>
    manage(settings, 'keystone-manage', 'keystone.cmd.manage', ['--config-file', 'keystone.conf', ...args]);
  await keystone('db_sync');
  await keystone(
    'bootstrap',
    ...['--bootstrap-password', password, '--bootstrap-region-id', 'RegionOne'],
    ...['admin', 'internal', 'public'].flatMap((kind) => [`--bootstrap-${kind}-url`, identity]),
  );
  const placement = ['--config-file', 'placement.conf', 'db', 'sync'];
  await manage(settings, 'placement-manage', 'placement.cmd.manage', placement);
  const glance = ['--config-file', 'glance.conf', 'db_sync'];
  await manage(settings, 'glance-manage', 'glance.cmd.manage', glance);
  const cinder = ['--config-file', 'cinder.conf', 'db', 'sync'];
  await manage(settings, 'cinder-manage', 'cinder.cmd.manage', cinder);
}

/** Nova learns of a hypervisor in a cell only when it is told to look. */
export async function discoverHypervisor(settings: Settings): Promise<void> {
  const complete = `${settings.folder}/data/discovered`;
  if (existsSync(complete)) return;
  const args = ['--config-file', 'nova.conf', 'cell_v2', 'discover_hosts'];
  await manage(settings, 'nova-manage', 'nova.cmd.manage', args);
  writeFileSync(complete, '');
}

/** As the database's root; gives what is selected, without names of columns. */
export function sql({ socket }: Settings, text: string): string {
  const options = ['--no-defaults', '--user=root', `--socket=${socket}`, '--batch', '--skip-column-names'];
  return execFileSync('/usr/bin/mariadb', [...options, '-e', text], { encoding: 'utf8' });
}

/** One of the services' own tools for their operators. Paths are those of the configuration. */
async function manage(
  settings: Settings,
  name: string,
  module: string,
  args: readonly string[],
): Promise<void> {
  const code = `import sys; from ${module} import main; sys.argv[0] = '${name}'; sys.exit(main())`;
  const env = { ...services(settings)[0]?.env, PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
  const options = { cwd: `${settings.folder}/etc`, env, timeout: 600_000, maxBuffer: 64 << 20 };
  await execute('/usr/bin/python3', ['-c', code, ...args], options).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      const last = `${stdout}\n${stderr}`.trimEnd().split('\n').slice(-12).join('\n');
      throw new Error(`${name} ${args.slice(2).join(' ')} failed. Its last lines:\n${last}`);
    },
  );
}
