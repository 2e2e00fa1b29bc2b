// Plays of every graph that moves or changes a workload whose server answers.

import {
  type CloneInput,
  type CloneOutput,
  type CopyInput,
  type CopyOutput,
  confirmResize,
  type EmptyDisk,
  growOnline,
  type NewDisk,
  type ResizeInput,
  resizeInPlace,
  rsync,
  type SwapOutput,
  snapshotClone,
  snapshotsIn,
  volumeSwap,
} from '@belay/planner';
import type { Scene } from '../shop.ts';
import { swapOf } from '../shop.ts';
import { addDisk, inner } from '../two-disks.ts';
import { type Afterwards, keys, openShop, type Play, played, type Stage, word } from './stage.ts';

const hourMs = 3_600_000;
export const empty = {
  kind: 'empty',
  filesystemType: 'ext4',
  filesystemUuid: '5b6f0a3e-2f6a-4d8b-9a55-0e6a41f2c7d1',
} as const;

export const emptyToo: EmptyDisk = { ...empty, filesystemUuid: '0d6f5a0e-6a55-4b39-8c52-2f8f6d0b7e44' };
const still = { kind: 'snapshot', freezeAtMostMs: 30_000 } as const;

/** The move of the shop to a disk of the target's own. */
function copyOf(scene: Scene, about: Partial<CopyInput> = {}): CopyInput {
  const { mayKeepVolume: _, ...move } = swapOf(scene).input;
  const disk = { name: 'web12-data-2', sizeGiB: 1000, diskType: scene.shop.diskType, from: empty };
  return { ...move, disk, passes: { warmAtMost: 2, passTimeoutMs: 24 * hourMs }, ...about };
}

export function cloneOf(scene: Scene, kind: 'snapshot' | 'copy' = 'snapshot'): CloneInput {
  const { moreDisks: _, ...input } = copyOf(scene);
  return { ...input, disk: { ...input.disk, from: { kind } } };
}

function resizeOf(scene: Scene, about: Partial<ResizeInput>): ResizeInput {
  const { zones: _, target: __, mayKeepVolume: ___, ...served } = swapOf(scene).input;
  return { ...served, fromType: 'eagle-2xl', toType: 'eagle-4xl', way: 'kept', ...about };
}

export function afterCopy(output: unknown): Afterwards {
  const { target, disk, ...more } = output as CopyOutput & { readonly picture?: { snapshotId: string } };
  const picture = more.picture === undefined ? [] : [more.picture.snapshotId];
  return { server: target.id, disk: disk.volumeId, made: [target.id, disk.volumeId, ...picture] };
}

function swap(name: string, traits: 'ec2' | 'openstack', named = false): Play {
  return {
    name,
    async open(seed) {
      const scene = await openShop(seed, { traits, named });
      const { instanceId, dataVolumeId } = scene.shop;
      return {
        scene,
        graph: volumeSwap,
        input: () => swapOf(scene).input,
        home: () => instanceId,
        afterwards: (output) => {
          const { id } = (output as SwapOutput).target;
          return { server: id, disk: dataVolumeId, made: [id] };
        },
      };
    },
  };
}

function copy(
  name: string,
  graph: typeof rsync | typeof snapshotClone,
  input: (scene: Scene) => CopyInput,
  more: Pick<Play, 'mayAlsoEnd'> = {},
): Play {
  return {
    name,
    ...more,
    async open(seed) {
      const scene = await openShop(seed);
      const { instanceId } = scene.shop;
      return { scene, graph, input: () => input(scene), home: () => instanceId, afterwards: afterCopy };
    },
  };
}

/** Both disks go, each to a disk of its own. */
function ofTwoDisks(
  name: string,
  graph: typeof rsync | typeof snapshotClone,
  from: NewDisk['from'],
  fromOfSecond: NewDisk['from'],
  more: Pick<Play, 'mayAlsoEnd'> = {},
): Play {
  return {
    name,
    ...more,
    async open(seed) {
      const scene = await openShop(seed);
      const { secondId } = await addDisk(scene);
      const moreVolumes = [{ id: secondId, ...inner }];
      const input = copyOf(scene);
      const second = { ...input.disk, name: 'web12-logs-2', sizeGiB: 50, from: fromOfSecond };
      const both = { ...input, disk: { ...input.disk, from }, moreVolumes, moreDisks: [second] };
      return {
        scene,
        graph,
        input: () => both,
        home: () => scene.shop.instanceId,
        afterwards: (output) => {
          const { target, disk, picture } = output as CloneOutput;
          const pictures = picture === undefined ? [] : snapshotsIn(picture);
          const disks = dataDisksOn(scene, target.id);
          return { server: target.id, disk: disk.volumeId, made: [target.id, ...disks, ...pictures] };
        },
        problems: (end) => (end === 'success' ? logProblems(scene) : []),
      };
    },
  };
}

/** What was on the second disk is on a second disk of whoever serves. */
export function logProblems(scene: Scene): readonly string[] {
  const { sim, shop } = scene;
  const server = sim.world.whoServes(shop.name).instanceId ?? 'nobody';
  const logs = dataDisksOn(scene, server).filter((id) => sim.world.readFile(id, 'error.log') === 'line 1\n');
  return logs.length === 1 ? [] : [`the log is on ${logs.length} disks of ${server}`];
}

export function dataDisksOn({ sim }: Scene, server: string): readonly string[] {
  return Object.values(sim.world.state().volumes).flatMap(({ id, attachments }) =>
    attachments.some(({ instanceId, isRoot }) => instanceId === server && !isRoot) ? [id] : [],
  );
}

/** The disk is changed under the server that has it. */
function grow(
  name: string,
  to: (scene: Scene) => { readonly sizeGiB: number; readonly diskType: string },
): Play {
  return {
    name,
    async open(seed) {
      const scene = await openShop(seed);
      const { at, instanceId, instanceName, dataVolumeId, mountPoint, filesystemUuid } = scene.shop;
      const { dataSizeGiB: sizeGiB, diskType, name: site } = scene.shop;
      const disk = () => scene.sim.world.state().volumes[dataVolumeId];
      const input = {
        at,
        instance: { id: instanceId, name: instanceName },
        volume: { id: dataVolumeId, mountPoint, filesystemUuid },
        from: { sizeGiB, diskType },
        to: to(scene),
        probe: { name: site },
      };
      return {
        scene,
        graph: growOnline,
        input: () => input,
        home: () => instanceId,
        afterwards: () => ({ server: instanceId, disk: dataVolumeId, made: [] }),
        problems: (end) => {
          const wanted = end === 'success' ? input.to : input.from;
          const is = `${disk()?.sizeGiB} GiB ${disk()?.diskType}`;
          return is === `${wanted.sizeGiB} GiB ${wanted.diskType}` ? [] : [`the disk is ${is}`];
        },
      };
    },
  };
}

function resize(name: string, traits: 'ec2' | 'openstack', about: Partial<ResizeInput>): Play {
  return {
    name,
    async open(seed) {
      const scene = await openShop(seed, { traits });
      return {
        ...inPlace(scene),
        graph: resizeInPlace,
        input: () => resizeOf(scene, about),
        problems: (end) => {
          const kept = about.way !== 'stopped' && about.confirm !== 'at-the-end';
          return serverIs(
            scene,
            end === 'reverted' ? 'running eagle-2xl' : `${kept ? 'resized' : 'running'} eagle-4xl`,
          );
        },
      };
    },
  };
}

/** The end of a resize, as a run of its own. */
const confirm: Play = {
  name: 'confirm-resize',
  async open(seed) {
    const scene = await openShop(seed, { traits: 'openstack' });
    const input = resizeOf(scene, {});
    return {
      ...inPlace(scene),
      graph: confirmResize,
      prologue: async (runner) => {
        await played(scene, runner.run(resizeInPlace, input, { id: 'first', keys }));
      },
      input: () => ({ firstRunId: 'first', resize: input, ...word }),
      problems: (end) => serverIs(scene, end === 'success' ? 'running eagle-4xl' : 'resized eagle-4xl'),
    };
  },
};

function inPlace(scene: Scene): Pick<Stage, 'scene' | 'home' | 'afterwards'> {
  const { instanceId, dataVolumeId } = scene.shop;
  return {
    scene,
    home: () => instanceId,
    afterwards: () => ({ server: instanceId, disk: dataVolumeId, made: [] }),
  };
}

function serverIs({ sim, shop }: Scene, wanted: string): readonly string[] {
  const server = sim.world.state().instances[shop.instanceId];
  const is = `${server?.state} ${server?.instanceType}`;
  return is === wanted ? [] : [`the server is ${is}, not ${wanted}`];
}

const risk = { acceptedBy: 'ada', reason: 'a quarter of an hour without the shop is bearable tonight' };

export const moves: readonly Play[] = [
  swap('volume-swap', 'ec2'),
  swap('volume-swap on openstack', 'openstack'),
  swap('volume-swap by name', 'ec2', true),
  copy('rsync', rsync, (scene) => copyOf(scene)),
  copy('snapshot-clone', snapshotClone, (scene) => cloneOf(scene)),
  copy(
    'snapshot-clone of a still disk',
    snapshotClone,
    (scene) => {
      const input = cloneOf(scene);
      return { ...input, disk: { ...input.disk, from: { kind: 'snapshot', freezeAtMostMs: 30_000 } } };
    },
    // Whether the disk was still is known of a picture only whose answer was heard.
    { mayAlsoEnd: ['reverted'] },
  ),
  ofTwoDisks('rsync of two disks', rsync, empty, emptyToo),
  ofTwoDisks('snapshot-clone of two disks', snapshotClone, still, still, { mayAlsoEnd: ['reverted'] }),
  copy('snapshot-clone without a snapshot', snapshotClone, (scene) => cloneOf(scene, 'copy')),
  grow('grow-online', ({ shop }) => ({ sizeGiB: 2000, diskType: shop.diskType })),
  grow('grow-online of the type', ({ shop }) => ({ sizeGiB: shop.dataSizeGiB, diskType: 'io2' })),
  resize('resize-in-place', 'openstack', {}),
  resize('resize-in-place confirmed at the end', 'openstack', { confirm: 'at-the-end' }),
  resize('resize-in-place of a stopped server', 'ec2', { way: 'stopped', capacity: risk }),
  confirm,
];
