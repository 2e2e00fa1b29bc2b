// PostgreSQL as Debian packages it, in a temporary folder on a free port of the loopback interface. It is ended the
// hard way where a test wants that, and always in the end.

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';

const execute = promisify(execFile);

/** One cluster of one server. */
export interface Postgres {
  readonly port: number;
  /** Connected as the owner of the database `shop`. */
  open(): Promise<pg.Client>;
  /** A client as sides take it: not connected yet. */
  client(user?: string): pg.Client;
  /** SQL as the owner, one statement or many, in a connection of its own. */
  run(sql: string, values?: unknown[]): Promise<readonly Record<string, unknown>[]>;
  start(): Promise<void>;
  /** SIGKILL to the server and all its children, as the kernel does it when memory is short. */
  kill(): Promise<void>;
  /** A second cluster that follows this one, started. */
  standby(): Promise<Postgres>;
  promote(): Promise<void>;
  remove(): Promise<void>;
}

/** A new cluster with the database `shop`, started. */
export async function startPostgres(folder: string): Promise<Postgres> {
  const data = join(folder, 'primary');
  mkdirSync(data, { recursive: true });
  const user = await unprivileged();
  if (user !== undefined) {
    chownSync(folder, user.uid, user.gid);
    chownSync(data, user.uid, user.gid);
  }
  const initdb = [
    '-D',
    data,
    '-U',
    'owner',
    '--auth=trust',
    '--no-sync',
    '--locale=C.UTF-8',
    '--encoding=UTF8',
  ];
  await execute(join(programs(), 'initdb'), initdb, { ...user });
  const primary = await cluster(folder, data, user);
  await primary.start();
  const admin = primary.client('owner', 'postgres');
  await admin.connect();
  await admin.query('CREATE DATABASE shop');
  await admin.query("ALTER DATABASE shop SET belay.environment = 'test'");
  await admin.end();
  return primary;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

interface Cluster extends Postgres {
  client(user?: string, database?: string): pg.Client;
}

async function cluster(folder: string, data: string, user: User | undefined): Promise<Cluster> {
  const port = await freePort();
  let server: ChildProcess | undefined;
  const log: string[] = [];
  const client = (name = 'owner', database = 'shop'): pg.Client =>
    new pg.Client({ host: '127.0.0.1', port, user: name, database, connectionTimeoutMillis: 5_000 });
  const open = async (): Promise<pg.Client> => {
    const one = client();
    one.on('error', () => undefined);
    await one.connect();
    return one;
  };
  const kill = async (): Promise<void> => {
    const running = server;
    server = undefined;
    if (running === undefined || running.exitCode !== null || running.pid === undefined) return;
    const ended = new Promise((wake) => running.once('exit', wake));
    // Its own process group: the postmaster and all that it has forked.
    process.kill(-running.pid, 'SIGKILL');
    await ended;
    rmSync(join(data, 'postmaster.pid'), { force: true });
  };
  const self: Cluster = {
    port,
    client,
    open,
    run: async (sql, values) => {
      const one = await open();
      try {
        return (await one.query(sql, values)).rows;
      } finally {
        await one.end();
      }
    },
    start: async () => {
      const settings = [
        'listen_addresses=127.0.0.1',
        'unix_socket_directories=',
        'fsync=off',
        'max_connections=20',
      ];
      const more = ['shared_buffers=16MB', 'wal_level=replica', 'hot_standby=on', 'shared_memory_type=mmap'];
      const flags = [...settings, ...more].flatMap((setting) => ['-c', setting]);
      const started = spawn(join(programs(), 'postgres'), ['-D', data, '-p', String(port), ...flags], {
        ...user,
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      server = started;
      started.stderr.on('data', (part: Buffer) => {
        log.push(part.toString());
        if (log.length > 100) log.shift();
      });
      await untilItAnswers(started, () => client('owner', 'postgres'), log);
    },
    kill,
    standby: async () => {
      const copy = join(folder, `standby-${await freePort()}`);
      const from = [
        '-h',
        '127.0.0.1',
        '-p',
        String(port),
        '-U',
        'owner',
        '-D',
        copy,
        '-R',
        '--no-sync',
        '-c',
        'fast',
      ];
      await execute(join(programs(), 'pg_basebackup'), from, { ...user });
      const second = await cluster(folder, copy, user);
      await second.start();
      return second;
    },
    promote: async () => {
      await execute(join(programs(), 'pg_ctl'), ['promote', '-D', data, '-w'], { ...user });
    },
    remove: async () => {
      await kill();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return self;
}

/** The newest version that Debian has installed here. */
function programs(): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(root, version, 'bin'))
    .find((bin) => existsSync(join(bin, 'initdb')));
  if (found === undefined) throw new Error('test:scanner:real needs PostgreSQL: apt-get install postgresql');
  return found;
}

/** PostgreSQL refuses to be run by root: then it is run by the user that Debian made for it. */
async function unprivileged(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string): Promise<number> =>
    Number((await execute('id', [flag, 'postgres'])).stdout.trim());
  return { uid: await id('-u'), gid: await id('-g') };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}

async function untilItAnswers(
  server: ChildProcess,
  client: () => pg.Client,
  log: readonly string[],
): Promise<void> {
  const deadlineMs = Date.now() + 60_000;
  while (Date.now() < deadlineMs) {
    if (server.exitCode !== null) throw new Error(`PostgreSQL ended at once: ${log.join('')}`);
    const probe = client();
    probe.on('error', () => undefined);
    try {
      await probe.connect();
      await probe.end();
      return;
    } catch {
      await new Promise((wake) => setTimeout(wake, 50));
    }
  }
  throw new Error(`PostgreSQL did not answer within a minute: ${log.join('')}`);
}
