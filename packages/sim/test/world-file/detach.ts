// Starts to take a shop's disk off, says so, and waits to be killed.

import { createSim, scaledClock, shopScenario } from '@belay/sim';

const [file = ''] = process.argv.slice(2);
const sim = createSim({
  file,
  clock: scaledClock(20),
  // Long enough that the kill always comes first: half a minute of real time.
  latencies: { 'volumes.detach': [600_000, 600_000, 600_000] },
});
const shop = shopScenario(sim);
const host = sim.hosts.get({ ...sim.at, id: shop.instanceId });
(await host.services.stop(shop.services, { key: 'stop' }))._unsafeUnwrap();
(await host.mounts.unmount(shop.mountPoint, { key: 'unmount' }))._unsafeUnwrap();
const pairing = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
const detaching = sim.cloud.volumes.detach(pairing, { key: 'detach', timeoutMs: 3_600_000 });
sim.world.onEvent(({ what }) => {
  if (what === 'api volumes.detach') setImmediate(() => console.log(JSON.stringify(pairing)));
});
console.log((await detaching).isOk() ? 'done' : 'failed');
