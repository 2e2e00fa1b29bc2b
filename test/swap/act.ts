// One act of a story, in this process: sets a workload up and swaps it, carries on what another process left, or takes
// a swap back, and prints what came of it as one line of JSON.

import { type Cloud, cloudRegistry } from '@belay/cloud';
import { planner } from '@belay/planner';
import { openRunner, type Runner, sqliteJournal } from '@belay/runner';
import { type PaperHosts, paperHosts } from '../../examples/volume-swap/paper-hosts.ts';
import { services, setUp, type Wanted } from '../../examples/volume-swap/workload.ts';
import type { Act, Ids, Told } from './stories.ts';

export interface Scene {
  readonly cloud: Cloud;
  readonly wanted: Wanted;
  /** Where the journal and the insides of the servers are kept from one process to the next. */
  readonly folder: string;
  /** Called between the setting up and the swap: from here on faults may strike. */
  readonly curtain: (made: Ids) => void;
}

export async function playAct({ act }: Act, scene: Scene): Promise<void> {
  const { cloud, wanted, folder } = scene;
  const hosts = paperHosts(`${folder}/${wanted.name}.hosts.json`, cloud, services);
  const runner = await openRunner({
    graphs: planner.graphs,
    services: { clouds: cloudRegistry([cloud]), hosts },
    journal: sqliteJournal(`${folder}/${wanted.name}.db`),
  });
  const told = await play(act, scene, hosts, runner);
  await runner.close();
  console.log(JSON.stringify(told));
}

async function play(act: Act['act'], scene: Scene, hosts: PaperHosts, runner: Runner): Promise<Told> {
  const runId = `${scene.wanted.name}-swap`;
  switch (act) {
    case 'swap':
      return swap(runId, scene, hosts, runner);
    case 'recover': {
      const recovered = await runner.recover();
      if (recovered.isErr()) return { state: 'error', detail: recovered.error.message };
      const { recovered: ids, left } = recovered.value;
      if (!ids.includes(runId)) return { state: 'not-recovered', detail: JSON.stringify(left) };
      return toldOf(await runner.wait(runId));
    }
    case 'revert':
      return toldOf(await runner.revert(runId, { by: 'the test', reason: 'to see it go back' }));
  }
}

async function swap(
  runId: string,
  { cloud, wanted, curtain }: Scene,
  hosts: PaperHosts,
  runner: Runner,
): Promise<Told> {
  const made = await setUp(cloud, hosts, wanted);
  if (made.isErr()) return { state: 'error', detail: made.error.message };
  const { input, sourceId, volumeId, floatingIpId } = made.value;
  console.log(JSON.stringify({ sourceId, volumeId, floatingIpId }));
  curtain({ sourceId, volumeId, floatingIpId });
  return toldOf(await runner.run(planner.volumeSwap, input, { id: runId, keys: [`node/${wanted.name}`] }));
}

function toldOf(result: Awaited<ReturnType<Runner['wait']>>): Told {
  return result.match(
    (outcome) => ({
      state: outcome.state,
      detail: 'cause' in outcome ? (outcome.cause?.message ?? '') : JSON.stringify(outcome),
    }),
    (error) => ({ state: 'error', detail: error.message }),
  );
}
