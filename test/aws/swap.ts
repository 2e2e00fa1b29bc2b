// The whole volume swap over something that speaks EC2's language, judged by boto3.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { awsCloud, type Ec2Api } from '@belay/aws';
import { tearDown } from '../../examples/volume-swap/workload.ts';
import { askJudge, playProcess, type Stage, swapStories, tellStories } from '../swap/stories.ts';
import { region, sdkEnvironment, sdkOptions, zones } from './place.ts';
import type { Orders } from './swap-process.ts';

export interface SwapTest {
  /** Accounts, each with nothing in it; a story has one for itself while it is told. */
  readonly places: readonly Account[];
  readonly python: string;
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface Account {
  readonly url: string;
  readonly imageId: string;
}

const here = import.meta.dirname;

/** Calls after which the process dies, in the order of the swap. */
const deaths: readonly (keyof Ec2Api)[] = [
  'runInstances',
  'detachVolume',
  'attachVolume',
  'associateAddress',
  'createTags',
];

export async function checkSwaps(test: SwapTest): Promise<readonly string[]> {
  mkdirSync(test.folder, { recursive: true });
  const left = [...swapStories(deaths)];
  const told = test.places.map((place) => tellStories(left, stageAt(place, test)));
  return (await Promise.all(told)).flat();
}

function stageAt({ url, imageId }: Account, { python, folder, say }: SwapTest): Stage<keyof Ec2Api> {
  const env = sdkEnvironment(url);
  const types = { instanceType: 't3.micro', newInstanceType: 't3.small', diskType: 'gp3' };
  return {
    say,
    play({ name }, act) {
      const wanted = { name, zone: zones[0], imageId, ...types };
      const orders: Orders = { ...act, wanted, folder };
      return playProcess(join(here, 'swap-process.ts'), orders, { env, timeoutMs: 180_000 });
    },
    judge({ name }, { volumeId, floatingIpId, sourceId }, ends) {
      const args = [join(here, 'check.py'), name, volumeId, floatingIpId, sourceId, ends];
      return askJudge(python, args, { ...env, AWS_DEFAULT_REGION: region });
    },
    tearDown({ name }, ids) {
      const cloud = awsCloud({ account: 'test', ...sdkOptions(url), visibilityMs: 300 });
      return tearDown(cloud, { ...ids, tags: { 'belay:example': name } });
    },
  };
}
