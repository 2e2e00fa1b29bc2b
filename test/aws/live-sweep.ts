// Takes away what a live run has made: everything with its tag, whatever came of the run. Instances go first, for with
// them attachments end.

import type { Cloud, CloudError, CloudResult } from '@belay/cloud';
import type { Result } from 'neverthrow';

/** What could not be taken away, one line each. */
export async function sweep(
  cloud: Cloud,
  runName: string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const tags = { 'belay:live': runName };
  const left: string[] = [];
  const call = (id: string) => ({ key: `${runName}/sweep/${id}` });
  const each = async <T extends { readonly id: string; readonly state?: string }>(
    what: string,
    all: AsyncIterable<Result<T, CloudError>>,
    remove: (one: T) => CloudResult<unknown>,
  ): Promise<void> => {
    for await (const one of all) {
      if (one.isErr()) {
        left.push(`${what}s that could not be listed: ${one.error.message}`);
        continue;
      }
      const { id, state = '' } = one.value;
      if (['gone', 'deleting', 'ended', 'failed'].includes(state)) continue;
      const removed = await remove(one.value);
      if (removed.isOk()) say(`took away the ${what} ${id}`);
      else left.push(`${what} ${id}: ${removed.error.message}`);
    }
  };
  await each('address', cloud.floatingIps.list({ tags }), ({ id, instanceId }) => {
    const off = { from: instanceId, to: undefined };
    return cloud.floatingIps.move(id, off, call(id)).andThen(() => cloud.floatingIps.delete(id, call(id)));
  });
  await each('instance', cloud.instances.list({ tags }), ({ id }) => cloud.instances.delete(id, call(id)));
  await each('reservation', cloud.reservations.list({ tags }), ({ id }) =>
    cloud.reservations.delete(id, call(id)),
  );
  await each('snapshot', cloud.snapshots.list({ tags }), ({ id }) => cloud.snapshots.delete(id, call(id)));
  await each('volume', cloud.volumes.list({ tags }), ({ id }) => cloud.volumes.delete(id, call(id)));
  return left;
}
