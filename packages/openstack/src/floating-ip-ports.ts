import type { CloudError } from '@belay/cloud';
import { ok, type Result } from 'neverthrow';
import type { Reply } from './api.ts';
import { listAt, objectAt, textAt, type Wire } from './wire.ts';

/**
 * Newer clouds tell with an address whose port it is bound to (`fip-port-details`); of others the ports are asked for.
 * A port that cannot be read, because it is another project's, leaves the address bound to nobody that is known.
 */
export async function withPorts(
  addresses: readonly Wire[],
  listPorts: (ids: readonly string[]) => PromiseLike<Result<Reply, CloudError>>,
): Promise<Result<readonly Wire[], CloudError>> {
  const untold = addresses.flatMap((one) => (isUntold(one) ? (textAt(one, 'port_id') ?? []) : []));
  if (untold.length === 0) return ok(addresses);
  const answer = await listPorts(untold);
  return answer.map(({ body }) => {
    const ports = new Map(listAt(body, 'ports').map((port) => [textAt(port, 'id'), port]));
    return addresses.map((one) => {
      const port = isUntold(one) ? ports.get(textAt(one, 'port_id')) : undefined;
      return port === undefined ? one : { ...one, port_details: port };
    });
  });
}

function isUntold(address: Wire): boolean {
  const isBound = textAt(address, 'port_id') !== undefined;
  return isBound && textAt(objectAt(address, 'port_details'), 'device_id') === undefined;
}
