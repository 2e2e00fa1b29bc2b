// What a whole scan does around its rules: what it writes down, what it is held against, how it stops, and what people
// read of it.

import { err, errAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import { type ItemBatch, itemBatch } from '../src/batch.ts';
import type { SideStream } from '../src/call.ts';
import type { Registry } from '../src/registry.ts';
import { scanText } from '../src/scan/report.ts';
import { scannerError } from '../src/scanner-error.ts';
import { breaking, otherEntries, otherItems } from './lies.ts';
import { archive, dayMs, keyOf, owner, ripen, type World, world } from './world.ts';

const scan = async (one: World, how: Parameters<World['reopen']>[0] = {}) => {
  one.clock.pass(dayMs);
  return (await one.reopen(how).scanner.scan())._unsafeUnwrap();
};
const rulesOf = async (one: World, how: Parameters<World['reopen']>[0]) =>
  (await scan(one, how)).doubts.map(({ rule }) => rule);

test('a scan tells how far it has come, on each side, and begins again at nothing the next time', async () => {
  const one = world();
  one.clock.pass(dayMs);
  const told: (readonly [string, number])[] = [];
  const call = {
    onProgress: ({ side, keys }: { side: string; keys: number }) => void told.push([side, keys]),
  };
  (await one.scanner.scan(call))._unsafeUnwrap();
  expect(told.filter(([side]) => side === 'backups').map(([, keys]) => keys)).toEqual([16, 32, 48, 63]);
  expect(told.filter(([side]) => side === 'orders').at(-1)).toEqual(['orders', 63]);
});

test('a complete scan writes down when it began, what each side attested, and how it ended', async () => {
  const one = world();
  const { run } = await scan(one);
  const lines = one.ledger.log
    .ofRun(run)
    ._unsafeUnwrap()
    .map(({ event }) => event);
  expect(lines.map(({ kind }) => kind)).toEqual(['scan-started', 'attested', 'attested', 'scan-completed']);
  expect(lines[1]).toMatchObject({ side: 'backups', statement: { count: 63 }, seen: { count: 63 } });
  expect(lines[2]).toMatchObject({ side: 'orders', seen: { count: 63, sample: expect.any(Object) } });
  expect(lines[3]).toMatchObject({ number: 1, positions: { orders: expect.any(String) } });
});

test('an inconclusive scan writes its doubts down and changes no flag', async () => {
  const one = world();
  one.archive('orphan.tar', 'owner-1', { entry: false });
  await one.days(2);
  const before = one.ledger.db.prepare("SELECT value FROM meta WHERE name = 'flags'").get();
  const short = await scan(one, {
    inventory: (honest) => ({
      ...honest,
      read: (ask) => otherItems(honest.read(ask), (items) => items.slice(0, 20)),
    }),
  });
  expect(short.outcome).toBe('inconclusive');
  expect(one.ledger.log.last('scan-inconclusive')._unsafeUnwrap()?.event.doubts).toEqual(short.doubts);
  expect(one.ledger.db.prepare("SELECT value FROM meta WHERE name = 'flags'").get()).toEqual(before);
  expect(one.ledger.log.last('scan-completed')._unsafeUnwrap()?.event.number).toBe(2);
});

test('a registry is asked what was deleted since the position of the last complete scan', async () => {
  const one = world();
  const asked: (string | undefined)[] = [];
  const listening = {
    registry: (honest: Registry): Registry => ({
      ...honest,
      read: (request) => {
        asked.push(request.since);
        return honest.read(request);
      },
    }),
  };
  await scan(one, listening);
  one.registry.drop(keyOf('needed-00.tar'), { recorded: true });
  await scan(one, listening);
  await scan(one, listening);
  expect(asked).toEqual([undefined, '0', '1']);
});

test('what the scanner itself took between two scans is no loss, and what others took is', async () => {
  const one = world({
    policy: (plain) => ({ ...plain, belief: { ...plain.belief, shrink: { rows: 1, share: 0.01 } } }),
  });
  for (let n = 0; n < 6; n += 1) one.archive(`orphan-${n}.tar`, 'owner-1', { entry: false });
  const plan = await ripen(one);
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect((await scan(one)).doubts).toEqual([]);
  // Long gone, it explains nothing any more.
  for (let n = 1; n < 5; n += 1) one.store.lose(keyOf(`needed-0${n}.tar`));
  expect((await scan(one)).doubts.map(({ rule }) => rule)).toContain('shrank-too-much');
});

test('with the counts kept, the next scan is held against the old ones; begun anew, only that one scan is not', async () => {
  const one = world();
  await one.days(2);
  for (let n = 0; n < 20; n += 1) one.store.lose(keyOf(`needed-${String(n).padStart(2, '0')}.tar`));
  expect((await scan(one)).doubts.map(({ rule }) => rule)).toContain('shrank-too-much');
  await one.attend('keep');
  expect((await scan(one)).outcome).toBe('inconclusive');
  await one.attend('begin-anew');
  expect((await scan(one)).outcome).toBe('complete');
  for (let n = 20; n < 40; n += 1) one.store.lose(keyOf(`needed-${n}.tar`));
  expect((await scan(one)).outcome).toBe('inconclusive');
});

test('a batch out of order, a broken stream, and one that merely stops end the scan, and every stream is told to stop', async () => {
  const broken: readonly ((honest: SideStream<ItemBatch>) => SideStream<ItemBatch>)[] = [
    async function* (honest) {
      const first = await honest.next();
      if (first.done !== true) yield first.value;
      if (first.done !== true) yield first.value;
      return err(scannerError('unavailable', 'never reached'));
    },
    async function* (honest) {
      const first = await honest.next();
      if (first.done !== true) yield first.value;
      return err(scannerError('unavailable', 'connection lost'));
    },
    async function* (honest) {
      const first = await honest.next();
      if (first.done !== true) yield first.value;
      // A generator in plain JavaScript that was written without `return`.
      return undefined as never;
    },
  ];
  const said = ['came twice', 'connection lost', 'merely stopped'];
  for (const [n, lie] of broken.entries()) {
    const one = world();
    one.clock.pass(dayMs);
    let ended = 0;
    const { scanner } = one.reopen({
      inventory: (honest) => ({ ...honest, read: (ask) => lie(honest.read(ask)) }),
      registry: (honest) => ({
        ...honest,
        async *read(ask) {
          try {
            return yield* honest.read(ask);
          } finally {
            ended += 1;
          }
        },
      }),
    });
    const report = (await scanner.scan())._unsafeUnwrap();
    expect(report.outcome).toBe('inconclusive');
    expect(report.doubts[0]?.message).toMatch(n === 0 ? /ascending|twice/ : new RegExp(said[n] ?? ''));
    expect(ended).toBe(1);
  }
});

test('a registry that breaks off in its middle, or whose batches cannot be read, is not one that has ended', async () => {
  const lies: readonly ((honest: Registry) => Partial<Registry>)[] = [
    (honest) => ({ read: (ask) => breaking(honest.read(ask), 1, 'error') }),
    (honest) => ({ read: (ask) => breaking(honest.read(ask), 2, 'throw') }),
    (honest) => ({
      async *read(ask) {
        const stream = honest.read(ask);
        const first = await stream.next();
        if (first.done === true) return first.value;
        // Written in a language without types: there are no keys at all.
        yield { ...first.value, keys: undefined as never };
        return err(scannerError('unavailable', 'never reached'));
      },
    }),
    (honest) => ({
      async *read(ask) {
        const stream = honest.read(ask);
        for (;;) {
          const next = await stream.next();
          if (next.done === true) return next.value;
          const entry = (): never => {
            throw new Error('read after free');
          };
          yield { ...next.value, entry };
        }
      },
    }),
  ];
  for (const lie of lies) {
    const one = world();
    one.archive('orphan.tar', 'owner-1', { entry: false });
    const report = await scan(one, { registry: (honest) => ({ ...honest, ...lie(honest) }) });
    expect(report.outcome).toBe('inconclusive');
    expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('open');
  }
});

test('a ledger that fails in the middle of a scan ends it as itself', async () => {
  const one = world();
  one.archive('a-first-orphan.tar', 'owner-1', { entry: false });
  one.clock.pass(dayMs);
  const { scanner } = one.reopen({
    inventory: (honest) => ({
      ...honest,
      async *read(ask) {
        one.ledger.close();
        return yield* honest.read(ask);
      },
    }),
  });
  expect((await scanner.scan())._unsafeUnwrapErr().kind).toBe('ledger');
});

test('rows that are not what their batch says make a scan inconclusive, on either side', async () => {
  const one = world();
  one.archive('orphan.tar', 'owner-1', { entry: false });
  const items = await rulesOf(one, {
    inventory: (honest) => ({
      ...honest,
      async *read(ask) {
        const stream = honest.read(ask);
        for (;;) {
          const next = await stream.next();
          if (next.done === true) return next.value;
          const batch = next.value;
          const rows = Array.from({ length: batch.count }, (_, n) => batch.item(n));
          yield { ...itemBatch(rows), item: (n) => ({ ...batch.item(n), key: keyOf('another.tar') }) };
        }
      },
    }),
  });
  expect(items).toContain('rows-are-themselves');
});

test('a registry’s bytes are not held against anything, an inventory’s are', async () => {
  const one = world();
  const more = { bytes: 7 };
  const rows = await rulesOf(one, {
    registry: (honest) => ({
      ...honest,
      read: (ask) =>
        otherEntries(
          honest.read(ask),
          (entries) => entries,
          () => more,
        ),
    }),
  });
  expect(rows).toEqual([]);
  const items = await rulesOf(one, {
    inventory: (honest) => ({
      ...honest,
      read: (ask) =>
        otherItems(
          honest.read(ask),
          (all) => all,
          () => more,
        ),
    }),
  });
  expect(items).toEqual(['bytes-agree']);
});

test('a caller’s signal, a newer fence, a broken ledger and a mistake are no doubts about the sides', async () => {
  for (const kind of ['cancelled', 'fenced-out', 'ledger', 'invalid'] as const) {
    const one = world();
    one.clock.pass(dayMs);
    const { scanner } = one.reopen({
      registry: (honest) => ({ ...honest, plantCanaries: () => errAsync(scannerError(kind, 'x')) }),
    });
    expect((await scanner.scan())._unsafeUnwrapErr().kind).toBe(kind);
    expect(one.scanner.breaker()._unsafeUnwrap().state).toBe('closed');
  }
  const one = world();
  one.clock.pass(dayMs);
  const { scanner } = one.reopen({
    registry: (honest) => ({ ...honest, plantCanaries: () => errAsync(scannerError('unavailable', 'x')) }),
  });
  const report = (await scanner.scan())._unsafeUnwrap();
  expect(report).toMatchObject({ outcome: 'inconclusive', at: undefined, doubts: [{ rule: 'unavailable' }] });
  expect(scanText(report)).toContain(`Scan ${report.run} is inconclusive. Nothing was flagged`);
  expect(scanText(report)).toContain('  unavailable: x');
});

test('people read what was found, whose it is, what is in doubt, and what to do about it', async () => {
  const one = world();
  const gone = one.archive('orphan.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  const plain = scanText(await scan(one));
  expect(plain).not.toContain('in doubt');
  expect(plain).not.toContain('not stored');
  one.registry.put({ key: gone, kind: archive, owner: owner('owner-1'), state: 'needed' });
  const report = await scan(one);
  const text = scanText(report);
  expect(text).toContain('needed and not stored: 1. No entry was changed');
  expect(text).toContain(`owner-1: 1, such as ${gone} (orders)`);
  expect(text).toContain(
    `${gone} is needed and lies in quarantine: belay undo ${report.neededInQuarantine[0]?.run}`,
  );
  expect(text).toContain('backups: 63 keys');
  expect(scanText({ ...report, inDoubt: 2 })).toContain('in doubt, and so kept: 2');
  expect(scanText({ ...report, outcome: 'inconclusive' })).toContain(`(${report.at})`);
  const causes = one.alerts.raised.map(({ cause }) => cause);
  expect(causes).toContain('scanner/ledger-1/missing');
  expect(causes).toContain('scanner/ledger-1/needed-in-quarantine');
});

test('an alert about missing items, and one about a scan that is overdue, end when the trouble does', async () => {
  const one = world();
  await one.days(1);
  const lost = one.store.items().find(({ key }) => key === keyOf('needed-00.tar'));
  one.store.lose(keyOf('needed-00.tar'));
  await scan(one);
  one.clock.pass(3 * dayMs);
  expect((await one.scanner.checkOverdue())._unsafeUnwrap().isOverdue).toBe(true);
  const standing = async () => (await one.alerts.port.standing({}))._unsafeUnwrap().map(({ cause }) => cause);
  expect(await standing()).toEqual(['scanner/ledger-1/missing', 'scanner/ledger-1/overdue']);
  if (lost !== undefined) one.store.put(lost);
  await scan(one);
  expect(await standing()).toEqual([]);
});
