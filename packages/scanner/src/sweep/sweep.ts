/**
 * Carries a plan out, as far as it still holds: batch by batch into quarantine, each batch verified a moment before it
 * goes. It may do less than the plan says and never more. One item that turns out to be needed ends it all.
 */

import { err, ok, type Result, safeTry } from 'neverthrow';
import { type Approval, signersOf } from '../approval.ts';
import { openBreaker } from '../breaker.ts';
import type { Call, SideResult } from '../call.ts';
import { type RunId, runId } from '../key.ts';
import { attempt } from '../ledger/file.ts';
import type { TrashRow } from '../ledger/trash.ts';
import { type Plan, type PlanItem, planDigest } from '../plan.ts';
import { excessNow, othersOf, signaturesFor } from '../review.ts';
import { clockDoubts } from '../rules/clocks.ts';
import { sparingLastCopies } from '../rules/copies.ts';
import type { Others } from '../rules/limits.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { actOn } from './act.ts';
import { markEnd, mustBeSafe, mustKeepItsWord, takeOver } from './begin.ts';
import { type Acting, batchItems, type SweepEngine } from './options.ts';
import { settleSpending, spending } from './spend.ts';
import { releaseAll, verify } from './verify.ts';

/** What a sweep has done. */
export interface SweepReport {
  readonly run: RunId;
  readonly plan: string;
  /** `stopped`: something made it end early; `why` says what, and the breaker is open. */
  readonly outcome: 'done' | 'stopped';
  readonly why: string | undefined;
  /** Now in quarantine, until then. */
  readonly quarantined: readonly {
    readonly key: string;
    readonly owner: string | undefined;
    readonly until: string;
  }[];
  /** Left where they are, each with every reason. */
  readonly stayed: readonly { readonly key: string; readonly reasons: Readonly<Record<string, string>> }[];
  /** Does the store itself refuse a removal when the version is another? */
  readonly conditional: boolean;
  readonly signedBy: readonly string[];
}

/** Sweeps a plan once. Called again after a crash, it goes on where it was. */
export function sweepPlan(
  engine: SweepEngine,
  plan: Plan,
  approvals: readonly Approval[],
  call: Call,
): SideResult<SweepReport> {
  const { ledger, clock } = engine;
  return safeTry(async function* () {
    yield* mustBeOurs(engine, plan);
    const acting = yield* takeOver(engine, call);
    const { storeMs } = yield* mustBeSafe(engine, acting);
    const run = yield* runOf(plan);
    const left = yield* remaining(engine, plan, run);
    const approve = (others: Others) => mustBeApproved(engine, plan, { left, approvals, storeMs, others });
    yield* approve(yield* othersOf(engine, storeMs, acting));
    const { conditional } = yield* mustKeepItsWord(engine, acting);
    const signedBy = yield* spending(engine, { run, items: left, storeMs }, acting, approve);
    const { items, bytes } = plan.totals;
    yield* ledger.log.append(
      { kind: 'sweep-started', run, plan: plan.digest, items, bytes, signedBy },
      { atMs: clock.now(), fence: acting.fence },
    );
    const swept = await sweepBatches(engine, { run, items: left, storeMs }, acting);
    await settleSpending(engine, run, storeMs);
    const outcome = swept.why === undefined ? 'done' : 'stopped';
    if (swept.why?.kind === 'fenced-out' || swept.why?.kind === 'cancelled' || swept.why?.kind === 'ledger') {
      return err(swept.why);
    }
    yield* ledger.log.append(
      { kind: 'sweep-ended', run, plan: plan.digest, outcome },
      { atMs: clock.now(), fence: acting.fence },
    );
    if (swept.why !== undefined) {
      const doubts = [{ rule: swept.rule ?? swept.why.kind, message: swept.why.message }];
      yield* openBreaker(engine, doubts, { ...acting, run });
    }
    await markEnd(engine, acting);
    return ok({
      run,
      plan: plan.digest,
      outcome,
      why: swept.why?.message,
      quarantined: swept.taken.map(({ key, owner, untilMs }) => ({
        key,
        owner,
        until: new Date(untilMs).toISOString(),
      })),
      stayed: swept.stayed,
      conditional,
      signedBy,
    } satisfies SweepReport);
  });
}

/** The plan is whole, from this place, and was not carried out before. */
function mustBeOurs({ policy, ledger, inventory }: SweepEngine, plan: Plan): Result<void, ScannerError> {
  const no = (message: string) => err(scannerError('not-approved', message));
  if (planDigest(plan) !== plan.digest) return no('The plan is not what its digest says: it was edited.');
  if (plan.environment !== policy.environment || plan.ledger !== ledger.id || plan.store !== inventory.name) {
    return no(`The plan is for ${plan.store} in ${plan.environment}, by the ledger ${plan.ledger}.`);
  }
  return runOf(plan)
    .andThen((run) => ledger.log.ofRun(run))
    .andThen((lines) =>
      lines.some(({ event }) => event.kind === 'sweep-ended')
        ? no('The plan was carried out before. Make a new one.')
        : ok(undefined),
    );
}

/** A plan is carried out once, so its run has its name. */
function runOf({ digest }: Plan): Result<RunId, ScannerError> {
  return runId(`sweep-${digest.slice(0, 32)}`);
}

/** What of the plan was not yet begun, without the last copies of anybody as things stand now. */
function remaining(
  { ledger, policy, inventory }: SweepEngine,
  plan: Plan,
  run: RunId,
): Result<readonly PlanItem[], ScannerError> {
  return attempt('be read', () => {
    const begun = new Set(ledger.trash.ofRun(run).map(({ key }) => key));
    return plan.items.filter(({ key }) => !begun.has(key));
  }).andThen((items) =>
    ledger
      .baseline()
      .map(({ tallies }) => sparingLastCopies(items, tallies[inventory.name] ?? [], policy).go),
  );
}

/** Within all limits as they stand now, or signed by enough people over exactly this plan. */
function mustBeApproved(
  engine: SweepEngine,
  plan: Plan,
  {
    left,
    approvals,
    storeMs,
    others,
  }: {
    readonly left: readonly PlanItem[];
    readonly approvals: readonly Approval[];
    readonly storeMs: number;
    readonly others: Others;
  },
): Result<readonly string[], ScannerError> {
  const { ledger, policy } = engine;
  if (!(storeMs < Date.parse(plan.expiresAt))) {
    return err(scannerError('not-approved', `The plan was good until ${plan.expiresAt}.`));
  }
  return ledger
    .baseline()
    .andThen((baseline) => excessNow(engine, left, { baseline, storeNowMs: storeMs, others }))
    .andThen((excess) => {
      const wanted = signaturesFor(plan.items, excess, policy);
      const signers = signersOf(plan, approvals, policy, storeMs);
      if (signers.length >= wanted) return ok(signers);
      const limits = excess.map(({ limit, message }) => `${limit}: ${message}`).join(' ');
      return err(
        scannerError(
          'not-approved',
          `${limits} It takes ${wanted} signatures over ${plan.digest}; ${signers.length} count.`,
        ),
      );
    });
}

interface Swept {
  readonly taken: readonly TrashRow[];
  readonly stayed: SweepReport['stayed'];
  readonly why: ScannerError | undefined;
  readonly rule?: string | undefined;
}

async function sweepBatches(
  engine: SweepEngine,
  {
    run,
    items,
    storeMs,
  }: { readonly run: RunId; readonly items: readonly PlanItem[]; readonly storeMs: number },
  acting: Acting,
): Promise<Swept> {
  const taken: TrashRow[] = [];
  const stayed: SweepReport['stayed'][number][] = [];
  const began = engine.clock.monotonicMs();
  for (let start = 0; start < items.length; start += batchItems) {
    const batch = items.slice(start, start + batchItems);
    const nowMs = storeMs + (engine.clock.monotonicMs() - began);
    const swept = await sweepBatch(engine, { run, items: batch, storeMs: nowMs }, acting);
    await releaseAll(
      engine,
      batch.map(({ key }) => key),
      run,
      acting,
    );
    if (swept.isErr()) return { taken, stayed, why: swept.error };
    taken.push(...swept.value.taken);
    stayed.push(...swept.value.stayed);
    if (swept.value.why !== undefined) {
      return { taken, stayed, why: swept.value.why, rule: swept.value.rule };
    }
  }
  return { taken, stayed, why: undefined };
}

function sweepBatch(
  engine: SweepEngine,
  {
    run,
    items,
    storeMs,
  }: { readonly run: RunId; readonly items: readonly PlanItem[]; readonly storeMs: number },
  acting: Acting,
): SideResult<Swept> {
  const { policy } = engine;
  return safeTry(async function* () {
    yield* clocksStillAgree(engine);
    const verified = yield* verify(engine, { run, items, storeMs }, acting);
    const stayed = verified.stay.map(({ item, reasons }) => ({ key: item.key, reasons }));
    if (verified.stop !== undefined) {
      const { rule, message } = verified.stop;
      const kind = rule === 'became-needed' ? 'needed' : 'unavailable';
      return ok({ taken: [], stayed: [], why: scannerError(kind, message), rule });
    }
    const rows = verified.go.map(
      (item): TrashRow => ({
        ...item,
        owner: item.owner,
        run,
        token: undefined,
        state: 'intended',
        atMs: storeMs,
        untilMs: storeMs + policy.undoWindowMs,
      }),
    );
    const acted = yield* actOn(engine, { run, act: 'quarantine', rows }, acting, verified.stillGood);
    stayed.push(
      ...acted.untouched.map(({ row, message }) => ({ key: row.key, reasons: { 'store-refused': message } })),
    );
    if (acted.mistaken.length > 0) {
      // The store took what nobody judged: it comes back before anything else is done.
      yield* actOn(engine, { run, act: 'restore', rows: acted.mistaken }, acting);
      const why = scannerError('not-believed', 'The store took another version than the one named.');
      return ok({ taken: [], stayed, why, rule: 'act-as-asked' });
    }
    if (acted.inDoubt.length > 0) {
      const why = scannerError('unavailable', `What became of ${acted.inDoubt[0]?.key} is not known.`);
      return ok({ taken: acted.done, stayed, why, rule: 'act-in-doubt' });
    }
    return ok({ taken: acted.done, stayed, why: undefined });
  });
}

/** The scanner's own two clocks, between batches: a machine may have slept. */
function clocksStillAgree({ clock, openedAt, policy }: SweepEngine): Result<void, ScannerError> {
  const [doubt] = clockDoubts({
    wallMs: clock.now(),
    wallPassedMs: clock.now() - openedAt.wallMs,
    steadyPassedMs: clock.monotonicMs() - openedAt.steadyMs,
    sides: {},
    lastStoreMs: undefined,
    storeMs: 0,
    toleranceMs: policy.belief.clockToleranceMs,
  });
  return doubt === undefined ? ok(undefined) : err(scannerError('clock', doubt.message));
}
