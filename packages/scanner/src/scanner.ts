/**
 * The scanner: it lists, compares, flags, plans and reports. It holds nothing that could delete, so that a scanner with
 * a fault in it is a wrong report and no more. Deleting is another object, opened with other credentials.
 */

import { ok, type Result, safeTry } from 'neverthrow';
import { type Affected, affectedBy } from './affected.ts';
import { type Breaker, breakerOf, type Closing, closeBreaker, openBreaker } from './breaker.ts';
import type { Call, SideResult } from './call.ts';
import type { RunId } from './key.ts';
import type { LedgerLine } from './ledger/event.ts';
import { type Obstacles, obstaclesTo } from './obstacles.ts';
import { type Engine, engineOf, type ScannerOptions } from './options.ts';
import type { Plan, PlanItem } from './plan.ts';
import { type AllGone, goneUntilNow, makePlan } from './review.ts';
import type { ScanReport } from './scan/report.ts';
import { type ScanCall, scanOnce } from './scan/scan.ts';
import type { ScannerError } from './scanner-error.ts';

/** A scanner, open. */
export interface Scanner {
  /** Scans once. An inconclusive scan is an outcome, changes nothing and opens the breaker. */
  scan(call?: ScanCall): SideResult<ScanReport>;
  /** The plan that the last complete scan leads to. Nothing happens by making one. */
  review(call?: Call): SideResult<Plan>;
  /** What has gone before, as the limits count it: of this ledger, and of all others that share its budget. */
  gone(call?: Call): SideResult<AllGone>;
  /** What the store has against these items at this moment: locks, dependants, another content. Changes nothing. */
  obstacles(items: readonly PlanItem[], call?: Call): SideResult<Obstacles>;
  /** What a run has touched. */
  affected(run: RunId): Result<Affected, ScannerError>;
  /** Tells people when no scan was complete for two periods. To be called now and then by whoever runs it. */
  checkOverdue(call?: Call): SideResult<{ readonly isOverdue: boolean }>;
  /** How the breaker stands, and why. */
  breaker(): Result<Breaker, ScannerError>;
  /** A person opens it by hand. */
  openBreaker(by: string, reason: string, call?: Call): SideResult<void>;
  /** A named person closes it, with a reason. `unheard` where nobody could be told the next time. */
  closeBreaker(closing: Closing, call?: Call): SideResult<void>;
  /** What happened, oldest first: the audit log. */
  history(): Result<readonly LedgerLine[], ScannerError>;
}

/** Opens a scanner. `invalid` where the options do not fit together. */
export function openScanner(options: ScannerOptions): Result<Scanner, ScannerError> {
  return engineOf(options).map(
    (engine): Scanner => ({
      scan: (call = {}) => scanOnce(engine, call),
      review: (call = {}) => makePlan(engine, call),
      gone: (call = {}) => goneUntilNow(engine, call),
      obstacles: (items, call = {}) => obstaclesTo(engine, items, call),
      affected: (run) => affectedBy(engine.ledger, run),
      checkOverdue: (call = {}) => checkOverdue(engine, call),
      breaker: () => breakerOf(engine),
      openBreaker: (by, reason, call = {}) => openByHand(engine, by, reason, call),
      closeBreaker: (closing, call = {}) => closeBreaker(engine, closing, call),
      history: () => engine.ledger.log.all(),
    }),
  );
}

function checkOverdue(engine: Engine, call: Call): SideResult<{ readonly isOverdue: boolean }> {
  const { ledger, policy, clock, alerts } = engine;
  return safeTry(async function* () {
    const sinceMs = yield* lastCompletedMs(engine);
    const isOverdue = sinceMs === undefined || clock.now() - sinceMs > 2 * policy.scans.periodMs;
    if (isOverdue) {
      yield* alerts.raise(
        {
          cause: `scanner/${ledger.id}/overdue`,
          severity: 'page',
          title: 'No scan was complete for two periods.',
          detail:
            sinceMs === undefined
              ? 'None was ever complete.'
              : `The last one was at ${new Date(sinceMs).toISOString()}.`,
        },
        call,
      );
    }
    return ok({ isOverdue });
  });
}

/** When a scan was last complete, or the ledger was begun, by the scanner's clock. */
function lastCompletedMs({ ledger }: Pick<Engine, 'ledger'>): Result<number | undefined, ScannerError> {
  return ledger.log.last('scan-completed').map((line) => line?.atMs);
}

function openByHand(engine: Engine, by: string, reason: string, call: Call): SideResult<void> {
  const doubts = [{ rule: 'by-hand', message: `${by} has opened the breaker: ${reason}` }];
  return engine.ledger.fence().asyncAndThen((fence) => openBreaker(engine, doubts, { fence, ...call }));
}
