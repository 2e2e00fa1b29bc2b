// The planner's graphs as stories: each is refused at one of its last steps and goes back, is then carried out, and what
// came of both is looked at from outside. The same stories are told at every cloud. The volume swap has stories of its
// own, in which processes die: see `../swap`.

import {
  type CloneInput,
  type CopyInput,
  type MoveInput,
  planner,
  type RecoverInput,
  type ReleaseInput,
  type ResizeInput,
  type RsyncInput,
  type TakeoverInput,
} from '@belay/planner';
import type { Outcome } from '@belay/runner';
import { playScene, type Scene, type Stage, sizeGiB, standbyDataAt } from './scene.ts';
import type { Seen, SeenServer, SeenVolume } from './seen.ts';

export interface GraphStory {
  readonly name: string;
  readonly title: string;
  /** Where a cloud changes a type in another way, the story is not told. */
  readonly isFor?: (stage: Stage) => boolean;
  tell(scene: Scene): Promise<void>;
}

const someWord = { by: 'the test', reason: 'the soak is over' };
const hourMs = 3_600_000;

export const graphStories: readonly GraphStory[] = [
  {
    name: 'grow',
    title: 'a disk that grows in use, refused and then done',
    async tell(scene) {
      const { stage, volumeId, sourceId, move, name } = scene;
      const { diskType } = stage.wanted;
      const input = {
        at: move.at,
        instance: { id: sourceId, name },
        volume: move.volume,
        from: { sizeGiB, diskType },
        to: { sizeGiB: 2 * sizeGiB, diskType },
        probe: move.probe,
      };
      stage.refuse('modifyVolume');
      await scene.run('refused', planner.growOnline, input, 'reverted');
      await scene.expect('after the refusal', asMade(scene), sourceId);
      await scene.run('grow', planner.growOnline, input, 'success');
      const volumes = [{ ...dataOf(scene), id: volumeId, sizeGiB: 2 * sizeGiB }];
      await scene.expect('afterwards', { ...asMade(scene), volumes }, sourceId);
    },
  },
  {
    name: 'resize-stopped',
    title: 'a resize for which the server stops, refused at its start, then done and taken back',
    isFor: ({ cloud }) => cloud.traits.resizeOnlyWhenStopped,
    async tell(scene) {
      const { stage, sourceId } = scene;
      const input: ResizeInput = { ...resizeOf(scene, 'stopped'), capacity: await capacityFor(scene) };
      stage.refuse('startServer');
      await scene.run('refused', planner.resizeInPlace, input, 'reverted');
      await scene.expect('after the refusal', asMade(scene), sourceId);
      await scene.run('resize', planner.resizeInPlace, input, 'success');
      const larger = { ...sourceOf(scene), type: stage.wanted.newInstanceType };
      await scene.expect('afterwards', { ...asMade(scene), servers: [larger] }, sourceId);
      await capacityIs(scene, input, 0);
      await scene.revert('resize');
      await scene.expect('taken back', asMade(scene), sourceId);
      await capacityIs(scene, input, 1);
      await releaseCapacity(scene, input);
    },
  },
  {
    name: 'resize-kept',
    title:
      'a resize that keeps the old server, failing in the new one, then done and confirmed by a later run',
    isFor: ({ cloud }) => cloud.traits.resizeKeptUntilConfirmed,
    async tell(scene) {
      const { stage, guests, sourceId } = scene;
      const input = resizeOf(scene, 'kept');
      guests.failNext('services.start');
      await scene.run('refused', planner.resizeInPlace, input, 'reverted');
      await scene.expect('after the refusal', asMade(scene), sourceId);
      await scene.run('resize', planner.resizeInPlace, input, 'success');
      const larger = { ...sourceOf(scene), type: stage.wanted.newInstanceType };
      const resized = { ...asMade(scene), servers: [{ ...larger, state: 'resized' }] };
      await scene.expect('until it is confirmed', resized, sourceId);
      const end = { firstRunId: scene.runId('resize'), resize: input, ...someWord };
      await scene.run('confirm', planner.confirmResize, end, 'success');
      await scene.expect('confirmed', { ...asMade(scene), servers: [larger] }, sourceId);
    },
  },
  {
    name: 'clone',
    title: 'a move by a clone, refused at the address, then done, and its source released after one refusal',
    async tell(scene) {
      const { stage, sourceId, volumeId, move } = scene;
      const input: CloneInput = {
        ...copyOf(scene),
        disk: { ...copyOf(scene).disk, from: { kind: 'snapshot', freezeAtMostMs: 10_000 } },
      };
      stage.refuse('moveAddress');
      await scene.run('refused', planner.snapshotClone, input, 'reverted');
      await scene.expect('after the refusal', asMade(scene), sourceId);
      const { target, disk, picture } = outputOf(
        await scene.run('clone', planner.snapshotClone, input, 'success'),
      );
      const snapshotId = picture?.snapshotId ?? '';
      const moved = {
        ...movedTo(scene, target.id, disk.volumeId),
        snapshots: [{ id: snapshotId, volumeId }],
      };
      await scene.expect('afterwards', moved, target.id);

      const release: ReleaseInput = {
        firstRunId: scene.runId('clone'),
        move,
        target,
        volumes: [volumeId],
        snapshots: [snapshotId],
        ...someWord,
      };
      scene.refuseSeal();
      await scene.run('release-refused', planner.releaseSource, release, 'reverted');
      await scene.expect('after the refused release', moved, target.id);
      await scene.run('release', planner.releaseSource, release, 'success');
      const released: Seen = {
        ...moved,
        servers: moved.servers.filter(({ id }) => id !== sourceId),
        volumes: moved.volumes.filter(({ id }) => id !== volumeId),
        snapshots: [],
      };
      await scene.expect('released', released, target.id);
    },
  },
  {
    name: 'rsync',
    title: 'a move by rsync to a disk of another size, refused at the address and then done',
    async tell(scene) {
      const { stage, sourceId } = scene;
      const copy = copyOf(scene);
      const uuid = '9c1a7e52-4b0d-4f7a-8f2e-3d6b5a4c1e90';
      const from = { kind: 'empty', filesystemType: 'ext4', filesystemUuid: uuid } as const;
      const input: RsyncInput = { ...copy, disk: { ...copy.disk, sizeGiB: sizeGiB - 2, from } };
      stage.refuse('moveAddress');
      await scene.run('refused', planner.rsync, input, 'reverted');
      await scene.expect('after the refusal', asMade(scene), sourceId);
      const { target, disk } = outputOf(await scene.run('rsync', planner.rsync, input, 'success'));
      const moved = movedTo(scene, target.id, disk.volumeId);
      const volumes = moved.volumes.map((one) =>
        one.id === disk.volumeId ? { ...one, sizeGiB: sizeGiB - 2 } : one,
      );
      await scene.expect('afterwards', { ...moved, volumes }, target.id);
    },
  },
  {
    name: 'recover-disk',
    title: 'a recovery with the surviving disk, refused at its last step, then done and taken back',
    async tell(scene) {
      const { stage, guests, sourceId, volumeId } = scene;
      const input: RecoverInput = { ...scene.move, way: { kind: 'surviving-volume' } };
      guests.hang(sourceId);
      stage.refuse('renameServer');
      await scene.run('refused', planner.recover, input, 'reverted');
      // Off and on again it serves, as it would have after a start.
      await scene.expect('after the refusal', asMade(scene), sourceId);
      guests.hang(sourceId);
      const { target } = outputOf(await scene.run('recover', planner.recover, input, 'success'));
      const recovered = { ...brokenFor(scene, target.id), volumes: [dataOn(volumeId, target.id)] };
      await scene.expect('afterwards', recovered, target.id);
      await scene.revert('recover');
      await scene.expect('taken back', asMade(scene), sourceId);
    },
  },
  {
    name: 'recover-snapshot',
    title: 'a recovery with a new disk of a snapshot, refused at the address and then done',
    async tell(scene) {
      const { stage, guests, cloud, sourceId, volumeId, name, tags } = scene;
      const taken = await cloud.snapshots
        .create({ name: `${name}-nightly`, volumeId, tags }, { key: `${name}/nightly` })
        .andThen(({ id }) => cloud.snapshots.untilReady(id));
      const snapshotId = taken.isOk() ? taken.value.id : '';
      const snapshots = [{ id: snapshotId, volumeId }];
      const disk = { name: `${name}-data-2`, sizeGiB, diskType: stage.wanted.diskType, tags };
      const input: RecoverInput = { ...scene.move, way: { kind: 'from-snapshot', snapshotId, disk } };
      guests.hang(sourceId);
      stage.refuse('moveAddress');
      await scene.run('refused', planner.recover, input, 'reverted');
      await scene.expect('after the refusal', { ...asMade(scene), snapshots }, sourceId);
      guests.hang(sourceId);
      const { target } = outputOf(await scene.run('recover', planner.recover, input, 'success'));
      const seen = await stage.look();
      const made = seen.volumes.find(({ on }) => on.includes(target.id))?.id ?? 'a disk of its own';
      const recovered = {
        ...brokenFor(scene, target.id),
        volumes: [dataOf(scene), dataOn(made, target.id)],
        snapshots,
      };
      await scene.expect('afterwards', recovered, target.id);
    },
  },
  {
    name: 'start-again',
    title: 'a hung server off and on again, whose services fail once and then come up',
    async tell(scene) {
      const { guests, sourceId } = scene;
      const { target: _, zones: __, ...served } = scene.move;
      const input = { ...served, acceptedBy: 'the test', reason: 'everything else takes longer' };
      guests.hang(sourceId);
      guests.failNext('services.start');
      await scene.run('refused', planner.startAgain, input, 'reverted');
      await scene.expect('after the refusal', asMade(scene), sourceId);
      guests.hang(sourceId);
      await scene.run('again', planner.startAgain, input, 'success');
      await scene.expect('afterwards', asMade(scene), sourceId);
    },
  },
  {
    name: 'takeover',
    title: 'a takeover, planned and refused at the address, then in an emergency',
    async tell(scene) {
      const { stage, guests, sourceId, name, move } = scene;
      const standbyUuid = '2b8f6a3c-90d1-4e57-a6b4-7c1d5e9f0a12';
      const standby = await scene.another(`${name}-standby`, standbyUuid);
      const { target: _, zones: __, ...served } = move;
      const input: TakeoverInput = {
        ...served,
        standby: { at: move.at, id: standby.serverId, name: `${name}-standby` },
        password: { secret: 'takeover' },
        by: 'the test',
        reason: 'the primary is overloaded',
        mode: { kind: 'planned', standbyFilesystemUuid: standbyUuid, passTimeoutMs: hourMs },
      };
      const waiting = serverOf(scene, standby.serverId, `${name}-standby`);
      const volumes = [dataOf(scene), dataOn(standby.volumeId, standby.serverId)];
      stage.refuse('moveAddress');
      await scene.run('refused', planner.takeover, input, 'reverted');
      const both = { ...asMade(scene), servers: [sourceOf(scene), waiting], volumes };
      await scene.expect('after the refusal', both, sourceId);

      guests.hang(sourceId);
      const mode = { kind: 'emergency', dataAtLeast: standbyDataAt } as const;
      await scene.run('takeover', planner.takeover, { ...input, mode }, 'success');
      const servers = [broken(scene), { ...waiting, name }];
      const taken = { ...both, servers, addresses: addressOn(scene, standby.serverId) };
      await scene.expect('afterwards', taken, standby.serverId);
    },
  },
];

/** Tells the stories one after the other, taking each from the list; the problems, one sentence each. */
export async function tellGraphs(
  left: GraphStory[],
  stage: Stage,
  nameOf: (story: GraphStory) => string,
  say: (line: string) => void,
): Promise<readonly string[]> {
  const problems: string[] = [];
  for (let story = left.shift(); story !== undefined; story = left.shift()) {
    if (story.isFor?.(stage) === false) continue;
    const { title, tell } = story;
    const startedMs = Date.now();
    const found = await playScene(stage, nameOf(story), tell);
    const seconds = ((Date.now() - startedMs) / 1_000).toFixed(1);
    say(`  ${found.length === 0 ? 'passed' : 'FAILED'}: ${title} (${seconds} s)`);
    problems.push(...found.map((problem) => `${title}: ${problem}`));
  }
  return problems;
}

/** The workload as it was made: its source serves with its disk and its address. */
function asMade(scene: Scene): Seen {
  return {
    servers: [sourceOf(scene)],
    volumes: [dataOf(scene)],
    snapshots: [],
    addresses: addressOn(scene, scene.sourceId),
    strays: [],
  };
}

/** The target serves with a disk of its own; the source is kept, with its own. */
function movedTo(scene: Scene, targetId: string, volumeId: string): Seen {
  const { name, stage } = scene;
  const type = stage.wanted.newInstanceType;
  return {
    servers: [
      { ...sourceOf(scene), name: `${name}-superseded` },
      { ...serverOf(scene, targetId, name), type },
    ],
    volumes: [dataOf(scene), dataOn(volumeId, targetId)],
    snapshots: [],
    addresses: addressOn(scene, targetId),
    strays: [],
  };
}

/** The same for a recovery, whose source is off. */
function brokenFor(scene: Scene, targetId: string): Seen {
  const { name, stage } = scene;
  const target = { ...serverOf(scene, targetId, name), type: stage.wanted.newInstanceType };
  return { ...asMade(scene), servers: [broken(scene), target], addresses: addressOn(scene, targetId) };
}

function broken(scene: Scene): SeenServer {
  return { ...sourceOf(scene), name: `${scene.name}-broken`, state: 'stopped' };
}

function sourceOf(scene: Scene): SeenServer {
  return serverOf(scene, scene.sourceId, scene.name);
}

function serverOf({ stage }: Scene, id: string, name: string): SeenServer {
  return { id, name, state: 'running', type: stage.wanted.instanceType };
}

function dataOf({ volumeId, sourceId }: Scene): SeenVolume {
  return dataOn(volumeId, sourceId);
}

function dataOn(id: string, serverId: string): SeenVolume {
  return { id, sizeGiB, on: [serverId], dies: false };
}

function addressOn({ floatingIpId }: Scene, serverId: string): Seen['addresses'] {
  return [{ id: floatingIpId, on: serverId }];
}

function resizeOf({ move, stage }: Scene, way: ResizeInput['way']): ResizeInput {
  const { target: _, zones: __, ...served } = move;
  const { instanceType, newInstanceType } = stage.wanted;
  return { ...served, fromType: instanceType, toType: newInstanceType, way };
}

function copyOf({
  move,
  name,
  stage,
  tags,
}: Scene): MoveInput & Pick<CopyInput, 'passes'> & { readonly disk: Omit<CopyInput['disk'], 'from'> } {
  return {
    ...move,
    disk: { name: `${name}-data-2`, sizeGiB, diskType: stage.wanted.diskType, tags },
    passes: { warmAtMost: 1, passTimeoutMs: hourMs },
  };
}

/** Capacity of the new type, where it can be kept; else somebody takes the risk that there is none. */
async function capacityFor({
  stage,
  cloud,
  name,
  tags,
}: Scene): Promise<NonNullable<ResizeInput['capacity']>> {
  if (!stage.reserves) return { acceptedBy: 'the test', reason: 'this cloud keeps no capacity' };
  const { newInstanceType, zone } = stage.wanted;
  const spec = { instanceType: newInstanceType, zone, count: 1, tags };
  const made = await cloud.reservations.create(spec, { key: `${name}/capacity` });
  return { reservationId: made._unsafeUnwrap().id };
}

/** How much of what is kept for the server is left for others. */
async function capacityIs(scene: Scene, { capacity }: ResizeInput, wanted: number): Promise<void> {
  if (capacity === undefined || !('reservationId' in capacity)) return;
  const { free } = (await scene.cloud.reservations.get(capacity.reservationId))._unsafeUnwrap();
  scene.check(free === wanted, `of the reserved capacity ${free} is free and not ${wanted}`);
}

async function releaseCapacity({ cloud, name }: Scene, { capacity }: ResizeInput): Promise<void> {
  if (capacity === undefined || !('reservationId' in capacity)) return;
  (await cloud.reservations.delete(capacity.reservationId, { key: `${name}/free` }))._unsafeUnwrap();
}

/** What a run that succeeded gave back. */
function outputOf<O>(outcome: Outcome<O>): O {
  if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
  return outcome.output;
}
