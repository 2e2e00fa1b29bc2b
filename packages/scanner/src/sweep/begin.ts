/**
 * Before a sweeper does anything: the fence is taken in the ledger and in the store, what an earlier run left open is
 * settled, and everybody whose word is needed is there. Undo asks for less, since bringing back is always safe.
 */

import { err, ok, type Result, safeTry } from 'neverthrow';
import { mustBeClosed, openBreaker } from '../breaker.ts';
import type { Call, SideResult } from '../call.ts';
import { guarded } from '../guarded.ts';
import type { FenceMark } from '../remover.ts';
import { timeOfDay } from '../scan/clock-check.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { Acting, SweepEngine } from './options.ts';
import { settle } from './settle.ts';
import { releaseLeft } from './verify.ts';

/** Takes over: from here on no other sweeper of this ledger or this store acts. */
export function takeOver(engine: SweepEngine, { signal }: Call): SideResult<Acting> {
  const { ledger, remover, clock, name } = engine;
  return safeTry(async function* () {
    const mark = yield* guarded(remover.name, () => remover.fence({ signal }), { signal });
    if (mark !== undefined && mark.ledger !== ledger.id) {
      const message = `${remover.name} is marked by the ledger ${mark.ledger}, and this one is ${ledger.id}. If that one is lost, adopt the store by name and with a reason.`;
      return err(scannerError('fenced-out', message));
    }
    if (mark?.line !== undefined && !(yield* ledger.log.holds(mark.line))) {
      const message = `${remover.name} remembers line ${mark.line.seq} of the ledger ${ledger.id}, and this one does not hold it: it is an older copy, or its end was cut off. If the right one is lost, adopt the store by name and with a reason.`;
      return err(scannerError('fenced-out', message));
    }
    const fence = yield* ledger.log.takeFence(name, clock.now());
    if (mark !== undefined && mark.fence >= fence) {
      return err(
        scannerError(
          'fenced-out',
          `${remover.name} has seen fence ${mark.fence}, and this ledger is at ${fence}.`,
        ),
      );
    }
    const to = yield* markOf(ledger, fence);
    const raised = await guarded(remover.name, () => remover.raiseFence(mark, to, { signal }), { signal });
    if (raised.isErr() && raised.error.kind !== 'unsupported') return err(raised.error);
    const acting: Acting = { fence, hasMark: raised.isOk(), signal };
    yield* settle(engine, acting);
    return ok(acting);
  });
}

/** The mark of this ledger as it stands. */
export function markOf({ id, log }: SweepEngine['ledger'], fence: number): Result<FenceMark, ScannerError> {
  return log.head().map((line) => ({ ledger: id, fence, ...(line !== undefined && { line }) }));
}

/** At the end of a run the store is told the last line of it. Whoever has taken over meanwhile has told it another. */
export async function markEnd({ ledger, remover }: SweepEngine, { fence, hasMark }: Acting): Promise<void> {
  if (!hasMark) return;
  const from = await guarded(remover.name, () => remover.fence({}), {});
  const to = markOf(ledger, fence);
  if (from.isErr() || to.isErr() || from.value?.ledger !== ledger.id || from.value.fence !== fence) return;
  // Where the store cannot be reached, the mark of this run's beginning stays: less is remembered, and nothing is wrong.
  const told = await guarded(remover.name, () => remover.raiseFence(from.value, to.value, {}), {});
  if (told.isErr()) return;
}

/** All that must hold before something is taken away or deleted. Gives the store's time. */
export function mustBeSafe(engine: SweepEngine, acting: Acting): SideResult<{ readonly storeMs: number }> {
  const { alerts, ledger, policy, remover } = engine;
  return safeTry(async function* () {
    yield* mustBeClosed(engine);
    yield* mustBeHeard(engine, acting);
    const { traits } = remover;
    if (traits.quarantine === 'none') {
      return err(
        scannerError('unsupported', `${remover.name} has no quarantine: its orphans are only reported.`),
      );
    }
    if (traits.keptMs !== undefined && traits.keptMs < policy.undoWindowMs) {
      const message = `${remover.name} keeps what is removed for ${traits.keptMs} ms, and the undo window is ${policy.undoWindowMs} ms.`;
      return err(scannerError('unsupported', message));
    }
    const time = yield* timeOfDay(engine, acting);
    if (time.doubts.length > 0) {
      yield* alerts.raise(
        {
          cause: `scanner/${ledger.id}/clock`,
          severity: 'page',
          title: 'The clocks disagree: nothing is swept.',
          detail: time.doubts.map(({ message }) => message).join('\n'),
        },
        acting,
      );
      return err(scannerError('clock', time.doubts.map(({ message }) => message).join(' ')));
    }
    yield* alerts.resolve(`scanner/${ledger.id}/clock`, acting);
    await releaseLeft(engine, acting);
    const last = yield* ledger.log.last('scan-completed');
    const isFresh = last !== undefined && time.storeMs - last.event.storeAtMs <= 2 * policy.scans.periodMs;
    if (!isFresh) {
      return err(
        scannerError('not-believed', 'No scan was complete for two periods: nothing is swept on old news.'),
      );
    }
    return ok({ storeMs: time.storeMs });
  });
}

/** Somebody can be told, and has looked at what they were told before. */
function mustBeHeard({ alerts, ledger }: SweepEngine, call: Call): SideResult<void> {
  return alerts.standing(call).andThen((standing) => {
    const mine = standing.filter(({ cause }) => cause.startsWith(`scanner/${ledger.id}/`));
    const unheard = mine.find(({ state }) => state === 'undeliverable' || state === 'raised');
    return unheard === undefined
      ? ok(undefined)
      : err(
          scannerError(
            'unheard',
            `The alert ${unheard.cause} is ${unheard.state}: nobody has looked at it yet.`,
          ),
        );
  });
}

/** The store keeps its word: a removal with a wrong version is refused, and what is removed comes back. */
export function mustKeepItsWord(
  engine: SweepEngine,
  acting: Acting,
): SideResult<{ readonly conditional: boolean }> {
  const { remover } = engine;
  return safeTry(async function* () {
    const proof = yield* guarded(remover.name, () => remover.prove(acting), acting);
    const lies = [
      ...(proof.restores ? [] : [`${remover.name} does not bring back what it has put aside.`]),
      ...(remover.traits.conditional && !proof.conditional
        ? [`${remover.name} removes an object although the version named is another one.`]
        : []),
    ];
    if (lies.length === 0) return ok({ conditional: proof.conditional });
    yield* openBreaker(
      engine,
      lies.map((message) => ({ rule: 'store-keeps-its-word', message })),
      acting,
    );
    return err(scannerError('not-believed', lies.join(' ')));
  });
}
