/**
 * A plan to make a standby the primary. A primary that lives, and is perhaps overloaded, is stopped in order, synced,
 * and loses nothing. One that does not answer is fenced, and what it accepted after the standby's newest data is lost:
 * that is told beforehand, from the data's own time, and needs a person's word where it is more than was allowed.
 */

import type { IsoTime } from '@belay/cloud';
import { declaredBy } from '../declared-figures.ts';
import { quantilesOfSum } from '../distribution.ts';
import { type Phase, phase } from '../downtime.ts';
import { isSigned } from '../guards/guard.ts';
import { defaultParameters, type Parameters } from '../parameters.ts';
import { change, type Finding, fails, given, holds, type Judged, unclear } from '../precondition.ts';
import { type Sealed, sealed } from '../sealed.ts';
import { toldRange } from '../told-range.ts';
import { volumesOf } from '../workload.ts';
import { canBeFenced, routeMoves, standbyReady } from './conditions.ts';
import { type Loss, lossSince } from './loss.ts';
import type { ToServing } from './recovery.ts';
import type { RescueCondition, RescueQuestion } from './recovery-way.ts';
import { type RescueFacts, rescueFactsAsOf, rescueValidUntil } from './rescue-facts.ts';
import { type RescueRun, type RescueWord, takeoverRun } from './rescue-run.ts';

/** Whether the primary takes part. */
export type TakeoverMode = 'planned' | 'forced';

/** What is to be said for and against one of both. */
export interface TakeoverAssessment {
  readonly mode: TakeoverMode;
  readonly verdict: 'feasible' | 'infeasible' | 'unknown';
  readonly findings: readonly Judged[];
  readonly toServing: ToServing;
  readonly loss: Loss;
}

/** What the operator allows. */
export interface TakeoverOptions extends RescueWord {
  readonly now: IsoTime;
  readonly parameters?: Partial<Parameters> | undefined;
  /** So much may be lost without anybody's word: nothing, where absent. */
  readonly maxLossSeconds?: number | undefined;
  readonly mode?: TakeoverMode | undefined;
}

/** A plan of the same kind as any other. Who may run it is asked by the run: no secret is ever part of a plan. */
export type TakeoverPlan = Sealed<TakeoverContent>;

/** What a takeover plan says. */
export interface TakeoverContent {
  readonly formatVersion: '1.0';
  readonly kind: 'takeover';
  readonly createdAt: IsoTime;
  readonly validUntil: IsoTime;
  readonly facts: RescueFacts;
  readonly result: 'change' | 'refused';
  readonly mode?: TakeoverMode | undefined;
  readonly candidates: readonly TakeoverAssessment[];
  /** When the last valid backup is from and what the importer said: to be read before anything is done. */
  readonly evidence: TakeoverEvidence;
  /** What happens, in order; nothing is deleted. */
  readonly steps: readonly string[];
  readonly missing: readonly string[];
  /** So much may be lost without anybody's word; nothing where absent. */
  readonly maxLossSeconds?: number | undefined;
  readonly acceptedLoss?: { readonly by: string; readonly reason: string; readonly at: IsoTime } | undefined;
  /** What carries it out. Absent where something is missing, or nobody has said who wants it and where the password is. */
  readonly run?: RescueRun | undefined;
}

/** What a person looks at before a takeover. */
export interface TakeoverEvidence {
  readonly backupAt?: IsoTime | undefined;
  readonly dataAt?: IsoTime | undefined;
  readonly importLog: readonly string[];
}

/** Judges both. */
export function assessTakeover(
  facts: RescueFacts,
  { now, parameters }: Pick<TakeoverOptions, 'now' | 'parameters'>,
): readonly TakeoverAssessment[] {
  const current = rescueFactsAsOf(facts, now);
  const { traits } = current;
  const declared = declaredBy(traits.known ? traits.value.durations : undefined);
  const figures = { ...defaultParameters, ...declared, ...parameters };
  return [planned(current, now, figures), forced(current, now, figures)];
}

/** Makes a plan: planned where the primary takes part, forced where it does not. */
export function planTakeover(facts: RescueFacts, options: TakeoverOptions): TakeoverPlan {
  const { now, maxLossSeconds = 0, accept = [] } = options;
  const candidates = assessTakeover(facts, options);
  const chosen = candidates.find(
    ({ verdict, mode }) => verdict === 'feasible' && (options.mode ?? mode) === mode,
  );
  const isTooMuch = chosen !== undefined && !((chosen.loss.seconds ?? Number.MAX_VALUE) <= maxLossSeconds);
  const signed = accept.find((each) => each.guard === 'expected-loss' && isSigned(each));
  const missing =
    chosen === undefined
      ? ['a standby that is ready']
      : isTooMuch && signed === undefined
        ? ['expected-loss']
        : [];
  const run =
    chosen === undefined || missing.length > 0 ? undefined : takeoverRun(chosen.mode, facts, options);
  return sealed<TakeoverContent>({
    formatVersion: '1.0',
    kind: 'takeover',
    createdAt: now,
    validUntil: rescueValidUntil(facts, now),
    facts,
    result: missing.length === 0 ? 'change' : 'refused',
    ...(chosen !== undefined && { mode: chosen.mode }),
    candidates,
    evidence: evidenceOf(facts),
    steps: chosen === undefined ? [] : stepsOf(chosen.mode, facts),
    missing,
    ...(maxLossSeconds > 0 && { maxLossSeconds: Math.min(maxLossSeconds, Number.MAX_VALUE) }),
    ...(isTooMuch &&
      signed !== undefined && {
        acceptedLoss: { by: signed.by, reason: signed.reason, at: signed.at ?? now },
      }),
    ...(run !== undefined && { run }),
  });
}

const primaryAnswers: RescueCondition = {
  name: 'primary-answers',
  sentence: 'the primary answers, so that it can be stopped in order',
  test: ({ facts }: RescueQuestion): Finding =>
    given(facts.source, ({ state, providerState }) => {
      if (state !== 'running') return state === 'unknown' ? unclear(providerState) : fails(`it is ${state}`);
      // Overloaded counts as living: it need not be healthy, it must answer.
      return facts.health.known
        ? holds(facts.health.value.detail)
        : unclear(`no answer: ${facts.health.why}`);
    }),
};

/** A standby tells one filesystem: what lies on further disks would stay behind, unseen. */
const oneDiskToCopy: RescueCondition = {
  name: 'one-disk-to-copy',
  sentence: 'all of the data is on the disk that is copied to the standby',
  test: ({ facts }: RescueQuestion): Finding => {
    const others = volumesOf(facts.workload).slice(1);
    return others.length === 0
      ? holds('one data disk')
      : fails(
          `what is at ${others.map(({ mountPoint }) => mountPoint).join(', ')} would not be copied`,
          change('say', 'move the workload by rsync to a new server, which takes all disks along'),
        );
  },
};

/** What an earlier takeover has left half copied is copied anew: only an emergency must do with what is there. */
const standbyTakesCopy: RescueCondition = {
  name: standbyReady.name,
  sentence: 'there is a standby, and what is on it can be brought up to date',
  test: (question: RescueQuestion): Finding => {
    const { standby } = question.facts;
    const isHalf = standby.known && standby.value?.import.state === 'overwritten';
    return isHalf
      ? holds('an earlier takeover has copied half of it: this one copies the rest')
      : standbyReady.test(question);
  },
};

function planned(facts: RescueFacts, now: IsoTime, figures: Parameters): TakeoverAssessment {
  const phases = [
    phase('stop-services', 'nobody', figures.stopServices),
    // What came since the last import is brought over; how much that is depends on how long ago it was.
    phase('last-sync', 'nobody', {
      ...figures.boot,
      from: 'assumed',
      note: 'what came since the last import',
    }),
    ...promotion(facts, figures),
  ];
  const loss: Loss = { seconds: 0, sentence: 'nothing: the primary is stopped and synced first' };
  return judgedBy(
    'planned',
    [primaryAnswers, oneDiskToCopy, standbyTakesCopy, canBeFenced, routeMoves],
    facts,
    now,
    phases,
    loss,
  );
}

function forced(facts: RescueFacts, now: IsoTime, figures: Parameters): TakeoverAssessment {
  const phases = [phase('fence-primary', 'nobody', figures.powerOff), ...promotion(facts, figures)];
  const { standby } = facts;
  const loss: Loss =
    standby.known && standby.value !== null
      ? lossSince(standby.value.dataAt, facts, now)
      : { sentence: 'not known' };
  return judgedBy('forced', [standbyReady, canBeFenced, routeMoves], facts, now, phases, loss);
}

function judgedBy(
  mode: TakeoverMode,
  conditions: readonly RescueCondition[],
  facts: RescueFacts,
  now: IsoTime,
  phases: readonly Phase[],
  loss: Loss,
): TakeoverAssessment {
  // A takeover goes to a server that is there: no target is asked about.
  const question = { facts, now, target: noTarget };
  const findings = conditions.map(({ name, sentence, test }) => ({ name, sentence, ...test(question) }));
  const { p50Seconds, p90Seconds } = quantilesOfSum(phases);
  const confidence = phases.some(({ from }) => from === 'assumed') ? 'low' : 'good';
  return {
    mode,
    verdict: findings.some(({ verdict }) => verdict === 'fails')
      ? 'infeasible'
      : findings.some(({ verdict }) => verdict === 'unknown')
        ? 'unknown'
        : 'feasible',
    findings,
    toServing: {
      p50Seconds,
      p90Seconds,
      range: toldRange(p50Seconds, p90Seconds),
      phases,
      confidence,
    },
    loss,
  };
}

const noTarget = {
  at: { provider: '', account: '', region: '' },
  name: '',
  zones: [],
  instanceType: '',
  imageId: '',
  diskType: '',
  sizeGiB: 0,
};

function promotion({ workload }: RescueFacts, figures: Parameters): readonly Phase[] {
  return [
    phase('confirm-fence', 'nobody', figures.checks),
    phase('start-services', 'nobody', figures.startServices),
    phase('probe-target', 'nobody', figures.probe),
    workload.names.length > 0
      ? phase('switch-name', 'nobody', figures.changeName)
      : phase('switch-address', 'nobody', figures.moveAddress),
  ];
}

function evidenceOf({ standby }: RescueFacts): TakeoverEvidence {
  if (!standby.known || standby.value === null) return { importLog: [] };
  const { backupAt, dataAt, import: last } = standby.value;
  return { ...(backupAt !== undefined && { backupAt }), dataAt, importLog: last.log };
}

function stepsOf(mode: TakeoverMode, { standby, workload, source }: RescueFacts): readonly string[] {
  const clone = standby.known && standby.value !== null ? standby.value.name : 'the standby';
  const primary = source.known ? source.value.name : workload.instance.id;
  const isPlanned = mode === 'planned';
  return [
    'ask for the word that allows it, compare it and forget it',
    `pause the imports of ${clone}`,
    ...(isPlanned
      ? [
          `copy ${primary} over ${clone} while it serves: until the copy is whole, ${clone} is worth nothing to an emergency`,
          `stop the services of ${primary}`,
        ]
      : []),
    `fence ${primary}, and read back that it is fenced`,
    ...(isPlanned ? [`bring ${clone} up to date, and seal the copy`] : []),
    `start the services of ${clone}, and probe it by the future name`,
    'lead names, addresses and front ends to it, and read them back',
    `rename ${primary} to ${primary}-broken, and ${clone} to ${primary}`,
    'ask for a new clone',
  ];
}
