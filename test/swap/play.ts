// A swap of the simulated shop that dies where it is told to: at a write of its journal, or while a call is on its way.
// Death is played in the process: the journal answers no more, the owner counts as dead, and another runner carries on
// with what is durable. Time is virtual.

import type { Cloud, CloudRegistry, CloudResult } from '@belay/cloud';
import { planner, type SwapInput, type SwapOutput, volumeSwap } from '@belay/planner';
import {
  memoryJournal,
  memoryStore,
  type Outcome,
  openRunner,
  type Runner,
  type RunnerError,
} from '@belay/runner';
import { type JournalPoint, killJournal } from '@belay/runner/testkit';
import { ResultAsync } from 'neverthrow';
import { openScene, type Scene, swapOf } from '../../packages/planner/test/shop.ts';

export type Dialect = 'ec2' | 'openstack';

/** Calls of the swap that change something at the provider. */
export const changes = [
  'instances.create',
  'volumes.detach',
  'volumes.attach',
  'floatingIps.move',
  'instances.keepVolume',
  'instances.rename',
] as const;
type Change = (typeof changes)[number];

/** Where a process dies. */
export type Death =
  /** Before or after a write of its journal is durable, by the number of the write. */
  | { readonly at: number; readonly when: 'before' | 'after' }
  /** When the provider has been asked and has not answered yet. */
  | { readonly inCall: Change };

export interface Play extends Scene {
  readonly dialect: Dialect;
  /** Opens a runner of a process of its own, which dies where it is told to. */
  open(death?: Death): Promise<Process>;
}

export interface Process {
  readonly runner: Runner;
  readonly points: readonly JournalPoint[];
  /** Settles when it has died. */
  readonly died: Promise<'died'>;
}

export interface PlayOptions {
  readonly named?: boolean;
  /** What stands between the run and the cloud. */
  readonly between?: (cloud: Cloud) => Cloud;
}

export async function openPlay(dialect: Dialect, options: PlayOptions = {}): Promise<Play> {
  const { named = false, between = (cloud) => cloud } = options;
  const scene = await openScene({ traits: dialect, named });
  const { sim } = scene;
  const store = memoryStore();
  let processes = 0;
  return {
    ...scene,
    dialect,
    async open(death) {
      processes += 1;
      const owner = `process-${processes}`;
      const { promise: died, resolve } = Promise.withResolvers<'died'>();
      const how = (): void => {
        store.kill(owner);
        resolve('died');
      };
      const kill = death !== undefined && 'at' in death ? { ...death, how } : undefined;
      const journal = killJournal(memoryJournal(store), kill);
      const dying = death !== undefined && 'inCall' in death ? death.inCall : undefined;
      // Two processes share nothing but the provider.
      const cloud = between(sim.anotherCloud());
      const clouds: CloudRegistry = {
        ...sim.clouds,
        get: () => (dying === undefined ? cloud : dyingIn(cloud, dying, scene, how)),
      };
      const services = { clouds, hosts: sim.hosts };
      const runner = await openRunner({
        graphs: planner.graphs,
        services,
        journal,
        clock: sim.clock,
        owner,
      });
      return { runner, points: journal.points, died };
    },
  };
}

export const runId = 'swap';

/** Starts the swap of the shop; it goes on until it ends or its process dies. */
export function startSwap(
  play: Play,
  { runner }: Pick<Process, 'runner'>,
  about: Partial<SwapInput> = {},
): ResultAsync<Outcome<SwapOutput>, RunnerError> {
  const { input, keys } = swapOf(play, about);
  return runner.run(volumeSwap, input, { id: runId, keys });
}

/** The call goes out, has its effect, and the process dies before it hears of that. */
function dyingIn(cloud: Cloud, change: Change, { sim }: Scene, die: () => void): Cloud {
  const [part, verb] = change.split('.') as [keyof Cloud, string];
  const own = cloud[part];
  const send: unknown = Reflect.get(own, verb);
  if (typeof send !== 'function') throw new Error(`There is no ${change}.`);
  const dying = (...request: unknown[]): CloudResult<unknown> => {
    const before = sim.world.calls(change);
    const gone = new AbortController();
    // The last argument is the call: with its process its waiting ends too.
    const call = { ...(request.at(-1) as object), signal: gone.signal };
    const answer = Reflect.apply(send, own, [...request.slice(0, -1), call]) as CloudResult<unknown>;
    const watch = (): void => {
      if (sim.world.calls(change) === before) {
        sim.clock.after(1, watch);
        return;
      }
      // What has reached the provider is done there, whoever still waits for it.
      sim.clock.after(landingMs, () => {
        die();
        gone.abort();
      });
    };
    watch();
    return new ResultAsync(Promise.resolve(answer).then(() => new Promise<never>(() => undefined)));
  };
  return { ...cloud, [part]: { ...own, [verb]: dying } };
}

/** A call has reached the provider by then, and hardly anything that it began has ended. */
const landingMs = 200;
