// Messages on their way: in which order they go out, who waits for whom, and what becomes of those without an answer.

import { errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import {
  type AlertMessage,
  type AlertStore,
  type AlertsError,
  alertsError,
  memoryStore,
  openAlerts,
  type Target,
} from '../src/index.ts';
import { Recorder } from './recorder.ts';
import { countingClock, VirtualClock } from './virtual-clock.ts';

const start = '2016-06-24T02:35:00Z';
const outage = { cause: 'db', severity: 'critical', summary: 'down', source: 'panel-1' } as const;
const word = { by: 'Anna', reason: 'on it' };

/** A target whose answers the test gives, one by one. */
class Slow {
  readonly asked: AlertMessage[] = [];
  readonly #answers: ((result: Result<void, AlertsError>) => void)[] = [];
  signal: AbortSignal | undefined;

  get target(): Target {
    return {
      send: (message, { signal }) => {
        this.asked.push(message);
        this.signal = signal;
        return new ResultAsync(new Promise((resolve) => this.#answers.push(resolve)));
      },
    };
  }

  get actions(): readonly string[] {
    return this.asked.map(({ cause, action }) => `${cause} ${action}`);
  }

  answer(): void {
    this.#answers.shift()?.(ok(undefined));
  }
}

function open(anna: Target, store: AlertStore = memoryStore()) {
  const clock = new VirtualClock(start);
  const recorder = new Recorder(clock);
  const counting = countingClock(clock);
  const alerts = openAlerts({
    targets: { anna, ben: recorder.target('ben') },
    chain: { rungs: [{ tell: ['anna'] }] },
    store,
    clock: counting.clock,
  })._unsafeUnwrap();
  return { clock, recorder, alerts, waiting: counting.waiting };
}

test('messages about one cause go to a target one after the other, and other causes do not wait for them', async () => {
  const slow = new Slow();
  const { clock, alerts } = open(slow.target);
  (await alerts.raise(outage))._unsafeUnwrap();
  (await alerts.acknowledge('db', word))._unsafeUnwrap();
  await clock.pass(1);
  expect(slow.actions).toEqual(['db trigger']);
  (await alerts.raise({ ...outage, cause: 'disk' }))._unsafeUnwrap();
  await clock.pass(1);
  expect(slow.actions).toEqual(['db trigger', 'disk trigger']);
  slow.answer();
  await clock.pass(1);
  expect(slow.actions.slice(2)).toEqual(['db acknowledge']);
  // The first has its answer, the second has not: the third one waits.
  (await alerts.resolve('db', word))._unsafeUnwrap();
  await clock.pass(1);
  expect(slow.actions).toHaveLength(3);
  slow.answer();
  slow.answer();
  await clock.pass(1);
  expect(slow.actions.slice(3)).toEqual(['db resolve']);
});

test('closing waits for the message that is on its way, and only then closes the store', async () => {
  const slow = new Slow();
  const memory = memoryStore();
  const did: string[] = [];
  const store: AlertStore = {
    ...memory,
    close: () => {
      did.push('closed');
      return memory.close();
    },
  };
  const { clock, alerts } = open(slow.target, store);
  (await alerts.raise(outage))._unsafeUnwrap();
  const closing = alerts.close().map(() => did.push('done'));
  await clock.pass(1_000);
  expect(did).toEqual([]);
  slow.answer();
  (await closing)._unsafeUnwrap();
  expect(did).toEqual(['closed', 'done']);
  expect((await memory.get('db'))._unsafeUnwrap()?.notices[0]?.status).toBe('delivered');
});

test('a target that hangs is told to end after its time, and the next one is told at once', async () => {
  const slow = new Slow();
  const { clock, recorder, alerts } = open(slow.target);
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(14_999);
  expect([slow.signal?.aborted, recorder.lines]).toEqual([false, []]);
  await clock.pass(1);
  expect(slow.signal?.aborted).toBe(true);
  expect(recorder.lines).toEqual(['02:35:15 ben trigger escalated']);
  const [notice] = (await alerts.get('db'))._unsafeUnwrap()?.notices ?? [];
  expect(notice).toMatchObject({
    status: 'failed',
    error: { kind: 'unreachable', message: 'anna gave no answer within 15000 ms' },
  });
});

test('a target that throws, now or later, silences nobody else and shows nothing of what it threw', async () => {
  const throwing: readonly (readonly [Target['send'], string])[] = [
    [
      () => {
        throw new TypeError('https://hooks.example/secret-token');
      },
      'anna failed: TypeError',
    ],
    [
      () => new ResultAsync(Promise.reject(new RangeError('https://hooks.example/secret-token'))),
      'anna failed: RangeError',
    ],
    [() => fail('https://hooks.example/secret-token'), 'anna failed: unknown reason'],
  ];
  for (const [send, message] of throwing) {
    const { clock, recorder, alerts } = open({ send });
    (await alerts.raise(outage))._unsafeUnwrap();
    await clock.pass(1);
    expect(recorder.lines).toEqual(['02:35:00 ben trigger escalated']);
    const alert = (await alerts.get('db'))._unsafeUnwrap();
    expect(alert?.notices[0]?.error).toEqual({ kind: 'unreachable', message });
    expect(JSON.stringify(alert)).not.toContain('secret-token');
  }
});

function fail(thrown: unknown): never {
  throw thrown;
}

test('a target that is not there any more is named, whatever its name is', async () => {
  const store = memoryStore();
  const clock = new VirtualClock(start);
  const recorder = new Recorder(clock);
  recorder.down.add('constructor');
  const first = openAlerts({
    targets: { constructor: recorder.target('constructor') },
    chain: { rungs: [{ tell: ['constructor'] }] },
    store,
    clock,
  })._unsafeUnwrap();
  (await first.raise(outage))._unsafeUnwrap();
  await clock.pass(1);
  const second = openAlerts({
    targets: { ben: recorder.target('ben') },
    chain: { rungs: [{ tell: ['ben'] }] },
    store,
    clock,
  })._unsafeUnwrap();
  const stop = new AbortController();
  void second.run({ signal: stop.signal });
  await clock.pass(10_000);
  stop.abort();
  expect((await second.get('db'))._unsafeUnwrap()?.notices[0]?.error).toEqual({
    kind: 'refused',
    message: 'there is no target constructor any more',
  });
  // And who is there instead has been told.
  expect(recorder.lines).toEqual(['02:35:05 ben trigger escalated']);
});

test('an answer leaves no timer behind that would keep the process alive', async () => {
  const { clock, alerts, waiting } = open({ send: () => okAsync(undefined) });
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(1);
  expect(waiting()).toBe(0);
});

test('an answer that cannot be written is one that never came: the message goes out again in its time', async () => {
  const memory = memoryStore();
  let isBroken = false;
  const store: AlertStore = {
    ...memory,
    change: (cause, change) =>
      isBroken ? errAsync(alertsError('store', 'the disk is full')) : memory.change(cause, change),
  };
  const slow = new Slow();
  const { clock, alerts } = open(slow.target, store);
  const stop = new AbortController();
  void alerts.run({ signal: stop.signal });
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(1_000);
  isBroken = true;
  slow.answer();
  await clock.pass(1_000);
  isBroken = false;
  await clock.pass(17_000);
  expect(slow.asked).toHaveLength(1);
  await clock.pass(1_000);
  expect(slow.asked).toHaveLength(2);
  slow.answer();
  await clock.pass(1_000);
  expect((await alerts.get('db'))._unsafeUnwrap()?.state).toBe('told');
  stop.abort();
});

test('what no store takes is told to everyone once, and the error counts who has heard it', async () => {
  for (const kind of ['store', 'cancelled'] as const) {
    const store: AlertStore = {
      ...memoryStore(),
      change: () => errAsync(alertsError(kind, 'it was not stored')),
    };
    const { clock, recorder, alerts } = open({ send: () => errAsync(alertsError('refused', 'no')) }, store);
    const raised = alerts.raise(outage);
    await clock.pass(1);
    expect((await raised)._unsafeUnwrapErr()).toEqual({
      kind,
      message: 'it was not stored; db was told to 1 of 2 targets and will not be repeated',
    });
    expect(recorder.lines).toEqual(['02:35:00 ben trigger raised']);
  }
});

test('what is raised has a cause, a summary, a source and one of the severities, or nothing is stored', async () => {
  const { alerts } = open({ send: () => okAsync(undefined) });
  const wrong = { ...outage, severity: JSON.parse('"fatal"') };
  const answers = [
    await alerts.raise({ ...outage, cause: '\t' }),
    await alerts.raise({ ...outage, summary: '' }),
    await alerts.raise({ ...outage, source: ' ' }),
    await alerts.raise(wrong),
  ];
  expect(answers.map((answer) => answer._unsafeUnwrapErr().message)).toEqual([
    'cause is empty',
    'summary is empty',
    'source is empty',
    'severity: fatal is not one of info, warning, error, critical',
  ]);
  for (const say of [alerts.acknowledge, alerts.resolve]) {
    const nobody = (await say('db', { ...word, by: ' ' }))._unsafeUnwrapErr();
    expect(nobody).toStrictEqual({ kind: 'invalid', message: 'by: who says so is missing' });
    const unsaid = (await say('db', { ...word, reason: '\n' }))._unsafeUnwrapErr();
    expect(unsaid).toStrictEqual({ kind: 'invalid', message: 'reason: why is missing' });
  }
  expect((await alerts.list())._unsafeUnwrap()).toEqual([]);
});
