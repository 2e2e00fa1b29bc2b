import type { Bench } from './bench.ts';
import { all, CaseFailed, isAlive } from './check.ts';

/**
 * Takes away all that carries the tags of a case, whatever came of it: addresses and instances first, for with them
 * attachments end. What cannot be deleted is a failure of the case.
 */
export async function clearUp(bench: Bench): Promise<void> {
  await clearAddresses(bench);
  await clearInstances(bench);
  // Some clouds do not let a volume go while snapshots of it are there.
  await clearSnapshots(bench);
  await clearVolumes(bench);
}

async function clearAddresses({ cloud, tags, call, must, has }: Bench): Promise<void> {
  if (!has('floating-ips')) return;
  for (const { id, instanceId } of await all(cloud.floatingIps.list({ tags }))) {
    if (instanceId !== undefined) {
      await must(cloud.floatingIps.move(id, { from: instanceId, to: undefined }, call(`clear.${id}.off`)));
    }
    await must(cloud.floatingIps.delete(id, call(`clear.${id}`)));
  }
}

async function clearInstances({ cloud, call, must, livingInstances }: Bench): Promise<void> {
  for (const { id } of await livingInstances()) {
    await must(cloud.instances.delete(id, call(`clear.${id}`)));
  }
}

async function clearSnapshots({ cloud, tags, call, must, has }: Bench): Promise<void> {
  if (!has('snapshots')) return;
  for (const { id, state } of await all(cloud.snapshots.list({ tags }))) {
    if (isAlive(state)) await must(cloud.snapshots.delete(id, call(`clear.${id}`)));
  }
}

/** A volume whose instance was deleted a moment ago may be in use for a little longer. */
async function clearVolumes({ cloud, call, eventually, livingVolumes }: Bench): Promise<void> {
  for (const { id } of await livingVolumes()) {
    await eventually(`${id} is deleted`, async () =>
      (await cloud.volumes.delete(id, call(`clear.${id}`))).match(
        () => true,
        (error) => {
          if (error.kind === 'busy') return false;
          throw new CaseFailed(`${error.operation} failed as ${error.kind}: ${error.message}`);
        },
      ),
    );
  }
}
