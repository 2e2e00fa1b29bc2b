import type { HostRegistry, Ref } from '@belay/cloud';
import { commandInit, type InitSystem, type SshHosts, sshHosts, systemd } from '@belay/host';
import { expectAssignable, expectError, expectType } from 'tsd';

const places = [{ provider: 'metal', account: 'acme', region: 'oslo' }];
const hosts = sshHosts({
  places,
  reach: (server: Ref) => ({ address: `${server.id}.example`, hostKeys: ['ssh-ed25519 AAAA'] }),
});
expectType<SshHosts>(hosts);
expectAssignable<HostRegistry>(hosts);

// Host keys are not optional: a server without one is never worked with.
expectError(sshHosts({ places, reach: () => ({ address: '192.0.2.1' }) }));
// Other servers may reach it elsewhere.
sshHosts({ places, reach: () => ({ address: '192.0.2.1', hostKeys: [], peerAddress: '10.0.0.1' }) });
// How a server is found may take a while, and may find none.
sshHosts({ places, reach: async () => undefined });

expectType<InitSystem>(systemd);
expectType<InitSystem>(commandInit({ program: ['/usr/sbin/supervise'] }));
expectError(commandInit({ program: '/usr/sbin/supervise' }));
