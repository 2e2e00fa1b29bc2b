/**
 * The insides of servers by ssh, as the config says: where a server is comes from the config, else from its cloud, and
 * which keys it may show from the config or from a file of known hosts. A server whose key nobody knows is refused.
 */

import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Clock, Cloud, Host, Ref } from '@belay/cloud';
import type { HostsSection } from '../config/hosts.ts';

type HostModule = typeof import('@belay/host');

/** The opener of hosts at one place, and the end of their connections. */
export function sshDoors(
  module: HostModule,
  section: HostsSection,
  { cloud, clock, folder }: { readonly cloud: () => Cloud; readonly clock: Clock; readonly folder: string },
): { readonly host: (server: Ref) => Host; readonly close: () => Promise<void> } {
  const hosts = module.sshHosts({
    places: [cloud().at],
    clock,
    reach: async (server, options) => {
      const { address: known, ...own } = section.servers?.[server.id] ?? {};
      const { address: which = 'public', servers: _, knownHosts, ...shared } = section;
      const door = { ...shared, ...own };
      const address = known ?? (await addressOf(cloud(), server, which, options));
      if (address === undefined) return undefined;
      const fromFile = knownHosts === undefined ? [] : keysOf(pathIn(folder, knownHosts), address);
      const { identityFile } = door;
      return {
        ...door,
        ...(identityFile !== undefined && { identityFile: pathIn(folder, identityFile) }),
        address,
        hostKeys: [...(door.hostKeys ?? []), ...fromFile],
      };
    },
  });
  return { host: (server) => hosts.get(server), close: () => hosts.close() };
}

async function addressOf(
  cloud: Cloud,
  server: Ref,
  which: 'public' | 'private',
  options: Parameters<Cloud['instances']['get']>[1],
): Promise<string | undefined> {
  const instance = await cloud.instances.get(server.id, options);
  if (instance.isErr()) return undefined;
  const { publicAddresses, privateAddresses } = instance.value;
  return (which === 'public' ? publicAddresses : privateAddresses)[0];
}

/** Keys of one address in a file of OpenSSH's: `address[,address] type key`. */
function keysOf(path: string, address: string): readonly string[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [names = '', type = '', key = ''] = line.trim().split(/\s+/);
    const isMeant = names.split(',').some((name) => name === address || name === `[${address}]:22`);
    return isMeant && key !== '' ? [`${type} ${key}`] : [];
  });
}

function pathIn(folder: string, path: string): string {
  if (path.startsWith('~/')) return join(homedir(), path.slice(2));
  return isAbsolute(path) ? path : join(folder, path);
}
