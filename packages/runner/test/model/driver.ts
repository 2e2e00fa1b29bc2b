import { type Command, type Machine, type MachineEvent, machine } from '../../src/machine.ts';
import { Reference, say } from './reference.ts';
import type { Plan } from './shapes.ts';

/**
 * Plays the engine and the world to a machine: answers its commands in any order with any result, and lets people
 * cancel, pause, resolve and crash it. What happens is read from a list of numbers; where the list ends, all goes
 * well, so that every run comes to an end.
 *
 * After each event it holds the machine against the reference and against a copy restored from its snapshot.
 */
export interface Entry {
  readonly event: MachineEvent;
  readonly commands: readonly Command[];
}

export interface Played {
  readonly trace: readonly Entry[];
  readonly machine: Machine;
  readonly reference: Reference;
}

/** How rough the world is, in percent. */
interface Weather {
  readonly failing: number;
  readonly chaos: number;
  readonly patience: number;
  /** Are starts acknowledged late, so that a command may be taken back before? */
  readonly slowStarts: boolean;
}

export function play(plan: Plan, numbers: readonly number[]): Played {
  const driver = new Driver(plan, numbers);
  driver.play();
  return driver;
}

/** Plays a trace's events into a new machine. */
export function refold(plan: Plan, trace: readonly Entry[]): { machine: Machine; commands: Command[][] } {
  const again = machine(plan.shape, plan.limit);
  return { machine: again, commands: trace.map(({ event }) => again.apply(event)) };
}

class Driver implements Played {
  readonly trace: Entry[] = [];
  readonly reference: Reference;
  machine: Machine;
  private readonly plan: Plan;
  private readonly numbers: readonly number[];
  private at = 0;
  private readonly weather: Weather;
  /** Commands that wait for an answer, steps at work, and holds that wait for a person. */
  private readonly toRun: Map<number, number> = new Map();
  private readonly toAsk: Set<number> = new Set();
  private readonly working: Set<number> = new Set();
  private readonly probing: Set<number> = new Set();
  private readonly reverting: Map<number, string> = new Map();
  private readonly waiting: Set<number> = new Set();
  private isKeyless = false;
  private resolutions = 0;
  private paused = false;

  constructor(plan: Plan, numbers: readonly number[]) {
    this.plan = plan;
    this.numbers = numbers;
    this.machine = machine(plan.shape, plan.limit);
    this.reference = new Reference(plan.shape, plan.limit);
    this.weather = {
      failing: [0, 5, 15, 40][this.draw(4)]!,
      chaos: [0, 3, 10, 25][this.draw(4)]!,
      patience: [0, 30, 60, 80][this.draw(4)]!,
      slowStarts: this.draw(3) === 1,
    };
  }

  play(): void {
    this.tell({ kind: 'created' });
    // A run of 25 nodes ends within some hundred turns, whatever goes wrong; more is a run that turns in a circle.
    for (let turn = 0; turn < 4000; turn++) {
      this.agree();
      if (this.isOver()) return;
      if (this.chance(this.weather.chaos)) this.disturb();
      else if (!this.answerOne()) this.helpOut();
    }
    throw new Error('the run does not come to an end');
  }

  private isOver(): boolean {
    const { state } = this.machine;
    if (state === 'success' && this.chance(40) && this.machine.refuses('revert') === undefined) {
      this.tell({ kind: 'keys-taken' });
      this.tell({ kind: 'revert-requested' });
      return this.isOver();
    }
    return state === 'success' || state === 'reverted' || state === 'abandoned';
  }

  /** Tells the machine, compares it with its copy and its model, and notes what it asked for. */
  private tell(event: MachineEvent): void {
    const copy = machine(this.plan.shape, this.plan.limit);
    copy.restore(JSON.parse(JSON.stringify(this.machine.snapshot())));
    const commands = this.machine.apply(event);
    this.trace.push({ event, commands });
    same('commands of a restored machine', copy.apply(event), commands);
    same('snapshot of a restored machine', copy.snapshot(), this.machine.snapshot());
    this.reference.follow(event, commands);
    for (const command of commands) if (!this.isTakenBack(command)) this.note(command);
  }

  /** What an earlier command of the same answer led to may have stopped the try that this one was to start in. */
  private isTakenBack(command: Command): boolean {
    if (command.do !== 'run' && command.do !== 'ask' && command.do !== 'choose') return false;
    const wanted = JSON.stringify(command);
    return !this.machine.outstanding().some((other) => JSON.stringify(other) === wanted);
  }

  private note(command: Command): void {
    switch (command.do) {
      case 'run':
        this.toRun.set(command.node, command.attempt);
        if (!this.weather.slowStarts) this.start(command.node);
        return;
      case 'ask':
        this.toAsk.add(command.node);
        if (!this.weather.slowStarts) this.ask(command.node);
        return;
      case 'choose':
        return this.choose(command.node, command.choice, command.rounds);
      case 'probe':
        this.working.delete(command.node);
        this.probing.add(command.node);
        return;
      case 'revert':
        this.reverting.set(command.node, command.was);
        return;
      case 'take-keys':
        this.isKeyless = true;
        return;
      case 'free-keys':
        return this.tell({ kind: 'keys-freed' });
      case 'abort':
        if (!this.working.has(command.node)) throw new Error(`${say(command)}: it is not at work`);
    }
  }

  private choose(node: number, choice: number, rounds: number): void {
    // Another answer of the same moment may have stopped the scope around it.
    // The machine must not mind the answer then, and mostly it does not come.
    if (!this.reference.isCalled(node) && !this.chance(30)) return;
    const exists = choice < this.plan.choices[node]! * rounds;
    this.tell(exists ? { kind: 'chosen', node, choice } : { kind: 'exhausted', node });
  }

  private start(node: number): void {
    const attempt = this.toRun.get(node)!;
    this.toRun.delete(node);
    if (!this.reference.isCalled(node)) return;
    this.working.add(node);
    this.tell({ kind: 'started', node, attempt });
  }

  private ask(node: number): void {
    this.toAsk.delete(node);
    if (!this.reference.isCalled(node)) {
      if (this.chance(30)) this.tell({ kind: 'asked', node });
      return;
    }
    this.waiting.add(node);
    this.tell({ kind: 'asked', node });
  }

  /** What the machine says is open must be what it asked for and was not answered. */
  private agree(): void {
    same('state', this.machine.state, this.reference.state);
    same('keys', this.machine.snapshot().flags['keysFreed'], this.reference.keysFreed);
    same('pivot', this.machine.pivotPassed, this.reference.pivotPassed);
    same('in flight', [...this.machine.inFlight()].sort(), [...this.working, ...this.probing].sort());
    same('outstanding', this.machine.outstanding().map(say).sort(), this.open());
  }

  private open(): string[] {
    const called = (n: number): boolean => this.reference.isCalled(n);
    return [
      ...[...this.toRun]
        .filter(([n]) => called(n))
        .map(([node, attempt]) => say({ do: 'run', node, attempt })),
      ...[...this.toAsk].filter(called).map((node) => say({ do: 'ask', node })),
      ...[...this.reverting].map(([node, was]) => `revert ${node} ${was}`),
      ...(this.isKeyless ? ['take-keys'] : []),
    ].sort();
  }

  // The world.

  private answerOne(): boolean {
    const starts = [
      ...[...this.toRun.keys()].map((node) => () => this.start(node)),
      ...[...this.toAsk].map((node) => () => this.ask(node)),
    ];
    const others = [
      ...[...this.working].map((node) => () => this.endRun(node)),
      ...[...this.probing].map((node) => () => this.endProbe(node)),
      ...[...this.reverting.keys()].map((node) => () => this.endRevert(node)),
      ...(this.isKeyless ? [() => this.giveKeys()] : []),
    ];
    // A start that takes its time is taken back more often.
    const moves = others.length === 0 || this.chance(30) ? [...starts, ...others] : others;
    if (moves.length === 0) return false;
    moves[this.draw(moves.length)]!();
    return true;
  }

  private endRun(node: number): void {
    if (this.chance(this.weather.patience)) return this.tell({ kind: 'patience-over', node });
    this.working.delete(node);
    if (!this.chance(this.weather.failing)) return this.tell({ kind: 'done', node });
    const applied = (['no', 'unknown', undefined, 'yes'] as const)[this.draw(4)];
    this.tell({ kind: 'failed', node, applied, again: this.draw(2) === 1 });
  }

  private endProbe(node: number): void {
    this.probing.delete(node);
    const happened = this.chance(50) ? (['no', 'unknown'] as const)[this.draw(2)]! : 'yes';
    this.tell(happened === 'yes' ? { kind: 'done', node } : { kind: 'probed', node, happened });
  }

  private endRevert(node: number): void {
    this.reverting.delete(node);
    this.tell({ kind: this.chance(this.weather.failing) ? 'revert-failed' : 'reverted', node });
  }

  private giveKeys(): void {
    this.isKeyless = false;
    this.tell({ kind: 'keys-taken' });
  }

  // People and accidents.

  private disturb(): void {
    switch (this.draw(6)) {
      case 0:
        return this.crash();
      case 1:
        return this.pauseOrResume();
      case 2:
        return this.resolveOne();
      case 3:
        return this.releaseOne();
      case 4:
        if (this.machine.refuses('abandon') === undefined && this.chance(20))
          this.tell({ kind: 'abandoned' });
        return;
      default:
        if (this.machine.refuses('cancel') === undefined && this.chance(60)) this.tell({ kind: 'cancelled' });
    }
  }

  /** Nothing is under way: what people do then. Where nobody can help, the run has come to a dead end. */
  private helpOut(): void {
    const { state } = this.machine;
    if (this.paused) return this.pauseOrResume();
    if (state === 'stuck') return this.resolveOne();
    if (state === 'waiting') return this.releaseOne();
    throw new Error(`nothing is under way and the run says that it is ${state}`);
  }

  private pauseOrResume(): void {
    this.paused = !this.paused;
    this.tell({ kind: this.paused ? 'paused' : 'resumed' });
  }

  private resolveOne(): void {
    const stuck = this.machine.stuckNodes();
    const node = stuck[this.draw(stuck.length || 1)];
    if (node === undefined) return;
    const verbs = this.machine.verbsFor(node);
    // A scope without a choice fails as often as it is tried: after some time one gives up.
    if (this.resolutions++ > 40 && this.machine.refuses('abandon') === undefined) {
      return this.tell({ kind: 'abandoned' });
    }
    const how = verbs[this.at < this.numbers.length ? this.draw(verbs.length) : verbs.length - 1]!;
    this.tell({ kind: 'resolved', node, how });
  }

  private releaseOne(): void {
    const holds = [...this.waiting].filter((node) => this.reference.isWaiting(node));
    const node = holds[this.draw(holds.length || 1)];
    if (node === undefined) return;
    this.waiting.delete(node);
    this.tell({ kind: 'done', node });
  }

  /** The owner dies; another one reads the journal and takes over. */
  private crash(): void {
    const { machine: next } = refold(this.plan, this.trace);
    same('snapshot after a crash', next.snapshot(), this.machine.snapshot());
    this.machine = next;
    const orphans = next.inFlight();
    for (const node of orphans) {
      this.working.delete(node);
      this.tell({ kind: 'interrupted', node });
      if (this.machine.nodeState(node) !== 'probing') this.probing.delete(node);
    }
  }

  // Chance, read from the list.

  private draw(below: number): number {
    return below <= 1 ? 0 : (this.numbers[this.at++] ?? 0) % below;
  }

  private chance(percent: number): boolean {
    return percent > 0 && this.at < this.numbers.length && this.draw(100) >= 100 - percent;
  }
}

function same(what: string, seen: unknown, wanted: unknown): void {
  const [a, b] = [JSON.stringify(seen), JSON.stringify(wanted)];
  if (a !== b) throw new Error(`${what}: ${a}, and should be ${b}`);
}
