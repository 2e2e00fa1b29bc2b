/**
 * What every journal of this package refuses as the caller's mistake, in the same words, so that a mistake made on
 * the memory journal is not first seen on the disk. Each check gives a sentence, or `undefined` where all is well.
 */

import { errAsync } from 'neverthrow';
import type { FinalState, RunState } from '../event.ts';
import type { Applied } from '../failure.ts';
import type {
  Append,
  Appended,
  JournalError,
  JournalErrorKind,
  JournalResult,
  NewRun,
  OwnerOptions,
} from '../journal.ts';

/** Thrown inside a journal to leave a transaction, and turned into a value at its boundary. */
export class Refusal extends Error {
  readonly kind: JournalErrorKind;

  constructor(kind: JournalErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** Makes a journal's error. */
export function journalError(
  journal: string,
  kind: JournalErrorKind,
  message: string,
  applied: Applied = 'no',
): JournalError {
  return { kind, message, applied, journal };
}

/** A refused call. */
export function refused(journal: string, kind: JournalErrorKind, message: string): JournalResult<never> {
  return errAsync(journalError(journal, kind, message));
}

export function ownerProblem({ owner, leaseMs }: OwnerOptions): string | undefined {
  if (!isName(owner)) return 'an owner needs a name of whole characters';
  // It becomes the name of a file.
  if (encodeURIComponent(owner).length > 200) return `the owner's name is too long: ${owner.slice(0, 40)}…`;
  if (!(leaseMs > 0)) return `leaseMs is ${leaseMs}: it must be above 0`;
  return undefined;
}

export function newRunProblem({ runId, keys, events }: NewRun): string | undefined {
  if (!isName(runId)) return 'a run needs an id of whole characters';
  if (events.length === 0) return `run ${runId} begins without an event`;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i] ?? '';
    if (!isName(key)) return `run ${runId} has a key that is empty or has half a character in it`;
    const before = keys[i - 1];
    if (before !== undefined && before >= key) {
      return `the keys of run ${runId} must be sorted and without repeats: ${before} stands before ${key}`;
    }
  }
  return undefined;
}

/** What a journal knows of a run when somebody writes to it. */
export interface Known {
  readonly fence: number;
  readonly lastSeq: number;
}

/** The journal's answer to one batch, from what it knows of the run. */
export function judgeAppend(
  { runId, fence, seq }: Append,
  known: Known | undefined,
): Appended | { readonly problem: string } {
  if (known === undefined) return { problem: `no run ${runId}` };
  if (fence < known.fence) return 'fenced-out';
  if (fence > known.fence) {
    return { problem: `run ${runId} has fence ${known.fence}; nobody was given ${fence}` };
  }
  if (seq !== known.lastSeq + 1) {
    return { problem: `the next event of run ${runId} is number ${known.lastSeq + 1}, not ${seq}` };
  }
  return 'ok';
}

/** States in which a run does not go on by itself, whoever owns it. */
const standing: ReadonlySet<RunState> = new Set(['stuck', 'suspended', 'waiting']);

export function transferProblem(
  from: string,
  old: { readonly state: RunState; readonly ownerIs: string; readonly held: readonly string[] } | undefined,
  next: NewRun,
): string | undefined {
  if (old === undefined) return `no run ${from}`;
  if (isFinal(old.state)) return `run ${from} has ended as ${old.state}: it has no keys to hand over`;
  if (!standing.has(old.state) && old.ownerIs === 'live')
    return `run ${from} is ${old.state}: it does not stand still`;
  const left = old.held.find((key) => !next.keys.includes(key));
  return left === undefined
    ? undefined
    : `run ${next.runId} must take over all keys of ${from}: ${left} is missing`;
}

/** A heartbeat rides on an append four times a lease at most. */
export function isBeatDue(nowMs: number, lastMs: number, leaseMs: number): boolean {
  return nowMs - lastMs >= leaseMs / 4;
}

export function isFinal(state: RunState): state is FinalState {
  return state === 'success' || state === 'reverted' || state === 'abandoned';
}

/** Half a surrogate pair would come back from the disk as another character. */
function isName(text: string): boolean {
  return text !== '' && text.isWellFormed();
}
