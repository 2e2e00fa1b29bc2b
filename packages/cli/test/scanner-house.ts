// A small house for the scanner's commands: a folder of archives, a database that knows which are needed, people who are
// told, and a command line whose clock a test moves on.

import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { systemClock } from '@belay/cloud';
import { sqliteTables } from '@belay/scanner/sqlite';
import { main, type World } from '../src/main.ts';

export const dayMs = 86_400_000;

/** What one command has said and how it ended. */
export interface Said {
  readonly code: number;
  readonly data: string;
  readonly people: string;
}

/** A house, built anew for each test. */
export interface House {
  readonly path: string;
  readonly db: DatabaseSync;
  /** What the pager was told, in order. */
  readonly told: { readonly action: string; readonly cause: string; readonly summary: string }[];
  /** One command, as somebody types it. */
  belay(...args: string[]): Promise<Said>;
  /** As it, with something else about the world. */
  belayIn(more: Partial<World>, ...args: string[]): Promise<Said>;
  /** Lets time pass. */
  pass(ms: number): void;
  now(): number;
  /** Stores an archive; with an entry that needs it, unless it is `forgotten`. */
  store(key: string, how?: { readonly forgotten?: boolean; readonly body?: string }): void;
  /** Changes the config. */
  config(change: (config: Editable) => void): void;
  /** The pager answers no more, or does again. */
  pager(isUp: boolean): void;
  tearDown(): Promise<void>;
}

/** The config, for a test to change any part of. */
// biome-ignore lint/suspicious/noExplicitAny: a config that a test bends has any shape, also wrong ones.
export type Editable = any;

/** Builds it: marked, identified, with a policy of days. */
export async function buildHouse(): Promise<House> {
  const path = mkdtempSync(join(tmpdir(), 'belay-house-'));
  mkdirSync(join(path, 'store/archives'), { recursive: true });
  const db = new DatabaseSync(join(path, 'shop.db'));
  db.exec(`PRAGMA journal_mode = WAL;
    CREATE TABLE archive (key TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT, state TEXT NOT NULL, ended_at TEXT);
    CREATE VIEW needed AS SELECT key, kind, owner, state, ended_at FROM archive;
    ${sqliteTables('production')}`);
  const told: { action: string; cause: string; summary: string }[] = [];
  let isUp = true;
  const pager = await listening((body) => {
    if (isUp) told.push(JSON.parse(body));
    return isUp;
  });
  const { port } = pager.address() as AddressInfo;
  let nowMs = Date.now();
  let config: Editable = configOf(`http://127.0.0.1:${port}/`);
  const write = (): void => writeFileSync(join(path, 'belay.config.json'), JSON.stringify(config));
  const world = (said: { data: string; people: string }): World => ({
    folder: path,
    version: '0.0.0',
    out: {
      data: (line) => {
        said.data += `${line}\n`;
      },
      say: (line) => {
        said.people += `${line}\n`;
      },
      draw: (text) => {
        said.people += text;
      },
    },
    terminal: { columns: 100, colour: false, isTty: false },
    page: { columns: 100, colour: false, isTty: false },
    keyboard: { isThere: false, ask: async () => undefined, keys: () => () => undefined },
    launch: () => ({ pid: undefined, ended: Promise.resolve(1) }),
    clock: { now: () => nowMs, after: systemClock.after },
    signal: new AbortController().signal,
    user: 'olga',
    env: () => undefined,
  });
  const belayIn = async (more: Partial<World>, ...args: string[]): Promise<Said> => {
    const said = { data: '', people: '' };
    const code = await main(args, { ...world(said), ...more });
    return { code, ...said };
  };
  const house: House = {
    path,
    db,
    told,
    belayIn,
    belay: (...args) => belayIn({}, ...args),
    pass: (ms) => {
      nowMs += ms;
    },
    now: () => nowMs,
    store(key, { forgotten = false, body = 'x'.repeat(2_000) } = {}) {
      const file = join(path, 'store', key);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, body);
      // By the clock of the test, a while ago.
      const seconds = nowMs / 1_000 - 30 * 86_400;
      utimesSync(file, seconds, seconds);
      if (forgotten) return;
      const owner = key.split('/')[1] ?? null;
      db.prepare("INSERT INTO archive VALUES (?, 'archive', ?, 'needed', NULL)").run(key, owner);
    },
    config(change) {
      change(config);
      write();
    },
    pager: (up) => {
      isUp = up;
    },
    async tearDown() {
      await new Promise((resolve) => pager.close(resolve));
      db.close();
      rmSync(path, { recursive: true, force: true });
    },
  };
  config = JSON.parse(JSON.stringify(config));
  write();
  await house.belay('mark', 'offsite', '--environment', 'production', '--id', 'disk-1');
  const { data } = await house.belay('scan', 'offsite', '--identify');
  house.config((all) => {
    all.scanner.offsite.policy.expect = JSON.parse(data).expect;
  });
  return house;
}

/** Scans each day until the grace is over. */
export async function scanForDays(house: House, days: number): Promise<Said> {
  let last: Said = { code: -1, data: '', people: '' };
  for (let day = 0; day < days; day += 1) {
    house.pass(dayMs);
    last = await house.belay('scan', 'offsite');
    if (last.code !== 0) return last;
  }
  return last;
}

function configOf(pager: string): Editable {
  const amount = { items: 100, bytes: 2 ** 30 };
  const share = { total: 0.9, owner: 0.9, prefix: 0.9 };
  const caps = { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 10 };
  const bound = { rows: 10, share: 0.1 };
  return {
    alerts: {
      targets: { anna: { kind: 'webhook', url: pager } },
      chain: { rungs: [{ tell: ['anna'] }] },
      source: 'backup-3',
    },
    scanner: {
      offsite: {
        ledger: 'ledger.db',
        inventory: {
          kind: 'folder',
          path: 'store',
          keys: [{ match: 'archives/{owner}/{rest}', kind: 'archive' }],
        },
        registries: { orders: { kind: 'sqlite', path: 'shop.db', view: 'needed', covers: ['archive'] } },
        sweeper: { kind: 'folder' },
        policy: {
          environment: 'production',
          scope: { prefixes: ['archives/'], kinds: ['archive'] },
          expect: undefined,
          references: { archive: ['orders'] },
          withoutCanaries: [],
          scans: { count: 3, graceMs: 3 * dayMs, periodMs: dayMs, minAgeMs: dayMs },
          ownerEnded: { graceMs: 30 * dayMs, newOwners: 5 },
          unknownOwners: 'keep',
          belief: {
            clockToleranceMs: 300_000,
            unknownShare: 0.001,
            shrink: bound,
            growth: bound,
            vanished: bound,
          },
          caps: { 'no-entry': caps, 'owner-ended': caps },
          copies: { archive: { active: 0, ended: 0 } },
          selfDescription: 'not-used',
          undoWindowMs: 14 * dayMs,
          approval: { approvers: [], twoAbove: amount, planValidMs: dayMs },
        },
      },
    },
  };
}

async function listening(hear: (body: string) => boolean): Promise<Server> {
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      response.statusCode = hear(body) ? 200 : 503;
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}
