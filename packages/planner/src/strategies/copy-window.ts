/** The phases that every move by copying shares, from its first pass on: what differs is what the first pass has to do. */

import { openingPhase, tailOf } from '../client-tail.ts';
import { type Downtime, downtimeOf, type Phase, phase, type Spread } from '../downtime.ts';
import { type CopyTask, finalPass } from '../final-pass.ts';
import { seenCopies } from '../history.ts';
import type { Parameters } from '../parameters.ts';
import type { Question } from '../precondition.ts';
import { ttlPhases } from '../ttl.ts';
import { backOf } from '../way-back.ts';

/** What is particular to one way of copying. */
export interface CopyWindowOf {
  readonly strategy: 'rsync' | 'snapshot-clone';
  /** `undefined` where a figure that it rests on is not known. */
  readonly task: CopyTask | undefined;
  /** What is waited for before the target's disks can be made. */
  readonly before: readonly Phase[];
  readonly firstPass: (task: CopyTask, final: Spread) => Spread;
}

/** `undefined` where what is to be copied is not known, or the final pass would never end. */
export function copyDowntime(
  question: Question,
  parameters: Parameters,
  { strategy, task, before, firstPass }: CopyWindowOf,
): Downtime | undefined {
  const final = task && finalPass(task, parameters);
  if (task === undefined || final === undefined) return undefined;
  const { facts, ttl, rehearsal } = question;
  const phases = [
    ...ttlPhases(facts, ttl, parameters),
    phase('provision-target', 'source', parameters.provision),
    phase('target-ready', 'source', parameters.boot),
    ...before,
    phase('make-disk', 'source', parameters.createVolume),
    phase('attach-disk', 'source', parameters.attach),
    phase('first-pass', 'source', firstPass(task, final)),
    phase('rehearse', 'source', final),
    phase('look-at-source', 'source', parameters.checks),
    phase('gate-window', 'source', parameters.checks),
    phase('stop-services', 'nobody', parameters.stopServices),
    phase('check-quiet', 'nobody', parameters.checks),
    phase('final-pass', 'nobody', final),
    phase('start-services', 'nobody', parameters.startServices),
    phase('probe-target', 'nobody', parameters.probe),
    phase('gate-cut-over', 'nobody', parameters.gate),
    openingPhase(facts.workload, parameters),
    phase('confirm-route', 'target', parameters.checks),
  ];
  return downtimeOf(phases, tailOf(question), {
    back: backOf(phases, parameters),
    // How long a window was before says nothing where a dry run has just counted this one.
    seen: rehearsal === undefined ? seenCopies(parameters.copyWindows[strategy], task.files) : undefined,
  });
}
