/**
 * The end of the undo window: what has lain in quarantine long enough, and what nobody has asked for since, is deleted.
 * It is verified once more; what has become needed is brought back instead.
 */

import { err, ok, safeTry } from 'neverthrow';
import { openBreaker } from '../breaker.ts';
import type { Call, SideResult } from '../call.ts';
import type { Reference } from '../entry.ts';
import type { RunId } from '../key.ts';
import { attempt } from '../ledger/file.ts';
import type { TrashRow } from '../ledger/trash.ts';
import { sparingLastCopies } from '../rules/copies.ts';
import { mayBeMissing } from '../rules/ripe.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { actOn } from './act.ts';
import { markEnd, mustBeSafe, takeOver } from './begin.ts';
import { type Acting, batchItems, type SweepEngine } from './options.ts';
import { claimAll, releaseAll, stillStand } from './verify.ts';

/** What a purge has done. */
export interface PurgeReport {
  readonly deleted: readonly string[];
  /** Needed again: brought back, and the breaker is open. */
  readonly broughtBack: readonly string[];
  /** Still in quarantine, each with its reason. */
  readonly stayed: readonly { readonly key: string; readonly why: string }[];
}

/** Deletes what is due. */
export function purgeDue(engine: SweepEngine, call: Call): SideResult<PurgeReport> {
  const { ledger, policy, inventory } = engine;
  return safeTry(async function* () {
    const acting = yield* takeOver(engine, call);
    const { storeMs } = yield* mustBeSafe(engine, acting);
    const last = yield* ledger.log.last('scan-completed');
    const baseline = yield* ledger.baseline();
    const rows = yield* attempt('be read', () => ledger.trash.inState('quarantined'));
    const missing = new Set(baseline.missing.map(({ owner }) => owner));
    const reasonFor = (row: TrashRow): string | undefined => {
      if (row.untilMs > storeMs)
        return `It can be brought back until ${new Date(row.untilMs).toISOString()}.`;
      if (!((last?.event.storeAtMs ?? 0) > row.atMs))
        return 'No complete scan has seen the world without it.';
      if (mayBeMissing(row.owner, missing)) return 'Needed items of its owner are not stored.';
      return undefined;
    };
    const waiting = rows.flatMap((row) => {
      const why = reasonFor(row);
      return why === undefined ? [] : [{ key: row.key, why }];
    });
    const due = rows.filter((row) => reasonFor(row) === undefined);
    // They are no longer stored, so what is stored is what would be left: none of them is counted off again.
    const { go, stay } = sparingLastCopies(
      due.map((row) => ({ ...row, verified: false, row })),
      baseline.tallies[inventory.name] ?? [],
      policy,
    );
    const deleted: string[] = [];
    const broughtBack: string[] = [];
    const stayed: { readonly key: string; readonly why: string }[] = [
      ...waiting,
      ...stay.map(({ key }) => ({ key, why: 'No verified copy of its owner would be left.' })),
    ];
    runs: for (const [run, ofRun] of Map.groupBy(
      go.map(({ row }) => row),
      (row) => row.run,
    )) {
      for (let start = 0; start < ofRun.length; start += batchItems) {
        const batch = ofRun.slice(start, start + batchItems);
        const done = await purgeBatch(engine, { run, rows: batch, storeMs }, acting);
        await releaseAll(
          engine,
          batch.map(({ key }) => key),
          run,
          acting,
        );
        const purged = yield* done;
        deleted.push(...purged.deleted);
        broughtBack.push(...purged.broughtBack);
        stayed.push(...purged.stayed);
        if (broughtBack.length > 0) break runs;
      }
    }
    await markEnd(engine, acting);
    return ok({ deleted, broughtBack, stayed });
  });
}

function purgeBatch(
  engine: SweepEngine,
  {
    run,
    rows,
    storeMs,
  }: { readonly run: RunId; readonly rows: readonly TrashRow[]; readonly storeMs: number },
  acting: Acting,
): SideResult<PurgeReport> {
  const { clock } = engine;
  const began = { wallMs: clock.now(), steadyMs: clock.monotonicMs() };
  return safeTry(async function* () {
    const claimed = await claimAll(
      engine,
      rows.map(({ key }) => key),
      run,
      acting,
    );
    if (claimed.isErr()) {
      const { kind, message } = claimed.error;
      if (kind !== 'cancelled') yield* openBreaker(engine, [{ rule: kind, message }], { ...acting, run });
      return err(claimed.error);
    }
    const stands = await stillStand(engine, acting);
    if (stands.isErr()) {
      const { kind, message } = stands.error;
      if (kind !== 'cancelled') yield* openBreaker(engine, [{ rule: kind, message }], { ...acting, run });
      return err(stands.error);
    }
    const verdicts = rows.map((row) => ({
      row,
      ...verdictOn(engine, row, claimed.value.get(row.key) ?? {}, storeMs),
    }));
    const needed = verdicts.filter(({ is }) => is === 'needed').map(({ row }) => row);
    if (needed.length > 0) {
      const back = yield* actOn(engine, { run, act: 'restore', rows: needed }, acting);
      const doubts = needed.map(({ key }) => ({
        rule: 'needed-in-quarantine',
        message: `${key} is needed again and was brought back.`,
      }));
      yield* openBreaker(engine, doubts, { ...acting, run });
      return ok({ deleted: [], broughtBack: back.done.map(({ key }) => key), stayed: [] });
    }
    const due = verdicts.filter(({ is }) => is === 'due').map(({ row }) => row);
    const stillGood = () => {
      const isFresh =
        Math.abs(clock.now() - began.wallMs) <= 60_000 && clock.monotonicMs() - began.steadyMs <= 60_000;
      return isFresh
        ? ok<void, ScannerError>(undefined)
        : err<void, ScannerError>(scannerError('clock', 'Too much time has passed since the last look.'));
    };
    const acted = yield* actOn(engine, { run, act: 'delete', rows: due }, acting, stillGood);
    return ok({
      deleted: acted.done.map(({ key }) => key),
      broughtBack: [],
      stayed: [
        ...verdicts.filter(({ is }) => is === 'stays').map(({ row, why }) => ({ key: row.key, why })),
        ...acted.untouched.map(({ row, message }) => ({ key: row.key, why: message })),
      ],
    });
  });
}

/** One word from every registry that answers for its kind, and every word counts. */
function verdictOn(
  { policy }: SweepEngine,
  { kind, key }: TrashRow,
  references: Readonly<Record<string, Reference>>,
  storeMs: number,
): { readonly is: 'needed' | 'stays' | 'due'; readonly why: string } {
  const all = Object.entries(references);
  const needing = all.find(([, { verdict }]) => verdict === 'needed');
  if (needing !== undefined) return { is: 'needed', why: `${needing[0]} needs ${key}.` };
  const silent = (policy.references[kind] ?? []).find((name) => references[name] === undefined);
  if (silent !== undefined) return { is: 'stays', why: `${silent} did not answer for it.` };
  for (const [name, one] of all) {
    if (one.verdict !== 'not-needed') return { is: 'stays', why: `${name} cannot tell about it.` };
    if (one.hold !== 'none') return { is: 'stays', why: `${name} holds it, or cannot tell.` };
    if (one.inUseBy !== undefined) return { is: 'stays', why: `${one.inUseBy} uses it.` };
    const { neededUntil, entry } = one;
    // Its owner may have come back and gone again while it lay here.
    if (entry !== undefined && !(storeMs - Date.parse(entry.endedAt ?? '') >= policy.ownerEnded.graceMs)) {
      return { is: 'stays', why: 'Its owner ended less than the grace ago.' };
    }
    if (neededUntil !== undefined && !(storeMs - Date.parse(neededUntil) >= policy.scans.graceMs)) {
      return { is: 'stays', why: `It was needed until ${neededUntil}.` };
    }
  }
  return { is: 'due', why: '' };
}
