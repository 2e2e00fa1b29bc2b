// A play: a workload of the simulation, and one run of one graph on it. What a play says of itself is all that a
// performance needs to judge whatever happens to the run: who served before, who serves when it has succeeded, what it
// may delete, and how many orders were given up by agreement.

import type { AnyGraph, Runner } from '@belay/runner';
import { virtualClock } from '@belay/sim';
import { good, openScene, type Scene, type SceneOptions } from '../shop.ts';

export interface Play {
  readonly name: string;
  /** Ends that a death may bring about besides the one without it, and that are as good. */
  readonly mayAlsoEnd?: readonly 'reverted'[];
  /** Sets the scene; the same seed gives the same latencies and ids. */
  open(seed: number | string): Promise<Stage>;
}

export interface Stage {
  readonly scene: Scene;
  readonly graph: AnyGraph;
  /** What its steps ask for besides clouds and servers. Lives longer than any process. */
  readonly house?: Readonly<Record<string, object>>;
  /** Runs that came before, in the same journal. */
  readonly prologue?: (runner: Runner) => Promise<void>;
  /** Asked after the prologue. */
  readonly input: () => unknown;
  /** The server that serves, or served until it hung. Asked after the prologue. */
  readonly home: () => string;
  /** It does not answer when the run begins. */
  readonly isDown?: boolean;
  /** A server that runs the workload beside it, and that nothing leads to. */
  readonly standby?: string;
  /** What the run deletes when it succeeds. */
  readonly deletes?: () => readonly string[];
  /** So many orders are on the disk that will serve, where what came later is given up by agreement. */
  readonly ordersKept?: number;
  readonly afterwards: (output: unknown) => Afterwards;
  /** What else must be true, as sentences about what is not. */
  readonly problems?: (end: 'success' | 'reverted') => readonly string[];
}

/** What must be found when the run has succeeded. */
export interface Afterwards {
  readonly server: string;
  readonly disk: string;
  /** What the run has made and left there, servers' root disks apart. */
  readonly made: readonly string[];
}

export const word = { by: 'ada', reason: 'a test' };
export const keys: readonly string[] = ['node/web12'];

/** The shop with one order taken since its disk was pictured. */
export async function openShop(seed: number | string, options: SceneOptions = {}): Promise<Scene> {
  const scene = await openScene({ seed, clock: virtualClock({ turns: 2 }), ...options });
  const visit = scene.sim.world.visit(scene.shop.name);
  if (visit.servedBy !== scene.shop.instanceId) throw new Error(JSON.stringify(visit));
  return scene;
}

/** Runs something before the play, and gives its output. */
export async function played<O>(scene: Scene, run: ReturnType<Runner['wait']>): Promise<O> {
  const outcome = good(await scene.until(run));
  if (outcome.state !== 'success') throw new Error(JSON.stringify(outcome));
  // The journal's JSON: what it is was said by the graph that gave it.
  return outcome.output as O;
}
