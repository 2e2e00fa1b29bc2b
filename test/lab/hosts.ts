// The conformance cases of the Host port over ssh to servers of a lab.

import { hostCases, runHostConformance } from '@belay/cloud/conformance';
import { labHosts } from './host-subject.ts';

/** The problems; none where all promises are kept. Takes the lab away again. */
export async function checkHosts(
  folder: string,
  only: readonly string[] | undefined,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const { lab, subject } = await labHosts(folder);
  const problems: string[] = [];
  const work = hostCases.filter(({ id }) => only === undefined || only.includes(id));
  const lane = async (): Promise<void> => {
    for (let one = work.shift(); one !== undefined; one = work.shift()) {
      const beganMs = Date.now();
      const { results } = await runHostConformance([one], subject);
      const { verdict = 'failed', detail } = results[0] ?? {};
      const seconds = ((Date.now() - beganMs) / 1_000).toFixed(1).padStart(5);
      say(
        `${one.id.padStart(3)} ${verdict.padEnd(14)} ${seconds} s  ${one.title}${detail === undefined ? '' : ` (${detail})`}`,
      );
      if (verdict === 'failed' || verdict === 'out-of-reach')
        problems.push(`${one.id} is ${verdict}: ${detail}`);
    }
  };
  // Two at a time: much of it is waiting.
  await Promise.all([lane(), lane()]);
  const destroyed = await lab.destroy();
  return destroyed.isErr() ? [...problems, `The lab did not go: ${destroyed.error.message}`] : problems;
}
