// Whoever keeps a standby, as a house would write it: what the standby is worth is written down before it changes.

import type { StandbyImport, Standbys } from '@belay/planner';
import { okAsync } from 'neverthrow';

/** It imported up to Sunday evening. */
export const sundayEvening: StandbyImport = {
  valid: true,
  dataAt: '2026-11-22T20:00:00.000Z',
  importedAt: '2026-11-22T20:40:00.000Z',
  log: ['mysql restored', 'import ended well'],
};

/** What became of a standby, and what the keeper was told to do. */
export interface Keeper extends Standbys {
  readonly state: { last: StandbyImport; paused: boolean };
  readonly told: string[];
  readonly requested: Set<string>;
}

export function openKeeper(first: StandbyImport = sundayEvening): Keeper {
  const state = { last: first, paused: false };
  const told: string[] = [];
  const requested = new Set<string>();
  const overwritten = (runId: string, how: string): StandbyImport => ({
    ...state.last,
    valid: false,
    overwrittenBy: runId,
    log: [...state.last.log, `${runId} ${how}`],
  });
  const done = (what: string) => {
    told.push(what);
    return okAsync(undefined);
  };
  const standbys: Standbys['standbys'] = {
    lastImport: () => okAsync(state.last),
    beginCopy: ({ id }, { runId }) => {
      state.last = overwritten(runId, 'copies over it');
      return done(`begin copy to ${id}`);
    },
    sealCopy: ({ id }, { dataAt, runId }) => {
      const { overwrittenBy: _, ...last } = state.last;
      state.last = { ...last, valid: true, dataAt, log: [...last.log, `${runId} has copied all`] };
      return done(`seal copy to ${id}`);
    },
    voidCopy: ({ id }, { runId }) => {
      state.last = overwritten(runId, 'was given up');
      return done(`void copy to ${id}`);
    },
    pauseImports: ({ id }) => {
      state.paused = true;
      return done(`pause ${id}`);
    },
    resumeImports: ({ id }) => {
      state.paused = false;
      return done(`resume ${id}`);
    },
    request: ({ id }, { key }) => {
      told.push(`request for ${id}`);
      requested.add(key);
      return okAsync({ id: `clone-of-${key}` });
    },
  };
  return { standbys, state, told, requested };
}
