import { err, ok, type Result } from 'neverthrow';
import { type AlertsError, alertsError } from './alerts-error.ts';

/**
 * Who is told, in which order, and how long each may take. The last rung is always everyone: a chain that does not end
 * so is given such a rung.
 */
export interface Chain<Target extends string = string> {
  readonly rungs: readonly Rung<Target>[];
  /** How often those on the present rung are told again while nobody acknowledges; 2 minutes where absent. */
  readonly repeatMs?: number | undefined;
  /** How long an acknowledgement keeps an alert quiet before it is told anew; 30 minutes where absent. */
  readonly resolveWithinMs?: number | undefined;
}

/** One step of the chain. */
export interface Rung<Target extends string = string> {
  /** The names of the targets that are told. */
  readonly tell: readonly [Target, ...Target[]];
  /** How long they have to acknowledge before the next rung is told too; 5 minutes where absent. */
  readonly acknowledgeWithinMs?: number | undefined;
}

/** A chain that was looked at: it ends with everyone, and every number is there. */
export interface CheckedChain {
  readonly rungs: readonly {
    readonly tell: readonly string[];
    readonly acknowledgeWithinMs: number;
  }[];
  readonly repeatMs: number;
  readonly resolveWithinMs: number;
  /** A message without an answer by then is sent again. */
  readonly answerWithinMs: number;
}

/** Looks at a chain. `invalid` names the field that is wrong; nothing has a meaning that its writer did not give it. */
export function checkChain(
  chain: Chain,
  targets: readonly string[],
  answerWithinMs: number = defaultAnswerWithinMs,
): Result<CheckedChain, AlertsError> {
  const problem = problemOf(chain, targets, answerWithinMs);
  if (problem !== undefined) return err(alertsError('invalid', problem));
  const rungs = chain.rungs.map(({ tell, acknowledgeWithinMs = defaultAcknowledgeWithinMs }) => ({
    tell: [...new Set<string>(tell)],
    acknowledgeWithinMs,
  }));
  const last = rungs.at(-1);
  const everyone = [...new Set([...(last?.tell ?? []), ...targets])];
  const endsWithAll = last?.tell.length === everyone.length;
  return ok({
    rungs: endsWithAll
      ? rungs
      : [...rungs, { tell: everyone, acknowledgeWithinMs: defaultAcknowledgeWithinMs }],
    repeatMs: chain.repeatMs ?? defaultRepeatMs,
    resolveWithinMs: chain.resolveWithinMs ?? defaultResolveWithinMs,
    answerWithinMs,
  });
}

const minuteMs = 60_000;
const defaultAcknowledgeWithinMs = 5 * minuteMs;
const defaultRepeatMs = 2 * minuteMs;
const defaultResolveWithinMs = 30 * minuteMs;
const defaultAnswerWithinMs = 15_000;

function problemOf(chain: Chain, targets: readonly string[], answerWithinMs: number): string | undefined {
  if (targets.length === 0) return 'targets: there is nobody to tell';
  if (chain.rungs.length === 0) return 'chain.rungs: a chain has at least one rung';
  for (const [index, rung] of chain.rungs.entries()) {
    const at = `chain.rungs[${index}]`;
    if (rung.tell.length === 0) return `${at}.tell: a rung tells at least one target`;
    const stranger = rung.tell.find((name) => !targets.includes(name));
    if (stranger !== undefined) return `${at}.tell: there is no target ${stranger}`;
    const problem = durationProblem(`${at}.acknowledgeWithinMs`, rung.acknowledgeWithinMs);
    if (problem !== undefined) return problem;
  }
  return (
    durationProblem('chain.repeatMs', chain.repeatMs) ??
    durationProblem('chain.resolveWithinMs', chain.resolveWithinMs) ??
    durationProblem('answerWithinMs', answerWithinMs)
  );
}

/** Undefined is the default; 0, NaN, an infinity or less than a second would be a chain that never or always calls. */
function durationProblem(name: string, valueMs: number | undefined): string | undefined {
  if (valueMs === undefined || (valueMs >= 1_000 && valueMs <= longestMs)) {
    return undefined;
  }
  return `${name}: ${valueMs} is not a time between one second and a week`;
}

const longestMs = 7 * 24 * 60 * minuteMs;
