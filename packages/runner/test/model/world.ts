import { err, ok, type Result } from 'neverthrow';
import type { Failure, ProbeContext, Probed, StepContext } from '../../src/index.ts';
import type { VirtualClock } from '../../src/testkit.ts';

/**
 * A world for random runs of the real engine. What each call comes to is drawn from the seed, the step's key and the
 * attempt, so that a run can be played again. Effects stand under the step's key until they are undone; whatever an
 * engine must never do to the world is noted in `wrong`.
 */
export interface Services {
  readonly world: World;
  /** A process that died does nothing any more. */
  readonly process: { isDead: boolean };
}

/** What the world must know of a step to tell right from wrong. */
export interface StepFacts {
  readonly hasRevert: boolean;
  readonly idempotent: boolean;
  readonly hasTimeout: boolean;
  /** Names beside it that it stands on, of steps that leave something to undo. */
  readonly after: readonly string[];
  /** Names beside it that stand on it, near and far. */
  readonly standingOn: readonly string[];
}

export interface Made {
  readonly by: string;
  readonly list: readonly number[];
  readonly gone?: string | undefined;
}

type Answered = Result<Made, Failure>;
const never = new Promise<never>(() => {});

export class World {
  readonly wrong: string[] = [];
  /** Keys whose effect stands now. */
  readonly standing: Set<string> = new Set();
  /** Keys of steps that have a revert: what the others leave stays. */
  readonly undoable: Set<string> = new Set();
  /** How often each key was undone in full. */
  readonly undone: Map<string, number> = new Map();
  private probes = 0;
  private readonly seed: number;
  private readonly roughness: number;
  private readonly clock: VirtualClock;

  constructor(seed: number, clock: VirtualClock) {
    this.seed = seed;
    this.clock = clock;
    this.roughness = [0, 4, 12, 35][this.draw('roughness', 4)]!;
  }

  /** A number below `below`, always the same for the same words. */
  draw(what: string, below: number): number {
    let hash = 0x811c9dc5 ^ this.seed;
    for (let i = 0; i < what.length; i++) hash = Math.imul(hash ^ what.charCodeAt(i), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
    return ((hash ^ (hash >>> 13)) >>> 0) % below;
  }

  isRough(what: string): boolean {
    return this.draw(`rough ${what}`, 100) < this.roughness;
  }

  run(
    facts: StepFacts,
    needs: Readonly<Record<string, Made>>,
    ctx: StepContext<Services>,
  ): Answered | Promise<Answered> {
    if (ctx.services.process.isDead) return never;
    const of = `run ${ctx.key} ${ctx.attempt}`;
    this.checkStart(facts, needs, ctx);
    if (this.isRough(of)) return this.runBadly(facts, ctx, this.draw(of, facts.hasTimeout ? 9 : 6));
    return this.draw(of, 2) === 0
      ? this.make(facts, ctx)
      : this.runSlowly(facts, ctx, 1 + this.draw(`${of} ms`, 200));
  }

  private checkStart(
    facts: StepFacts,
    needs: Readonly<Record<string, Made>>,
    { key, signal }: StepContext<Services>,
  ): void {
    if (signal.aborted) this.wrong.push(`${key} was started with a signal that had fired`);
    for (const name of facts.after) {
      if (!this.standing.has(beside(key, name)))
        this.wrong.push(`${key} was started, and ${name} does not stand`);
    }
    if (this.standing.has(key) && !facts.idempotent) this.wrong.push(`${key} was repeated blindly`);
    for (const [name, value] of Object.entries(needs)) {
      if (value.by !== beside(key, name) || 'gone' in value || value.list.length !== 2)
        this.wrong.push(`${key} was handed ${JSON.stringify(value)} as the output of ${name}`);
      // Nobody else may see what one step does to what it was handed.
      Object.assign(value, { by: 'spoiled' });
    }
  }

  private make(facts: StepFacts, { key }: StepContext<Services>): Answered {
    if (this.standing.has(key) && !facts.idempotent) this.wrong.push(`${key} was done twice`);
    this.standing.add(key);
    if (facts.hasRevert) this.undoable.add(key);
    return ok({ by: key, list: [1, 2], gone: undefined });
  }

  private async runSlowly(facts: StepFacts, ctx: StepContext<Services>, forMs: number): Promise<Answered> {
    await this.sleep(forMs, ctx.services);
    // One that was told to stop may listen, or finish all the same.
    if (ctx.signal.aborted && this.draw(`listens ${ctx.key}`, 2) === 0) return failure('no');
    return this.make(facts, ctx);
  }

  private async runBadly(facts: StepFacts, ctx: StepContext<Services>, how: number): Promise<Answered> {
    if (how % 2 === 0) await this.sleep(1 + this.draw(`bad ${ctx.key}`, 100), ctx.services);
    switch (how) {
      case 0:
        return failure('no');
      case 1:
        return failure(undefined);
      case 2:
        return this.make(facts, ctx).andThen(() => failure('unknown'));
      case 3:
        return failure('unknown');
      case 4:
        return this.make(facts, ctx).andThen(() => failure('yes'));
      case 5:
        throw new Error('the step threw');
      case 6:
        return await never;
      default: {
        const made = how === 7 ? this.make(facts, ctx) : failure('no');
        // Long after its time and its grace.
        await this.sleep(10_000, ctx.services);
        return made;
      }
    }
  }

  async probe({
    key,
    services,
    attempt,
  }: ProbeContext<Services, never>): Promise<Result<Probed<Made>, Failure>> {
    const of = `probe ${key} ${attempt} ${++this.probes}`;
    await this.sleep(this.draw(of, 50), services);
    if (this.isRough(of)) {
      if (this.draw(of, 3) === 0) return ok({ happened: 'unknown' });
      if (this.draw(of, 3) === 1) return err({ kind: 'offline', message: 'nobody answers' });
    }
    return ok(
      this.standing.has(key) ? { happened: 'yes', output: { by: key, list: [1, 2] } } : { happened: 'no' },
    );
  }

  async revert(
    facts: StepFacts,
    was: { readonly outcome: string; readonly output?: Made },
    ctx: StepContext<Services>,
  ): Promise<Result<void, Failure>> {
    const { key, services } = ctx;
    if (services.process.isDead) return await never;
    if (was.outcome === 'done' && was.output?.by !== key)
      this.wrong.push(`${key} was reverted with a wrong output`);
    if (was.outcome === 'done' && !this.standing.has(key) && !this.undone.has(key))
      this.wrong.push(`${key} is called done, and is not`);
    for (const name of facts.standingOn) {
      const on = beside(key, name);
      const above = [...this.standing].find(
        (each) => this.undoable.has(each) && (each === on || each.startsWith(`${on}#`)),
      );
      if (above !== undefined) this.wrong.push(`${key} was reverted under ${above}`);
    }
    const of = `revert ${key} ${ctx.attempt} ${this.draw('tries', 3)}`;
    await this.sleep(this.draw(of, 50), services);
    if (this.isRough(of) && !this.isHelping) {
      if (this.draw(of, 2) === 0) throw new Error('the revert threw');
      return failure(undefined).map(() => undefined);
    }
    this.undo(key);
    return ok(undefined);
  }

  /** From now on whatever is asked of the world goes well, as people have seen to it. */
  isHelping = false;

  /** What a person puts there by hand. */
  doByHand(key: string): Made {
    this.standing.add(key);
    return { by: key, list: [1, 2] };
  }

  undo(key: string): void {
    if (this.standing.delete(key)) this.undone.set(key, (this.undone.get(key) ?? 0) + 1);
  }

  private async sleep(forMs: number, { process }: Services): Promise<void> {
    await new Promise<void>((resolve) => this.clock.after(forMs, resolve));
    if (process.isDead) await never;
  }
}

function failure(applied: Failure['applied']): Result<never, Failure> {
  return err({
    kind: 'bad-luck',
    message: `it failed; applied: ${applied}`,
    ...(applied !== undefined && { applied }),
  });
}

/** The key of the node of this name in the same try of the same scope. */
function beside(key: string, name: string): string {
  return key.slice(0, key.lastIndexOf('/') + 1) + name;
}
