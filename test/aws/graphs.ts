// The stories of the planner's graphs over something that speaks EC2's language, looked at by boto3.

import { join } from 'node:path';
import { awsCloud, ec2Client } from '@belay/aws';
import { openEye } from '../graphs/eye.ts';
import type { Change, Stage } from '../graphs/scene.ts';
import { graphStories, tellGraphs } from '../graphs/stories.ts';
import { withFaults } from './faults.ts';
import { region, sdkEnvironment, sdkOptions, zones } from './place.ts';
import type { Account } from './swap.ts';

export interface GraphTest {
  /** Accounts, each with nothing in it; a story has one for itself while it is told. */
  readonly places: readonly Account[];
  readonly python: string;
  /** Does it keep capacity? */
  readonly reserves: boolean;
  readonly say: (line: string) => void;
}

const calls = {
  moveAddress: 'associateAddress',
  renameServer: 'createTags',
  startServer: 'startInstances',
  modifyVolume: 'modifyVolume',
} as const satisfies Record<Change, string>;

const types = { instanceType: 't3.micro', newInstanceType: 't3.small', diskType: 'gp3' };

export async function checkGraphs(test: GraphTest): Promise<readonly string[]> {
  const left = [...graphStories];
  const told = test.places.map(async ({ url, imageId }) => {
    const { api, fail } = withFaults(ec2Client(sdkOptions(url)));
    const env = { ...sdkEnvironment(url), AWS_DEFAULT_REGION: region };
    const eye = openEye(test.python, join(import.meta.dirname, 'look.py'), env);
    const stage: Stage = {
      cloud: awsCloud({ account: 'test', region, client: api, visibilityMs: 300 }),
      wanted: { ...types, zone: zones[0], imageId },
      refuse: (change) => fail(calls[change], 'UnauthorizedOperation', 403, 1),
      look: eye.look,
      reserves: test.reserves,
    };
    try {
      return await tellGraphs(left, stage, ({ name }) => `graph-${name}`, test.say);
    } finally {
      await eye.close();
    }
  });
  return (await Promise.all(told)).flat();
}
