// Alerts in the shape that the scanner asks for.

import { errAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import { type AlertStore, alertsError, alertsForScanner, memoryStore, openAlerts } from '../src/index.ts';
import { Recorder } from './recorder.ts';
import { VirtualClock } from './virtual-clock.ts';

const page = {
  cause: 'scanner/ledger-1/breaker',
  severity: 'page',
  title: 'The scan is inconclusive.',
  detail: 'orders sent 3 rows of 4.',
} as const;

function open(store: AlertStore = memoryStore()) {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const alerts = openAlerts({
    targets: { anna: recorder.target('anna') },
    chain: { rungs: [{ tell: ['anna'] }] },
    store,
    clock,
  })._unsafeUnwrap();
  return { clock, recorder, alerts, port: alertsForScanner(alerts, 'scanner-1') };
}

test('a page of the scanner wakes somebody, stands until a person takes it, and goes when the trouble is over', async () => {
  const { clock, recorder, alerts, port } = open();
  (await port.raise(page))._unsafeUnwrap();
  await clock.pass(1_000);
  expect(recorder.told[0]?.message).toMatchObject({
    severity: 'critical',
    summary: page.title,
    source: 'scanner-1',
    details: { detail: page.detail },
  });
  expect((await port.standing())._unsafeUnwrap()).toEqual([{ cause: page.cause, state: 'raised' }]);
  (await alerts.acknowledge(page.cause, { by: 'Anna', reason: 'on it' }))._unsafeUnwrap();
  expect((await port.standing())._unsafeUnwrap()).toEqual([{ cause: page.cause, state: 'acknowledged' }]);
  (await port.resolve(page.cause))._unsafeUnwrap();
  expect((await port.standing())._unsafeUnwrap()).toEqual([]);
  // Over already, or never there: no error, as the scanner asks.
  expect((await port.resolve(page.cause)).isOk()).toBe(true);
  expect((await port.resolve('scanner/other')).isOk()).toBe(true);
});

test('a notice of the scanner is a warning', async () => {
  const { clock, recorder, port } = open();
  (await port.raise({ ...page, severity: 'notice' }))._unsafeUnwrap();
  await clock.pass(1_000);
  expect(recorder.told[0]?.message.severity).toBe('warning');
});

test('an alert that reaches nobody stands as undeliverable', async () => {
  const { clock, recorder, port } = open();
  recorder.down.add('anna');
  (await port.raise(page))._unsafeUnwrap();
  await clock.pass(1_000);
  expect((await port.standing())._unsafeUnwrap()).toEqual([{ cause: page.cause, state: 'undeliverable' }]);
});

test('where nothing can be stored the scanner hears that nobody would know', async () => {
  const broken = () => errAsync(alertsError('store', 'the disk is full'));
  const { port } = open({ ...memoryStore(), change: broken, list: broken });
  expect((await port.raise(page))._unsafeUnwrapErr().kind).toBe('unheard');
  expect((await port.standing())._unsafeUnwrapErr().kind).toBe('unheard');
  expect((await port.resolve(page.cause))._unsafeUnwrapErr().kind).toBe('unheard');
});
