// An alert is as durable as the file that it is in: whoever opens it next goes on where the last one was cut off.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type AlertStore,
  type Alerts,
  alertsError,
  memoryStore,
  openAlerts,
  sqliteStore,
  type Target,
} from '../src/index.ts';
import { Recorder } from './recorder.ts';
import { VirtualClock } from './virtual-clock.ts';

const minuteMs = 60_000;
const outage = { cause: 'db', severity: 'critical', summary: 'down', source: 'panel-1' } as const;
let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-alerts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(store: AlertStore, clock: VirtualClock, targets: { anna: Target; ben: Target }): Alerts {
  return openAlerts({
    targets,
    chain: { rungs: [{ tell: ['anna'] }, { tell: ['ben'] }] },
    store,
    clock,
  })._unsafeUnwrap();
}

function fileStore(): AlertStore {
  return sqliteStore(join(folder, 'alerts.db'))._unsafeUnwrap();
}

function people(recorder: Recorder): { anna: Target; ben: Target } {
  return { anna: recorder.target('anna'), ben: recorder.target('ben') };
}

test('a host that restarts in the night goes on escalating', async () => {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const first = open(fileStore(), clock, people(recorder));
  const stop = new AbortController();
  const running = first.run({ signal: stop.signal });
  (await first.raise(outage))._unsafeUnwrap();
  await clock.pass(minuteMs);
  stop.abort();
  await running;
  (await first.close())._unsafeUnwrap();

  await clock.pass(20 * minuteMs);
  const second = open(fileStore(), clock, people(recorder));
  const stopAgain = new AbortController();
  void second.run({ signal: stopAgain.signal });
  await clock.pass(1_000);
  expect(recorder.lines).toEqual(['02:35:00 anna trigger raised', '02:56:00 ben trigger escalated']);
  stopAgain.abort();
  (await second.close())._unsafeUnwrap();
});

test('a process that dies while a message is on its way leaves it to the next one', async () => {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const hangs: Target = { send: () => new ResultAsync(new Promise(() => undefined)) };
  const dying = open(fileStore(), clock, { anna: hangs, ben: hangs });
  (await dying.raise(outage))._unsafeUnwrap();
  // It is gone here; nothing of it goes on, and nothing was closed.

  const next = open(fileStore(), clock, people(recorder));
  const stop = new AbortController();
  void next.run({ signal: stop.signal });
  await clock.pass(minuteMs);
  expect(recorder.lines[0]).toBe('02:35:20 anna trigger raised');
  stop.abort();
  (await next.close())._unsafeUnwrap();
});

test('an acknowledgement given in another process is heard within seconds', async () => {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const daemon = open(fileStore(), clock, people(recorder));
  const stop = new AbortController();
  void daemon.run({ signal: stop.signal });
  (await daemon.raise(outage))._unsafeUnwrap();
  await clock.pass(3 * minuteMs);

  const shell = open(fileStore(), clock, people(recorder));
  (await shell.acknowledge('db', { by: 'Anna', reason: 'on it' }))._unsafeUnwrap();
  (await shell.close())._unsafeUnwrap();
  const before = recorder.told.length;
  await clock.pass(3 * minuteMs);
  expect(recorder.told.length).toBe(before);
  expect((await daemon.get('db'))._unsafeUnwrap()?.acknowledged?.by).toBe('Anna');
  stop.abort();
  (await daemon.close())._unsafeUnwrap();
});

test('two processes that keep watch over one file do not tell everything twice', async () => {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const both = [open(fileStore(), clock, people(recorder)), open(fileStore(), clock, people(recorder))];
  const stop = new AbortController();
  for (const alerts of both) void alerts.run({ signal: stop.signal });
  (await both[0]!.raise(outage))._unsafeUnwrap();
  await clock.pass(4.5 * minuteMs);
  expect(recorder.told.length).toBe(3);
  stop.abort();
  for (const alerts of both) (await alerts.close())._unsafeUnwrap();
});

test('an alert that cannot be stored is told to everyone at once, and the caller hears of it', async () => {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const full: AlertStore = {
    ...memoryStore(),
    change: () => errAsync(alertsError('store', 'the disk is full')),
  };
  const alerts = open(full, clock, people(recorder));
  const error = (await alerts.raise(outage))._unsafeUnwrapErr();
  expect(error).toEqual({
    kind: 'store',
    message: 'the disk is full; db was told to 2 of 2 targets and will not be repeated',
  });
  expect(recorder.told.map(({ who }) => who).sort()).toEqual(['anna', 'ben']);
});

test('trouble with the store is told, holds the heartbeat back, and ends the watch neither way', async () => {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const memory = memoryStore();
  let isBroken = false;
  const store: AlertStore = {
    ...memory,
    due: (nowMs, limit) =>
      isBroken ? errAsync(alertsError('store', 'input/output error')) : memory.due(nowMs, limit),
  };
  const recorder = new Recorder(clock);
  let beats = 0;
  const alerts = openAlerts({
    targets: { anna: recorder.target('anna') },
    chain: { rungs: [{ tell: ['anna'] }] },
    store,
    clock,
    heartbeat: {
      beat: () => {
        beats += 1;
        return okAsync(undefined);
      },
    },
  })._unsafeUnwrap();
  const stop = new AbortController();
  const troubles: string[] = [];
  const running = alerts.run({ signal: stop.signal, onTrouble: ({ message }) => troubles.push(message) });
  await clock.pass(5 * minuteMs);
  expect(beats).toBe(6);
  isBroken = true;
  await clock.pass(5 * minuteMs);
  expect(beats).toBe(6);
  expect(new Set(troubles)).toEqual(new Set(['input/output error']));
  isBroken = false;
  await clock.pass(2 * minuteMs);
  expect(beats).toBeGreaterThan(6);
  stop.abort();
  await running;
});

test('a file of something else is refused and left as it is', () => {
  const path = join(folder, 'other.db');
  writeFileSync(
    path,
    'This is a letter to my aunt, long enough to have a header of its own, and more than that.',
  );
  expect(sqliteStore(path)._unsafeUnwrapErr().kind).toBe('store');
  expect(sqliteStore(join(folder, 'no', 'such', 'folder.db'))._unsafeUnwrapErr().kind).toBe('store');
});

test('what was resolved long ago is forgotten when asked, and nothing else', async () => {
  for (const store of [memoryStore(), fileStore()]) {
    const clock = new VirtualClock('2016-06-24T02:35:00Z');
    const alerts = open(store, clock, people(new Recorder(clock)));
    for (const cause of ['old', 'new', 'open']) (await alerts.raise({ ...outage, cause }))._unsafeUnwrap();
    (await alerts.resolve('old', { by: 'Anna', reason: 'done' }))._unsafeUnwrap();
    await clock.pass(60 * minuteMs);
    (await alerts.resolve('new', { by: 'Anna', reason: 'done' }))._unsafeUnwrap();
    expect((await alerts.prune(clock.now() - minuteMs))._unsafeUnwrap()).toBe(1);
    const left = (await alerts.list(['resolved', 'raised', 'told']))._unsafeUnwrap();
    expect(left.map(({ cause }) => cause).sort()).toEqual(['new', 'open']);
    (await alerts.close())._unsafeUnwrap();
  }
});
