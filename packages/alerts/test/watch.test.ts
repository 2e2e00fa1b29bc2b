// Keeping watch: when a sign of life is sent and when it is held back, what trouble is told, and that the watch ends when
// it is told to and leaves nothing behind.

import { getEventListeners } from 'node:events';
import { err, errAsync, okAsync, ResultAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import {
  type AlertStore,
  type AlertsError,
  alertsError,
  type Heartbeat,
  memoryStore,
  openAlerts,
} from '../src/index.ts';
import { Recorder } from './recorder.ts';
import { countingClock, VirtualClock } from './virtual-clock.ts';

const minuteMs = 60_000;
const outage = { cause: 'db', severity: 'critical', summary: 'down', source: 'panel-1' } as const;
const diskError = alertsError('store', 'input/output error');

interface Given {
  readonly store?: Partial<AlertStore>;
  readonly heartbeat?: Partial<Heartbeat> | 'none';
  readonly pollMs?: number;
}

/** A watch that is kept, and what it says. */
function watch({ store = {}, heartbeat = {}, pollMs }: Given = {}) {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const counting = countingClock(clock);
  const recorder = new Recorder(clock);
  const beats: number[] = [];
  const troubles: string[] = [];
  const started = clock.now();
  const beat: Heartbeat['beat'] = () => {
    beats.push((clock.now() - started) / 1_000);
    return okAsync(undefined);
  };
  const alerts = openAlerts({
    targets: { anna: recorder.target('anna') },
    chain: { rungs: [{ tell: ['anna'] }] },
    store: { ...memoryStore(), ...store },
    clock: counting.clock,
    heartbeat: heartbeat === 'none' ? undefined : { beat, ...heartbeat },
  })._unsafeUnwrap();
  const stop = new AbortController();
  const onTrouble = ({ kind, message }: AlertsError): void => void troubles.push(`${kind} ${message}`);
  let isOver = false;
  const begin = (): void => {
    void alerts.run({ signal: stop.signal, pollMs, onTrouble }).then(() => {
      isOver = true;
    });
  };
  return {
    clock,
    recorder,
    alerts,
    beats,
    troubles,
    stop,
    begin,
    isOver: () => isOver,
    waiting: counting.waiting,
  };
}

test('a sign of life goes out at once and then in its own rhythm, with nothing to tell in between', async () => {
  const plain = watch();
  plain.begin();
  await plain.clock.pass(3 * minuteMs);
  expect(plain.beats).toEqual([0, 60, 120, 180]);
  expect(plain.troubles).toEqual([]);
  plain.stop.abort();
  const often = watch({ heartbeat: { everyMs: 10_000 }, pollMs: 3_000 });
  often.begin();
  await often.clock.pass(25_000);
  expect(often.beats).toEqual([0, 10, 20]);
  often.stop.abort();
});

test('without a dead-man’s switch the watch is kept all the same', async () => {
  const one = watch({ heartbeat: 'none' });
  one.begin();
  (await one.alerts.raise(outage))._unsafeUnwrap();
  await one.clock.pass(2 * minuteMs);
  expect(one.recorder.lines).toEqual(['02:35:00 anna trigger raised', '02:37:00 anna trigger repeated']);
  expect(one.troubles).toEqual([]);
  one.stop.abort();
});

test('the signs of life go on after the clock has gone back by a day', async () => {
  const one = watch();
  one.begin();
  await one.clock.pass(30_000);
  one.clock.jump(-24 * 60 * minuteMs);
  const before = one.beats.length;
  await one.clock.pass(2 * minuteMs);
  expect(one.beats.length).toBeGreaterThanOrEqual(before + 2);
  one.stop.abort();
});

test('a store in which an alert cannot be written, or not be looked for, is no sign of life', async () => {
  const memory = memoryStore();
  let broken: 'change' | 'list' | 'next' | undefined;
  const one = watch({
    store: {
      ...memory,
      change: (cause, change) => (broken === 'change' ? errAsync(diskError) : memory.change(cause, change)),
      list: (states) => (broken === 'list' ? errAsync(diskError) : memory.list(states)),
      nextDueMs: () => (broken === 'next' ? errAsync(diskError) : memory.nextDueMs()),
    },
  });
  one.begin();
  (await one.alerts.raise(outage))._unsafeUnwrap();
  await one.clock.pass(90_000);
  expect(one.beats).toEqual([0, 60]);
  for (const verb of ['change', 'list'] as const) {
    broken = verb;
    const before = one.beats.length;
    one.troubles.length = 0;
    await one.clock.pass(3 * minuteMs);
    expect(one.beats.length, verb).toBe(before);
    expect(new Set(one.troubles), verb).toEqual(new Set(['store input/output error']));
    // A row that stays due does not make the watch spin.
    expect(one.troubles.length, verb).toBeLessThan(20 * 180);
  }
  broken = 'next';
  const before = one.beats.length;
  const told = one.recorder.told.length;
  await one.clock.pass(5 * minuteMs);
  expect(one.beats.length).toBeGreaterThanOrEqual(before + 4);
  expect(one.recorder.told.length).toBeGreaterThanOrEqual(told + 2);
  one.stop.abort();
});

test('what another process has forgotten in between is no trouble', async () => {
  const memory = memoryStore();
  const one = watch({ store: { ...memory, due: () => okAsync(['forgotten']) } });
  one.begin();
  await one.clock.pass(61_000);
  expect(one.troubles).toEqual([]);
  expect(one.beats).toEqual([0, 60]);
  one.stop.abort();
});

test('a switch that refuses, hangs or throws is told as trouble, and holds up nobody’s alert', async () => {
  const endings: readonly (readonly [Heartbeat['beat'], string])[] = [
    [() => errAsync(alertsError('refused', 'gone', 410)), 'refused gone'],
    [
      ({ signal }) =>
        new ResultAsync(
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(err(alertsError('cancelled', 'it was ended'))));
          }),
        ),
      'cancelled it was ended',
    ],
    [
      () => {
        throw new TypeError('no');
      },
      'unreachable the heartbeat threw instead of giving an error',
    ],
  ];
  for (const [beat, trouble] of endings) {
    const one = watch({ heartbeat: { beat } });
    one.begin();
    (await one.alerts.raise(outage))._unsafeUnwrap();
    await one.clock.pass(14_000);
    expect(one.recorder.lines).toEqual(['02:35:00 anna trigger raised']);
    await one.clock.pass(1_000);
    expect(one.troubles).toEqual([trouble]);
    await one.clock.pass(1_000);
    one.stop.abort();
    await one.clock.pass(1);
    expect([one.isOver(), one.waiting()]).toEqual([true, 0]);
  }
});

test('a beat that is cut off because the watch ends is no trouble, and is told to end', async () => {
  let signalled: AbortSignal | undefined;
  const one = watch({
    heartbeat: {
      beat: ({ signal }) => {
        signalled = signal;
        return new ResultAsync(
          new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(err(alertsError('cancelled', 'it was ended'))));
          }),
        );
      },
    },
  });
  one.begin();
  await one.clock.pass(1_000);
  expect(signalled?.aborted).toBe(false);
  one.stop.abort();
  await one.clock.pass(1);
  expect(signalled?.aborted).toBe(true);
  expect(one.troubles).toEqual([]);
  expect([one.isOver(), one.waiting()]).toEqual([true, 0]);
});

test('the watch ends at once when it is told to, also in the middle of a turn, and leaves nothing behind', async () => {
  const asleep = watch();
  asleep.begin();
  await asleep.clock.pass(minuteMs * 5);
  expect(getEventListeners(asleep.stop.signal, 'abort').length).toBe(1);
  asleep.stop.abort();
  await asleep.clock.pass(0);
  expect([asleep.isOver(), asleep.waiting()]).toEqual([true, 0]);
  expect(getEventListeners(asleep.stop.signal, 'abort').length).toBe(0);

  for (const verb of ['due', 'list', 'nextDueMs'] as const) {
    const memory = memoryStore();
    let stop = (): void => undefined;
    const busy = watch({
      store: {
        ...memory,
        [verb]: (...args: readonly never[]) => {
          stop();
          return Reflect.apply(memory[verb], memory, args);
        },
      },
    });
    stop = () => busy.stop.abort();
    busy.begin();
    await busy.clock.pass(0);
    expect([verb, busy.isOver(), busy.waiting()]).toEqual([verb, true, 0]);
  }
});
