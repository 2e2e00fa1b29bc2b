/** All guards in the order in which they are told, and the asking of them. */

import { backupGuards } from './guards/backup.ts';
import { capacityGuards } from './guards/capacity.ts';
import { fitnessGuards } from './guards/fitness.ts';
import {
  type Acceptance,
  askGuard,
  type Guard,
  type GuardPhase,
  type GuardResult,
  isSigned,
  type Watch,
} from './guards/guard.ts';
import { routeGuards } from './guards/route.ts';
import { cutOverGuards, soakGuards, windowGuards } from './guards/window.ts';

export {
  type Acceptance,
  defaultLimits,
  type Fix,
  type Guard,
  type GuardLimits,
  type GuardPhase,
  type GuardResult,
  type Watch,
  type WatchedStrategy,
} from './guards/guard.ts';

export const guards: readonly Guard[] = [
  ...capacityGuards,
  ...fitnessGuards,
  ...backupGuards,
  ...routeGuards,
  ...windowGuards,
  ...cutOverGuards,
  ...soakGuards,
];

/**
 * Asks the guards of a strategy that stand at one phase. The same call serves a plan, a dry run and the run: a dry run
 * asks those of the window with what can be seen without changing anything.
 */
export function askGuards(
  watch: Omit<Watch, 'at'>,
  acceptances: readonly Acceptance[],
  at: GuardPhase = 'plan',
): readonly GuardResult[] {
  const asked = { ...watch, at };
  return guardsBefore(watch.assessment.strategy, at).map((guard) => askGuard(guard, asked, acceptances));
}

/** Guards that will still be asked of a strategy, after the plan. */
export function guardsBefore(strategy: Guard['before'][number], at: GuardPhase): readonly Guard[] {
  return guards.filter(({ before, phases }) => before.includes(strategy) && phases.includes(at));
}

/** May it go on? Not as long as one says NO-GO. */
export function isGo(results: readonly GuardResult[]): boolean {
  return results.every(({ decision }) => decision !== 'NO-GO');
}

/** An acceptance that counts for nothing, and why: a person who signs a risk must know whether it was taken. */
export interface Ignored {
  readonly guard: string;
  readonly why: string;
}

/** Acceptances that change nothing. */
export function ignoredOf(acceptances: readonly Acceptance[]): readonly Ignored[] {
  return acceptances.flatMap((acceptance) => {
    const { guard } = acceptance;
    const known = guards.find(({ name }) => name === guard);
    if (known === undefined) {
      const names = guards.filter(({ mayBeAccepted }) => mayBeAccepted).map(({ name }) => name);
      return [{ guard, why: `there is no such guard; those that can be accepted are ${names.join(', ')}` }];
    }
    if (!known.mayBeAccepted) return [{ guard, why: 'this guard cannot be accepted' }];
    return isSigned(acceptance) ? [] : [{ guard, why: 'it names nobody, or no reason' }];
  });
}

/** What a line of the table is made of. `id`: empty where there is no number. */
export type TableRow = Pick<GuardResult, 'id' | 'name' | 'decision' | 'evidence' | 'accepted' | 'warns'>;

/** The guards as a table that people read: what was decided, by whom where it was a person, and on what evidence. */
export function goTable(results: readonly TableRow[]): string {
  const rows = results.map(({ id, name, decision, evidence, accepted, warns }) => {
    const by = accepted === undefined ? '' : ` (${accepted.by}, ${accepted.at}: ${accepted.reason})`;
    const word = warns === true ? 'GO, but' : decision;
    return `${word.padEnd(14)}${id.padEnd(5)}${name.padEnd(24)}${evidence}${by}`;
  });
  return `${rows.map((row) => row.trimEnd()).join('\n')}\n`;
}
