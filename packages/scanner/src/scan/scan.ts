/**
 * One scan: read both sides, hold each against what it says of itself, hold the whole against the last time, and only
 * then let what was found count. A scan changes the ledger and nothing else.
 */

import { err, ok, type Result, safeTry } from 'neverthrow';
import { openBreaker } from '../breaker.ts';
import type { Call, Canary, SideResult } from '../call.ts';
import type { Doubt } from '../doubt.ts';
import { guarded, guardedStream } from '../guarded.ts';
import { type RunId, runId } from '../key.ts';
import { type Baseline, writeBaseline } from '../ledger/baseline.ts';
import { adoptFlagTable, attempt } from '../ledger/file.ts';
import { stage } from '../ledger/flag.ts';
import { witness } from '../merge/witness.ts';
import type { Engine } from '../options.ts';
import { doubtsOf } from '../rules/belief.ts';
import { implausible } from '../rules/sanity.ts';
import type { ScannerError } from '../scanner-error.ts';
import { scannerError } from '../scanner-error.ts';
import { heldAgainst } from './before.ts';
import { timeOfDay } from './clock-check.ts';
import { type Answered, type Progress, readSides } from './read-sides.ts';
import { reportOf, type ScanReport } from './report.ts';
import { type Found, sightings } from './sightings.ts';

/** How a scan is asked for. */
export interface ScanCall extends Call {
  /** Called after each batch, for whoever waits. */
  readonly onProgress?: ((progress: Progress) => void) | undefined;
}

interface Started {
  readonly run: RunId;
  readonly nonce: string;
  readonly fence: number;
}

/** What a scan came to, before anything of it counts. */
interface Evidence {
  readonly storeMs: number;
  readonly answered: readonly Answered[];
  readonly found: Found;
  readonly flags: { readonly count: number; readonly digest: string };
  readonly number: number;
  readonly doubts: readonly Doubt[];
}

/** Scans once. An inconclusive scan is an outcome; an error means that not even that could be written down. */
export function scanOnce(engine: Engine, call: ScanCall): SideResult<ScanReport> {
  const { ledger, clock, name } = engine;
  return safeTry(async function* () {
    const nonce = engine.nonce();
    const run = yield* runId(`scan-${nonce}`);
    const fence = yield* ledger.log.takeFence(name, clock.now());
    const started: Started = { run, nonce, fence };
    const looked = await lookSafely(engine, started, call);
    if (looked.isErr()) {
      // A caller's own word, a newer scanner and a broken ledger say nothing about the sides.
      if (isNotOfASide(looked.error)) return err(looked.error);
      const { kind, message } = looked.error;
      const doubts = [{ rule: kind, side: looked.error.source, message }];
      return ok(yield* conclude(engine, started, undefined, doubts, call));
    }
    return ok(yield* conclude(engine, started, looked.value, looked.value.doubts, call));
  });
}

function isNotOfASide({ kind }: ScannerError): boolean {
  return kind === 'cancelled' || kind === 'fenced-out' || kind === 'ledger' || kind === 'invalid';
}

/** An answer that is not even made as the port says, a statement without a source, a list that is none, is a doubt. */
async function lookSafely(
  engine: Engine,
  started: Started,
  call: ScanCall,
): Promise<Result<Evidence, ScannerError>> {
  try {
    return await look(engine, started, call);
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(scannerError('not-believed', `An answer cannot be read: ${why}`));
  }
}

/** Reads everything. What the sides do wrong becomes a doubt or an error, and has changed nothing. */
async function look(
  engine: Engine,
  { run, nonce, fence }: Started,
  call: ScanCall,
): Promise<Result<Evidence, ScannerError>> {
  const { ledger, policy, inventory, registries, clock } = engine;
  const { scope } = policy;
  return safeTry(async function* () {
    const time = yield* timeOfDay(engine, call);
    if (time.doubts.length > 0) {
      return err(scannerError('clock', time.doubts.map(({ message }) => message).join(' ')));
    }
    yield* ledger.log.append(
      { kind: 'scan-started', run, storeAtMs: time.storeMs },
      { atMs: clock.now(), fence },
    );
    const last = yield* ledger.log.last('scan-completed');
    const number = (last?.event.number ?? 0) + 1;

    const canaries = new Map<string, readonly Canary[]>();
    for (const side of [inventory, ...registries]) {
      const plant = () => side.plantCanaries({ scope, nonce, signal: call.signal });
      canaries.set(side.name, yield* guarded(side.name, plant, call));
    }
    const witnessOf = (side: string) => witness(scope, canaries.get(side) ?? [], nonce);

    const staging = yield* attempt('begin a scan', () => stage(ledger.db, fence, number));
    const seeing = sightings({
      policy,
      staging,
      trash: ledger.trash,
      registries: registries.map(({ name }) => name),
      lastScanMs: last?.event.storeAtMs,
    });
    const read = yield* await readSides(
      {
        name: inventory.name,
        stream: guardedStream(() => inventory.read({ scope, signal: call.signal })),
        witness: witnessOf(inventory.name),
      },
      registries.map((side) => ({
        name: side.name,
        stream: guardedStream(() =>
          side.read({ scope, signal: call.signal, since: last?.event.positions[side.name] }),
        ),
        witness: witnessOf(side.name),
      })),
      seeing.sink,
      call,
    );
    const flags = yield* attempt('write flags', () => staging.digest());
    const answered = [read.items, ...read.registries];
    for (const { name: side, statement, seen } of answered) {
      const { tallies: _, ...counted } = seen;
      yield* ledger.log.append(
        { kind: 'attested', run, side, statement, seen: counted },
        { atMs: clock.now(), fence },
      );
    }
    const found = seeing.found();
    const believed = answered.flatMap(({ name, statement, seen }) =>
      doubtsOf({
        side: name,
        isInventory: name === inventory.name,
        expected: name === inventory.name ? policy.expect.inventory : policy.expect.registries[name],
        statement,
        seen,
        canaries: canaries.get(name) ?? [],
        askedAtMs: time.sides[name] ?? Number.NaN,
        endedAtMs: clock.now(),
        policy,
      }),
    );
    const confused =
      found.confused === undefined ? [] : [{ rule: 'rows-are-themselves', message: found.confused }];
    const sane = implausible({
      policy,
      before: yield* heldAgainst(engine),
      inventory: inventory.name,
      tallies: talliesOf(answered),
      deletions: Object.fromEntries(
        read.registries.map(({ name, statement }) => [name, statement.deletions ?? []]),
      ),
      taken: yield* takenSince(engine, last?.event.storeAtMs),
      vanished: found.vanished,
      endedOwners: found.endedOwners,
      items: read.items.seen.count,
      inDoubt: found.inDoubt,
    });
    const doubts = [...believed, ...confused, ...sane];
    return ok({ storeMs: time.storeMs, answered, found, flags, number, doubts });
  });
}

/** Lets a scan count, or says why it does not. */
function conclude(
  engine: Engine,
  { run, fence }: Started,
  evidence: Evidence | undefined,
  doubts: readonly Doubt[],
  call: ScanCall,
): SideResult<ScanReport> {
  const { ledger, clock, alerts } = engine;
  const at = evidence === undefined ? undefined : new Date(evidence.storeMs).toISOString();
  const answered = evidence?.answered ?? [];
  return safeTry(async function* () {
    if (evidence === undefined || doubts.length > 0) {
      yield* ledger.log.append({ kind: 'scan-inconclusive', run, doubts }, { atMs: clock.now(), fence });
      yield* openBreaker(engine, doubts, { fence, run, signal: call.signal });
      const head = { run, outcome: 'inconclusive', number: undefined, at, doubts } as const;
      return ok(reportOf(head, evidence?.found, answered));
    }
    const { storeMs, found, flags, number } = evidence;
    const positions = Object.fromEntries(
      answered.flatMap(({ name, statement: { position } }) =>
        position === undefined ? [] : [[name, position] as const],
      ),
    );
    yield* ledger.log.append(
      { kind: 'scan-completed', run, number, storeAtMs: storeMs, flags, positions },
      { atMs: clock.now(), fence },
      () => {
        adoptFlagTable(ledger.db, fence);
        writeBaseline(ledger.db, {
          tallies: talliesOf(answered),
          endedOwners: found.endedOwners,
          missing: found.missing,
        });
      },
    );
    for (const { cause, ...alert } of findingsToTell(engine, found)) {
      const isOver = alert.detail === '';
      yield* isOver ? alerts.resolve(cause, call) : alerts.raise({ cause, ...alert }, call);
    }
    return ok(reportOf({ run, outcome: 'complete', number, at, doubts: [] }, found, answered));
  });
}

/** What a complete scan tells people; without a detail the trouble is over. */
function findingsToTell({ ledger }: Engine, { missing, neededInQuarantine }: Found) {
  const needed = missing.reduce((sum, { count }) => sum + count, 0);
  const names = missing.flatMap(({ sample }) => sample.map(({ key }) => key)).slice(0, 5);
  return [
    {
      cause: `scanner/${ledger.id}/missing`,
      severity: 'page' as const,
      title: `${needed} needed items are not stored.`,
      detail: needed === 0 ? '' : `No registry entry was changed. Among them: ${names.join(', ')}.`,
    },
    {
      cause: `scanner/${ledger.id}/needed-in-quarantine`,
      severity: 'page' as const,
      title: `${neededInQuarantine.length} needed items lie in quarantine.`,
      detail: neededInQuarantine.map(({ key, run }) => `${key}: undo ${run}`).join('\n'),
    },
    {
      cause: `scanner/${ledger.id}/overdue`,
      severity: 'page' as const,
      title: 'No scan was complete for two periods.',
      detail: '',
    },
  ];
}

function talliesOf(answered: readonly Answered[]): Baseline['tallies'] {
  return Object.fromEntries(answered.map(({ name, seen }) => [name, seen.tallies]));
}

function takenSince({ ledger }: Engine, sinceMs: number | undefined) {
  return attempt('be read', () => {
    if (sinceMs === undefined) return [];
    return ledger.trash
      .inState('quarantined', 'deleting', 'deleted', 'lost', 'restoring')
      .filter(({ atMs }) => atMs >= sinceMs)
      .map(({ prefix, kind, owner }) => ({ prefix, kind, owner, count: 1 }));
  });
}
