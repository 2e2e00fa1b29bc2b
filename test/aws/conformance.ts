// The port's conformance cases against one subject of the adapter, with each result said as it comes.

import { cloudCases, runConformance, type Subject } from '@belay/cloud/conformance';

/** What cannot be asked of a subject. A case more or less is a change that somebody has to look at. */
export interface Expected {
  readonly notApplicable: readonly string[];
  readonly outOfReach: readonly string[];
}

/** The problems, one sentence each. */
export async function checkConformance(
  subject: Subject,
  expected: Expected,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const { results, summary } = await runConformance(cloudCases, subject, {
    onResult: ({ id, title, verdict, detail = '' }) =>
      say(`  ${id.padStart(2)} ${verdict}: ${title} ${detail}`),
  });
  say(`${subject.name}: ${summary}`);
  const those = (verdict: string) => results.filter((one) => one.verdict === verdict);
  const failed = those('failed').map(({ id, detail = '' }) => `${subject.name}, case ${id}: ${detail}`);
  return [
    ...failed,
    ...changed(`${subject.name}: not applicable`, expected.notApplicable, those('not-applicable')),
    ...changed(`${subject.name}: out of reach`, expected.outOfReach, those('out-of-reach')),
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
