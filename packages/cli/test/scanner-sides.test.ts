// Sides of other kinds behind the same commands: a cloud, sides of one's own, and holds in registries.

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PgClient } from '@belay/scanner/postgres';
import { createSim, type ScaledClock, type Sim, scaledClock } from '@belay/sim';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { postgresHolds } from '../src/scanner/postgres-holds.ts';
import { showProgress } from '../src/scanner/progress.ts';
import { buildHouse, dayMs, type House } from './scanner-house.ts';

let house: House;
beforeEach(async () => {
  house = await buildHouse();
});
afterEach(() => house.tearDown());

test('the volumes of a cloud are scanned and reported, and a sweep of them is refused by name', async () => {
  const db = house.db;
  db.exec("CREATE VIEW volumes AS SELECT key, 'volume' AS kind, owner, state, ended_at FROM archive");
  disks();
  db.exec("INSERT INTO archive VALUES ('volume/vol-1', 'volume', 'ann', 'needed', NULL)");
  const asked = await house.belay('scan', 'disks', '--identify');
  expect(asked.code).toBe(0);
  house.config((all) => {
    all.scanner.disks.policy.expect = JSON.parse(asked.data).expect;
  });
  const scan = await house.belay('scan', 'disks');
  expect(scan.data).toContain('Complete: scan 1 of disks');
  expect(scan.data).toMatch(/Not needed {2}\d+ items?/);
  await house.belay('review', 'disks');
  expect(await house.belay('sweep', 'disks')).toMatchObject({
    code: 1,
    people: expect.stringContaining('scanner.disks.sweeper: is missing, so this config can only look'),
  });
});

test('volumes are swept by the cloud itself, and none that is attached is taken', async () => {
  house.db.exec("CREATE VIEW volumes AS SELECT key, 'volume' AS kind, owner, state, ended_at FROM archive");
  disks({ kind: 'cloud', cloud: 'toy' });
  const { data } = await house.belay('scan', 'disks', '--identify');
  house.config((all) => {
    all.scanner.disks.policy.expect = JSON.parse(data).expect;
    all.scanner.disks.policy.unknownOwners = 'flag';
  });
  // The registry needs a volume that is there, and knows nothing of those that servers use.
  const needed = aVolume('needed');
  house.db.prepare("INSERT INTO archive VALUES (?, 'volume', 'ann', 'needed', NULL)").run(`volume/${needed}`);
  for (let day = 0; day < 5; day += 1) {
    house.pass(dayMs);
    expect((await house.belay('scan', 'disks')).code).toBe(0);
  }
  const plan = JSON.parse((await house.belay('review', 'disks', '--json')).data);
  expect(plan.items.length).toBeGreaterThan(0);
  const swept = await house.belay('sweep', plan.digest, '--digest', plan.digest, '--json');
  expect(swept.code, swept.people).toBe(0);
  const { quarantined, stayed } = JSON.parse(swept.data).report;
  expect(quarantined).toEqual([]);
  expect(Object.keys(stayed[0].reasons)).toContain('nothing-depends-on-it');
});

test('a volume that nobody uses is put aside, brought back, and deleted only when its last snapshot is complete', async () => {
  house.db.exec("CREATE VIEW volumes AS SELECT key, 'volume' AS kind, owner, state, ended_at FROM archive");
  disks({ kind: 'cloud', cloud: 'toy' });
  house.config((all) => {
    all.clouds.toy.latenciesMs = { 'snapshots.create': [10, 20, 30], 'volumes.delete': [10, 20, 30] };
    all.scanner.disks.policy.unknownOwners = 'flag';
  });
  const { data } = await house.belay('scan', 'disks', '--identify');
  house.config((all) => {
    all.scanner.disks.policy.expect = JSON.parse(data).expect;
  });
  // Between two commands the world lies in its file, and somebody has forgotten a volume in it.
  inWorld(({ world }) => {
    const needed = Object.keys(world.state().volumes);
    for (const id of needed) {
      house.db.prepare("INSERT INTO archive VALUES (?, 'volume', 'ann', 'needed', NULL)").run(`volume/${id}`);
    }
  });
  const spare = aVolume('spare');
  const scanFor = async (days: number) => {
    for (let day = 0; day < days; day += 1) {
      house.pass(dayMs);
      const scan = await house.belay('scan', 'disks');
      expect(scan.code, scan.data + scan.people).toBe(0);
    }
  };
  const sweptPlan = async () => {
    const plan = JSON.parse((await house.belay('review', 'disks', '--json')).data);
    expect(plan.items.map(({ key }: { key: string }) => key)).toEqual([`volume/${spare}`]);
    const swept = await house.belay('sweep', plan.digest, '--digest', plan.digest, '--json');
    expect(swept.code, swept.people).toBe(0);
    return JSON.parse(swept.data).report;
  };
  const stateOf = () => inWorld(({ world }) => world.state().volumes[spare]?.state);
  await scanFor(5);
  const first = await sweptPlan();
  expect(first.quarantined).toHaveLength(1);
  // A cloud has no place to put it: it is where it was, marked, and listed no more.
  expect(await stateOf()).toBe('available');
  expect((await house.belay('scan', 'disks')).data).toContain('nothing: every item has an entry');
  expect((await house.belay('undo', first.run, '--reason', 'ann looks for it')).code).toBe(0);
  await scanFor(5);
  expect((await sweptPlan()).quarantined).toHaveLength(1);
  await scanFor(15);
  const purged = await house.belay('purge', 'disks', '--for-good', '--json');
  expect(JSON.parse(purged.data).report.deleted, purged.people).toEqual([`volume/${spare}`]);
  expect([undefined, 'gone']).toContain(await stateOf());
  const last = inWorld(({ world }) =>
    Object.values(world.state().snapshots).filter(({ tags }) => tags['belay:last-of'] === spare),
  );
  expect(last).toMatchObject([{ sizeGiB: 10, state: 'completed' }]);
}, 120_000);

/** What somebody does in the simulated cloud while no command has it open. */
function inWorld<T>(work: (sim: Sim<ScaledClock>) => T): T {
  const sim = createSim({ file: join(house.path, 'world.json'), clock: scaledClock(20) });
  try {
    return work(sim);
  } finally {
    sim.close();
  }
}

/** A volume that no server has. */
function aVolume(name: string): string {
  return inWorld(({ world }) => {
    const [zone = ''] = Object.keys(world.state().zones);
    const [diskType = ''] = Object.keys(world.state().diskTypes);
    return world.seed.volume({ name, zone, sizeGiB: 10, diskType });
  });
}

/** A scope over the volumes of a simulated cloud. */
function disks(sweeper?: object): void {
  house.config((all) => {
    const { policy } = all.scanner.offsite;
    const amount = { items: 10, bytes: 2 ** 42 };
    const share = { total: 1, owner: 1, prefix: 1 };
    const caps = { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 1 };
    const toy = { kind: 'sim', file: 'world.json', shop: true };
    all.clouds = { toy };
    all.scanner.disks = {
      ledger: 'disks.db',
      inventory: { kind: 'cloud', cloud: 'toy', of: 'volumes', environment: 'production' },
      registries: { shop: { kind: 'sqlite', path: 'shop.db', view: 'volumes', covers: ['volume'] } },
      ...(sweeper && { sweeper }),
      policy: {
        ...policy,
        scope: { prefixes: ['volume/'], kinds: ['volume'] },
        references: { volume: ['shop'] },
        withoutCanaries: ['disks'],
        copies: { volume: { active: 0, ended: 0 } },
        caps: { 'no-entry': caps, 'owner-ended': caps },
      },
    };
  });
}

test('an export is scanned and reported on, and nothing is swept by what a file says', async () => {
  for (let n = 1; n <= 4; n += 1) house.store(`archives/ann/${n}.tar`);
  house.store('archives/ann/old.tar', { forgotten: true });
  // In an order of its own: it is sorted on the disk.
  const rows = [3, 1, 4, 2].map((n) => `archives/ann/${n}.tar,archive,ann,needed,`);
  const csv = `key,kind,owner,state,ended_at\n${rows.join('\n')}\n`;
  const exported = (): void => {
    const at = new Date(house.now()).toISOString();
    const manifest = {
      source: { id: 'export:shop', environment: 'production', schema: '3' },
      rows: rows.length,
      sha256: createHash('sha256').update(csv).digest('hex'),
      startedAt: at,
      endedAt: at,
    };
    writeFileSync(join(house.path, 'rows.csv'), csv);
    writeFileSync(join(house.path, 'rows.csv.manifest.json'), JSON.stringify(manifest));
  };
  exported();
  house.config((all) => {
    const { offsite } = all.scanner;
    offsite.registries.orders = {
      kind: 'file',
      path: 'rows.csv',
      covers: ['archive'],
      maxAgeMs: dayMs / 2,
      temporaryFolder: 'sort',
    };
    offsite.policy.withoutCanaries = ['orders'];
  });
  const { data } = await house.belay('scan', 'offsite', '--identify');
  house.config((all) => {
    all.scanner.offsite.policy.expect = JSON.parse(data).expect;
  });
  for (let day = 0; day < 5; day += 1) {
    house.pass(dayMs);
    exported();
    const scan = await house.belay('scan', 'offsite');
    expect(scan.code, scan.data + scan.people).toBe(0);
  }
  const plan = JSON.parse((await house.belay('review', 'offsite', '--json')).data);
  expect(plan.items.map(({ key }: { key: string }) => key)).toEqual(['archives/ann/old.tar']);
  const swept = await house.belay('sweep', plan.digest, '--digest', plan.digest);
  expect(swept).toMatchObject({ code: 11, data: expect.stringContaining('it cannot be asked about now') });
  expect(existsSync(join(house.path, 'store/archives/ann/old.tar'))).toBe(true);
});

test('sides of your own come from a config that is a program', async () => {
  rmSync(join(house.path, 'belay.config.json'));
  const neverthrow = import.meta.resolve('neverthrow');
  writeFileSync(
    join(house.path, 'belay.config.mjs'),
    `import { errAsync, okAsync } from '${neverthrow}';
     const down = () => errAsync({ kind: 'unavailable', message: 'tapes: the robot is stuck.', source: 'tapes' });
     const inventory = { name: 'tapes', kinds: ['archive'], now: down, plantCanaries: down, look: down,
       read: async function* () { yield* []; } };
     const registry = { name: 'orders', covers: ['archive'], now: () => okAsync(new Date().toISOString()),
       plantCanaries: down, lookUp: down, claim: down, release: down, read: async function* () { yield* []; } };
     const amount = { items: 1, bytes: 1 };
     const caps = { run: amount, day: amount, thirtyDays: amount, share: { total: 1, owner: 1, prefix: 1 }, shareFromItems: 1 };
     const bound = { rows: 1, share: 1 };
     const who = { id: 'x', environment: 'production', schema: '1' };
     export default {
       alerts: { targets: { anna: { kind: 'own', target: { send: () => okAsync(undefined) } } }, chain: { rungs: [{ tell: ['anna'] }] } },
       scanner: { tapes: { ledger: 'tapes.db', inventory: { kind: 'own', inventory }, registries: { orders: { kind: 'own', registry } },
         policy: { environment: 'production', scope: { prefixes: ['a/'], kinds: ['archive'] },
           expect: { inventory: who, registries: { orders: who } }, references: { archive: ['orders'] }, withoutCanaries: [],
           scans: { count: 2, graceMs: 1, periodMs: 1, minAgeMs: 1 }, ownerEnded: { graceMs: 1, newOwners: 1 }, unknownOwners: 'keep',
           belief: { clockToleranceMs: 1, unknownShare: 0.1, shrink: bound, growth: bound, vanished: bound },
           caps: { 'no-entry': caps, 'owner-ended': caps }, copies: { archive: { active: 0, ended: 0 } }, selfDescription: 'not-used',
           undoWindowMs: 1, approval: { approvers: [], twoAbove: amount, planValidMs: 1 } } } },
     };`,
  );
  const scan = await house.belay('scan', 'tapes');
  expect(scan).toMatchObject({ code: 3, data: expect.stringContaining('tapes: the robot is stuck.') });
  const hold = await house.belay('hold', 'add', 'tapes', 'a/1', '--reason', 'court');
  expect(hold).toMatchObject({ code: 1, people: expect.stringContaining('no side of tapes keeps holds') });
});

test('a hold that comes while a sweep has its claim on the key is refused, and says to look again', async () => {
  house.store('archives/ann/1.tar');
  house.db.prepare("INSERT INTO belay_claim VALUES ('archives/ann/1.tar', 'sweep-7', 12)").run();
  const answer = await house.belay('hold', 'add', 'offsite', 'archives/ann/1.tar', '--reason', 'court');
  expect(answer).toMatchObject({ code: 11, people: expect.stringContaining('sweep-7 has a claim on') });
  expect((await house.belay('hold', 'list', 'offsite')).data).toBe('Nothing of offsite is held.\n');
});

test('a hold in PostgreSQL takes the claim in its own transaction, and leaves nothing where somebody else has it', async () => {
  const asked: string[] = [];
  const server = (claimed: boolean) => (): PgClient => ({
    connect: async () => undefined,
    end: async () => undefined,
    on: () => undefined,
    query: async (sql) => {
      asked.push(sql.split(' ').slice(0, 3).join(' '));
      const isTaken = claimed && sql.includes('.claim (key, holder)');
      return { rows: /RETURNING/.test(sql) && !isTaken ? [{ key: 'a' }] : [] };
    },
  });
  const held = { key: 'a', by: 'ann', reason: 'court' };
  const free = postgresHolds({ name: 'orders', client: server(false), schema: 'bel"ay' });
  expect((await free.add(held))._unsafeUnwrap()).toBe('added');
  expect(asked).toEqual([
    'BEGIN',
    'INSERT INTO "bel""ay".claim',
    'INSERT INTO "bel""ay".hold',
    'DELETE FROM "bel""ay".claim',
    'COMMIT',
  ]);
  asked.length = 0;
  const busy = postgresHolds({ name: 'orders', client: server(true) });
  expect((await busy.add(held))._unsafeUnwrapErr()).toMatchObject({ kind: 'needed' });
  expect(asked).toEqual(['BEGIN', 'INSERT INTO "belay".claim', 'ROLLBACK']);
});

test('who waits sees a line a second on a terminal and one in half a minute elsewhere, also from a side that hangs', () => {
  for (const isTty of [true, false]) {
    let nowMs = 0;
    let timers: { atMs: number; callback: () => void }[] = [];
    const drawn: string[] = [];
    const said: string[] = [];
    const clock = {
      now: () => nowMs,
      after(delayMs: number, callback: () => void) {
        const timer = { atMs: nowMs + delayMs, callback };
        timers.push(timer);
        return () => {
          timers = timers.filter((one) => one !== timer);
        };
      },
    };
    const out = {
      data: () => undefined,
      say: (line: string) => said.push(line),
      draw: (text: string) => drawn.push(text),
    };
    const line = showProgress(
      { out, clock, terminal: { columns: 20, colour: false, isTty } },
      (ms) => `${ms} ms, and a long tail`,
    );
    for (nowMs = 0; nowMs <= 60_000; nowMs += 500) {
      const due = timers.filter(({ atMs }) => atMs <= nowMs);
      timers = timers.filter(({ atMs }) => atMs > nowMs);
      for (const { callback } of due) callback();
    }
    line.end();
    expect(timers).toEqual([]);
    expect([drawn.length, said.length]).toEqual(isTty ? [61, 0] : [0, 2]);
    if (isTty) expect(drawn[0]).toBe('\r\u001b[2K1000 ms, and a lon…');
  }
});

test('an account whose sweeper is the cloud of its inventory is refused', async () => {
  disks({ kind: 'cloud', cloud: 'fra' });
  house.config((all) => {
    all.clouds = {
      fra: {
        kind: 'aws',
        account: 'shop',
        region: 'eu-central-1',
        credentials: { accessKeyId: { env: 'ID' }, secretAccessKey: { env: 'KEY' } },
      },
    };
    const { disks: scope, offsite } = all.scanner;
    scope.inventory.cloud = 'fra';
    scope.policy.expect = {
      ...offsite.policy.expect,
      registries: { shop: offsite.policy.expect.registries.orders },
    };
  });
  const answer = await house.belayIn({ env: () => 'x' }, 'adopt', 'disks', '--reason', 'x');
  expect(answer).toMatchObject({
    code: 1,
    people: expect.stringContaining('sweeper.cloud: is that of the inventory'),
  });
});

test('a bucket whose sweeper has the credentials of its inventory is refused', async () => {
  mkdirSync(join(house.path, 'keys'));
  writeFileSync(join(house.path, 'keys/id'), 'AKIA\n');
  house.config((all) => {
    const credentials = { accessKeyId: { file: 'keys/id' }, secretAccessKey: { file: 'keys/id' } };
    const { offsite } = all.scanner;
    offsite.inventory = {
      kind: 's3',
      bucket: 'b',
      region: 'eu-west-1',
      credentials,
      keys: offsite.inventory.keys,
    };
    offsite.sweeper = { kind: 's3', credentials };
  });
  const answer = await house.belay('adopt', 'offsite', '--reason', 'x');
  expect(answer).toMatchObject({
    code: 1,
    people: expect.stringContaining('sweeper.credentials: are those of the inventory'),
  });
});
