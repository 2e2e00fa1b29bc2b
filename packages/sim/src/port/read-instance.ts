import type { CloudError, Instance } from '@belay/cloud';
import type { Result } from 'neverthrow';
import { listAddresses } from '../floating-ips.ts';
import { disksOf } from '../instance-disks.ts';
import { describeInstance } from '../instances.ts';
import type { InstanceRecord } from '../state.ts';
import type { World } from '../world.ts';
import type { Task } from './task.ts';
import { instanceView } from './view.ts';

/** One instance as the port shows it, with its disks and addresses. */
export function readInstance(task: Task, id: string): Promise<Result<Instance, CloudError>> {
  return task.read('instances.get', (inside) =>
    describeInstance(inside, id).map((record) => viewOf(inside, record)),
  );
}

export function viewOf(world: World, record: InstanceRecord): Instance {
  return instanceView(record, disksOf(world, record.id), listAddresses(world), world.profile.family);
}
