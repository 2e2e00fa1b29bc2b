// The night of story 004: at 02:35 a database dies, and nobody was made to take notice for four hours and a half. The
// same night with this package, in virtual time.

import { expect, test } from 'vitest';
import { type Alerts, deadManSwitch, memoryStore, openAlerts } from '../src/index.ts';
import { Recorder } from './recorder.ts';
import { VirtualClock } from './virtual-clock.ts';

const minuteMs = 60_000;
const outage = {
  cause: 'database/offsite',
  severity: 'critical',
  summary: 'The database of the control panel has crashed.',
  source: 'panel-1',
} as const;

function night(): {
  clock: VirtualClock;
  recorder: Recorder;
  alerts: Alerts;
  end: () => void;
  beats: string[];
} {
  const clock = new VirtualClock('2016-06-24T02:35:00Z');
  const recorder = new Recorder(clock);
  const beats: string[] = [];
  const alerts = openAlerts({
    targets: {
      anna: recorder.target('anna'),
      ben: recorder.target('ben'),
      clara: recorder.target('clara'),
    },
    chain: { rungs: [{ tell: ['anna'] }, { tell: ['ben'] }] },
    store: memoryStore(),
    heartbeat: deadManSwitch({
      url: 'https://switch.example/ping/1',
      fetch: async (url) => {
        beats.push(url);
        return { status: 200, text: async () => 'OK' };
      },
    }),
    clock,
  })._unsafeUnwrap();
  const stop = new AbortController();
  void alerts.run({ signal: stop.signal });
  return { clock, recorder, alerts, end: () => stop.abort(), beats };
}

test('an outage at 02:35 has reached everybody by 02:45, and goes on until somebody answers', async () => {
  const { clock, recorder, alerts, end } = night();
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(15 * minuteMs);
  expect(recorder.lines).toEqual([
    '02:35:00 anna trigger raised',
    '02:37:00 anna trigger repeated',
    '02:39:00 anna trigger repeated',
    '02:40:00 ben trigger escalated',
    '02:42:00 ben trigger repeated',
    '02:44:00 ben trigger repeated',
    '02:45:00 anna trigger escalated',
    '02:45:00 ben trigger escalated',
    '02:45:00 clara trigger escalated',
    '02:47:00 anna trigger repeated',
    '02:47:00 ben trigger repeated',
    '02:47:00 clara trigger repeated',
    '02:49:00 anna trigger repeated',
    '02:49:00 ben trigger repeated',
    '02:49:00 clara trigger repeated',
  ]);

  // Nobody answers until the morning: it never gives up.
  await clock.pass((4 * 60 + 16) * minuteMs);
  const lastHour = recorder.told.filter(({ at }) => at >= '06:06:00');
  expect(new Set(lastHour.map(({ who }) => who))).toEqual(new Set(['anna', 'ben', 'clara']));
  expect(lastHour.length).toBe(90);
  end();
});

test('an acknowledgement makes it quiet, but only for as long as a repair may take', async () => {
  const { clock, recorder, alerts, end } = night();
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(6 * minuteMs);
  const before = recorder.told.length;
  const taken = await alerts.acknowledge('database/offsite', { by: 'Ben', reason: 'I am looking' });
  expect(taken._unsafeUnwrap().state).toBe('acknowledged');
  await clock.pass(29 * minuteMs);
  expect(recorder.lines.slice(before)).toEqual([
    '02:41:00 anna acknowledge acknowledged',
    '02:41:00 ben acknowledge acknowledged',
  ]);
  expect(recorder.told.at(-1)?.message).toMatchObject({ by: 'Ben', reason: 'I am looking' });

  await clock.pass(2 * minuteMs);
  expect(recorder.lines.at(-1)).toBe('03:11:00 ben trigger lapsed');
  // Ben fell asleep: five minutes later everybody is told.
  await clock.pass(5 * minuteMs);
  expect(recorder.told.filter(({ who }) => who === 'clara')).toHaveLength(1);

  const beforeEnd = recorder.told.length;
  (await alerts.resolve('database/offsite', { by: 'Clara', reason: 'the database is back' }))._unsafeUnwrap();
  await clock.pass(5 * 60 * minuteMs);
  expect(recorder.lines.slice(beforeEnd)).toEqual([
    '03:17:00 anna resolve resolved',
    '03:17:00 ben resolve resolved',
    '03:17:00 clara resolve resolved',
  ]);
  expect((await alerts.list())._unsafeUnwrap()).toEqual([]);
  const history = (await alerts.history('database/offsite'))._unsafeUnwrap();
  expect(history.filter(({ what }) => what !== 'delivered').map(({ what }) => what)).toEqual([
    'raised',
    'escalated',
    'acknowledged',
    'lapsed',
    'escalated',
    'resolved',
  ]);
  end();
});

test('a scan that fails every three hours is one alert, not one each time', async () => {
  const { clock, recorder, alerts, end } = night();
  (await alerts.raise(outage))._unsafeUnwrap();
  (await alerts.acknowledge(outage.cause, { by: 'Anna', reason: 'I am looking' }))._unsafeUnwrap();
  await clock.pass(minuteMs);
  const before = recorder.told.length;
  const again = await alerts.raise({ ...outage, summary: 'The database is still away.' });
  expect(again._unsafeUnwrap()).toMatchObject({ incident: 1, raisedCount: 2, state: 'acknowledged' });
  await clock.pass(minuteMs);
  expect(recorder.told.length).toBe(before);

  (await alerts.resolve(outage.cause, { by: 'Anna', reason: 'back' }))._unsafeUnwrap();
  const next = await alerts.raise(outage);
  expect(next._unsafeUnwrap()).toMatchObject({ incident: 2, raisedCount: 1, rung: 0 });
  await clock.pass(1_000);
  expect(recorder.told.at(-1)?.message).toMatchObject({ action: 'trigger', why: 'raised', incident: 2 });
  end();
});

test('who acknowledged a warning is told anew when it becomes critical', async () => {
  const { clock, recorder, alerts, end } = night();
  (await alerts.raise({ ...outage, severity: 'warning' }))._unsafeUnwrap();
  (await alerts.acknowledge(outage.cause, { by: 'Anna', reason: 'after breakfast' }))._unsafeUnwrap();
  await clock.pass(minuteMs);
  const worse = await alerts.raise(outage);
  expect(worse._unsafeUnwrap()).toMatchObject({ severity: 'critical', raisedCount: 2 });
  expect(worse._unsafeUnwrap().acknowledged).toBeUndefined();
  await clock.pass(1_000);
  expect(recorder.lines.at(-1)).toBe('02:36:00 anna trigger worse');
  const milder = await alerts.raise({ ...outage, severity: 'info' });
  expect(milder._unsafeUnwrap().severity).toBe('critical');
  end();
});

test('a person whose pager is down is not waited for: the next one is told at once', async () => {
  const { clock, recorder, alerts, end } = night();
  recorder.down.add('anna');
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(1_000);
  expect(recorder.lines).toEqual(['02:35:00 ben trigger escalated']);
  recorder.down.delete('anna');
  await clock.pass(5_000);
  expect(recorder.lines).toContain('02:35:05 anna trigger raised');
  end();
});

test('an alert that reaches nobody says so, is tried on, and silences the heartbeat until it got through', async () => {
  const { clock, recorder, alerts, end, beats } = night();
  await clock.pass(10 * minuteMs);
  expect(beats.length).toBe(11);
  for (const who of ['anna', 'ben', 'clara']) recorder.down.add(who);
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(30 * minuteMs);
  expect(beats.length).toBe(11);
  const lost = (await alerts.list(['undeliverable']))._unsafeUnwrap();
  expect(lost.map(({ cause, rung }) => ({ cause, rung }))).toEqual([{ cause: outage.cause, rung: 2 }]);
  expect(lost[0]?.notices.every(({ error }) => error?.kind === 'unreachable')).toBe(true);

  recorder.down.delete('clara');
  await clock.pass(2 * minuteMs);
  expect(recorder.told[0]?.who).toBe('clara');
  expect((await alerts.get(outage.cause))._unsafeUnwrap()?.state).toBe('told');
  expect(beats.length).toBeGreaterThan(11);
  end();
});

test('a clock that goes back by a day delays nothing', async () => {
  const { clock, recorder, alerts, end } = night();
  (await alerts.raise(outage))._unsafeUnwrap();
  await clock.pass(minuteMs);
  clock.jump(-24 * 60 * minuteMs);
  // What had passed of the first five minutes begins anew, and no more than that is lost.
  await clock.pass(11 * minuteMs);
  expect(recorder.told.some(({ who }) => who === 'clara')).toBe(true);
  end();
});

test('nobody can acknowledge without a name, or what was never raised, or what is over', async () => {
  const { alerts, end } = night();
  const word = { by: 'Ben', reason: 'I am looking' };
  (await alerts.raise(outage))._unsafeUnwrap();
  const kinds = [
    await alerts.acknowledge(outage.cause, { ...word, by: ' ' }),
    await alerts.acknowledge(outage.cause, { ...word, reason: '' }),
    await alerts.acknowledge('something/else', word),
    await alerts.resolve(outage.cause, word).andThen(() => alerts.acknowledge(outage.cause, word)),
    await alerts.raise({ ...outage, cause: '' }),
  ].map((result) => result._unsafeUnwrapErr().kind);
  expect(kinds).toEqual(['invalid', 'invalid', 'unknown-alert', 'resolved', 'invalid']);
  end();
});
