// One story's workload and the cloud that it lives in: made anew for each story, changed by runs of the planner's
// graphs, looked at from outside after each, and taken away at the end.

import type { Call, Cloud, CloudResult, Tags } from '@belay/cloud';
import { cloudRegistry, Secret, secretStore } from '@belay/cloud';
import {
  type FirstRuns,
  firstRunsOf,
  type MoveInput,
  planner,
  type Standbys,
  type World,
} from '@belay/planner';
import {
  type Clock,
  memoryJournal,
  type Outcome,
  openRunner,
  type Runner,
  type StepGraph,
} from '@belay/runner';
import { errAsync, okAsync, type Result, ResultAsync } from 'neverthrow';
import { type Guests, guestsOn } from './guests.ts';
import { differences, type Seen } from './seen.ts';

/** Calls that a provider can be made to refuse. */
export type Change = 'moveAddress' | 'renameServer' | 'startServer' | 'modifyVolume';

/** A cloud where stories are told, one at a time. */
export interface Stage {
  readonly cloud: Cloud;
  readonly wanted: Wanted;
  /** The provider does not allow the next call of this kind, and changes nothing. */
  refuse(change: Change): void;
  /** What the provider shows to somebody who has nothing to do with belay. */
  look(): Promise<Seen>;
  /** The system's where absent. */
  readonly clock?: Clock;
  /** Can capacity be reserved there? */
  readonly reserves: boolean;
}

/** What the servers and disks of a story are made of. */
interface Wanted {
  readonly zone: string;
  readonly imageId: string;
  readonly instanceType: string;
  /** What a target shall be. */
  readonly newInstanceType: string;
  readonly diskType: string;
  /** Where the cloud does not choose one by itself. */
  readonly networkId?: string | undefined;
}

export interface Scene {
  readonly stage: Stage;
  readonly cloud: Cloud;
  readonly guests: Guests;
  readonly name: string;
  readonly tags: Tags;
  readonly sourceId: string;
  readonly volumeId: string;
  readonly floatingIpId: string;
  /** What every move of this workload is told. */
  readonly move: MoveInput;
  /** Another server with a disk of its own, which serves nobody yet. */
  another(
    name: string,
    filesystemUuid: string,
  ): Promise<{ readonly serverId: string; readonly volumeId: string }>;
  /** The id of a run of this story: what runs make is known by it, in every story of an account. */
  runId(run: string): string;
  /** Runs a graph to its end, which must be this one. */
  run<I, O>(run: string, graph: StepGraph<World, I, O>, input: I, state: Ended): Promise<Outcome<O>>;
  /** Takes a run that has succeeded back. */
  revert(run: string): Promise<void>;
  /** What the provider shows must be this, and this server serves alone. */
  expect(when: string, seen: Seen, servesId: string): Promise<void>;
  /** What the story itself sees must be so. */
  check(holds: boolean, sentence: string): void;
  /** The seal of a first run fails once: whoever keeps the runs cannot be reached for good. */
  refuseSeal(): void;
}

type Ended = 'success' | 'reverted';

const services: readonly string[] = ['shop', 'postgresql'];
const mountPoint = '/srv';
const filesystemUuid = '5e0c7f8a-3c5b-4c1e-9d55-4f3f2f6b7a10';
const password = 'a password that somebody typed';
/** When the newest data of the standby was written. */
export const standbyDataAt = '2026-11-22T20:00:00.000Z';
export const sizeGiB = 8;

const word = { by: 'the test', reason: 'to see it go back' };

/** Makes the workload, tells the story, and takes everything away; the problems, one sentence each. */
export async function playScene(
  stage: Stage,
  name: string,
  tell: (scene: Scene) => Promise<void>,
): Promise<readonly string[]> {
  const before = await stage.look();
  const problems: string[] = [];
  const guests = guestsOn(stage.cloud, services, mountPoint);
  const looked = async (): Promise<Seen> => without(await stage.look(), before);
  try {
    const scene = await openScene({ stage, guests, name, problems, looked });
    await tell(scene.scene);
    await scene.close();
  } catch (thrown) {
    if (!(thrown instanceof Broken)) throw thrown;
    problems.push(thrown.message);
  }
  problems.push(...guests.clashes());
  problems.push(...(await takeAway(stage.cloud, name, await looked())));
  problems.push(...differences(await looked(), nothing).map((what) => `at the end ${what}`));
  return problems;
}

/** The story cannot go on. */
class Broken extends Error {}

interface Opening {
  readonly stage: Stage;
  readonly guests: Guests;
  readonly name: string;
  readonly problems: string[];
  looked(): Promise<Seen>;
}

async function openScene({ stage, guests, name, problems, looked }: Opening) {
  const { cloud } = guests;
  const { wanted } = stage;
  const { zone, diskType, newInstanceType, imageId, networkId } = wanted;
  const tags = { 'belay:example': name };
  const call = (what: string): Call => ({ key: `${name}/set-up/${what}` });
  const { serverId: sourceId, volumeId } = await serverWithDisk(name);
  must(await guests.furnish(sourceId, volumeId, filesystemUuid));
  const host = guests.hosts.get({ ...cloud.at, id: sourceId });
  must(await host.services.start(services, call('serve')));
  const { id: floatingIpId } = must(await cloud.floatingIps.create({ tags }, call('address')));
  must(await cloud.floatingIps.move(floatingIpId, { from: undefined, to: sourceId }, call('bind')));

  let sealRefused = false;
  const runs = firstRunsOf(() => runner);
  const releases: FirstRuns = {
    ...runs,
    seal(id, why) {
      if (!sealRefused) return runs.seal(id, why);
      sealRefused = false;
      return errAsync({ kind: 'forbidden', message: 'this run may not be sealed', applied: 'no' });
    },
  };
  const house = {
    clouds: cloudRegistry([cloud]),
    hosts: guests.hosts,
    releases,
    secrets: secretStore({ takeover: password }),
    authorisations: { given: () => new Secret(password) },
    standbys,
  };
  const runner: Runner = await openRunner({
    graphs: planner.graphs,
    services: house,
    journal: memoryJournal(),
    ...(stage.clock !== undefined && { clock: stage.clock }),
  });

  async function serverWithDisk(what: string) {
    const { instanceType } = wanted;
    const server = { name: what, zone, instanceType, imageId, networkId, tags };
    const disk = { name: `${what}-data`, zone, sizeGiB, diskType, tags };
    const [instance, volume] = must(
      await ResultAsync.combine([
        cloud.instances.create(server, call(`${what}-server`)),
        cloud.volumes.create(disk, call(`${what}-data`)),
      ]),
    );
    must(
      await cloud.volumes.attach({ volumeId: volume.id, instanceId: instance.id }, call(`${what}-attach`)),
    );
    return { serverId: instance.id, volumeId: volume.id };
  }

  const ended = (id: string, state: Ended, outcome: Outcome<unknown>): void => {
    if (outcome.state === state) return;
    const why = 'cause' in outcome ? outcome.cause?.message : JSON.stringify(outcome);
    problems.push(`${id} ended ${outcome.state} and not ${state}: ${why}`);
    throw new Broken(`nothing could be told after ${id}`);
  };

  const scene: Scene = {
    stage,
    cloud,
    guests,
    name,
    tags,
    sourceId,
    volumeId,
    floatingIpId,
    move: {
      at: cloud.at,
      source: { id: sourceId, name },
      volume: { id: volumeId, mountPoint, filesystemUuid },
      services,
      probe: { name: 'shop.example' },
      floatingIps: [floatingIpId],
      names: [],
      zones: [zone],
      target: { name, instanceType: newInstanceType, imageId, tags, ...(networkId && { networkId }) },
    },
    async another(what, uuid) {
      const made = await serverWithDisk(what);
      must(await guests.furnish(made.serverId, made.volumeId, uuid));
      return made;
    },
    runId: (run) => `${name}-${run}`,
    async run(run, graph, input, state) {
      const options = { id: scene.runId(run), keys: [`node/${name}`] };
      const outcome = must(await runner.run(graph, input, options));
      ended(run, state, outcome);
      return outcome;
    },
    async revert(run) {
      ended(`the way back of ${run}`, 'reverted', must(await runner.revert(scene.runId(run), word)));
    },
    async expect(when, seen, servesId) {
      problems.push(...differences(await looked(), seen).map((what) => `${when} ${what}`));
      const serving = guests.serving();
      if (serving.join() !== servesId)
        problems.push(`${when} ${serving.join(' and ') || 'nobody'} serves and not ${servesId}`);
    },
    check(holds, sentence) {
      if (!holds) problems.push(sentence);
    },
    refuseSeal() {
      sealRefused = true;
    },
  };
  return { scene, close: () => runner.close() };
}

const standbys: Standbys['standbys'] = {
  lastImport: () =>
    okAsync({ valid: true, dataAt: standbyDataAt, importedAt: standbyDataAt, log: ['import ended well'] }),
  beginCopy: () => okAsync(undefined),
  sealCopy: () => okAsync(undefined),
  voidCopy: () => okAsync(undefined),
  pauseImports: () => okAsync(undefined),
  resumeImports: () => okAsync(undefined),
  request: (_, { key }) => okAsync({ id: `standby-of-${key}` }),
};

/** Deletes all that the story has left, each thing as soon as nothing needs it; what could not be deleted. */
async function takeAway(cloud: Cloud, name: string, left: Seen): Promise<readonly string[]> {
  const problems: string[] = [];
  const call = (id: string): Call => ({ key: `${name}/tear-down/${id}` });
  const done = async (results: readonly CloudResult<unknown>[]): Promise<void> => {
    for (const result of await Promise.all(results))
      if (result.isErr()) problems.push(`it could not be taken away: ${result.error.message}`);
  };
  await done(
    left.addresses.map(({ id, on }) =>
      (on === undefined
        ? okAsync(undefined)
        : cloud.floatingIps.move(id, { from: on, to: undefined }, call(`unbind-${id}`)).map(() => undefined)
      ).andThen(() => cloud.floatingIps.delete(id, call(id))),
    ),
  );
  await done(left.servers.map(({ id }) => cloud.instances.delete(id, call(id))));
  await done(left.snapshots.map(({ id }) => cloud.snapshots.delete(id, call(id))));
  await done(left.volumes.map(({ id }) => cloud.volumes.delete(id, call(id))));
  return problems;
}

const nothing: Seen = { servers: [], volumes: [], snapshots: [], addresses: [], strays: [] };

/** What was not there before. */
function without(seen: Seen, before: Seen): Seen {
  const isNew = (kind: 'servers' | 'volumes' | 'snapshots' | 'addresses') => {
    const known = new Set(before[kind].map(({ id }) => id));
    return ({ id }: { readonly id: string }): boolean => !known.has(id);
  };
  return {
    servers: seen.servers.filter(isNew('servers')),
    volumes: seen.volumes.filter(isNew('volumes')),
    snapshots: seen.snapshots.filter(isNew('snapshots')),
    addresses: seen.addresses.filter(isNew('addresses')),
    strays: seen.strays.filter((stray) => !before.strays.includes(stray)),
  };
}

function must<T>(result: Result<T, { readonly message: string }>): T {
  if (result.isErr()) throw new Broken(result.error.message);
  return result.value;
}
