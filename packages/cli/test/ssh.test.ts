// How one gets into a server: where it is, and which keys it may show. A server whose key nobody knows is let in by none.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Ref } from '@belay/cloud';
import type { SshHostsOptions, SshServer } from '@belay/host';
import { createSim, shopScenario } from '@belay/sim';
import { expect, test } from 'vitest';
import type { HostsSection } from '../src/config/hosts.ts';
import { sshDoors } from '../src/session/ssh.ts';
import { openHouse } from './play/bin.ts';

/** What the adapter would be told about a server of the simulated shop. */
async function reached(folder: string, section: HostsSection): Promise<SshServer | undefined> {
  const sim = createSim();
  const { at, instanceId } = shopScenario(sim);
  let options: SshHostsOptions | undefined;
  const module = await import('@belay/host');
  const sshHosts: typeof module.sshHosts = (given) => {
    options = given;
    return module.sshHosts(given);
  };
  sshDoors({ ...module, sshHosts }, section, { cloud: () => sim.cloud, clock: sim.clock, folder });
  const server: Ref = { ...at, id: instanceId };
  return await sim.clock.until(Promise.resolve(options?.reach(server, {})));
}

test('a server is where its cloud says, and shows the keys of the image or of the file for its address', async ({
  onTestFinished,
}) => {
  const { folder } = await openHouse(onTestFinished, { backup: false });
  const { publicAddresses } = { publicAddresses: (await reached(folder, {}))?.address ?? '' };
  writeFileSync(
    join(folder, 'known_hosts'),
    `# our servers\n${publicAddresses} ssh-ed25519 AAAAmine\n198.51.100.99 ssh-ed25519 AAAAother\n`,
  );
  const server = await reached(folder, {
    knownHosts: 'known_hosts',
    hostKeys: ['ssh-ed25519 AAAAimage'],
    identityFile: 'id',
    user: 'admin',
    sudo: true,
  });
  expect(server).toMatchObject({
    address: publicAddresses,
    user: 'admin',
    sudo: true,
    identityFile: join(folder, 'id'),
    hostKeys: ['ssh-ed25519 AAAAimage', 'ssh-ed25519 AAAAmine'],
  });
});

test('a server without a key that is known gets none, so that nothing is let in', async ({
  onTestFinished,
}) => {
  const { folder } = await openHouse(onTestFinished, { backup: false });
  expect((await reached(folder, {}))?.hostKeys).toEqual([]);
});

test('what the config says of one server comes before what it says of all', async ({ onTestFinished }) => {
  const { folder } = await openHouse(onTestFinished, { backup: false });
  const { instanceId } = shopScenario(createSim());
  const servers = { [instanceId]: { address: '192.0.2.7', port: 2222, hostKeys: ['ssh-ed25519 AAAAown'] } };
  expect(await reached(folder, { port: 22, hostKeys: ['ssh-ed25519 AAAAall'], servers })).toMatchObject({
    address: '192.0.2.7',
    port: 2222,
    hostKeys: ['ssh-ed25519 AAAAown'],
  });
});
