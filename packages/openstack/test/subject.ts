// The adapter as a subject of the conformance cases, over the real services of an OpenStack: directly, with faults put
// between the adapter and the network, or through the fault proxy, which stands on the network itself.

import { type Cloud, systemClock } from '@belay/cloud';
import type { Levers, Subject } from '@belay/cloud/conformance';
import { connectOpenstack } from '../src/connect.ts';
import type { Fetch } from '../src/http.ts';
import { leversBehind, type OsEnvironment, signIn } from './behind.ts';
import { proxyFaults } from './proxy-faults.ts';
import { type WireProcess, wireFaults } from './wire-faults.ts';

export interface OpenstackSubjectOptions {
  /** `OS_AUTH_URL` and the others, of a member of a project. */
  readonly environment: OsEnvironment;
  /** The same of somebody who may see what members may not; without, a lever is missing. */
  readonly operator?: OsEnvironment | undefined;
  /** Faults behind the services, where they can be had: they stand in for those at the wire. */
  readonly levers?: Levers | undefined;
  readonly way: 'direct' | 'proxy';
  /** Part of every key and tag: another one for each run. */
  readonly runName: string;
  /** How requests are sent in the end; Node's own way where absent. */
  readonly network?: Fetch | undefined;
}

export interface OpenstackSubject extends AsyncDisposable {
  readonly subject: Subject;
  /** Another adapter over the same project. */
  open(): Promise<Cloud>;
}

/** Processes that stand ready: one is opened slower than a case can wait for it. */
const spareProcesses = 3;

export async function openstackSubject(options: OpenstackSubjectOptions): Promise<OpenstackSubject> {
  const { environment, operator, way, runName, network = fetch } = options;
  const behind = await signIn(environment);
  const faults = way === 'direct' ? wireFaults(network) : await proxyFaults(environment, behind, network);
  const source = {
    environment: { ...environment, OS_AUTH_URL: faults.authUrl ?? environment['OS_AUTH_URL'] },
    folder: '/nowhere',
    home: '/nowhere',
    readText: async () => undefined,
  };
  const openBy = async (process: WireProcess): Promise<Cloud> => {
    const connected = await connectOpenstack({
      source,
      fetch: process.fetch,
      settleMs: 4_000,
      pageSize: 5,
      // The services have nobody else to serve; see test/openstack/place.ts.
      readsPerSecond: 3,
    });
    if (connected.isErr()) throw new Error(connected.error.message);
    return connected.value;
  };
  const first = faults.process();
  const cloud = await openBy(first);
  const spares: Cloud[] = [];
  let refilling: Promise<void> = Promise.resolve();
  const refill = (): void => {
    refilling = refilling.then(async () => {
      while (spares.length < spareProcesses) spares.push(await openBy(faults.process()));
    });
  };
  refill();
  await refilling;

  const { body: images } = await behind.call('image', 'GET', '/v2/images?status=active');
  const { body: flavors } = await behind.call('compute', 'GET', '/flavors/detail?sort_key=memory_mb');
  const [small, large] = flavors.flavors.filter(({ disk }: { disk: number }) => disk > 0);
  const { body: types } = await behind.call('volumev3', 'GET', '/types');
  // A volume of a type for several servers is not refused when a second one wants it.
  const isForOne = ({ name, extra_specs: specs }: { name: string; extra_specs?: Record<string, string> }) =>
    name !== '__DEFAULT__' && specs?.['multiattach'] === undefined;
  const [type, otherType] = types.volume_types.filter(isForOne);
  const zone = (await behind.call('compute', 'GET', '/os-availability-zone')).body.availabilityZoneInfo[0];
  const nothing = '00000000-0000-4000-8000-000000000000';
  return {
    open: () => openBy(faults.process()),
    subject: {
      name: way === 'direct' ? 'openstack' : 'openstack through the fault proxy',
      cloud,
      traits: new Set(['detach-while-running', 'floating-ips', 'snapshots', 'sessions']),
      levers: {
        ...leversBehind(behind, operator === undefined ? undefined : await signIn(operator)),
        ...faults.levers,
        anotherProcess() {
          const spare = spares.shift();
          if (spare === undefined) throw new Error('All processes that stood ready are taken.');
          refill();
          return spare;
        },
        sessions: first.sessions,
        async endSession() {
          const token = first.token();
          if (token !== undefined) await behind.revoke(token);
        },
        ...options.levers,
      },
      runName,
      zones: [zone.zoneName],
      instanceType: small.name,
      otherInstanceType: large.name,
      imageId: images.images[0].id,
      diskType: type.name,
      otherDiskType: otherType?.name,
      missing: {
        volumeId: nothing,
        instanceId: nothing,
        snapshotId: nothing,
        floatingIpId: nothing,
        imageId: nothing,
      },
      clock: systemClock,
      patienceMs: 120_000,
    },
    async [Symbol.asyncDispose]() {
      await refilling.catch(() => undefined);
      await faults.close();
    },
  };
}
