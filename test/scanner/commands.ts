// The commands as an operator types them, a process each, over a bucket at moto and a PostgreSQL of its own: a plan is
// reviewed, signed, swept, undone, swept again and purged; the database dies in between; a role that may only read can
// hold nothing. What counts is what lies in the bucket afterwards, version by version, and what the command has said.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { S3 } from '@aws-sdk/client-s3';
import { itemKey, itemKind, ownerId } from '@belay/scanner';
import type { Postgres } from './postgres.ts';
import { putEntries } from './subject-postgres.ts';

/** Where the commands are put to the test. */
export interface CommandsPlace {
  readonly endpoint: string;
  readonly s3: S3;
  /** With the tables of the application, and nothing in them. */
  readonly database: Postgres;
  /** For the config, the ledger and the keys. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

interface Said {
  readonly code: number;
  readonly data: string;
  readonly people: string;
}

type Config = ReturnType<typeof configOf>;

const bin = fileURLToPath(new URL('../../packages/cli/src/bin.ts', import.meta.url));
const bucket = 'commands';
const scope = 'offsite';
const needed = [1, 2, 3, 4, 5, 6].map((n) => `archives/ann/${n}.tar`);
const orphans = ['archives/ann/lost.tar', 'archives/ann/old.tar'];
/** Long enough for commands that start on a busy machine: a sighting counts for twice as long. */
const graceMs = 60_000;
const undoWindowMs = 15_000;

/** Goes through it; gives what was not as promised. */
export async function checkCommands(place: CommandsPlace): Promise<readonly string[]> {
  const { s3, database, say } = place;
  const problems: string[] = [];
  const expect = (promise: string, isKept: boolean, said?: Said): void => {
    say(`  ${isKept ? 'kept' : 'BROKEN'}: ${promise}`);
    if (!isKept) problems.push(`commands: ${promise}${said === undefined ? '' : `\n${shown(said)}`}`);
  };
  const pager = await listening();
  const belay = commandsIn(place.folder);
  const there = async (): Promise<string> => JSON.stringify(await versionsIn(s3));
  try {
    await furnish(place);
    const config = configOf(place, pager.port);
    const keys = await belay('approve', '--new-key', 'ann.pem', '--by', 'ann');
    config.scanner.offsite.policy.approval.approvers = [JSON.parse(keys.data)];
    const write = (): void => writeConfigs(place.folder, config);
    write();

    const unmarked = await belay('scan', scope, '--identify');
    expect('a bucket without a mark is not believed', unmarked.code !== 0, unmarked);
    const marked = await belay('mark', scope, '--environment', 'test', '--id', 'commands-1');
    expect('a bucket is marked once', marked.code === 0, marked);
    const identified = await belay('scan', scope, '--identify');
    expect('both sides say who they are', identified.code === 0, identified);
    config.scanner.offsite.policy.expect = JSON.parse(identified.data).expect;
    write();

    const before = await versionsOf(s3, orphans);
    const plan = await ripe(belay, place.folder);
    expect('exactly the orphans are planned', plan.keys.join() === orphans.join(), plan.said);
    const { data } = plan.said;
    expect(
      'the review says why an item would go, and how near the limit is',
      data.includes('No registry has an entry for it') && /one run\s+2 of 1/.test(data),
      plan.said,
    );
    const unsigned = await sweep(belay, plan.digest);
    expect('beyond a limit nothing goes without a signature', unsigned.code === 4, unsigned);
    expect('and nothing has gone', (await versionsOf(s3, orphans)) === before);

    const held = await belay('hold', 'add', scope, orphans[0] ?? '', '--reason', 'court case 7');
    expect('a role that may only read can hold nothing, and says so', held.code !== 0, held);
    const holder = ['--config', 'holder.json'];
    const holding = await belay(
      'hold',
      'add',
      scope,
      orphans[0] ?? '',
      '--reason',
      'court case 7',
      ...holder,
    );
    expect('a role with the right holds an item', holding.code === 0, holding);

    const first = await signAndSweep(belay, plan);
    expect('a signed plan is swept', first.code === 0, first);
    expect(
      'what is held stays, and the sweep says who keeps it',
      (await isShown(s3, orphans[0])) && first.data.includes('A registry holds it'),
      first,
    );
    expect('what nobody holds is hidden, its version kept', !(await isShown(s3, orphans[1])));
    const run = /belay undo (sweep-\S+)/.exec(first.data)?.[1] ?? '';
    const undone = await belay('undo', run, '--reason', 'ann wants it');
    expect('an undo brings it back', undone.code === 0, undone);
    expect('as the very version that it was', (await versionsOf(s3, orphans)) === before);
    const unheld = await belay('hold', 'remove', scope, orphans[0] ?? '', ...holder);
    expect('a hold is taken off again', unheld.code === 0, unheld);

    const again = await ripe(belay, place.folder);
    await database.kill();
    const stored = await there();
    const blind = await belay('scan', scope);
    expect('a scan whose database is dead is inconclusive', blind.code === 3, blind);
    const dead = await signAndSweep(belay, again);
    expect(
      'a sweep over a dead database touches nothing',
      dead.code !== 0 && (await there()) === stored,
      dead,
    );
    expect('somebody was told', pager.heard.length > 0);
    await database.start();
    const closed = await closeBreaker(belay);
    expect('a named person closes the breaker', closed.code === 0, closed);

    const second = await signAndSweep(belay, again);
    const isHidden = await Promise.all(orphans.map(async (key) => !(await isShown(s3, key))));
    expect(
      'what was brought back goes with another plan',
      second.code === 0 && isHidden.every(Boolean),
      second,
    );
    const early = await belay('purge', scope, '--for-good');
    expect(
      'right after a sweep a purge deletes nothing',
      early.data.includes('Done: 0 items of offsite deleted') && (await versionsOf(s3, orphans)) === before,
      early,
    );
    await sleep(undoWindowMs);
    await belay('scan', scope);
    const purged = await belay('purge', scope, '--for-good');
    expect('after it a purge deletes for good', purged.data.includes('2 items of offsite deleted'), purged);
    expect('no version of the orphans is left', (await versionsOf(s3, orphans)) === '[]');
    const left = await Promise.all(needed.map((key) => isShown(s3, key)));
    expect('everything needed is there', left.every(Boolean));
    const rows = await database.run('SELECT key FROM archive');
    expect('no row was touched', rows.length === needed.length);
    const whole = await belay('ledger', 'verify');
    expect('the ledger is whole', whole.code === 0, whole);
  } finally {
    await pager.close();
  }
  return problems;
}

type Belay = (...args: readonly string[]) => Promise<Said>;

function commandsIn(folder: string): Belay {
  return (...args) =>
    new Promise((resolve) => {
      execFile(
        process.execPath,
        ['--conditions=@belay/source', bin, ...args],
        { cwd: folder, env: { ...process.env, BELAY_USER: 'olga', NO_COLOR: '1', COLUMNS: '100' } },
        (error, data, people) =>
          resolve({ code: error === null ? 0 : Number(error.code ?? -1), data, people }),
      );
    });
}

function shown({ code, data, people }: Said): string {
  return `exit ${code}\n${data}${people}`.trimEnd().replace(/^/gm, '    ');
}

/** A bucket with versions, and rows for what is needed of it. */
async function furnish({ s3, database }: CommandsPlace): Promise<void> {
  await s3.createBucket({
    Bucket: bucket,
    CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
  });
  await s3.putBucketVersioning({ Bucket: bucket, VersioningConfiguration: { Status: 'Enabled' } });
  for (const Key of [...needed, ...orphans]) await s3.putObject({ Bucket: bucket, Key, Body: Key });
  const kind = itemKind('archive')._unsafeUnwrap();
  const owner = ownerId('ann')._unsafeUnwrap();
  await putEntries(
    database,
    needed.map((key) => ({ key: itemKey(key)._unsafeUnwrap(), kind, owner, state: 'needed' })),
  );
}

/** What may be read by the scanner, and what only by whoever may hold things. */
function writeConfigs(folder: string, config: Config): void {
  writeFileSync(join(folder, 'belay.config.json'), JSON.stringify(config));
  const holder = structuredClone(config);
  holder.scanner.offsite.registries.orders.user = 'owner';
  writeFileSync(join(folder, 'holder.json'), JSON.stringify(holder));
}

function configOf({ endpoint, database, folder }: CommandsPlace, pager: number) {
  mkdirSync(join(folder, 'secrets'), { recursive: true });
  for (const name of ['reader', 'writer']) writeFileSync(join(folder, 'secrets', name), `${name}\n`);
  const credentials = (name: string) => ({
    accessKeyId: { file: `secrets/${name}` },
    secretAccessKey: { file: `secrets/${name}` },
  });
  const amount = { items: 100, bytes: 2 ** 30 };
  const share = { total: 1, owner: 1, prefix: 1 };
  const caps = { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 10 };
  const bound = { rows: 10, share: 0.1 };
  // Filled in as the sides say who they are, and as people make their keys.
  const expected: unknown = undefined;
  const approvers: unknown[] = [];
  return {
    alerts: {
      targets: { anna: { kind: 'webhook', url: `http://127.0.0.1:${pager}/` } },
      chain: { rungs: [{ tell: ['anna'] }] },
    },
    scanner: {
      offsite: {
        ledger: 'ledger.db',
        inventory: {
          kind: 's3',
          bucket,
          region: 'eu-west-1',
          endpoint,
          forcePathStyle: true,
          credentials: credentials('reader'),
          keys: [{ match: 'archives/{owner}/{rest}', kind: 'archive' }],
        },
        registries: {
          orders: {
            kind: 'postgres',
            host: '127.0.0.1',
            port: database.port,
            database: 'shop',
            user: 'scanner',
            tls: false,
            view: 'public.needed',
            covers: ['archive'],
          },
        },
        sweeper: { kind: 's3', credentials: credentials('writer') },
        policy: {
          environment: 'test',
          scope: { prefixes: ['archives/'], kinds: ['archive'] },
          expect: expected,
          references: { archive: ['orders'] },
          withoutCanaries: [],
          scans: { count: 2, graceMs, periodMs: 600_000, minAgeMs: 1_000 },
          ownerEnded: { graceMs: 600_000, newOwners: 5 },
          unknownOwners: 'keep',
          belief: {
            clockToleranceMs: 60_000,
            unknownShare: 0.001,
            shrink: bound,
            growth: bound,
            vanished: bound,
          },
          caps: { 'no-entry': { ...caps, run: { ...amount, items: 1 } }, 'owner-ended': caps },
          copies: { archive: { active: 0, ended: 0 } },
          selfDescription: 'not-used',
          undoWindowMs,
          approval: { approvers, twoAbove: amount, planValidMs: 600_000 },
        },
      },
    },
  };
}

interface Ripe {
  readonly digest: string;
  readonly keys: readonly string[];
  readonly said: Said;
}

/** Scans until everything that is an orphan is ripe at once, and reviews it, for people and as a file. */
async function ripe(belay: Belay, folder: string): Promise<Ripe> {
  let said: Said = { code: -1, data: '', people: '' };
  for (let n = 0; n < 40; n += 1) {
    said = await belay('scan', scope);
    if (said.code !== 0) break;
    said = await belay('review', scope, '--out', 'plan.json');
    if (said.code !== 0) break;
    const { plan }: { plan: { digest: string; items: { key: string }[] } } = JSON.parse(
      readFileSync(join(folder, 'plan.json'), 'utf8'),
    );
    const keys = plan.items.map(({ key }) => key);
    if (keys.length >= orphans.length) return { digest: plan.digest, keys, said };
    await sleep(1_000);
  }
  return { digest: '', keys: [], said };
}

async function sweep(belay: Belay, digest: string): Promise<Said> {
  return await belay('sweep', digest, '--digest', digest);
}

async function takeAlerts(belay: Belay): Promise<void> {
  const { data } = await belay('alerts', 'list', '--json');
  const { alerts }: { alerts: { cause: string }[] } = JSON.parse(data);
  for (const { cause } of alerts) await belay('alerts', 'ack', cause, '--reason', 'looked at it');
}

async function signAndSweep(belay: Belay, { digest, said }: Ripe): Promise<Said> {
  if (digest === '') return said;
  await takeAlerts(belay);
  const signed = await belay('approve', digest, '--key', 'ann.pem', '--by', 'ann', '--digest', digest);
  return signed.code === 0 ? await sweep(belay, digest) : signed;
}

async function closeBreaker(belay: Belay): Promise<Said> {
  await takeAlerts(belay);
  return await belay('breaker', 'close', scope, '--reason', 'the database is back');
}

/** The versions of objects under these keys, without the markers in front of them. */
async function versionsOf(s3: S3, keys: readonly string[]): Promise<string> {
  const all = await versionsIn(s3);
  return JSON.stringify(all.filter(({ key, isMarker }) => keys.includes(key) && !isMarker));
}

async function versionsIn(s3: S3) {
  const { Versions = [], DeleteMarkers = [] } = await s3.listObjectVersions({
    Bucket: bucket,
    Prefix: 'archives/',
  });
  const plain =
    (isMarker: boolean) => (one: { Key?: string | undefined; VersionId?: string | undefined }) => ({
      key: one.Key ?? '',
      version: one.VersionId,
      isMarker,
    });
  const all = [...Versions.map(plain(false)), ...DeleteMarkers.map(plain(true))];
  return all.filter(({ key }) => [...needed, ...orphans].includes(key));
}

async function isShown(s3: S3, key = ''): Promise<boolean> {
  return await s3.headObject({ Bucket: bucket, Key: key }).then(
    () => true,
    () => false,
  );
}

async function listening() {
  const heard: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      heard.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { port, heard, close: () => new Promise((resolve) => server.close(resolve)) };
}
