import type { Cloud } from '@belay/cloud';
import { type VirtualClock, virtualClock } from '../../cloud/test/virtual-clock.ts';
import { connectOpenstack } from '../src/connect.ts';
import type { Fetch } from '../src/http.ts';
import type { OpenstackSettings } from '../src/openstack-cloud.ts';
import { authUrl, type FakeOpenstack, fakeOpenstack } from './fake-openstack.ts';

export interface Opened {
  readonly clock: VirtualClock;
  readonly stack: FakeOpenstack;
  readonly cloud: Cloud;
  /** A second adapter over the same project, as another process would open it. */
  open(fetch?: Fetch): Promise<Cloud>;
}

export interface FakeOptions extends OpenstackSettings {
  readonly dns?: boolean;
  /** What stands between the adapter and the services. */
  readonly way?: (network: Fetch) => Fetch;
}

export function environmentOf({ password }: FakeOpenstack): Readonly<Record<string, string>> {
  return {
    OS_AUTH_URL: authUrl,
    OS_USERNAME: 'demo',
    OS_PASSWORD: password,
    OS_PROJECT_NAME: 'demo',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
}

export async function openFake({ dns = false, way, ...settings }: FakeOptions = {}): Promise<Opened> {
  const clock = virtualClock();
  const stack = fakeOpenstack(clock, { dns });
  const fetch = way === undefined ? stack.fetch : way(stack.fetch);
  const open = async (by: Fetch = fetch): Promise<Cloud> => {
    const source = {
      environment: environmentOf(stack),
      folder: '/nowhere',
      home: '/nowhere',
      readText: async () => undefined,
    };
    const connected = await clock.run(
      connectOpenstack({ ...settings, source, fetch: by, clock, chance: () => 0.5 }),
    );
    if (connected.isErr()) throw new Error(connected.error.message);
    return connected.value;
  };
  return { clock, stack, cloud: await open(), open };
}
