// Whatever happens, in whatever order, with whatever answers: somebody is going to be told, until somebody has answered.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  type Alert,
  type AlertEvent,
  applyEvent,
  checkChain,
  isOpen as isAlertOpen,
  type Notice,
} from '../src/index.ts';

const people = ['anna', 'ben', 'clara'];
const chain = checkChain(
  { rungs: [{ tell: ['anna'] }, { tell: ['ben', 'anna'], acknowledgeWithinMs: 90_000 }] },
  people,
)._unsafeUnwrap();

/** The longest that an open alert may be left alone: a repetition, a retry, or a process that died over a message. */
const longestSilenceMs = Math.max(chain.repeatMs, 60_000, chain.answerWithinMs + 5_000);

type Move =
  | { readonly do: 'raise'; readonly severity: 'info' | 'warning' | 'critical' }
  | { readonly do: 'acknowledge' | 'resolve' }
  | { readonly do: 'answer'; readonly which: number; readonly well: boolean }
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'until due' };

const move: fc.Arbitrary<Move> = fc.oneof(
  fc.record({ do: fc.constant('raise' as const), severity: fc.constantFrom('info', 'warning', 'critical') }),
  fc.record({ do: fc.constantFrom('acknowledge' as const, 'resolve' as const) }),
  fc.record({ do: fc.constant('answer' as const), which: fc.nat(9), well: fc.boolean() }),
  fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: -3_600_000, max: 3_600_000 }) }),
  fc.record({ do: fc.constant('until due' as const) }),
);

function eventOf(one: Move, asked: readonly Notice[]): AlertEvent {
  switch (one.do) {
    case 'raise':
      return { kind: 'raise', cause: 'c', severity: one.severity, summary: 's', source: 'x' };
    case 'acknowledge':
    case 'resolve':
      return { kind: one.do, by: 'Anna', reason: 'r' };
    case 'answer': {
      const notice = asked[one.which % Math.max(1, asked.length)];
      if (notice === undefined) return { kind: 'tick' };
      const { target, seq } = notice;
      const error = { kind: 'unreachable', message: 'down' } as const;
      return one.well ? { kind: 'delivered', target, seq } : { kind: 'failed', target, seq, error };
    }
    default:
      return { kind: 'tick' };
  }
}

test('an open alert is never left alone, never steps back on its chain, and a closed one is silent', () => {
  fc.assert(
    fc.property(fc.array(move, { maxLength: 60 }), (moves) => {
      let nowMs = 1_000_000_000;
      let alert: Alert | undefined;
      const asked: Notice[] = [];
      for (const one of moves) {
        if (one.do === 'wait') nowMs += one.ms;
        if (one.do === 'until due') nowMs = Math.max(nowMs, alert?.dueAtMs ?? nowMs);
        const before = alert;
        const applied = applyEvent(before, eventOf(one, asked), nowMs, chain);
        if (applied.isErr()) continue;
        const { alert: after, sends } = applied.value;
        alert = after;
        asked.push(...sends);
        expect(JSON.parse(JSON.stringify(after))).toEqual(after);

        const isOpen = after.state !== 'acknowledged' && after.state !== 'resolved';
        expect(isAlertOpen(after)).toBe(isOpen);
        if (isOpen || after.state === 'acknowledged') expect(after.dueAtMs).toBeDefined();
        if (isOpen) expect(after.dueAtMs!).toBeLessThanOrEqual(nowMs + longestSilenceMs);
        // Nothing stays due: otherwise whoever keeps watch would spin.
        expect(after.dueAtMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs);
        if (!isOpen) expect(sends.filter(({ action }) => action === 'trigger')).toEqual([]);
        if (before?.incident === after.incident) expect(after.rung).toBeGreaterThanOrEqual(before.rung);
        expect(new Set(sends.map(({ target }) => target)).size).toBe(sends.length);
        const onRung = chain.rungs[after.rung]?.tell ?? [];
        if (isOpen)
          expect(after.notices.map(({ target }) => target)).toEqual(expect.arrayContaining([...onRung]));
      }
    }),
    { numRuns: 500 },
  );
});

test('left alone with targets that always fail, it climbs to everyone and stays there', () => {
  let nowMs = 0;
  let alert: Alert | undefined;
  const tried = new Set<string>();
  const apply = (event: AlertEvent): void => {
    const { alert: after, sends } = applyEvent(alert, event, nowMs, chain)._unsafeUnwrap();
    alert = after;
    for (const { target, seq } of sends) {
      tried.add(target);
      apply({ kind: 'failed', target, seq, error: { kind: 'refused', message: 'no' } });
    }
  };
  apply({ kind: 'raise', cause: 'c', severity: 'info', summary: 's', source: 'x' });
  for (let turn = 0; turn < 50; turn++) {
    nowMs = alert?.dueAtMs ?? Number.NaN;
    apply({ kind: 'tick' });
  }
  expect(alert).toMatchObject({ state: 'undeliverable', rung: 2 });
  expect([...tried].sort()).toEqual(people);
});

test('a chain that would never call anybody is refused by the name of its field', () => {
  const rung = { tell: ['anna'] } as const;
  const messages = [
    checkChain({ rungs: [] }, people),
    checkChain({ rungs: [rung] }, []),
    checkChain({ rungs: [{ tell: ['zoe'] }] }, people),
    checkChain({ rungs: [{ ...rung, acknowledgeWithinMs: 0 }] }, people),
    checkChain({ rungs: [{ ...rung, acknowledgeWithinMs: Number.NaN }] }, people),
    checkChain({ rungs: [rung], repeatMs: Number.POSITIVE_INFINITY }, people),
    checkChain({ rungs: [rung], resolveWithinMs: -1 }, people),
  ].map((result) => result._unsafeUnwrapErr().message.split(':')[0]);
  expect(messages).toEqual([
    'chain.rungs',
    'targets',
    'chain.rungs[0].tell',
    'chain.rungs[0].acknowledgeWithinMs',
    'chain.rungs[0].acknowledgeWithinMs',
    'chain.repeatMs',
    'chain.resolveWithinMs',
  ]);
});

test('the last rung is everyone, and five minutes is the time to answer, unless said otherwise', () => {
  expect(chain.rungs).toEqual([
    { tell: ['anna'], acknowledgeWithinMs: 300_000 },
    { tell: ['ben', 'anna'], acknowledgeWithinMs: 90_000 },
    { tell: ['ben', 'anna', 'clara'], acknowledgeWithinMs: 300_000 },
  ]);
  const all = checkChain({ rungs: [{ tell: ['anna', 'ben', 'clara'] }] }, people)._unsafeUnwrap();
  expect(all.rungs).toHaveLength(1);
});
