/**
 * From flags to a plan: which of them may go now, which wait and why, and how the whole stands to the limits. It reads
 * the ledger and the store's clock, and decides nothing that a sweep does not decide again.
 */

import { err, ok, okAsync, type Result, safeTry } from 'neverthrow';
import type { Call, SideResult } from './call.ts';
import { guarded } from './guarded.ts';
import type { ItemKey, OwnerId, RunId } from './key.ts';
import type { Baseline } from './ledger/baseline.ts';
import { attempt } from './ledger/file.ts';
import { type Flag, flagDigest, flagsIn } from './ledger/flag.ts';
import type { Engine } from './options.ts';
import { type Plan, type PlanItem, type Staying, sealPlan } from './plan.ts';
import { type OrphanClass, orphanClasses, type Policy } from './policy.ts';
import { sparingLastCopies } from './rules/copies.ts';
import { type Excess, excessOf, type GoneBefore, type Others, sum, takenSince } from './rules/limits.ts';
import { type Ripeness, reasonsToWait } from './rules/ripe.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';
import { storeTime } from './store-time.ts';

/** Makes the plan that the last complete scan leads to. `ledger` where the flags are not those that it wrote. */
export function makePlan(engine: Engine, call: Call): SideResult<Plan> {
  const { policy, ledger, inventory, alerts } = engine;
  return safeTry(async function* () {
    const last = yield* ledger.log.last('scan-completed');
    if (last === undefined) {
      return err(scannerError('not-believed', 'No scan has been complete yet: there is nothing to plan on.'));
    }
    const storeNowMs = yield* storeTime(engine, call);
    const baseline = yield* ledger.baseline();
    const known = yield* ripenessOf(engine, baseline, storeNowMs);
    const { ripe, waiting } = yield* sort(engine, known, last.event.flags);
    const { go, stay } = sparingLastCopies(ripe, baseline.tallies[inventory.name] ?? [], policy);
    for (const item of stay) waiting.add('last-copies', item.key, item.sizeBytes, lastCopies);
    const others = yield* othersOf(engine, storeNowMs, call);
    const excess = yield* excessNow(engine, go, { baseline, storeNowMs, others });
    const plan = sealPlan({
      environment: policy.environment,
      ledger: ledger.id,
      store: inventory.name,
      scan: last.event.number,
      madeAt: new Date(storeNowMs).toISOString(),
      expiresAt: new Date(storeNowMs + policy.approval.planValidMs).toISOString(),
      items: go,
      totals: {
        items: go.length,
        bytes: go.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
        owners: new Set(go.map(({ owner }) => owner)).size,
      },
      excess,
      signatures: signaturesFor(go, excess, policy),
      staying: waiting.list(),
    });
    const cause = `scanner/${ledger.id}/beyond-limits`;
    yield* excess.length === 0
      ? alerts.resolve(cause, call)
      : alerts.raise(
          {
            cause,
            severity: 'page',
            title: `A plan of ${plan.totals.items} items is beyond its limits.`,
            detail: [
              ...excess.map(({ limit, message }) => `${limit}: ${message}`),
              `Nothing of it goes without ${plan.signatures} signatures over ${plan.digest}.`,
            ].join('\n'),
          },
          call,
        );
    return ok(plan);
  });
}

const lastCopies = 'One of the last copies of its owner that are proved to be restorable.';

const dayMs = 86_400_000;

/** What the limits are held against, beside the items. */
export interface Standing {
  readonly baseline: Baseline;
  readonly storeNowMs: number;
  readonly others: Others;
}

/** What the other shards have taken in the last thirty days; nothing where there is no budget. */
export function othersOf({ budget, ledger }: Engine, storeNowMs: number, call: Call): SideResult<Others> {
  if (budget === undefined) return okAsync({ spendings: [] });
  return guarded(budget.name, () => budget.read(storeNowMs - 30 * dayMs, call), call).map(
    ({ turn, spendings }) => ({
      turn,
      // What this ledger has taken it knows better itself.
      spendings: spendings.filter((one) => one.ledger !== ledger.id),
    }),
  );
}

/** What has gone before: of this ledger, and of all others that share its budget. */
export interface AllGone {
  readonly byClass: Readonly<Record<OrphanClass, GoneBefore>>;
  /** Is there a budget, so that others count too? */
  readonly isShared: boolean;
}

/** What stands against the limits at this moment, whatever a plan adds to it. */
export function goneUntilNow(engine: Engine, call: Call): SideResult<AllGone> {
  return safeTry(async function* () {
    const storeNowMs = yield* storeTime(engine, call);
    const others = yield* othersOf(engine, storeNowMs, call);
    const of = (orphan: OrphanClass): GoneBefore => goneBefore(engine, orphan, storeNowMs, others);
    return attempt('be read', () => ({
      byClass: { 'no-entry': of('no-entry'), 'owner-ended': of('owner-ended') },
      isShared: engine.budget !== undefined,
    }));
  });
}

function goneBefore(
  { policy, ledger }: Engine,
  orphan: OrphanClass,
  storeNowMs: number,
  others: Others,
): GoneBefore {
  const since = (sinceMs: number) =>
    sum(ledger.trash.goneSince(sinceMs, orphan), takenSince(others, orphan, sinceMs));
  return {
    lastDay: since(storeNowMs - dayMs),
    last30Days: since(storeNowMs - 30 * dayMs),
    besides: takenSince(others, orphan, storeNowMs - policy.scans.periodMs),
  };
}

/** The limits that these items are beyond, by the ledger as it stands. */
export function excessNow(
  engine: Engine,
  items: readonly PlanItem[],
  { baseline, storeNowMs, others }: Standing,
): Result<readonly Excess[], ScannerError> {
  const { policy, inventory } = engine;
  return attempt('be read', () =>
    orphanClasses.flatMap((orphan) =>
      excessOf({
        policy,
        class: orphan,
        items: items.filter((item) => item.class === orphan),
        ...goneBefore(engine, orphan, storeNowMs, others),
        stored: baseline.tallies[inventory.name] ?? [],
      }),
    ),
  );
}

/** How many people must sign for these items. */
export function signaturesFor(
  items: readonly { readonly sizeBytes: number }[],
  excess: readonly Excess[],
  { approval: { twoAbove } }: Policy,
): 0 | 1 | 2 {
  if (excess.length === 0) return 0;
  const bytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return items.length <= twoAbove.items && bytes <= twoAbove.bytes ? 1 : 2;
}

/** What the rules of ripeness are told, out of the ledger. */
function ripenessOf(
  { policy, ledger, registries }: Engine,
  baseline: Baseline,
  storeNowMs: number,
): Result<Ripeness, ScannerError> {
  // The lines carry the scanner's time, and the rules ask for the store's: a margin covers what may lie between.
  const sinceMs = storeNowMs - 2 * policy.scans.graceMs - 2 * policy.belief.clockToleranceMs;
  return ledger.log.since('scan-completed', sinceMs).map((lines): Ripeness => {
    const known = registries.flatMap(({ name }) => (baseline.tallies[name] ?? []).map(({ owner }) => owner));
    const owners = known.filter((owner): owner is OwnerId => owner !== undefined);
    return {
      policy,
      storeNowMs,
      scans: lines.map(({ event: { number, storeAtMs } }) => ({ number, storeAtMs })),
      knownOwners: new Set([...owners, ...baseline.endedOwners.keys()]),
      ownersWithMissing: new Set(baseline.missing.map(({ owner }) => owner)),
    };
  });
}

interface Waiting {
  add(rule: string, key: string, bytes: number, why: string): void;
  list(): readonly Staying[];
}

const examples = 5;

function waitingRoom(): Waiting {
  const rules = new Map<string, { count: number; bytes: number; examples: { key: string; why: string }[] }>();
  return {
    add(rule, key, bytes, why) {
      const of = rules.get(rule) ?? { count: 0, bytes: 0, examples: [] };
      rules.set(rule, of);
      of.count += 1;
      of.bytes += bytes;
      if (of.examples.length < examples) of.examples.push({ key, why });
    },
    list: () => [...rules].map(([rule, of]) => ({ rule, ...of })),
  };
}

/** Reads all flags, and holds what was read against the digest that the scan has left in the chain. */
function sort(
  { ledger }: Engine,
  known: Ripeness,
  written: { readonly count: number; readonly digest: string },
): Result<{ readonly ripe: readonly PlanItem[]; readonly waiting: Waiting }, ScannerError> {
  return attempt('read its flags', () => {
    const ripe: PlanItem[] = [];
    const waiting = waitingRoom();
    const returned = returnedBefore(ledger);
    const digest = flagDigest();
    for (const flag of flagsIn(ledger.db)) {
      digest.add(flag);
      const reasons = Object.entries(reasonsToWait(flag, known));
      for (const [rule, why] of reasons) waiting.add(rule, flag.key, flag.sizeBytes, why);
      if (reasons.length === 0) ripe.push(planItem(flag, known, returned.get(flag.key)));
    }
    return { ripe, waiting, digest: digest.hex() };
  }).andThen(({ digest, ...sorted }) =>
    digest === written.digest
      ? ok(sorted)
      : err(scannerError('ledger', 'The flags are not those that the last complete scan has written.')),
  );
}

/** What was taken once and brought back, and in whose words: somebody wanted it, and nobody has given it an entry. */
function returnedBefore({ trash, log }: Engine['ledger']): ReadonlyMap<ItemKey, string> {
  const rows = trash.inState('restored').toSorted((a, b) => a.atMs - b.atMs);
  const words = new Map<RunId, string>();
  for (const run of new Set(rows.map((row) => row.run))) {
    const asked = log.ofRun(run).map((lines) => lines.findLast(({ event }) => event.kind === 'undo-asked'));
    const event = asked.unwrapOr(undefined)?.event;
    const who = event?.kind === 'undo-asked' ? ` by ${event.by}: ${event.reason}` : '';
    words.set(run, ` It was brought back before, out of ${run}${who}.`);
  }
  return new Map(rows.map(({ key, run }) => [key, words.get(run) ?? '']));
}

function planItem(flag: Flag, { scans }: Ripeness, returned = ''): PlanItem {
  const { key, kind, owner, prefix, class: orphan, version, sizeBytes, modifiedAt, verified } = flag;
  const seen = scans.filter(({ number }) => number >= flag.firstScan);
  const since = new Date(seen[0]?.storeAtMs ?? Number.NaN);
  const [lastScan, count] = [seen.at(-1)?.number ?? flag.firstScan, seen.length];
  const what =
    orphan === 'no-entry' ? 'No registry has an entry for it' : `Its owner ${owner} ended at ${flag.endedAt}`;
  return {
    key,
    kind,
    ...(owner === undefined ? {} : { owner }),
    prefix,
    class: orphan,
    version,
    sizeBytes,
    modifiedAt,
    verified,
    seen: { firstScan: flag.firstScan, lastScan, scans: count },
    why: `${what}; seen so in ${count} complete scans since ${since.toISOString()}, without one that saw it needed.${returned}`,
  };
}
