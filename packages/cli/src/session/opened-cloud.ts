/** One cloud of the config, opened: its port, the insides of its servers, and the end of both. */

import type { Cloud, CloudRegistry, Host, HostRegistry, Place, Ref } from '@belay/cloud';
import { cloudRegistry, hostRegistry, samePlace } from '@belay/cloud';

/** `cloud` and `host` are asked anew each time: what is costly to open may wait until somebody needs it. */
export interface OpenedCloud {
  /** Its name in the config. */
  readonly name: string;
  readonly at: Place;
  readonly cloud: () => Cloud;
  /** `undefined` where nobody said how its servers are reached. */
  readonly host: (server: Ref) => Host | undefined;
  /** Somebody said how its servers are reached. */
  readonly hasDoors: boolean;
  readonly close: () => Promise<void>;
}

/** The registries of these clouds and of their servers. */
export function registriesOf(opened: readonly OpenedCloud[]): {
  readonly clouds: CloudRegistry;
  readonly hosts: HostRegistry;
} {
  const find = (at: Place): OpenedCloud | undefined => opened.find((one) => samePlace(one.at, at));
  const none = cloudRegistry([]);
  return {
    clouds: {
      get: (at) => find(at)?.cloud() ?? none.get(at),
      has: (at) => find(at) !== undefined,
      places: () => opened.map(({ at }) => at),
    },
    hosts: hostRegistry(
      (server) => find(server)?.host(server),
      opened.filter(({ hasDoors }) => hasDoors).map(({ at }) => at),
    ),
  };
}
