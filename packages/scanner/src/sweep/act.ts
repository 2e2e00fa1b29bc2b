/**
 * The one place from which the remover is called. The ledger says what is about to happen before it happens, each act
 * is confirmed by looking where the item is now, and what nobody can tell stays a question.
 */

import { err, ok, okAsync, type Result, safeTry } from 'neverthrow';
import { openBreaker } from '../breaker.ts';
import type { SideResult } from '../call.ts';
import { guarded } from '../guarded.ts';
import type { RunId } from '../key.ts';
import type { Act, ActOutcome } from '../ledger/event.ts';
import type { TrashRow, TrashState } from '../ledger/trash.ts';
import type { RemovalCall, Removed, Whereabouts } from '../remover.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { Acting, SweepEngine } from './options.ts';

/** What became of a batch. */
export interface Acted {
  readonly done: readonly TrashRow[];
  /** Left as they were, with the store's words. */
  readonly untouched: readonly { readonly row: TrashRow; readonly message: string }[];
  /** Nobody can tell: the breaker is open, and the next run asks again. */
  readonly inDoubt: readonly TrashRow[];
  /** Of those done: another version than the one that was judged. The breaker is open. */
  readonly mistaken: readonly TrashRow[];
}

const under = { quarantine: 'intended', restore: 'restoring', delete: 'deleting' } as const;
const after = { quarantine: 'quarantined', restore: 'restored', delete: 'deleted' } as const;
const before = { quarantine: 'untouched', restore: 'quarantined', delete: 'quarantined' } as const;

/** Does one thing to at most a hundred rows of one run. `stillGood` is asked at the last moment before the call. */
export function actOn(
  engine: SweepEngine,
  { run, act, rows }: { readonly run: RunId; readonly act: Act; readonly rows: readonly TrashRow[] },
  acting: Acting,
  stillGood: () => Result<void, ScannerError> = () => ok(undefined),
): SideResult<Acted> {
  const { remover } = engine;
  const call: RemovalCall = { run, fence: acting.fence, signal: acting.signal };
  return safeTry(async function* () {
    if (rows.length === 0) return ok({ done: [], untouched: [], inDoubt: [], mistaken: [] });
    yield* mustHoldTheMark(engine, acting);
    yield* intend(engine, run, act, rows, acting);
    const good = stillGood();
    if (good.isErr()) {
      yield* settleAs(engine, run, act, rows, before[act], acting);
      return err(good.error);
    }
    const answers = await guarded(remover.name, () => callRemover(engine, act, rows, call), {});
    const said = new Map((answers.isOk() ? answers.value : []).map((one) => [one.key, one]));
    const found = await guarded(remover.name, () => remover.find(rows.map(asked(said)), call), {});
    const places = new Map((found.isOk() ? found.value : []).map((one) => [one.key, one]));
    const acted = judgeAct(act, rows, said, places);
    yield* noteAct(engine, run, act, acted, acting);
    if (acted.inDoubt.length > 0 || acted.wrong.length > 0) {
      const cause = answers.isErr() ? answers.error.message : 'The store does not say what became of it.';
      const doubts = [
        ...acted.inDoubt.map(({ key }) => ({ rule: 'act-in-doubt', message: `${act} of ${key}: ${cause}` })),
        ...acted.wrong.map((message) => ({ rule: 'act-as-asked', message })),
      ];
      yield* openBreaker(engine, doubts, { ...acting, run });
    }
    const { done, untouched, inDoubt, mistaken } = acted;
    return ok({ done, untouched, inDoubt, mistaken });
  });

  function asked(said: ReadonlyMap<string, Removed>) {
    return (row: TrashRow) => {
      const answer = said.get(row.key);
      const token = answer?.outcome === 'done' && act === 'quarantine' ? answer.token : row.token;
      const { key, kind, version } = row;
      return { key, kind, version, ...(token === undefined ? {} : { token }) };
    };
  }
}

/** The store's own mark says that this ledger, under this fence, is the only one that acts. */
function mustHoldTheMark(
  { remover, ledger }: SweepEngine,
  { fence, hasMark, signal }: Acting,
): SideResult<void> {
  if (!hasMark) return okAsync(undefined);
  return guarded(remover.name, () => remover.fence({ signal }), { signal }).andThen((mark) =>
    mark?.ledger === ledger.id && mark.fence === fence
      ? ok(undefined)
      : err(
          scannerError('fenced-out', `${remover.name} is marked by ${mark?.ledger}, fence ${mark?.fence}.`),
        ),
  );
}

function intend(
  { ledger, clock }: SweepEngine,
  run: RunId,
  act: Act,
  rows: readonly TrashRow[],
  { fence }: Acting,
): Result<void, ScannerError> {
  const items = rows.map(({ key, version, token }) => ({ key, version, token }));
  return ledger.log.append({ kind: 'intended', run, act, items }, { atMs: clock.now(), fence }, () => {
    if (act === 'quarantine') ledger.trash.add(rows.map((row) => ({ ...row, state: 'intended' })));
    else for (const row of rows) ledger.trash.set(row, under[act]);
  });
}

function callRemover(
  { remover }: SweepEngine,
  act: Act,
  rows: readonly TrashRow[],
  call: RemovalCall,
): SideResult<readonly Removed[]> {
  if (act === 'quarantine') {
    return remover.quarantine(
      rows.map(({ key, kind, version }) => ({ key, kind, version })),
      call,
    );
  }
  const kept = rows.map(({ key, kind, version, token = '' }) => ({ key, kind, version, token }));
  return act === 'restore' ? remover.restore(kept, call) : remover.delete(kept, call);
}

/** What became of a batch, with what is written down about it. */
export interface Judged extends Acted {
  /** What the store did otherwise than it was asked. */
  readonly wrong: readonly string[];
  readonly outcomes: readonly ActOutcome[];
  readonly states: ReadonlyMap<string, { readonly state: TrashState; readonly token: string | undefined }>;
}

/** What the store *shows* counts; what it answered is only a hint of where to look. */
export function judgeAct(
  act: Act,
  rows: readonly TrashRow[],
  said: ReadonlyMap<string, Removed>,
  places: ReadonlyMap<string, Whereabouts>,
): Judged {
  const done: TrashRow[] = [];
  const untouched: { row: TrashRow; message: string }[] = [];
  const inDoubt: TrashRow[] = [];
  const mistaken: TrashRow[] = [];
  const wrong: string[] = [];
  const outcomes: ActOutcome[] = [];
  const states = new Map<string, { state: TrashState; token: string | undefined }>();
  for (const row of rows) {
    const place = places.get(row.key);
    const answer = said.get(row.key);
    const message = answer !== undefined && 'message' in answer ? answer.message : undefined;
    const token = place?.at === 'quarantine' ? place.token : row.token;
    const state = stateAfter(act, row, place, answer);
    if (state === undefined) {
      inDoubt.push(row);
      outcomes.push({ key: row.key, outcome: 'unknown', ...(message === undefined ? {} : { message }) });
      continue;
    }
    states.set(row.key, { state, token });
    if (state === 'lost') wrong.push(`${row.key} is neither stored nor in quarantine after a ${act}.`);
    if (place?.at === 'quarantine' && place.version !== row.version) {
      wrong.push(`Version ${place.version} of ${row.key} was taken in place of ${row.version}.`);
      mistaken.push({ ...row, state, token });
    }
    if (state === after[act]) {
      done.push({ ...row, state, token });
      outcomes.push({ key: row.key, outcome: 'done', ...(token === undefined ? {} : { token }) });
    } else {
      untouched.push({ row, message: message ?? 'It is as it was.' });
      outcomes.push({ key: row.key, outcome: 'refused', message: message ?? 'It is as it was.' });
    }
  }
  return { done, untouched, inDoubt, mistaken, wrong, outcomes, states };
}

/** Where an act has left an item; `undefined` where nobody can tell. */
function stateAfter(
  act: Act,
  { version }: Pick<TrashRow, 'version'>,
  place: Whereabouts | undefined,
  answer?: Removed,
): TrashState | undefined {
  if (place === undefined || place.at === 'unknown') return undefined;
  if (place.at === 'quarantine') return 'quarantined';
  if (place.at === 'gone') {
    if (act === 'delete') return 'deleted';
    // It was gone before we came: somebody else's doing, and not ours to mend.
    return answer?.outcome === 'refused' && answer.because === 'absent' && act === 'quarantine'
      ? 'untouched'
      : 'lost';
  }
  if (act === 'quarantine') return 'untouched';
  return place.version === version || act === 'restore' ? 'restored' : 'lost';
}

export function noteAct(
  { ledger, clock }: SweepEngine,
  run: RunId,
  act: Act,
  { outcomes, states }: Judged,
  { fence }: Acting,
): Result<void, ScannerError> {
  return ledger.log.append({ kind: 'done', run, act, outcomes }, { atMs: clock.now(), fence }, () => {
    for (const { key } of outcomes) {
      const found = states.get(key);
      // Keys of outcomes are keys of rows.
      if (found !== undefined)
        ledger.trash.set({ run, key: key as TrashRow['key'] }, found.state, found.token);
    }
  });
}

function settleAs(
  engine: SweepEngine,
  run: RunId,
  act: Act,
  rows: readonly TrashRow[],
  state: TrashState,
  acting: Acting,
): Result<void, ScannerError> {
  const outcomes = rows.map(({ key }) => ({ key, outcome: 'refused' as const, message: 'Not begun.' }));
  const states = new Map(rows.map(({ key, token }) => [key as string, { state, token }]));
  const judged: Judged = {
    done: [],
    untouched: [],
    inDoubt: [],
    mistaken: [],
    wrong: [],
    outcomes,
    states,
  };
  return noteAct(engine, run, act, judged, acting);
}
