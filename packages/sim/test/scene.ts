// A shop in a simulated cloud, and short ways to wait for what is asked of it.

import type { Host } from '@belay/cloud';
import type { ResultAsync } from 'neverthrow';
import {
  createSim,
  type Shop,
  type Sim,
  type SimOptions,
  shopScenario,
  type VirtualClock,
} from '../src/index.ts';

export interface Scene extends Sim<VirtualClock> {
  readonly shop: Shop;
  readonly source: Host;
  host(instanceId: string): Host;
  /** The value; an error fails the test. */
  must<T>(result: ResultAsync<T, { readonly message: string }>): Promise<T>;
  /** The error, as its kind and what is known of the effect; a value fails the test. */
  refused(result: ResultAsync<unknown, Known>): Promise<Known>;
  /** A second server, up and empty. */
  target(): Promise<string>;
  /** Takes the data disk off the source. */
  free(): Promise<void>;
}

interface Known {
  readonly kind: string;
  readonly applied: string;
  readonly lastState?: string | undefined;
  readonly message: string;
}

let calls = 0;
export const call = (): { readonly key: string } => ({ key: `test/${++calls}` });

export function openScene(options: Omit<SimOptions, 'clock'> = {}): Scene {
  const sim = createSim({ seed: 'scene', ...options });
  const shop = shopScenario(sim);
  const { clock, hosts, cloud } = sim;
  const host = (id: string): Host => hosts.get({ ...sim.at, id });
  const must: Scene['must'] = async (result) => {
    const answer = await clock.until(result);
    if (answer.isErr()) throw new Error(answer.error.message);
    return answer.value;
  };
  return {
    ...sim,
    shop,
    source: host(shop.instanceId),
    host,
    must,
    async refused(result) {
      const answer = await clock.until(result);
      if (answer.isOk()) throw new Error(`It worked: ${JSON.stringify(answer.value)}`);
      return answer.error;
    },
    async target() {
      const spec = {
        name: 'web12-new',
        zone: shop.zone,
        instanceType: 'eagle-4xl',
        imageId: shop.imageId,
      };
      const { id } = await must(cloud.instances.create(spec, call()));
      await must(host(id).ready());
      return id;
    },
    async free() {
      const source = host(shop.instanceId);
      await must(source.services.stop(shop.services, call()));
      await must(source.mounts.unmount(shop.mountPoint, call()));
      const pairing = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
      await must(cloud.volumes.detach(pairing, call()));
    },
  };
}
