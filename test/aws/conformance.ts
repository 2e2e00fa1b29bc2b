// The port's conformance cases against subjects of the adapter, with each result said as it comes. Nearly all of their
// time is spent waiting, so several subjects of the same kind share the cases: whoever is free takes the next one.

import {
  type CaseResult,
  type ConformanceCase,
  cloudCases,
  runConformance,
  type Subject,
} from '@belay/cloud/conformance';

/** What cannot be asked of a subject. A case more or less is a change that somebody has to look at. */
export interface Expected {
  readonly notApplicable: readonly string[];
  readonly outOfReach: readonly string[];
}

export interface OpenSubject {
  readonly subject: Subject;
  close(): Promise<void>;
}

const subjectsSideBySide = 3;

/**
 * They measure how long the adapter takes, or give it little time, and shall find out nothing about how busy the machine
 * is: they have a subject for themselves, in which time goes slower.
 */
const measuring: readonly string[] = ['23', '33', '36', '39', '59', '61', '63', '65'];

/** The problems, one sentence each. `open` is given a name of its own for each subject, and whether time is to go slow. */
export async function checkConformance(
  open: (runName: string, isSlow: boolean) => Promise<OpenSubject>,
  runName: string,
  expected: Expected,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const results: CaseResult[] = [];
  const names = new Set<string>();
  const takeCases = async (left: ConformanceCase[], lane: number): Promise<void> => {
    const { subject, close } = await open(`${runName}-${lane}`, lane === 0);
    names.add(subject.name);
    try {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const beganMs = Date.now();
        const [result] = (await runConformance([next], subject)).results;
        if (result === undefined) throw new Error(`The case ${next.id} gave no result.`);
        const { id, title, verdict, detail = '' } = result;
        const seconds = ((Date.now() - beganMs) / 1_000).toFixed(1);
        say(`  ${id.padStart(2)} ${verdict} (${seconds} s): ${title} ${detail}`);
        results.push(result);
      }
    } finally {
      await close();
    }
  };
  const slow = cloudCases.filter(({ id }) => measuring.includes(id));
  const others = cloudCases.filter(({ id }) => !measuring.includes(id));
  const lanes = Array.from({ length: subjectsSideBySide }, (_, lane) => takeCases(others, lane + 1));
  await Promise.all([takeCases(slow, 0), ...lanes]);

  const name = [...names].join();
  const those = (verdict: CaseResult['verdict']) =>
    results.filter((one) => one.verdict === verdict).sort((a, b) => Number(a.id) - Number(b.id));
  const count = (verdict: CaseResult['verdict']): string => `${those(verdict).length} ${verdict}`;
  say(
    `${name}: ${results.length} cases: ${(['passed', 'not-applicable', 'out-of-reach', 'failed'] as const).map(count).join(', ')}`,
  );
  return [
    ...those('failed').map(({ id, detail = '' }) => `${name}, case ${id}: ${detail}`),
    ...changed(`${name}: not applicable`, expected.notApplicable, those('not-applicable')),
    ...changed(`${name}: out of reach`, expected.outOfReach, those('out-of-reach')),
  ];
}

function changed(
  what: string,
  expected: readonly string[],
  found: readonly { readonly id: string }[],
): readonly string[] {
  const ids = found.map(({ id }) => id);
  return ids.join() === expected.join()
    ? []
    : [`${what} are the cases ${ids.join(', ') || 'none'}, and not ${expected.join(', ') || 'none'}.`];
}
