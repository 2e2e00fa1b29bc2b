import {
  type Chance,
  type Clock,
  type DescribeBatch,
  describeBatch,
  describePaces,
  type KeyTurns,
  keyTurns,
  type Place,
} from '@belay/cloud';
import { ResultAsync } from 'neverthrow';
import type { Api } from './api.ts';
import { describeEach, describeListed } from './describe.ts';
import { provider } from './errors.ts';
import { type FloatingAddress, floatingAddressOf } from './floating-ip-mapping.ts';
import { type KeyLooks, keyLooks } from './key-looks.ts';
import type { Microversions } from './microversion.ts';
import { type Server, serverOf } from './server.ts';
import { type CinderSnapshot, cinderSnapshotOf } from './snapshot-mapping.ts';
import { type CinderVolume, cinderVolumeOf } from './volume-mapping.ts';

/** What every verb of the adapter works with: the project and region, the services' calls, time, and shared reads. */
export interface Stack extends StackOptions {
  readonly servers: DescribeBatch<Server>;
  readonly volumes: DescribeBatch<CinderVolume>;
  readonly snapshots: DescribeBatch<CinderSnapshot>;
  readonly floatingIps: DescribeBatch<FloatingAddress>;
  readonly byKey: KeyLooks;
  readonly turns: KeyTurns;
}

export interface StackOptions {
  readonly at: Place;
  readonly projectId: string;
  readonly api: Api;
  readonly microversions: Microversions;
  readonly clock: Clock;
  readonly chance: Chance;
  /** For how long a read may hide what was made, or show what has changed since. */
  readonly visibilityMs: number;
  /** For how long a create whose answer was lost may still be on its way. */
  readonly settleMs: number;
  /** How many items are asked for in one page of a list. */
  readonly pageSize: number;
  /** Looks at resources of one kind that the project may take up; 2 where absent. */
  readonly readsPerSecond?: number | undefined;
  readonly settings: Settings;
}

/** What clouds leave to their operators, and no call tells. */
export interface Settings {
  /** The zone of volumes for a zone of instances, where the two have different names. */
  readonly volumeZones: Readonly<Record<string, string>>;
  /** Name or id of the network that floating addresses come from; the only external one where absent. */
  readonly floatingNetwork: string | undefined;
  /** `unbind-first` where the cloud refuses to move a bound address. */
  readonly floatingIpMove: 'direct' | 'unbind-first';
  /** May a change of type move the volume's data to another backend? */
  readonly retypeMigration: 'never' | 'on-demand';
}

/** Neutron takes the ids in the address: so many keep it under 5 kB. */
const idsInAddress = 100;
const anyNumber = 100_000;

export function openStack(options: StackOptions): Stack {
  const { clock, readsPerSecond } = options;
  const servers = describePaces(readsPerSecond);
  const volumes = describePaces(readsPerSecond);
  const snapshots = describePaces(readsPerSecond);
  const floatingIps = describePaces(readsPerSecond);
  return {
    ...options,
    turns: keyTurns(),
    byKey: keyLooks(options, {
      servers: servers.looks,
      volumes: volumes.looks,
      snapshots: snapshots.looks,
      floatingIps: floatingIps.looks,
    }),
    servers: describeBatch({
      describe: describeListed(options, {
        operation: 'instances.get',
        list: 'listServers',
        items: 'servers',
        get: 'getServer',
        item: 'server',
        read: serverOf,
      }),
      maxIds: anyNumber,
      pace: servers.waits,
      clock,
      provider,
      operation: 'instances.get',
    }),
    volumes: describeBatch({
      describe: describeListed(options, {
        operation: 'volumes.get',
        list: 'listVolumes',
        items: 'volumes',
        get: 'getVolume',
        item: 'volume',
        read: cinderVolumeOf,
      }),
      maxIds: anyNumber,
      pace: volumes.waits,
      clock,
      provider,
      operation: 'volumes.get',
    }),
    snapshots: describeBatch({
      describe: describeListed(options, {
        operation: 'snapshots.get',
        list: 'listSnapshots',
        items: 'snapshots',
        get: 'getSnapshot',
        item: 'snapshot',
        read: cinderSnapshotOf,
      }),
      maxIds: anyNumber,
      pace: snapshots.waits,
      clock,
      provider,
      operation: 'snapshots.get',
    }),
    floatingIps: describeBatch({
      describe: (ids, signal) =>
        new ResultAsync(describeEach(options, [...ids], signal)).map(
          (all) => new Map(all.map((wire) => [floatingAddressOf(wire).id, floatingAddressOf(wire)])),
        ),
      maxIds: idsInAddress,
      pace: floatingIps.waits,
      clock,
      provider,
      operation: 'floatingIps.get',
    }),
  };
}
