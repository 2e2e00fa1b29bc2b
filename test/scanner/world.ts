// A whole installation over real services: PostgreSQL behind a switch in its wire, a bucket at moto, a ledger in a file,
// and people who are told. The calendar alone is not real: days are added to every clock, so that a grace of days passes
// in seconds. What is truly needed is kept here, beside all of it.

import { generateKeyPairSync } from 'node:crypto';
import { join } from 'node:path';
import type { S3 } from '@aws-sdk/client-s3';
import { type Alerts, alertsForScanner, memoryStore, openAlerts } from '@belay/alerts';
import {
  approvePlan,
  type Clock,
  type Inventory,
  type ItemKey,
  type ItemKind,
  itemKey,
  itemKind,
  openLedger,
  openScanner,
  openSweeper,
  ownerId,
  type Plan,
  policyOf,
  type Registry,
  type RegistryEntry,
  type Scanner,
  type SideStatement,
  type Sweeper,
} from '@belay/scanner';
import { s3Inventory, s3Remover } from '@belay/scanner/s3';
import { okAsync, type Result } from 'neverthrow';
import pg from 'pg';
import type { Postgres } from './postgres.ts';
import { putEntries, registryOf } from './subject-postgres.ts';
import type { WireSwitch } from './switch.ts';

export const hourMs = 3_600_000;
const archive: ItemKind = itemKind('archive')._unsafeUnwrap();
const prefix = 'backups/';

/** The installation and the hands in it. */
export interface Installation {
  readonly scanner: Scanner;
  readonly sweeper: Sweeper;
  readonly alerts: Alerts;
  /** Messages that a person has got, in order. */
  readonly told: readonly { readonly who: string; readonly cause: string; readonly why: string }[];
  /** Keys that are needed: they must be stored, whatever happens. */
  readonly needed: Map<ItemKey, RegistryEntry>;
  /** Keys that nobody needs, stored at some time. */
  readonly orphans: Set<ItemKey>;
  /** Called before each statement that the scanner's side sends to the database. */
  onStatement(hook: (() => Promise<void>) | undefined): void;
  pass(ms: number): Promise<void>;
  store(key: ItemKey): Promise<void>;
  /** Stores an orphan. */
  orphan(name: string): Promise<ItemKey>;
  /** Somebody needs it again. */
  refer(key: ItemKey): Promise<void>;
  /** A person looks at every alert. */
  acknowledge(): Promise<void>;
  /** The same, and closes the breaker. */
  attend(): Promise<void>;
  sign(plan: Plan): readonly ReturnType<typeof approvePlan>[];
  /** What is stored, and what has at least one version left. */
  stored(): Promise<{ readonly current: ReadonlySet<string>; readonly kept: ReadonlySet<string> }>;
  close(): void;
}

export async function install(options: {
  readonly database: Postgres;
  readonly wire: WireSwitch;
  readonly s3: S3;
  readonly bucket: string;
  readonly folder: string;
  readonly neededCount: number;
}): Promise<Installation> {
  const { database, wire, s3, bucket, folder, neededCount } = options;
  let offsetMs = 0;
  const clock: Clock & { after: Clock['after'] } = {
    now: () => Date.now() + offsetMs,
    monotonicMs: () => performance.now() + offsetMs,
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return () => clearTimeout(timer);
    },
  };
  const shift = (iso: string): string => new Date(Date.parse(iso) + offsetMs).toISOString();
  let hook: (() => Promise<void>) | undefined;

  const through = (): pg.Client => {
    const client = new pg.Client({
      host: '127.0.0.1',
      port: wire.port,
      user: 'scanner',
      database: 'shop',
      connectionTimeoutMillis: 1_500,
    });
    const query = client.query.bind(client);
    const hooked = async (text: string, values?: unknown[]): Promise<unknown> => {
      await hook?.();
      return query(text, values);
    };
    return Object.assign(client, { query: hooked });
  };
  const direct = registryOf(database, archive);
  const registryId = (await direct.identity())._unsafeUnwrap();
  const registry = later(registryOf({ client: through }, archive, registryId.id), shift);
  const store = s3Inventory({
    name: 'offsite',
    client: s3,
    bucket,
    kinds: [archive],
    pageKeys: 200,
    describe: (key) => ({ kind: archive, owner: ownerId(key.split('/')[1] ?? 'nobody')._unsafeUnwrap() }),
  });
  const inventoryId = (await store.identity())._unsafeUnwrap();
  const inventory = later(store, shift);

  const told: { who: string; cause: string; why: string }[] = [];
  const person = (who: string) => ({
    send: ({ cause, why }: { cause: string; why: string }) => {
      told.push({ who, cause, why });
      return okAsync(undefined);
    },
  });
  const alerts = openAlerts({
    targets: { anna: person('anna'), ben: person('ben'), clara: person('clara') },
    chain: { rungs: [{ tell: ['anna'] }, { tell: ['ben'] }] },
    store: memoryStore(),
    clock,
  })._unsafeUnwrap();

  const keys = ['ann', 'bob'].map((name) => ({ name, ...generateKeyPairSync('ed25519') }));
  const policy = policyOf(
    policyFor(
      inventoryId,
      registryId,
      keys.map(({ name, publicKey }) => ({
        name,
        publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
      })),
    ),
  )._unsafeUnwrap();
  const ledger = openLedger({ path: join(folder, 'ledger.db'), id: 'ledger-real' })._unsafeUnwrap();
  let nonces = 0;
  const sides = {
    name: 'scanner-1',
    policy,
    ledger,
    inventory,
    registries: [registry] as const,
    alerts: alertsForScanner(alerts, 'scanner-1'),
    clock,
    nonce: () => {
      nonces += 1;
      return `n${String(nonces).padStart(6, '0')}`;
    },
  };
  const remover = s3Remover({ name: 'offsite', client: s3, bucket });

  const needed = new Map<ItemKey, RegistryEntry>();
  const orphans = new Set<ItemKey>();
  const put = async (key: ItemKey): Promise<void> => {
    await s3.putObject({ Bucket: bucket, Key: key, Body: `archive ${key}` });
  };
  const made: Installation = {
    scanner: openScanner(sides)._unsafeUnwrap(),
    sweeper: openSweeper({ ...sides, remover })._unsafeUnwrap(),
    alerts,
    told,
    needed,
    orphans,
    onStatement: (next) => {
      hook = next;
    },
    pass: async (ms) => {
      offsetMs += ms;
    },
    store: put,
    orphan: async (name) => {
      const key = itemKey(`${prefix}owner-${name.length % 7}/orphan-${name}.tar`)._unsafeUnwrap();
      await put(key);
      orphans.add(key);
      return key;
    },
    refer: async (key) => {
      const entry = entryOf(key);
      await putEntries(database, [entry]);
      needed.set(key, entry);
      orphans.delete(key);
    },
    acknowledge: async () => {
      for (const { cause, state } of (await alerts.list())._unsafeUnwrap()) {
        if (state === 'acknowledged') continue;
        (await alerts.acknowledge(cause, { by: 'Anna', reason: 'looking at the database' }))._unsafeUnwrap();
      }
    },
    attend: async () => {
      await made.acknowledge();
      const closing = { by: 'Anna', reason: 'the database is back', counts: 'keep' } as const;
      (await made.scanner.closeBreaker(closing))._unsafeUnwrap();
    },
    sign: (plan) => keys.map(({ name, privateKey }) => approvePlan(plan, name, privateKey)),
    stored: () => storedIn(s3, bucket),
    close: () => ledger.close(),
  };
  const entries = Array.from({ length: neededCount }, (_, i) =>
    entryOf(itemKey(`${prefix}owner-${i % 7}/${String(i).padStart(5, '0')}.tar`)._unsafeUnwrap()),
  );
  for (const entry of entries) needed.set(entry.key, entry);
  await putEntries(database, entries);
  for (let start = 0; start < entries.length; start += 20) {
    await Promise.all(entries.slice(start, start + 20).map(({ key }) => put(key)));
  }
  return made;
}

function entryOf(key: ItemKey): RegistryEntry {
  return {
    key,
    kind: archive,
    owner: ownerId(key.split('/')[1] ?? 'nobody')._unsafeUnwrap(),
    state: 'needed',
  };
}

/** A side whose calendar is ahead by what the installation's is. What is stored keeps its age. */
function later<Side extends Inventory | Registry>(side: Side, shift: (iso: string) => string): Side {
  const whole = (statement: SideStatement): SideStatement => ({
    ...statement,
    startedAt: shift(statement.startedAt),
    endedAt: shift(statement.endedAt),
  });
  return {
    ...side,
    now: (call: Parameters<Side['now']>[0]) => side.now(call).map(shift),
    read: async function* (request: Parameters<Side['read']>[0]) {
      const end: Result<SideStatement, unknown> = yield* side.read(request);
      return end.map(whole);
    },
  };
}

async function storedIn(
  s3: S3,
  bucket: string,
): Promise<{ readonly current: ReadonlySet<string>; readonly kept: ReadonlySet<string> }> {
  const current = new Set<string>();
  const kept = new Set<string>();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } = {};
  for (;;) {
    const page = await s3.listObjectVersions({ Bucket: bucket, Prefix: prefix, ...marker });
    for (const { Key = '', IsLatest } of page.Versions ?? []) {
      kept.add(Key);
      if (IsLatest === true) current.add(Key);
    }
    if (page.IsTruncated !== true) return { current, kept };
    marker = {
      ...(page.NextKeyMarker !== undefined && { KeyMarker: page.NextKeyMarker }),
      ...(page.NextVersionIdMarker !== undefined && { VersionIdMarker: page.NextVersionIdMarker }),
    };
  }
}

function policyFor(inventory: object, registry: object, approvers: readonly object[]): object {
  const caps = {
    run: { items: 50, bytes: 100_000 },
    day: { items: 100, bytes: 200_000 },
    thirtyDays: { items: 2_000, bytes: 1_000_000 },
    share: { total: 0.1, owner: 0.2, prefix: 0.2 },
    shareFromItems: 5,
  };
  return {
    environment: 'test',
    scope: { prefixes: [prefix], kinds: ['archive'] },
    expect: { inventory, registries: { archives: registry } },
    references: { archive: ['archives'] },
    withoutCanaries: [],
    scans: { count: 3, graceMs: 12 * hourMs, periodMs: 6 * hourMs, minAgeMs: hourMs },
    ownerEnded: { graceMs: 24 * hourMs, newOwners: 2 },
    unknownOwners: 'keep',
    belief: {
      clockToleranceMs: 5 * 60_000,
      unknownShare: 0.001,
      shrink: { rows: 5, share: 0.02 },
      growth: { rows: 100, share: 0.5 },
      vanished: { rows: 5, share: 0.02 },
    },
    caps: { 'no-entry': caps, 'owner-ended': caps },
    copies: { archive: { active: 0, ended: 0 } },
    selfDescription: 'not-used',
    undoWindowMs: 24 * hourMs,
    approval: { approvers, twoAbove: { items: 1_000, bytes: 1_000_000 }, planValidMs: 48 * hourMs },
  };
}
