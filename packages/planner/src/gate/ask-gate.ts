/**
 * The asking itself: the guards of one phase, by the same objects as in the plan and the dry run, with what the run has
 * seen. A NO-GO is a refusal that names every guard which gave it. Where nothing speaks against going on, and only
 * something could not be learned, the failure says so by its kind, and the same question is worth asking again.
 */

import type { Failure, IsoTime } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type Facts, factNames } from '../facts.ts';
import { askGuards, type GuardPhase, type GuardResult, isGo } from '../guards.ts';
import { unknown } from '../known.ts';
import { refusal } from '../move/refusal.ts';
import type { Sight } from '../sight.ts';
import type { Workload } from '../workload.ts';
import type { GateInput } from './gate-input.ts';

/** What the guards of a gate said: kept in the journal. */
export interface GatePassed {
  readonly at: IsoTime;
  readonly guards: readonly GateDecision[];
}

/** What one guard said. */
export interface GateDecision extends Pick<GuardResult, 'name' | 'id' | 'evidence' | 'accepted'> {
  readonly decision: 'GO' | 'RISK ACCEPTED';
}

/** What is known where a gate stands. */
export interface GateSight {
  readonly now: IsoTime;
  readonly sight: Sight;
  readonly facts: Facts;
}

/** May the run go on? */
export function askGate(
  gate: GateInput,
  phase: GuardPhase,
  { now, sight, facts }: GateSight,
): Result<GatePassed, Failure> {
  const { target, assessment, zones, limits, fixes, rests, accepted } = gate;
  const results = askGuards(
    { facts, rests, target, assessment, all: [], zones, now, limits, fixes, sight },
    accepted,
    phase,
  );
  return isGo(results) ? ok({ at: now, guards: results.map(decisionOf) }) : err(noGo(results));
}

/** No facts at all, for gates whose guards look only at what the run has seen. */
export function noFacts(workload: Workload, at: IsoTime): Facts {
  const nothing = factNames.map((name) => [name, unknown('nobody asked', { at, source: 'this gate' })]);
  // Every fact that there is, by its name: `Object.fromEntries` forgets the names.
  return { workload, ...Object.fromEntries(nothing) } as Facts;
}

function noGo(results: readonly GuardResult[]): Failure {
  const against = results.filter(({ decision }) => decision === 'NO-GO');
  const said = against.map(({ name, id, evidence }) => `${name} (${id}): ${evidence}`).join('; ');
  const first = against.find(({ verdict }) => verdict === 'fails');
  return first === undefined
    ? { kind: 'not-known', message: `NO-GO, as nobody can tell: ${said}`, applied: 'no' }
    : refusal(first.name, `NO-GO: ${said}`);
}

function decisionOf({ name, id, evidence, decision, accepted }: GuardResult): GateDecision {
  const isTaken = decision === 'RISK ACCEPTED';
  return {
    name,
    id,
    evidence,
    decision: isTaken ? 'RISK ACCEPTED' : 'GO',
    ...(accepted !== undefined && { accepted }),
  };
}
