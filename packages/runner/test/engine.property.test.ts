import fc from 'fast-check';
import { describe, it } from 'vitest';
import {
  memoryJournal,
  memoryStore,
  openRunner,
  type Runner,
  type StoredEvent,
  shapeOf,
} from '../src/index.ts';
import { killJournal, type VirtualClock, virtualClock } from '../src/testkit.ts';
import { plannedGraph } from './model/planned-graph.ts';
import { replayable, wantedRuns } from './model/replay.ts';
import { pathIn, retell } from './model/retell.ts';
import { type Plan, plans } from './model/shapes.ts';
import { type Services, World } from './model/world.ts';

const numRuns = Math.ceil(wantedRuns / 10);
const word = { by: 'ann', reason: 'a test' };
const id = 'r';
const keys = ['node/a', 'node/b'];

/** One run from its beginning to its end, with all that people and accidents do to it. */
class Life {
  readonly world: World;
  readonly clock: VirtualClock = virtualClock();
  private readonly plan: Plan;
  private readonly graph: ReturnType<typeof plannedGraph>;
  private readonly store = memoryStore();
  private process = { isDead: false };
  private owners = 0;
  private turn = 0;
  private resolutions = 0;
  private readonly chaos: number;

  constructor(plan: Plan, seed: number) {
    this.plan = plan;
    this.world = new World(seed, this.clock);
    this.graph = plannedGraph(plan, this.world);
    this.chaos = [0, 8, 25][this.world.draw('chaos', 3)]!;
  }

  async live(): Promise<string[]> {
    let runner = await this.open(true);
    void runner.run(this.graph, null, { id, keys });
    for (this.turn = 0; this.turn < 400; this.turn++) {
      await this.clock.advance(this.turn < 20 ? 30 : 400);
      if (this.chance('crash', this.chaos)) this.die();
      if (this.process.isDead) runner = await this.carryOn();
      const state = await this.look(runner);
      if (state === 'success' && this.world.draw('undo', 3) === 0) {
        const undone = await this.answer(runner.revert(id, word));
        if (undone === undefined || undone.isOk()) continue;
        // It may have got stuck on the way back, and then waits for people; only a pivot is a reason to refuse.
        if (!undone.error.message.includes('point of no return')) this.world.wrong.push(undone.error.message);
        return await this.judge();
      } else if (state === 'success' || state === 'reverted' || state === 'abandoned') {
        return await this.judge();
      }
    }
    const events: StoredEvent[] = [];
    void collect(runner.events(id), events);
    await this.clock.advance(1_000);
    const told = events.map(({ event }) => ('step' in event ? `${event.kind} ${event.step}` : event.kind));
    const info = JSON.stringify((await this.answer(runner.get(id)))?.unwrapOr(undefined));
    return [`the run does not come to an end: ${told.join(', ')}; ${info}`];
  }

  /** Opens a runner as a process would. `mayDie`: at some point of its journal, before or after that is durable. */
  private async open(mayDie: boolean): Promise<Runner> {
    const services: Services = { world: this.world, process: this.process };
    const owner = `owner-${++this.owners}`;
    const dies = mayDie && this.chaos > 0 && this.owners < 12 && this.world.draw(`dies ${owner}`, 2) === 0;
    const when = this.world.draw(`when ${owner}`, 2) === 0 ? 'before' : 'after';
    const at = 1 + this.world.draw(`at ${owner}`, 40);
    const inner = memoryJournal(this.store);
    const journal = dies ? killJournal(inner, { at, when, how: () => this.die() }) : inner;
    const concurrency = Math.min(128, this.plan.limit);
    return await openRunner({
      graphs: [this.graph],
      services,
      journal,
      clock: this.clock,
      concurrency,
      owner,
    });
  }

  /** The process dies as it stands. */
  private die(): void {
    this.process.isDead = true;
    this.store.kill(`owner-${this.owners}`);
  }

  /** Another process takes the run over. */
  private async carryOn(): Promise<Runner> {
    this.process = { isDead: false };
    const next = await this.open(true);
    const recovered = await this.answer(next.recover());
    const left = recovered?._unsafeUnwrap().left.map(({ error }) => error.message) ?? [];
    this.world.wrong.push(...left);
    return next;
  }

  /** The answer, unless the process that was asked dies over it. */
  private async answer<T>(asked: PromiseLike<T>): Promise<T | undefined> {
    try {
      return await this.clock.until(asked, 60_000);
    } catch (thrown) {
      if (this.process.isDead) return undefined;
      throw thrown;
    }
  }

  /** What people do when they look at the run: they release, resolve, resume, and now and then pause or cancel. */
  private async look(runner: Runner): Promise<string> {
    const info = (await this.answer(runner.get(id)))?.unwrapOr(undefined);
    // Its process died before it was there: it is started again under the same id.
    if (info === undefined) {
      void runner.run(this.graph, null, { id, keys });
      return 'running';
    }
    for (const { hold } of info.holds) await this.ask(runner.release(id, hold, word));
    for (const { step, why, verbs } of info.stuck) await this.resolve(runner, step, why, verbs);
    if (info.row.state === 'suspended') await this.ask(runner.resume(id, word));
    else if (this.chance('pause', this.chaos / 4)) await this.ask(runner.pause(id, word));
    else if (this.chance('cancel', this.chaos / 8)) await this.ask(runner.cancel(id, word));
    return info.row.state;
  }

  private async resolve(runner: Runner, step: string, why: string, verbs: readonly string[]): Promise<void> {
    const key = `${id}/${step}`;
    if (this.resolutions++ > 30) this.world.isHelping = true;
    if (this.resolutions > 60) return await this.ask(runner.abandon(id, word));
    if (why === 'revert-failed' && this.chance(`by hand ${step}`, 30)) {
      this.world.undo(key);
      return await this.ask(runner.resolve(id, step, 'mark-reverted', word));
    }
    // People look before they say anything.
    const isThere = this.world.standing.has(key);
    if (why === 'outcome-unknown' && (isThere || this.chance(`not ${step}`, 50))) {
      if (!isThere) return await this.ask(runner.resolve(id, step, 'mark-not-happened', word));
      return await this.ask(
        runner.resolve(id, step, 'mark-done', { ...word, output: { by: key, list: [1, 2] } }),
      );
    }
    if (why === 'failed-after-pivot' && verbs.includes('mark-done') && (isThere || this.world.isHelping)) {
      const { by, list } = this.world.doByHand(key);
      return await this.ask(runner.resolve(id, step, 'mark-done', { ...word, output: { by, list } }));
    }
    await this.ask(runner.resolve(id, step, 'retry', word));
  }

  /** A refusal is an answer too: meanwhile the run has gone on. */
  private async ask(asked: ReturnType<Runner['cancel']>): Promise<void> {
    const answer = this.process.isDead ? undefined : await this.answer(asked);
    if (answer?.isErr() && answer.error.kind !== 'refused') this.world.wrong.push(answer.error.message);
  }

  private chance(what: string, percent: number): boolean {
    return this.turn < 60 && this.world.draw(`${what} ${this.turn}`, 1000) < percent * 10;
  }

  private async judge(): Promise<string[]> {
    const wrong = [...this.world.wrong];
    this.process = { isDead: false };
    const runner = await this.open(false);
    const outcome = (await this.clock.until(runner.run(this.graph, null, { id, keys })))._unsafeUnwrap();
    const { row } = (await this.clock.until(runner.get(id)))._unsafeUnwrap();
    const events: StoredEvent[] = [];
    await this.clock.until(collect(runner.events(id), events));
    const shape = shapeOf(this.graph, null)._unsafeUnwrap();
    const told = retell(shape, events, Math.min(128, this.plan.limit));
    wrong.push(...told.wrong);
    if (told.state !== outcome.state)
      wrong.push(`the outcome is ${outcome.state} and the journal says ${told.state}`);
    if (row.state !== outcome.state)
      wrong.push(`the outcome is ${outcome.state} and the row says ${row.state}`);
    if (row.keysHeld) wrong.push(`the run is over and its keys are held`);
    const owed = shape.nodes.flatMap(({ hasRevert }, n) =>
      hasRevert === true && outcome.state === 'success' ? [`${id}/${pathIn(shape, told.machine, n)}`] : [],
    );
    const stands = [...this.world.standing].filter((key) => this.canBeUndone(key));
    if (outcome.state !== 'abandoned' && stands.sort().join() !== owed.sort().join())
      wrong.push(`what stands is ${stands.join(' ')}; what should is ${owed.join(' ')}`);
    return wrong;
  }

  /** A pivot that stands must not be called reverted either. */
  private canBeUndone(key: string): boolean {
    const node = this.plan.shape.nodes.find(({ path }) => path === key.split('/').at(-1));
    return node?.hasRevert === true;
  }
}

async function collect(from: AsyncIterable<StoredEvent>, into: StoredEvent[]): Promise<void> {
  for await (const event of from) into.push(event);
}

describe('the engine, whatever the world and people do to a run', () => {
  it(
    'keeps every promise of the rules in the world itself, and its journal tells a story that the rules allow',
    async () => {
      await fc.assert(
        fc.asyncProperty(plans, fc.nat(), async (plan, seed) => {
          const wrong = await new Life(plan, seed).live();
          if (wrong.length > 0) throw new Error(wrong.join('; '));
        }),
        replayable(numRuns, 'packages/runner/test/engine.property'),
      );
    },
    20_000 + 400 * numRuns,
  );
});
