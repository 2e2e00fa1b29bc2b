import type { CloudError, Pairing } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { attachVolume } from '../attachments.ts';
import { nameableDevices, sameDevice } from '../devices.ts';
import type { VolumeRecord } from '../state.ts';
import { listVolumes } from '../volumes.ts';
import type { Task } from './task.ts';

/**
 * Attaches under a name that nothing is seen to have. EC2 wants a name from whoever attaches, and one that is free to
 * all appearances may be taken: by the image, or by an attach at the same time. Then the next one is tried.
 */
export async function attachUnderFreeName(task: Task, pairing: Pairing): Promise<Result<void, CloudError>> {
  if (task.world.profile.family !== 'ec2') return task.change((inside) => attachVolume(inside, pairing));
  const seen = await task.read('volumes.list', (inside) => ok(listVolumes(inside)));
  if (seen.isErr()) return err(seen.error);
  let last: Result<void, CloudError> = err(
    task.fail('quota', `${pairing.instanceId} has no device name left.`, { resourceId: pairing.instanceId }),
  );
  for (const device of freeNames(seen.value, pairing.instanceId).slice(0, mostTries)) {
    last = await task.change((inside) => attachVolume(inside, { ...pairing, device }));
    if (last.isOk() || !isTaken(last.error)) return last;
  }
  return last;
}

const mostTries = 5;

/** The names that nothing on this instance is seen to have, in the order in which they are tried. */
export function freeNames(volumes: readonly VolumeRecord[], instanceId: string): readonly string[] {
  const used = volumes.flatMap(({ attachments }) =>
    attachments.flatMap((one) => (one.instanceId === instanceId ? (one.device ?? []) : [])),
  );
  return nameableDevices.filter((name) => !used.some((one) => sameDevice(one, name)));
}

/** EC2 has no code of its own for it: the words tell. */
function isTaken({ code, message }: CloudError): boolean {
  return code === 'InvalidParameterValue' && message.includes('already in use');
}
