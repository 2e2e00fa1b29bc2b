// What one alert does, event by event: what is told, what is not told twice, and what is never told as more than it is.

import { expect, test } from 'vitest';
import { chainOf, Night } from './night.ts';

const chain = chainOf({ rungs: [{ tell: ['anna'] }, { tell: ['ben'] }] });
const anna = chainOf({ rungs: [{ tell: ['anna'] }] }, ['anna']);
const both = chainOf({ rungs: [{ tell: ['anna', 'ben'] }] });
const minute = 60;

test('raised again it says what is so now, keeps its beginning, counts, and wakes nobody', () => {
  const night = new Night(chain);
  night.happen({
    kind: 'raise',
    cause: 'db',
    severity: 'critical',
    summary: 'down',
    source: 'panel-1',
    details: { scans: 1 },
  });
  night.pass(10);
  const later = {
    summary: 'still down',
    source: 'panel-2',
    details: { scans: 2 },
    lastRaisedAtMs: 10_000,
    raisedAtMs: 0,
    raisedCount: 2,
    severity: 'critical',
  };
  night.happen({
    kind: 'raise',
    cause: 'db',
    severity: 'info',
    summary: 'still down',
    source: 'panel-2',
    details: { scans: 2 },
  });
  expect(night.alert).toMatchObject(later);
  night.raise();
  expect(night.alert?.details).toEqual({});
  expect(night.told).toEqual(['0 anna trigger raised']);
});

test('worse is told at once, also to whom a message is failing or on its way, and gives its rung the whole time', () => {
  const night = new Night(both);
  night.down.add('anna');
  night.silent.add('ben');
  night.raise('info');
  night.pass(2);
  night.raise('critical');
  expect(night.told).toEqual([
    '0 anna trigger raised',
    '0 ben trigger raised',
    '2 anna trigger worse',
    '2 ben trigger worse',
  ]);
  expect(night.history).toContain('worse critical: down');
  night.down.clear();
  night.silent.clear();
  night.pass(5 * minute - 1);
  expect(night.told.some((line) => line.includes('clara'))).toBe(false);
  night.pass(1);
  expect(night.told).toContain('302 clara trigger escalated');
});

test('an answer that comes late, or twice, is none to the message that was sent since', () => {
  const night = new Night(anna);
  night.silent.add('anna');
  night.raise();
  night.pass(20);
  expect(night.told).toEqual(['0 anna trigger raised', '20 anna trigger raised']);
  const [first, second] = [1, 2].map((seq) => ({ kind: 'delivered' as const, target: 'anna', seq }));
  if (first === undefined || second === undefined) throw new Error('there are two');
  night.happen(first);
  night.happen({ kind: 'failed', target: 'ben', seq: 2, error: { kind: 'refused', message: 'no' } });
  // Twenty seconds without an answer are a failure, until the second message has one.
  expect(night.alert).toMatchObject({ state: 'undeliverable', notices: [{ status: 'sending', tries: 2 }] });
  night.happen(second);
  night.happen(second);
  night.happen({ ...second, kind: 'failed', error: { kind: 'unreachable', message: 'no route' } });
  expect(night.alert).toMatchObject({ state: 'told', notices: [{ status: 'delivered', tries: 0 }] });
  expect(night.lines.map(({ what, text }) => `${what} ${text}`)).toEqual([
    'raised info: down',
    'undeliverable anna',
    'delivered anna: raised',
  ]);
});

test('an answer to a message of the incident before is none to one of this incident', () => {
  const night = new Night(anna);
  night.silent.add('anna');
  night.raise();
  night.say('resolve');
  night.raise();
  expect(night.alert).toMatchObject({ incident: 2, state: 'raised' });
  for (const seq of [1, 2]) night.happen({ kind: 'delivered', target: 'anna', seq });
  expect(night.alert?.state).toBe('raised');
  night.happen({ kind: 'delivered', target: 'anna', seq: 3 });
  expect(night.alert?.state).toBe('told');
});

test('what is over is over: it has one end, which is told until it was heard, and then nothing is left to do', () => {
  const night = new Night(chain);
  night.raise();
  night.down.add('anna');
  night.say('resolve');
  expect(night.refusal({ kind: 'resolve', by: 'Ben', reason: 'me too' })).toEqual({
    kind: 'resolved',
    message: 'db was resolved by Anna already',
  });
  expect(night.refusal({ kind: 'acknowledge', by: 'Ben', reason: 'me too' }).kind).toBe('resolved');
  night.pass(5);
  night.down.clear();
  night.pass(10);
  expect(night.told).toEqual([
    '0 anna trigger raised',
    '0 anna resolve resolved',
    '5 anna resolve resolved',
    '15 anna resolve resolved',
  ]);
  expect(night.alert).toMatchObject({ state: 'resolved', resolved: { by: 'Anna', atMs: 0 } });
  expect(night.alert).not.toHaveProperty('dueAtMs');
});

test('who cannot be told that it was taken or is over is given up after twenty tries; who is to be woken never is', () => {
  const night = new Night(anna);
  night.raise();
  night.down.add('anna');
  night.say('acknowledge');
  night.pass(29 * minute);
  const tries = night.told.filter((line) => line.includes('acknowledge'));
  expect(tries.length).toBe(20);
  expect(tries.slice(0, 7).map((line) => line.split(' ')[0])).toEqual([
    '0',
    '5',
    '15',
    '35',
    '75',
    '135',
    '195',
  ]);
  expect(night.history.filter((line) => line.startsWith('given-up'))).toEqual(['given-up anna']);
  expect(night.history.filter((line) => line.startsWith('failed')).length).toBe(20);
  expect(night.history).toContain('failed anna: no route');
  // Given up, she is woken all the same when the time to resolve it is over.
  const before = night.told.length;
  night.pass(240 * minute);
  const woken = night.told.slice(before);
  expect(woken[0]).toBe('1800 anna trigger lapsed');
  expect(woken.length).toBeGreaterThan(230);
});

test('a repair that ends in time is not told as one that did not, however long its end cannot be told', () => {
  const night = new Night(anna);
  night.raise();
  night.say('acknowledge');
  night.pass(20 * minute);
  night.down.add('anna');
  night.say('resolve', 'Ben');
  night.pass(40 * minute);
  expect(night.told.slice(2).every((line) => line.endsWith('anna resolve resolved'))).toBe(true);
  expect(night.alert).toMatchObject({ state: 'resolved', resolved: { by: 'Ben' } });
});

test('whom the acknowledgement never reached is woken by its end like everybody', () => {
  const night = new Night(chainOf({ rungs: [{ tell: ['anna'] }], resolveWithinMs: 60_000 }, ['anna']));
  night.raise();
  night.down.add('anna');
  night.say('acknowledge');
  night.pass(59);
  night.down.clear();
  night.pass(1);
  expect(night.told.at(-1)).toBe('60 anna trigger lapsed');
  expect(night.history).toContain('lapsed Anna has not resolved it');
});

test('a message on its way is not sent once more because a repetition or the next rung has come', () => {
  const hasty = new Night(chainOf({ rungs: [{ tell: ['anna'] }], repeatMs: 5_000 }, ['anna']));
  hasty.silent.add('anna');
  hasty.raise();
  hasty.pass(6);
  hasty.happen({ kind: 'tick' });
  expect(hasty.told).toEqual(['0 anna trigger raised']);
  expect(hasty.alert?.dueAtMs).toBe(20_000);

  const rungs = [{ tell: ['anna'], acknowledgeWithinMs: 10_000 }, { tell: ['ben', 'anna'] }] as const;
  const night = new Night(chainOf({ rungs }, ['anna', 'ben']));
  night.silent.add('anna');
  night.raise();
  night.pass(20);
  expect(night.told).toEqual(['0 anna trigger raised', '10 ben trigger escalated', '20 anna trigger raised']);
});

test('nobody is said to have been told before they have confirmed it, and who has stays so', () => {
  const never = new Night(anna);
  never.down.add('anna');
  never.raise();
  expect(never.alert?.state).toBe('undeliverable');
  never.silent.add('anna');
  never.raise('critical');
  expect(never.alert).toMatchObject({ state: 'raised', notices: [{ status: 'sending' }] });

  const once = new Night(anna);
  once.raise();
  expect(once.alert?.state).toBe('told');
  once.silent.add('anna');
  once.raise('critical');
  expect(once.alert).toMatchObject({ state: 'told', notices: [{ status: 'sending', confirmed: true }] });
  once.pass(1);
  once.happen({ kind: 'delivered', target: 'anna', seq: 2 });
  once.pass(2 * minute);
  expect(once.told.at(-1)).toBe('121 anna trigger repeated');
  expect(once.alert).toMatchObject({ state: 'told', notices: [{ status: 'sending' }] });
});

test('that nobody can be reached is written down each time that it becomes so, and why each rung was left', () => {
  const night = new Night(anna);
  night.down.add('anna');
  night.raise();
  night.pass(10 * minute);
  night.down.clear();
  night.pass(minute);
  expect(night.alert?.state).toBe('told');
  night.down.add('anna');
  night.pass(10 * minute);
  expect(night.alert?.state).toBe('undeliverable');
  expect(night.history.filter((line) => !line.startsWith('failed'))).toEqual([
    'raised info: down',
    'undeliverable anna',
    'undeliverable anna',
  ]);

  const climbing = new Night(chain);
  climbing.down.add('anna');
  climbing.raise();
  climbing.pass(5 * minute);
  expect(climbing.history.filter((line) => line.startsWith('escalated'))).toEqual([
    'escalated nobody could be reached, now: ben',
    'escalated no answer, now: ben, anna, clara',
  ]);
});

test('who left the rung is not told on, and nothing is due because of them', () => {
  const night = new Night(chain);
  night.raise();
  night.pass(9 * minute);
  expect(night.told.filter((line) => line.includes('anna'))).toEqual([
    '0 anna trigger raised',
    '120 anna trigger repeated',
    '240 anna trigger repeated',
  ]);
});

test('who is put on the chain while an alert is open is told of it, also where everybody else has left it', () => {
  const night = new Night(anna);
  night.raise();
  night.pass(minute);
  night.chain = chainOf({ rungs: [{ tell: ['zoe'] }] }, ['zoe']);
  night.happen({ kind: 'tick' });
  expect(night.told.at(-1)).toBe('60 zoe trigger escalated');
  night.pass(2 * minute);
  expect(night.told.at(-1)).toBe('180 zoe trigger repeated');

  // The rung on which it stands is not there any more: the last one takes its place.
  const high = new Night(chain);
  high.raise();
  high.pass(11 * minute);
  expect(high.alert?.rung).toBe(2);
  high.chain = chainOf({ rungs: [{ tell: ['zoe'] }] }, ['zoe']);
  high.pass(minute);
  expect(high.told.at(-1)).toBe('720 zoe trigger escalated');
});

test('a chain that is changed wakes nobody for what was taken or is over', () => {
  const night = new Night(anna);
  night.raise();
  night.say('acknowledge');
  night.chain = chainOf({ rungs: [{ tell: ['zoe'] }] }, ['zoe']);
  night.happen({ kind: 'tick' });
  night.pass(29 * minute);
  expect(night.told.some((line) => line.includes('zoe'))).toBe(false);
  night.pass(minute);
  expect(night.told.at(-1)).toBe('1800 zoe trigger lapsed');
  night.say('resolve');
  const before = night.told.length;
  night.chain = anna;
  night.happen({ kind: 'tick' });
  expect(night.told.length).toBe(before);
});

test('an alert that reaches nobody of today is undeliverable, whoever had heard of it on the chain of yesterday', () => {
  const night = new Night(chainOf({ rungs: [{ tell: ['anna', 'ben'] }] }, ['anna', 'ben']));
  night.raise();
  night.say('acknowledge');
  night.chain = anna;
  night.down.add('anna');
  night.pass(30 * minute);
  expect(night.alert?.state).toBe('undeliverable');
});

test('a clock that goes back puts off neither the next try nor the end of an acknowledgement', () => {
  const day = 86_400_000;
  const failing = new Night(anna);
  failing.nowMs = day;
  failing.down.add('anna');
  failing.raise();
  failing.nowMs = 0;
  failing.happen({ kind: 'tick' });
  failing.down.clear();
  failing.pass(5);
  expect(failing.told.at(-1)).toBe('5 anna trigger raised');

  const taken = new Night(anna);
  taken.nowMs = day;
  taken.raise();
  taken.say('acknowledge');
  taken.pass(10 * minute);
  taken.happen({ kind: 'tick' });
  taken.nowMs = 0;
  taken.happen({ kind: 'tick' });
  expect(taken.alert).not.toHaveProperty('by');
  taken.pass(20 * minute);
  expect(taken.told.at(-1)).toBe('1200 anna trigger lapsed');
});
