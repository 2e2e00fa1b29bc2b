// The whole volume swap over OpenStack, judged by a client that speaks to the services itself.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tearDown } from '../../examples/volume-swap/workload.ts';
import { askBefore, askJudge, playProcess, type Story, swapStories, tellStories } from '../swap/stories.ts';
import { openCloud, type Place } from './place.ts';
import type { ChangeName, Orders } from './swap-process.ts';

export interface SwapTest {
  readonly place: Place;
  /** There where the stack is the test's own, so that its drivers can be made to fail. */
  readonly own?: object | undefined;
  readonly runName: string;
  readonly folder: string;
  readonly say: (line: string) => void;
  /** Only the stories with these names. */
  readonly only?: readonly string[] | undefined;
}

const python = '/usr/bin/python3';
const script = join(import.meta.dirname, 'check.py');

/** Calls after which the process dies, in the order of the swap. */
const deaths: readonly ChangeName[] = [
  'createServer',
  'detachVolume',
  'attachVolume',
  'moveAddress',
  'renameServer',
];

/** Can only be told where the test has the services' drivers in its hands. */
const givenUp: Story<ChangeName> = {
  title: 'a swap whose attach is accepted and then given up by the storage',
  name: 'given-up',
  processes: [[{ act: 'swap', failAttach: true }, 'reverted']],
  ends: 'source',
};

export async function checkSwaps(test: SwapTest): Promise<readonly string[]> {
  const { place, own, folder, say, only } = test;
  if (own === undefined) say(`  out of reach on a cloud of somebody else's: ${givenUp.title}`);
  const stories = [...swapStories(deaths), ...(own === undefined ? [] : [givenUp])];
  const nameOf = ({ name }: Story): string => `${test.runName}-${name}`;
  const befores = new Set<string>();
  /** The ids of all that was in the project before the story, as JSON in a file. */
  const before = async (story: Story): Promise<string> => {
    const file = `${folder}/${nameOf(story)}.before.json`;
    if (befores.has(file)) return file;
    writeFileSync(file, await askBefore(python, [script, 'list'], place.access));
    befores.add(file);
    return file;
  };
  const chosen = stories.filter(({ name }) => only?.includes(name) ?? true);
  return tellStories(chosen, {
    say,
    async play(story, act) {
      await before(story);
      const wanted = {
        name: nameOf(story),
        zone: place.zone,
        imageId: place.imageId,
        instanceType: place.instanceType,
        newInstanceType: place.otherInstanceType,
        diskType: place.diskType,
        networkId: place.networkId,
      };
      const orders: Orders = { ...act, wanted, folder };
      const process = join(import.meta.dirname, 'swap-process.ts');
      return playProcess(process, orders, { env: place.access, timeoutMs: 240_000 });
    },
    async judge(story, { volumeId, floatingIpId, sourceId }, ends) {
      const args = [nameOf(story), volumeId, floatingIpId, sourceId, ends, await before(story)];
      return askJudge(python, [script, 'judge', ...args], place.access);
    },
    async tearDown(story, ids) {
      return tearDown(await openCloud(place), { ...ids, tags: { 'belay:example': nameOf(story) } });
    },
  });
}
