// What becomes of an act: where the store shows a thing afterwards decides, whatever the store has answered. Every pair
// of the two has its line here, and so has every guard around the act.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errAsync, okAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { RunId } from '../src/key.ts';
import type { Act } from '../src/ledger/event.ts';
import type { TrashRow } from '../src/ledger/trash.ts';
import { openLedger } from '../src/ledger.ts';
import type { Removed, Remover, Whereabouts } from '../src/remover.ts';
import { scannerError } from '../src/scanner-error.ts';
import { judgeAct } from '../src/sweep/act.ts';
import { openSweeper } from '../src/sweeper.ts';
import { archive, dayMs, keyOf, owner, ripen, type World, type WorldOptions, world } from './world.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-acts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const key = keyOf('a');
const row: TrashRow = {
  run: 'run' as RunId,
  key,
  kind: archive,
  owner: owner('ann'),
  prefix: 'archives/' as TrashRow['prefix'],
  class: 'no-entry',
  version: 'v1',
  sizeBytes: 1,
  verified: true,
  token: 'old',
  state: 'intended',
  atMs: 0,
  untilMs: 1,
};
const stored = (version = 'v1'): Whereabouts => ({ key, at: 'stored', version });
const aside = (version = 'v1'): Whereabouts => ({ key, at: 'quarantine', version, token: 'new' });
const gone: Whereabouts = { key, at: 'gone' };
const dark: Whereabouts = { key, at: 'unknown', message: 'timeout' };
const done: Removed = { key, outcome: 'done', token: 'new' };
const no = (because: 'absent' | 'held'): Removed => ({ key, outcome: 'refused', because, message: 'no' });

function judged(act: Act, place?: Whereabouts, answer?: Removed) {
  const said = new Map(answer === undefined ? [] : [[key as string, answer] as const]);
  const places = new Map(place === undefined ? [] : [[key as string, place] as const]);
  const one = judgeAct(act, [row], said, places);
  return { ...one, state: one.states.get(key)?.state ?? 'in doubt', token: one.states.get(key)?.token };
}

test('where a thing is afterwards says what became of the act', () => {
  const cases: readonly (readonly [Act, Whereabouts | undefined, Removed | undefined, string])[] = [
    ['quarantine', undefined, done, 'in doubt'],
    ['quarantine', dark, done, 'in doubt'],
    ['quarantine', aside(), undefined, 'quarantined'],
    ['quarantine', aside(), no('held'), 'quarantined'],
    ['quarantine', stored(), done, 'untouched'],
    ['quarantine', stored('v2'), undefined, 'untouched'],
    ['quarantine', gone, no('absent'), 'untouched'],
    ['quarantine', gone, no('held'), 'lost'],
    ['quarantine', gone, done, 'lost'],
    ['quarantine', gone, undefined, 'lost'],
    ['restore', undefined, done, 'in doubt'],
    ['restore', dark, done, 'in doubt'],
    ['restore', aside(), done, 'quarantined'],
    ['restore', stored(), undefined, 'restored'],
    ['restore', stored('v2'), undefined, 'restored'],
    ['restore', gone, done, 'lost'],
    ['restore', gone, no('absent'), 'lost'],
    ['delete', undefined, done, 'in doubt'],
    ['delete', dark, done, 'in doubt'],
    ['delete', aside(), done, 'quarantined'],
    ['delete', gone, undefined, 'deleted'],
    ['delete', gone, no('absent'), 'deleted'],
    ['delete', stored(), done, 'restored'],
    ['delete', stored('v2'), done, 'lost'],
  ];
  for (const [act, place, answer, state] of cases) {
    expect(judged(act, place, answer).state, `${act}, ${place?.at}, ${answer?.outcome}`).toBe(state);
  }
});

test('what is done, left, in doubt, wrong or mistaken is told apart, with its token and the store’s words', () => {
  const taken = judged('quarantine', aside(), done);
  expect(taken.done).toMatchObject([{ key, state: 'quarantined', token: 'new' }]);
  expect(taken).toMatchObject({ untouched: [], inDoubt: [], mistaken: [], wrong: [], token: 'new' });
  expect(taken.outcomes).toEqual([{ key, outcome: 'done', token: 'new' }]);

  const left = judged('quarantine', stored(), no('held'));
  expect(left).toMatchObject({
    done: [],
    untouched: [{ message: 'no' }],
    inDoubt: [],
    wrong: [],
    token: 'old',
  });
  expect(left.outcomes).toEqual([{ key, outcome: 'refused', message: 'no' }]);
  expect(judged('quarantine', stored(), done).outcomes).toEqual([
    { key, outcome: 'refused', message: 'It is as it was.' },
  ]);

  const doubtful = judged('quarantine', dark, { key, outcome: 'unknown', message: 'socket hang up' });
  expect(doubtful).toMatchObject({ done: [], untouched: [], inDoubt: [{ key }], wrong: [] });
  expect(doubtful.outcomes).toEqual([{ key, outcome: 'unknown', message: 'socket hang up' }]);
  expect(judged('quarantine', dark).outcomes).toEqual([{ key, outcome: 'unknown' }]);

  expect(judged('delete', stored('v2')).wrong).toEqual([
    `${key} is neither stored nor in quarantine after a delete.`,
  ]);
  const other = judged('quarantine', aside('v2'), done);
  expect(other.wrong).toEqual([`Version v2 of ${key} was taken in place of v1.`]);
  expect(other.mistaken).toMatchObject([{ key, token: 'new', state: 'quarantined' }]);
  // A key that was written anew while its old version lay in quarantine is nobody's mistake.
  expect(judged('restore', stored('v2'))).toMatchObject({ wrong: [], mistaken: [] });
});

async function ready(options: WorldOptions = {}) {
  const one = world(options);
  const orphan = one.archive('orphan.tar', 'owner-1', { entry: false });
  return { one, orphan, plan: await ripen(one) };
}

const isOpen = (one: World) => one.scanner.breaker()._unsafeUnwrap().state === 'open';
const drill = { by: 'ann', reason: 'drill' };

test('a store that keeps no mark is swept under the ledger’s fence alone; any other failure to mark it ends the run', async () => {
  const { one, plan, orphan } = await ready();
  const marking = (kind: 'unsupported' | 'unavailable') =>
    one.reopen({
      remover: (honest) => ({ ...honest, raiseFence: () => errAsync(scannerError(kind, 'no')) }),
    });
  expect((await marking('unavailable').sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unavailable');
  expect(one.keys()).toContain(orphan);
  const swept = (await marking('unsupported').sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept.quarantined).toMatchObject([{ key: orphan }]);
});

test('a mark of another fence, or of another ledger at the same fence, ends a run before its act', async () => {
  for (const change of [{ fence: 999 }, { ledger: 'ledger-2' }]) {
    const { one, plan, orphan } = await ready();
    const { sweeper } = one.reopen({
      registry: (honest) => ({
        ...honest,
        claim: (keys, call) => {
          one.store.mark({ ledger: 'ledger-1', fence: call.fence, ...change });
          return honest.claim(keys, call);
        },
      }),
    });
    expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('fenced-out');
    expect(one.keys()).toContain(orphan);
  }
});

test('a mark as high as this ledger’s next fence is another’s, and one below it is not', async () => {
  const { one, plan } = await ready();
  const fence = one.ledger.fence()._unsafeUnwrap();
  one.store.mark({ ledger: 'ledger-1', fence: fence + 1 });
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('fenced-out');
  one.store.mark({ ledger: 'ledger-1', fence: fence + 1 });
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().outcome).toBe('done');
});

test('a store that remembers a line which this ledger does not hold is not swept by it', async () => {
  const { one, plan, orphan } = await ready();
  const head = one.ledger.log.head()._unsafeUnwrap() ?? { seq: 0, hash: '' };
  for (const line of [
    { ...head, hash: 'another' },
    { ...head, seq: head.seq + 1 },
  ]) {
    one.store.mark({ ledger: 'ledger-1', fence: 1, line });
    const refused = (await one.sweeper.sweep(plan, []))._unsafeUnwrapErr();
    expect(refused.kind).toBe('fenced-out');
    expect(refused.message).toContain(`line ${line.seq}`);
    expect(one.keys()).toContain(orphan);
  }
  one.store.mark({ ledger: 'ledger-1', fence: 1, line: head });
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().outcome).toBe('done');
});

test('a sweeper whose ledger knows of no complete scan does nothing', async () => {
  expect((await world().sweeper.purge())._unsafeUnwrapErr().kind).toBe('not-believed');
});

/** The process dies at the moment of an act; another one begins on the same ledger. */
async function dying(act: 'restore' | 'delete') {
  const path = join(folder, `${act}.db`);
  const { one, plan, orphan } = await ready({ ledgerPath: path });
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(15);
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      [act]: () => {
        one.ledger.close();
        return errAsync(scannerError('unavailable', 'the process has died'));
      },
    }),
  });
  const ended = act === 'restore' ? await sweeper.undo(run, drill) : await sweeper.purge();
  expect(ended._unsafeUnwrapErr().kind).toBe('ledger');
  const ledger = openLedger({ path, id: 'x' })._unsafeUnwrap();
  const options = {
    name: 'next',
    policy: one.policy,
    ledger,
    inventory: one.store.inventory,
    registries: [one.registry.port] as const,
    alerts: one.alerts.port,
    clock: one.clock,
    nonce: () => 'next',
  };
  const open = (remover: Remover) => openSweeper({ ...options, remover })._unsafeUnwrap();
  return { one, run, orphan, ledger, open };
}

test('an undo that died in the middle is settled by looking, and begun again', async () => {
  const { one, run, orphan, ledger, open } = await dying('restore');
  expect(ledger.trash.ofRun(run)[0]?.state).toBe('restoring');
  const next = open(one.store.remover);
  expect((await next.undo(run, drill))._unsafeUnwrap().restored).toEqual([orphan]);
  // A second time there is nothing to bring back.
  expect((await next.undo(run, drill))._unsafeUnwrap()).toMatchObject({ restored: [], notYet: [], gone: [] });
  ledger.close();
});

test('a purge that died in the middle is settled by looking; what nobody can tell opens the breaker', async () => {
  const { one, run, orphan, ledger, open } = await dying('delete');
  expect(ledger.trash.ofRun(run)[0]?.state).toBe('deleting');
  const blind = open({
    ...one.store.remover,
    find: (items) => okAsync(items.map((item) => ({ key: item.key, at: 'unknown', message: 'no' }) as const)),
  });
  expect((await blind.purge())._unsafeUnwrapErr().kind).toBe('breaker-open');
  expect(ledger.log.last('breaker-opened')._unsafeUnwrap()?.event.doubts).toMatchObject([
    { rule: 'act-in-doubt' },
  ]);
  const dead = open({ ...one.store.remover, find: () => errAsync(scannerError('unavailable', 'no')) });
  expect((await dead.purge())._unsafeUnwrapErr().kind).toBe('unavailable');
  const next = open(one.store.remover);
  expect((await next.undo(run, drill))._unsafeUnwrap().restored).toEqual([orphan]);
  ledger.close();
});

test('an undo tells what is still in quarantine and why, and what is gone', async () => {
  const { one, plan, orphan } = await ready();
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  const held = one.reopen({
    remover: (honest) => ({
      ...honest,
      restore: (items) =>
        okAsync(
          items.map(
            (item) =>
              ({ key: item.key, outcome: 'refused', because: 'denied', message: 'AccessDenied' }) as const,
          ),
        ),
    }),
  });
  expect((await held.sweeper.undo(run, drill))._unsafeUnwrap()).toMatchObject({
    restored: [],
    notYet: [{ key: orphan, why: 'AccessDenied' }],
  });
  expect(isOpen(one)).toBe(false);
  const blind = one.reopen({
    remover: (honest) => ({
      ...honest,
      find: (items) =>
        okAsync(items.map((item) => ({ key: item.key, at: 'unknown', message: 'no' }) as const)),
      restore: () => errAsync(scannerError('unavailable', 'socket hang up')),
    }),
  });
  expect((await blind.sweeper.undo(run, drill))._unsafeUnwrap()).toMatchObject({
    restored: [],
    notYet: [{ key: orphan, why: 'The store does not say what became of it.' }],
  });
  expect(isOpen(one)).toBe(true);
  const [said] = one.alerts.raised.filter(({ detail }) => detail.includes('socket hang up'));
  expect(said?.detail).toContain(`restore of ${orphan}`);
  await one.attend();
  await one.days(15);
  (await one.sweeper.purge())._unsafeUnwrap();
  expect((await one.sweeper.undo(run, drill))._unsafeUnwrap()).toMatchObject({
    restored: [],
    gone: [orphan],
  });
  expect(one.ledger.log.last('undo-asked')._unsafeUnwrap()?.event).toMatchObject({ run, ...drill });
});

test('what is lost out of quarantine is told at the purge, and opens the breaker', async () => {
  const { one, plan, orphan } = await ready();
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(15);
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      find: (items) =>
        okAsync(items.map((item) => ({ key: item.key, at: 'stored', version: 'v9' }) as const)),
    }),
  });
  expect((await sweeper.purge())._unsafeUnwrap().deleted).toEqual([]);
  expect(isOpen(one)).toBe(true);
  expect(one.ledger.trash.ofKey(orphan)?.state).toBe('lost');
});

test('a purge tells what stayed and why, and only that; what a registry cannot tell about is said so', async () => {
  const one = world();
  const keys = ['orphan-1.tar', 'orphan-2.tar', 'orphan-3.tar'].map((name) =>
    one.archive(name, 'owner-1', { entry: false }),
  );
  (await one.sweeper.sweep(await ripen(one), []))._unsafeUnwrap();
  await one.days(15);
  one.registry.hold(keys[0] ?? key, 'held');
  one.registry.put({ key: keys[1] ?? key, kind: archive, state: 'unknown' });
  const purged = (await one.sweeper.purge())._unsafeUnwrap();
  expect(purged.deleted).toEqual([keys[2]]);
  expect(purged.stayed.map((one) => one.key)).toEqual(keys.slice(0, 2));
  expect(purged.stayed[0]?.why).toContain('holds it');
  expect(purged.stayed[1]?.why).toContain('cannot tell about it');
});

test('what was lost while nobody looked opens the breaker when it is settled, and is asked for by its token', async () => {
  const { one, run, orphan, ledger, open } = await dying('restore');
  const asked: object[] = [];
  const next = open({
    ...one.store.remover,
    find: (items) => {
      asked.push(...items);
      return okAsync(items.map((item) => ({ key: item.key, at: 'gone' }) as const));
    },
  });
  expect((await next.undo(run, drill))._unsafeUnwrap()).toMatchObject({ restored: [], gone: [orphan] });
  expect(asked).toMatchObject([{ key: orphan, token: ledger.trash.ofRun(run)[0]?.token }]);
  expect(ledger.trash.ofRun(run)[0]?.state).toBe('lost');
  expect(ledger.log.last('breaker-opened')._unsafeUnwrap()?.event.doubts).toMatchObject([
    { rule: 'act-as-asked' },
  ]);
  ledger.close();
});

test('a sweep writes down that it began and how it ended; a plan that nobody approved is not even tried on the store', async () => {
  const { one, plan } = await ready({
    policy: (plain) => ({
      ...plain,
      caps: { ...plain.caps, 'no-entry': { ...plain.caps['no-entry'], run: { items: 1, bytes: 50 } } },
    }),
  });
  one.alerts.acknowledge('scanner/ledger-1/beyond-limits');
  let probes = 0;
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      prove: (call) => {
        probes += 1;
        return honest.prove(call);
      },
    }),
  });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('not-approved');
  expect(probes).toBe(0);
  const { run } = (await sweeper.sweep(plan, one.sign(plan, 'ann')))._unsafeUnwrap();
  const said = one.ledger.log
    .ofRun(run)
    ._unsafeUnwrap()
    .map(({ event }) => event);
  expect(said.map(({ kind }) => kind)).toEqual(['sweep-started', 'intended', 'done', 'sweep-ended']);
  expect(said[0]).toMatchObject({ plan: plan.digest, items: 1, bytes: 100, signedBy: ['ann'] });
  expect(said[3]).toMatchObject({ outcome: 'done' });
});

test('a store that cannot be asked where things are leaves the act in doubt', async () => {
  const { one, plan, orphan } = await ready();
  const { sweeper } = one.reopen({
    remover: (honest) => ({ ...honest, find: () => errAsync(scannerError('unavailable', 'no')) }),
  });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrap()).toMatchObject({
    outcome: 'stopped',
    quarantined: [],
  });
  expect(one.ledger.trash.ofKey(orphan)?.state).toBe('intended');
  expect(isOpen(one)).toBe(true);
});

test('where nothing of a batch may go, nothing is begun; what the store refuses is told in its words', async () => {
  const { one, plan, orphan } = await ready();
  one.store.hold(orphan, 'held');
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(one.ledger.log.last('intended')._unsafeUnwrap()).toBeUndefined();
  const two = await ready();
  const { sweeper } = two.one.reopen({
    remover: (honest) => ({
      ...honest,
      quarantine: (items) =>
        okAsync(
          items.map(
            (item) => ({ key: item.key, outcome: 'refused', because: 'denied', message: 'no' }) as const,
          ),
        ),
    }),
  });
  const swept = (await sweeper.sweep(two.plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({
    outcome: 'done',
    stayed: [{ key: two.orphan, reasons: { 'store-refused': 'no' } }],
  });
});

test('the store is asked for a thing by the token that it has just given, and later by the one that is kept', async () => {
  const { one, plan } = await ready();
  const asked: (string | undefined)[] = [];
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      find: (items, call) => {
        asked.push(...items.map(({ token }) => token));
        return honest.find(items, call);
      },
    }),
  });
  const { run } = (await sweeper.sweep(plan, []))._unsafeUnwrap();
  const kept = one.ledger.trash.ofRun(run)[0]?.token;
  expect(asked).toEqual([kept]);
  expect(kept).toContain(run);
  (await sweeper.undo(run, drill))._unsafeUnwrap();
  expect(asked).toEqual([kept, kept]);
  const { one: other, plan: refused } = await ready();
  const unasked: object[] = [];
  const declining = other.reopen({
    remover: (honest) => ({
      ...honest,
      quarantine: (items) =>
        okAsync(
          items.map(
            (item) => ({ key: item.key, outcome: 'refused', because: 'held', message: 'x' }) as const,
          ),
        ),
      find: (items, call) => {
        unasked.push(...items);
        return honest.find(items, call);
      },
    }),
  });
  (await declining.sweeper.sweep(refused, []))._unsafeUnwrap();
  expect(unasked.map((item) => Object.keys(item).sort())).toEqual([['key', 'kind', 'version']]);
});

test('the end of a run is told to the store only while the store still carries the mark of that run', async () => {
  const { one, plan } = await ready();
  const { sweeper } = one.reopen({
    registry: (honest) => ({
      ...honest,
      // Claims are given back after the act: by then somebody else has taken over.
      release: (keys, call) => {
        one.store.mark({ ledger: 'ledger-1', fence: 999 });
        return honest.release(keys, call);
      },
    }),
  });
  (await sweeper.sweep(plan, []))._unsafeUnwrap();
  expect((await one.store.remover.fence({}))._unsafeUnwrap()).toEqual({ ledger: 'ledger-1', fence: 999 });
  const { one: other, plan: again } = await ready();
  const stealing = other.reopen({
    registry: (honest) => ({
      ...honest,
      release: (keys, call) => {
        other.store.mark({ ledger: 'ledger-2', fence: call.fence });
        return honest.release(keys, call);
      },
    }),
  });
  (await stealing.sweeper.sweep(again, []))._unsafeUnwrap();
  expect((await other.store.remover.fence({}))._unsafeUnwrap()?.ledger).toBe('ledger-2');
});

test('the end of an undo and of a purge is told to the store as well', async () => {
  const { one, plan } = await ready();
  const isTold = async () => {
    const mark = (await one.store.remover.fence({}))._unsafeUnwrap();
    return mark?.line?.hash === one.ledger.log.head()._unsafeUnwrap()?.hash;
  };
  const { run } = (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(await isTold()).toBe(true);
  await one.days(15);
  expect(await isTold()).toBe(false);
  (await one.sweeper.purge())._unsafeUnwrap();
  expect(await isTold()).toBe(true);
  (await one.sweeper.undo(run, drill))._unsafeUnwrap();
  expect(await isTold()).toBe(true);
});

test('another ledger’s alerts are its own affair; one of this ledger stands in the way until somebody has looked', async () => {
  const { one, plan, orphan } = await ready();
  const alert = { severity: 'page', title: 'x', detail: 'y' } as const;
  (await one.alerts.port.raise({ cause: 'scanner/ledger-10/breaker', ...alert }, {}))._unsafeUnwrap();
  const mine = 'scanner/ledger-1/odd';
  (await one.alerts.port.raise({ cause: mine, ...alert }, {}))._unsafeUnwrap();
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unheard');
  const undeliverable = one.alerts.port.standing;
  Object.assign(one.alerts.port, { standing: () => okAsync([{ cause: mine, state: 'undeliverable' }]) });
  expect((await one.reopen().sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unheard');
  Object.assign(one.alerts.port, { standing: undeliverable });
  one.alerts.acknowledge(mine);
  expect((await one.reopen().sweeper.sweep(plan, []))._unsafeUnwrap().quarantined).toMatchObject([
    { key: orphan },
  ]);
});

test('a store that says beforehand that its removals are unconditional is swept, and the report says so', async () => {
  const { one, plan, orphan } = await ready();
  const { sweeper } = one.reopen({
    remover: (honest) => ({
      ...honest,
      traits: { conditional: false, quarantine: 'copy', keptMs: one.policy.undoWindowMs },
      prove: () => okAsync({ conditional: false, restores: true }),
    }),
  });
  const swept = (await sweeper.sweep(plan, []))._unsafeUnwrap();
  expect(swept).toMatchObject({ conditional: false, quarantined: [{ key: orphan }] });
});

test('a store that breaks its word, or cannot be put to the proof, opens the breaker or ends the run', async () => {
  const { one, plan, orphan } = await ready();
  const proving = (prove: Remover['prove']) => one.reopen({ remover: (honest) => ({ ...honest, prove }) });
  const dead = proving(() => errAsync(scannerError('unavailable', 'no')));
  expect((await dead.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('unavailable');
  expect(isOpen(one)).toBe(false);
  const broken = proving(() => okAsync({ conditional: true, restores: false }));
  expect((await broken.sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('not-believed');
  expect(isOpen(one)).toBe(true);
  expect(one.keys()).toContain(orphan);
});

test('clocks that disagree are told once, and told to be over', async () => {
  const { one, plan } = await ready();
  const cause = 'scanner/ledger-1/clock';
  const { sweeper } = one.reopen({
    registry: (honest) => ({
      ...honest,
      now: () => okAsync(new Date(one.clock.now() + dayMs).toISOString()),
    }),
  });
  expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe('clock');
  expect(one.alerts.raised.map((alert) => alert.cause)).toContain(cause);
  one.alerts.acknowledge(cause);
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  const standing = (await one.alerts.port.standing({}))._unsafeUnwrap();
  expect(standing.map((alert) => alert.cause)).not.toContain(cause);
});

test('two periods since the last complete scan are fresh, and a moment more is not', async () => {
  const long = (plain: Parameters<NonNullable<WorldOptions['policy']>>[0]) => ({
    ...plain,
    approval: { ...plain.approval, planValidMs: 30 * dayMs },
  });
  const { one, plan } = await ready({ policy: long });
  one.clock.pass(2 * dayMs);
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().outcome).toBe('done');
  const late = await ready({ policy: long });
  late.one.clock.pass(2 * dayMs + 1);
  expect((await late.one.sweeper.sweep(late.plan, []))._unsafeUnwrapErr().kind).toBe('not-believed');
});

test('a plan is good until its last moment, and not at it', async () => {
  const { one, plan } = await ready();
  one.clock.pass(2 * dayMs - 1);
  expect((await one.sweeper.sweep(plan, []))._unsafeUnwrap().outcome).toBe('done');
  const late = await ready();
  late.one.clock.pass(2 * dayMs);
  expect((await late.one.sweeper.sweep(late.plan, []))._unsafeUnwrapErr().kind).toBe('not-approved');
});

test('a purge that finds one needed brings it back and deletes nothing more, of this run or another', async () => {
  const one = world();
  const first = one.archive('orphan-1.tar', 'owner-1', { entry: false });
  const plan = await ripen(one);
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  one.archive('orphan-2.tar', 'owner-2', { entry: false });
  one.archive('orphan-3.tar', 'owner-2', { entry: false });
  const second = await ripen(one);
  (await one.sweeper.sweep(second, []))._unsafeUnwrap();
  await one.days(15);
  const runs = one.ledger.trash.runs();
  const needed = runs[0] === undefined ? first : (one.ledger.trash.ofRun(runs[0])[0]?.key ?? first);
  one.registry.put({ key: needed, kind: archive, state: 'needed' });
  const purged = (await one.sweeper.purge())._unsafeUnwrap();
  expect(purged).toMatchObject({ deleted: [], broughtBack: [needed] });
  expect(one.keys()).toContain(needed);
  expect(isOpen(one)).toBe(true);
  expect(one.ledger.log.last('breaker-opened')._unsafeUnwrap()?.event.doubts).toMatchObject([
    { rule: 'needed-in-quarantine' },
  ]);
  expect(one.registry.claimed()).toEqual([]);
  await one.attend();
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toHaveLength(2);
});

test('a purge keeps what would be the owner’s last verified copy', async () => {
  const keeping = (plain: Parameters<NonNullable<WorldOptions['policy']>>[0]) => ({
    ...plain,
    copies: { archive: { active: 1, ended: 1 } },
  });
  const one = world({ policy: keeping });
  const ended = new Date(one.clock.now() - 60 * dayMs).toISOString();
  for (const name of ['one.tar', 'two.tar'])
    one.archive(name, 'gone', { state: 'owner-ended', endedAt: ended });
  (await one.sweeper.sweep(await ripen(one), []))._unsafeUnwrap();
  const [left] = one.store.items().filter((item) => item.owner === owner('gone'));
  if (left !== undefined) one.store.lose(left.key);
  await one.days(15);
  const purged = (await one.sweeper.purge())._unsafeUnwrap();
  expect(purged.deleted).toEqual([]);
  expect(purged.stayed[0]?.why).toContain('No verified copy');
});

test('a purge gives every claim back, opens the breaker where a registry fails, and not where the caller has cancelled', async () => {
  const { one, plan, orphan } = await ready();
  (await one.sweeper.sweep(plan, []))._unsafeUnwrap();
  await one.days(15);
  const ending = new AbortController();
  for (const verb of ['claim', 'lookUp'] as const) {
    const slow = one.reopen({
      registry: (honest) => ({
        ...honest,
        [verb]: () => {
          ending.abort();
          return errAsync(scannerError('cancelled', 'the caller'));
        },
      }),
    });
    expect((await slow.sweeper.purge())._unsafeUnwrapErr().kind).toBe('cancelled');
    expect(isOpen(one)).toBe(false);
    const dead = one.reopen({
      registry: (honest) => ({ ...honest, [verb]: () => errAsync(scannerError('unavailable', 'gone')) }),
    });
    expect((await dead.sweeper.purge())._unsafeUnwrapErr().kind).toBe('unavailable');
    expect(isOpen(one)).toBe(true);
    expect(one.registry.claimed()).toEqual([]);
    await one.attend();
  }
  expect((await one.sweeper.purge())._unsafeUnwrap().deleted).toEqual([orphan]);
  expect(one.registry.claimed()).toEqual([]);
});

test('a caller’s signal, a newer fence and a broken ledger end a sweep as themselves, and open no breaker', async () => {
  for (const kind of ['cancelled', 'fenced-out', 'ledger'] as const) {
    const { one, plan, orphan } = await ready();
    const { sweeper } = one.reopen({
      registry: (honest) => ({ ...honest, claim: () => errAsync(scannerError(kind, 'x')) }),
    });
    expect((await sweeper.sweep(plan, []))._unsafeUnwrapErr().kind).toBe(kind);
    expect(isOpen(one)).toBe(false);
    expect(one.keys()).toContain(orphan);
  }
});

test('adopting a store takes a name and a reason, and says so in the ledger', async () => {
  const { one } = await ready();
  for (const given of [
    { by: ' ', reason: 'because' },
    { by: 'ann', reason: '' },
  ]) {
    expect((await one.sweeper.adopt(given))._unsafeUnwrapErr().kind).toBe('invalid');
  }
  (await one.sweeper.adopt(drill))._unsafeUnwrap();
  expect(one.ledger.log.last('ledger-adopted')._unsafeUnwrap()?.event).toMatchObject(drill);
});
