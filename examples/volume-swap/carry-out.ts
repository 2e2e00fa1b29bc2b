// The part of the examples that is the same at every cloud: makes a small workload, moves it to another server, shows
// what happened, and takes everything away again.

import { type Cloud, cloudRegistry } from '@belay/cloud';
import { planner } from '@belay/planner';
import { openRunner, sqliteJournal } from '@belay/runner';
import { paperHosts } from './paper-hosts.ts';
import { services, setUp, tearDown, type Wanted } from './workload.ts';

export interface Options {
  /** For the journal and the insides of the servers. */
  readonly folder: string;
  /** Leaves all that was made where it is. */
  readonly keep: boolean;
}

/** True where the swap succeeded and nothing is left that should not be. */
export async function carryOut(cloud: Cloud, wanted: Wanted, { folder, keep }: Options): Promise<boolean> {
  const { name } = wanted;
  const hosts = paperHosts(`${folder}/${name}.hosts.json`, cloud, services);
  const runner = await openRunner({
    graphs: planner.graphs,
    services: { clouds: cloudRegistry([cloud]), hosts },
    journal: sqliteJournal(`${folder}/${name}.db`),
  });

  const made = await setUp(cloud, hosts, wanted);
  if (made.isErr()) throw new Error(`The workload could not be made: ${made.error.message}`);
  const workload = made.value;
  console.log(`${workload.sourceId} serves, with ${workload.volumeId} at /srv`);

  const outcome = await runner.run(planner.volumeSwap, workload.input, {
    id: `${name}-swap`,
    keys: [`node/${name}`],
  });
  if (outcome.isErr()) throw new Error(outcome.error.message);
  for await (const { event } of runner.events(`${name}-swap`)) {
    if (event.kind === 'done') console.log(`  ${event.step}`);
  }
  console.log(`the swap: ${outcome.value.state}`);
  const volume = await cloud.volumes.get(workload.volumeId);
  if (volume.isOk()) {
    for (const { instanceId, disk } of volume.value.attachments) {
      console.log(`${workload.volumeId} is on ${instanceId}, as disk ${disk.serial}`);
    }
  }
  await runner.close();

  const isMoved = outcome.value.state === 'success';
  if (keep) return isMoved;
  const errors = await tearDown(cloud, workload);
  for (const error of errors) console.error(`left behind: ${error.message}`);
  console.log(errors.length === 0 ? 'all of it is taken away again' : 'not all of it could be taken away');
  return isMoved && errors.length === 0;
}
