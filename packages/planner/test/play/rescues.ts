// Plays of every graph that brings a workload back whose server does not answer, and of the release of a source.

import { Secret, secretStore } from '@belay/cloud';
import {
  type CloneOutput,
  type FromBackup,
  type FromSnapshot,
  firstRunsOf,
  type RecoverInput,
  type RecoverOutput,
  type Restores,
  recover,
  releaseSource,
  type StandbyImport,
  snapshotClone,
  startAgain,
  type TakeoverInput,
  type TakeoverOutput,
  takeover,
} from '@belay/planner';
import type { Runner } from '@belay/runner';
import { okAsync } from 'neverthrow';
import { openKeeper } from '../keeper.ts';
import { good, type Scene, swapOf } from '../shop.ts';
import { addDisk, inner } from '../two-disks.ts';
import { cloneOf, dataDisksOn, empty, emptyToo, logProblems } from './moves.ts';
import { keys, openShop, type Play, played, type Stage, word } from './stage.ts';

const hourMs = 3_600_000;

function recovery(
  name: string,
  traits: 'ec2' | 'openstack',
  wayOf: (scene: Scene, secondId?: string) => RecoverInput['way'] | Promise<RecoverInput['way']>,
  disks: 'one disk' | 'two disks' = 'one disk',
): Play {
  return {
    name,
    async open(seed) {
      const scene = await openShop(seed, { traits });
      const { sim, shop } = scene;
      const second = disks === 'two disks' ? await addDisk(scene) : undefined;
      const way = await wayOf(scene, second?.secondId);
      sim.world.hang(shop.instanceId);
      const { mayKeepVolume: _, ...one } = swapOf(scene).input;
      const move = second === undefined ? one : { ...one, moreVolumes: [{ id: second.secondId, ...inner }] };
      return {
        scene,
        graph: recover,
        house: { restores: restoresOf(scene) },
        input: () => ({ ...move, way }),
        home: () => shop.instanceId,
        isDown: true,
        ...(way.kind !== 'surviving-volume' && { ordersKept: 3 }),
        afterwards: (output) => {
          const { id } = (output as RecoverOutput).target;
          if (way.kind === 'surviving-volume') return { server: id, disk: shop.dataVolumeId, made: [id] };
          return { server: id, disk: diskOf(scene, id), made: [id, ...dataDisksOn(scene, id)] };
        },
        ...(second !== undefined && {
          problems: (end) => (end === 'success' ? logProblems(scene) : []),
        }),
      };
    },
  };
}

/** The first three orders are in the backup. */
function restoresOf({ sim, shop }: Scene): Restores['restores'] {
  return {
    restore({ to, path }) {
      const volumeId = diskOf({ sim }, to.id, path);
      if (path === inner.mountPoint) {
        sim.world.writeFile(volumeId, 'error.log', 'line 1\n');
        return okAsync({ files: 1, bytes: 7 });
      }
      sim.world.writeFile(volumeId, 'db/orders', 'order 1\norder 2\norder 3\n');
      sim.world.writeFile(volumeId, `sites/${shop.name}/index.php`, 'welcome');
      return okAsync({ files: 2, bytes: 30 });
    },
  };
}

function diskOf({ sim }: Pick<Scene, 'sim'>, serverId: string, path: string = '/data'): string {
  const mounts = sim.world.state().guests[serverId]?.mounts ?? [];
  return mounts.find(({ mountPoint }) => mountPoint === path)?.volumeId ?? 'none';
}

const again: Play = {
  name: 'start-again',
  async open(seed) {
    const scene = await openShop(seed);
    const { sim, shop } = scene;
    sim.world.hang(shop.instanceId);
    const { mayKeepVolume: _, target: __, zones: ___, ...served } = swapOf(scene).input;
    return {
      scene,
      graph: startAgain,
      input: () => ({ ...served, acceptedBy: 'ada', reason: 'it hangs' }),
      home: () => shop.instanceId,
      isDown: true,
      afterwards: () => ({ server: shop.instanceId, disk: shop.dataVolumeId, made: [] }),
    };
  },
};

const standbyUuid = '9c1a7e52-4b0d-4f7a-8f2e-3d6b5a4c1e90';

/** A standby that has the first three orders. */
function promotion(kind: 'planned' | 'emergency'): Play {
  return {
    name: `takeover, ${kind}`,
    async open(seed) {
      const scene = await openShop(seed);
      const { sim, shop } = scene;
      const disk = seedStandbyDisk(scene);
      const standbyId = sim.world.seed.server({
        name: 'web12-clone',
        zone: shop.zone,
        instanceType: shop.instanceType,
        imageId: shop.imageId,
        volumes: [{ volumeId: disk, mountPoint: shop.mountPoint }],
      });
      if (kind === 'emergency') sim.world.hang(shop.instanceId);
      const { zones: _, target: __, mayKeepVolume: ___, ...served } = swapOf(scene).input;
      const input: TakeoverInput = {
        ...served,
        standby: { at: shop.at, id: standbyId, name: 'web12-clone' },
        password: { secret: 'takeover-web12' },
        ...word,
        mode:
          kind === 'planned'
            ? { kind, standbyFilesystemUuid: standbyUuid, passTimeoutMs: 24 * hourMs }
            : { kind, dataAtLeast: '2026-11-22T19:00:00.000Z' },
      };
      const { house, imports, requested } = standbyHouse();
      return {
        scene,
        graph: takeover,
        house,
        input: () => input,
        home: () => shop.instanceId,
        isDown: kind === 'emergency',
        standby: standbyId,
        ...(kind === 'emergency' && { ordersKept: 3 }),
        afterwards: (output) => ({ server: (output as TakeoverOutput).server.id, disk, made: [] }),
        problems: (end) => {
          const { instances } = sim.world.state();
          const names = `${instances[shop.instanceId]?.name} ${instances[standbyId]?.name}`;
          const wanted = end === 'success' ? 'web12-broken web12' : 'web12 web12-clone';
          return [
            ...(names === wanted ? [] : [`the servers are called ${names}`]),
            ...(imports.paused === (end === 'success') ? [] : [`imports are paused: ${imports.paused}`]),
            ...(requested.size <= 1 ? [] : [`${requested.size} standbys were asked for`]),
            ...worthOf(imports.last, kind, end),
          ];
        },
      };
    },
  };
}

/** A standby over which files were copied is valid only where the copy was sealed and stayed so. */
function worthOf(last: StandbyImport, kind: 'planned' | 'emergency', end: string): readonly string[] {
  if (kind === 'emergency') return last.valid ? [] : ['nothing was copied, and the import is not valid'];
  const wasCopied = last.log.some((line) => line.includes('copies over it'));
  const isRight = end === 'success' ? last.valid : !(wasCopied && last.valid);
  return isRight ? [] : [`the import is valid: ${last.valid}, after ${end}`];
}

function seedStandbyDisk({ sim, shop }: Scene): string {
  return sim.world.seed.volume({
    name: 'web12-clone-data',
    zone: shop.zone,
    sizeGiB: shop.dataSizeGiB,
    diskType: shop.diskType,
    filesystem: {
      uuid: standbyUuid,
      type: 'ext4',
      files: {
        'db/orders': 'order 1\norder 2\norder 3\n',
        'db/mysql_version': '8.0.44',
        [`sites/${shop.name}/index.php`]: '<?php echo "Welcome to the shop";',
      },
      otherBytes: 412_000_000_000,
      otherInodes: 2_100_000,
    },
  });
}

function standbyHouse() {
  const password = 'correct horse battery staple';
  const { standbys, state: imports, requested } = openKeeper();
  const house = {
    secrets: secretStore({ 'takeover-web12': password }),
    authorisations: { given: () => new Secret(password) },
    standbys,
  };
  return { house, imports, requested };
}

/** What a clone left behind is given up: the server, its disk and the picture. */
const release: Play = {
  name: 'release-source',
  async open(seed) {
    const scene = await openShop(seed);
    const { shop, sim } = scene;
    const move = cloneOf(scene);
    let first: CloneOutput | undefined;
    const known = (): CloneOutput => {
      if (first === undefined) throw new Error('the move has not been played');
      return first;
    };
    const picture = () => known().picture?.snapshotId ?? 'none';
    const given = () => [shop.instanceId, shop.rootVolumeId, shop.dataVolumeId, picture()];
    return {
      scene,
      graph: releaseSource,
      prologue: async (runner: Runner) => {
        first = await played<CloneOutput>(scene, runner.run(snapshotClone, move, { id: 'first', keys }));
      },
      input: () => ({
        firstRunId: 'first',
        move,
        target: known().target,
        volumes: [shop.dataVolumeId],
        snapshots: [picture()],
        ...word,
      }),
      home: () => known().target.id,
      deletes: given,
      afterwards: () => ({ server: known().target.id, disk: known().disk.volumeId, made: [] }),
      problems: (end) => {
        const { instances, volumes, snapshots } = sim.world.state();
        const isGone = (id: string) => (instances[id] ?? volumes[id] ?? snapshots[id])?.state === 'gone';
        return end === 'success' ? given().flatMap((id) => (isGone(id) ? [] : [`${id} is still there`])) : [];
      },
    } satisfies Stage;
  },
};

function snapshotWay({ sim, shop }: Scene): RecoverInput['way'] {
  const [snapshot] = Object.values(sim.world.state().snapshots);
  const disk = { name: 'web12-data-2', sizeGiB: 1000, diskType: shop.diskType };
  return { kind: 'from-snapshot', snapshotId: snapshot?.id ?? '', disk };
}

/** Both are taken while nobody writes: that is what makes them one moment here. */
async function snapshotsWay(scene: Scene, secondId = ''): Promise<RecoverInput['way']> {
  const { sim, until, shop } = scene;
  const { snapshots } = sim.cloud;
  const taken = snapshots
    .create({ name: 'nightly-logs', volumeId: secondId }, { key: 'nightly-logs' })
    .andThen(({ id }) => snapshots.untilReady(id));
  const { id: snapshotId } = good(await until(taken));
  const disk = { name: 'web12-logs-2', sizeGiB: 50, diskType: shop.diskType };
  return { ...(snapshotWay(scene) as FromSnapshot), more: [{ snapshotId, disk }] };
}

function backupsWay(scene: Scene): RecoverInput['way'] {
  const way = backupWay(scene) as FromBackup;
  return { ...way, moreDisks: [{ ...way.disk, name: 'web12-logs-2', sizeGiB: 50, from: emptyToo }] };
}

function backupWay({ shop }: Scene): RecoverInput['way'] {
  const disk = { name: 'web12-data-2', sizeGiB: 500, diskType: shop.diskType, from: empty };
  return { kind: 'from-backup', backupId: 'nightly-3', disk, timeoutMs: hourMs };
}

export const rescues: readonly Play[] = [
  recovery('recover with the surviving disk', 'ec2', () => ({ kind: 'surviving-volume' })),
  recovery('recover with the surviving disk on openstack', 'openstack', () => ({ kind: 'surviving-volume' })),
  recovery('recover from a snapshot', 'ec2', snapshotWay),
  recovery('recover from a backup', 'ec2', backupWay),
  recovery('recover with both surviving disks', 'ec2', () => ({ kind: 'surviving-volume' }), 'two disks'),
  recovery('recover from two snapshots', 'ec2', snapshotsWay, 'two disks'),
  recovery('recover two disks from a backup', 'ec2', backupsWay, 'two disks'),
  again,
  promotion('planned'),
  promotion('emergency'),
  release,
];

/** The service that a later run asks about an earlier one. */
export function releasesOf(runner: () => Runner): Readonly<Record<string, object>> {
  return { releases: firstRunsOf(runner) };
}
