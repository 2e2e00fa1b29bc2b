// Faults between the port and the lab, as a network has them before other clouds: answers that are lost, refusals in
// the lab's place, reads that show what was.

import { type CloudError, type CloudErrorKind, type CloudResult, cloudError } from '@belay/cloud';
import type { LeverOperation, Levers, Refusal } from '@belay/cloud/conformance';
import { errAsync } from 'neverthrow';
import type { Wire } from '../src/site.ts';

export interface WireFaults {
  readonly wire: Wire;
  readonly levers: Levers;
}

interface Strike {
  left: number;
  readonly how: 'lose' | Refusal;
}

/** Reads that still show it, and reads after them that do not. */
interface Hidden {
  shown: number;
  left: number;
}

/** What a read gave before a change, for so many reads after it. */
interface Stale {
  readonly record: unknown;
  changed: boolean;
  left: number;
}

export function wireFaults(recordOf: (volumeId: string) => unknown): WireFaults {
  const strikes = new Map<string, Strike[]>();
  const counts = new Map<string, number>();
  const stale = new Map<string, Stale>();
  const hidden = new Map<string, Hidden>();
  let toHide: Hidden = { shown: 0, left: 0 };
  let lastDetach: (() => CloudResult<unknown>) | undefined;

  const strikeOf = (operation: string): Strike['how'] | undefined => {
    counts.set(operation, (counts.get(operation) ?? 0) + 1);
    const next = strikes.get(operation)?.find(({ left }) => left > 0);
    if (next !== undefined) next.left -= 1;
    return next?.how;
  };
  const afterChange = (made: unknown, operation: string): void => {
    for (const one of stale.values()) one.changed = true;
    const id = idOf(made);
    if (id !== undefined && toHide.left > 0 && operation.endsWith('.create')) {
      hidden.set(id, toHide);
      toHide = { shown: 0, left: 0 };
    }
  };
  const shown = (record: unknown): unknown => {
    const id = idOf(record);
    const hiding = id === undefined ? undefined : hidden.get(id);
    if (hiding !== undefined && hiding.left > 0) {
      if (hiding.shown > 0) {
        hiding.shown -= 1;
        return record;
      }
      hiding.left -= 1;
      return undefined;
    }
    const before = id === undefined ? undefined : stale.get(id);
    if (before === undefined || !before.changed || before.left === 0) return record;
    before.left -= 1;
    return before.record;
  };
  const view = (answer: unknown): unknown =>
    Array.isArray(answer) ? answer.map(shown).filter((one) => one !== undefined) : shown(answer);

  return {
    wire: <T>(operation: string, work: () => CloudResult<T>): CloudResult<T> => {
      const how = strikeOf(operation);
      if (how !== undefined && how !== 'lose') return errAsync(refusal(operation, how));
      if (operation === 'volumes.detach') lastDetach = work;
      const sent = work();
      // What a read shows is of the same kind as what it found.
      if (operation.endsWith('.get')) return sent.map((answer) => view(answer) as T);
      const done = sent.map((made) => {
        afterChange(made, operation);
        return made;
      });
      return how === 'lose' ? done.andThen(() => errAsync(lost(operation))) : done;
    },
    levers: {
      loseReply: (operation) => add(strikes, operation, { left: 1, how: 'lose' }),
      refuse: (operation, how, times) => add(strikes, operation, { left: times, how }),
      calm() {
        for (const map of [strikes, stale, hidden]) map.clear();
        toHide = { shown: 0, left: 0 };
      },
      calls: (operation) => counts.get(operation) ?? 0,
      async replay() {
        if (lastDetach === undefined) throw new Error('Nothing was detached yet.');
        (await lastDetach()).match(noMatter, noMatter);
      },
      hideNew(reads, shownReads = 0) {
        toHide = { shown: shownReads, left: reads };
      },
      staleReads(volumeId, reads) {
        stale.set(volumeId, { record: recordOf(volumeId), changed: false, left: reads });
      },
    },
  };
}

/** Whatever it says: it comes too late. */
function noMatter(): void {}

function add(strikes: Map<string, Strike[]>, operation: LeverOperation, strike: Strike): void {
  strikes.set(operation, [...(strikes.get(operation) ?? []), strike]);
}

const kinds: Readonly<Record<Refusal, CloudErrorKind>> = {
  throttled: 'throttled',
  transient: 'transient',
  html: 'transient',
  'out-of-stock': 'out-of-stock',
  quota: 'quota',
  forbidden: 'forbidden',
  unauthenticated: 'unauthenticated',
  cooldown: 'rate-cooldown',
};

function refusal(operation: string, how: Refusal): CloudError {
  const more = { requestId: `req-${operation}` };
  return cloudError(kinds[how], { provider: 'lab', operation }, `Refused: ${how}.`, more);
}

function lost(operation: string): CloudError {
  const more = { applied: 'unknown' as const };
  return cloudError('transient', { provider: 'lab', operation }, 'The answer was lost.', more);
}

function idOf(record: unknown): string | undefined {
  if (typeof record !== 'object' || record === null || !('id' in record)) return undefined;
  return typeof record.id === 'string' ? record.id : undefined;
}
