// A shop as it is best: everything known, everything fit for a swap. Tests change one thing and look what follows.

import type { HostProbe, Traits } from '@belay/cloud';
import {
  backupOfSnapshot,
  type Facts,
  type FactValues,
  type Known,
  type PlanOptions,
  type ProbedOf,
  type ProbeName,
  type Target,
  type Workload,
} from '@belay/planner';

export const now = '2026-11-22T11:04:52.000Z';
const asked = '2026-11-22T11:02:52.000Z';
const place = { provider: 'sim', account: 'shop', region: 'r1' };

export const workload: Workload = {
  name: 'web12',
  instance: { ...place, id: 'i-1' },
  volumeId: 'vol-1',
  mountPoint: '/data',
  filesystemUuid: 'uuid-1',
  floatingIps: ['ip-1'],
  names: [],
  services: ['nginx', 'mysql'],
  probe: { name: 'shop.example' },
  rootDisk: 'can-be-made-again',
};

export const target: Target = {
  at: place,
  name: 'web12',
  zones: ['r1-a', 'r1-b'],
  instanceType: 'big',
  imageId: 'image-1',
  diskType: 'ssd',
  sizeGiB: 1000,
  carries: { filesystems: ['ext4'], databases: { mysql: '8.0' } },
};

const traits: Traits = {
  zoneBoundVolumes: true,
  detachWhileRunning: true,
  snapshotInUse: true,
  stopMayLoseCapacity: true,
  resizeKeptUntilConfirmed: false,
  resizeOnlyWhenStopped: true,
  resizeKeepsLocalRoot: false,
  floatingIpMoveAtomic: true,
  capacityReservations: true,
  snapshotCopy: false,
  snapshotShare: false,
  volumeCopy: false,
  permissionChecks: false,
  idempotencyTokens: true,
  growInUse: true,
  retypeInUse: true,
  dns: true,
  launchVolumesDieWithInstance: true,
};

const values: { [K in Exclude<keyof FactValues, 'probe'>]: Value<FactValues[K]> } = {
  traits,
  targetTraits: traits,
  source: {
    id: 'i-1',
    name: 'web12',
    state: 'running',
    providerState: 'running',
    zone: 'r1-a',
    instanceType: 'small',
    imageId: 'image-1',
    privateAddresses: ['10.0.0.5'],
    publicAddresses: ['192.0.2.5'],
    volumes: [
      { volumeId: 'vol-0', isRoot: true, deleteOnTermination: true },
      { volumeId: 'vol-1', isRoot: false, deleteOnTermination: false },
    ],
    deletionProtected: false,
    tags: {},
  },
  volume: {
    id: 'vol-1',
    name: 'web12-data',
    state: 'in-use',
    providerState: 'in-use',
    zone: 'r1-a',
    sizeGiB: 1000,
    diskType: 'ssd',
    multiAttach: false,
    attachments: [
      {
        volumeId: 'vol-1',
        instanceId: 'i-1',
        state: 'attached',
        disk: { serial: 'vol1', byId: ['virtio-vol1'] },
      },
    ],
    tags: {},
  },
  moreVolumes: [],
  host: {
    identity: { hostname: 'web12', bootId: 'boot-1' },
    mounts: [
      {
        mountPoint: '/data',
        filesystemUuid: 'uuid-1',
        filesystemType: 'ext4',
        diskSerial: 'vol1',
        usedBytes: 400e9,
        usedInodes: 2_100_000,
        bootEntry: 'uuid',
      },
    ],
    services: [
      { name: 'nginx', state: 'active', masked: false },
      { name: 'mysql', state: 'active', masked: false },
    ],
    os: 'debian 12',
    kernel: '6.1.0',
    databases: { mysql: '8.0' },
    writeBytesPerSecond: 2e6,
  },
  health: { healthy: true, detail: '3 good answers' },
  addresses: [{ id: 'ip-1', address: '198.51.100.7', instanceId: 'i-1', tags: {} }],
  records: [],
  snapshot: {
    id: 'snap-1',
    name: 'nightly',
    state: 'ready',
    providerState: 'completed',
    volumeId: 'vol-1',
    sizeGiB: 1000,
    takenAt: '2026-11-22T03:00:00.000Z',
    readyAt: '2026-11-22T03:20:00.000Z',
    tags: {},
  },
  // Follows the snapshot: see `factsWith`.
  backup: null,
  offers: [
    { instanceType: 'big', zone: 'r1-a', lifecycle: 'current', creatable: 'yes', volumeSlots: 8 },
    { instanceType: 'big', zone: 'r1-b', lifecycle: 'current', creatable: 'yes', volumeSlots: 8 },
  ],
  reservations: [],
  permissions: [],
  cooldown: { kind: 'over' },
  headroom: { burstPercent: 100, cpuStealPercent: 0 },
  image: { id: 'image-1', name: 'debian-12', state: 'available', architecture: 'x86_64', tags: {} },
  targetReach: true,
};

type Value<K> = K extends Known<infer T> ? T : never;
export type FactName = keyof FactValues;

/** The shop's facts, some of them other than usual. */
export function factsWith(
  changes: { readonly [K in FactName]?: Partial<Value<FactValues[K]>> | Value<FactValues[K]> } = {},
  about: Partial<Workload> = {},
): Facts {
  const fact = <K extends FactName>(name: K) => {
    const usual: unknown = name === 'probe' ? undefined : values[name as keyof typeof values];
    const change: unknown = changes[name];
    const isRecord = typeof change === 'object' && change !== null && !Array.isArray(change);
    const value = change === undefined ? usual : isRecord ? { ...Object(usual), ...change } : change;
    return [name, { known: true, value, at: asked, source: `asked for ${name}` }];
  };
  const all = Object.fromEntries(
    [...Object.keys(values), ...(changes.probe === undefined ? [] : ['probe'])].map((name) =>
      fact(name as FactName),
    ),
  );
  // Object.fromEntries loses which value belongs to which name; the loop above keeps them together.
  const probe = { known: false, why: 'nobody looked closely', at: asked, source: 'probe' };
  const facts = {
    workload: { ...workload, ...about },
    ...({ probe, ...all } as unknown as FactValues),
  };
  return changes.backup === undefined ? { ...facts, backup: backupOfSnapshot(facts.snapshot) } : facts;
}

/** The shop's facts, one of which could not be learned. */
export function factsWithout(name: FactName): Facts {
  const missing = { known: false, why: 'timeout: no answer', at: asked, source: `asked for ${name}` };
  return { ...factsWith(), [name]: missing, ...(name === 'snapshot' && { backup: missing }) } as Facts;
}

/** What a close look finds, as far as it is given; the rest was not learned. */
export function probeWith(found: { readonly [K in ProbeName]?: ProbedOf<K> }): HostProbe {
  const how = { method: 'a test', at: asked };
  const names = [
    'os',
    'kernel',
    'mounts',
    'bootEntries',
    'disks',
    'writes',
    'changes',
    'databases',
    'openForWrite',
    'services',
    'timers',
    'accounts',
    'dirtyBytes',
    'bandwidth',
  ] as const satisfies readonly ProbeName[];
  const facts = names.map((name) => {
    const value: unknown = found[name];
    return [
      name,
      value === undefined ? { known: false, why: 'no answer', ...how } : { known: true, value, ...how },
    ];
  });
  // As above: the names and their values belong together.
  return {
    identity: { hostname: 'web12', bootId: 'boot-1' },
    ...(Object.fromEntries(facts) as Omit<HostProbe, 'identity'>),
  };
}

export function options(more: Partial<PlanOptions> = {}): PlanOptions {
  return { now, ...more };
}
