// A process dies in the middle of its work on a lab, at any moment; the next one opens the same folder and does the same
// work under the same keys. There must be one of everything then, and everything must work.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { bootsOf, linksOf, loopsOf } from './box.ts';
import { must, openTestLab, pause } from './open.ts';

const rounds = 8;
/** The whole work takes about two seconds here. */
const longestLifeMs = 1_600;

export async function checkDeaths(folder: string, say: (line: string) => void): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const lifeMs = 150 + Math.round((round * (longestLifeMs - 150)) / (rounds - 1));
    const place = `${folder}-${round}`;
    await must((await openTestLab(place)).cloud.images.get('img-box'));
    const victim = spawn(process.execPath, [...process.execArgv, workScript, place], { stdio: 'ignore' });
    const ended = once(victim, 'exit');
    await pause(lifeMs);
    victim.kill('SIGKILL');
    await ended;
    const problem = await afterDeath(place).catch((thrown: unknown) => String(thrown));
    say(`killed after ${lifeMs} ms: ${problem ?? 'one of everything, and all of it works'}`);
    if (problem !== undefined) problems.push(`killed after ${lifeMs} ms: ${problem}`);
  }
  return problems;
}

const workScript = fileURLToPath(new URL('./work.ts', import.meta.url));

/** What is wrong afterwards, or nothing. */
async function afterDeath(folder: string): Promise<string | undefined> {
  const { work } = await import('./work.ts');
  const lab = await openTestLab(folder);
  await work(lab);
  const counts: number[] = [];
  for (const kind of [lab.cloud.instances, lab.cloud.volumes, lab.cloud.floatingIps, lab.cloud.snapshots]) {
    let count = 0;
    for await (const one of kind.list()) if (one.isOk()) count += 1;
    counts.push(count);
  }
  const loops = loopsOf(folder).length;
  const links = linksOf(folder).length;
  const boots = bootsOf(folder);
  await must(lab.destroy());
  const left = loopsOf(folder).length + linksOf(folder).length + bootsOf(folder);
  if (counts.join() !== '2,1,1,1')
    return `there are ${counts.join(', ')} of instances, volumes, addresses, snapshots`;
  if (loops !== 1) return `one attached volume has ${loops} loop devices`;
  if (boots !== 2) return `two running instances have ${boots} first processes`;
  if (links !== 3) return `two running instances and a bridge have ${links} links`;
  return left === 0 ? undefined : 'something was left after the end';
}
