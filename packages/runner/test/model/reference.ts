import type { Resolution, RunState } from '../../src/event.ts';
import type { Command, MachineEvent } from '../../src/machine.ts';
import type { Shape } from '../../src/shape.ts';

/**
 * What the rules of a run say, slowly and plainly: after each event it works out from scratch, by looking at all nodes,
 * which may start, which may be reverted and what state the run is in. It has no queues and no counters to get wrong.
 *
 * It follows what the machine does and complains about every command that is not allowed at its turn, and about every
 * one that is allowed and does not come.
 */

/** The run's body is a scope as well. */
const body = -1;

interface Life {
  stage:
    | 'untouched'
    /** Its command is out. */
    | 'called'
    | 'working'
    | 'probing'
    | 'done'
    | 'lost'
    /** It ended, and nobody can tell how. */
    | 'unclear'
    | 'to-repeat'
    | 'stuck-unknown'
    | 'stuck-failed';
  back: 'no' | 'called' | 'stuck' | 'gone';
  attempts: number;
  mayRepeat: boolean;
  /** An attempt may have happened, and nothing has settled it since. */
  inDoubt: boolean;
  impatient: boolean;
}

interface Try {
  going: 'nowhere' | 'forward' | 'back';
  /** No other try may follow. */
  last: boolean;
  choice: number;
  rounds: number;
}

export class Reference {
  private readonly shape: Shape;
  private readonly limit: number;
  private readonly all: readonly number[];
  private readonly lives: Life[];
  private readonly tries: Map<number, Try> = new Map();
  private readonly owed: Set<string> = new Set();
  private ended: 'success' | 'reverted' | undefined;
  private abandoned = false;
  private paused = false;
  private keysAreFree = false;
  private keysAreWanted = false;
  private keysAreOffered = false;
  private pastPivot = false;

  constructor(shape: Shape, limit: number) {
    this.shape = shape;
    this.limit = limit;
    this.all = shape.nodes.map((_, n) => n);
    this.lives = this.all.map(untouched);
  }

  /** Follows one event and the commands that it led to. Throws a sentence where they break a rule. */
  follow(event: MachineEvent, commands: readonly Command[]): void {
    this.owed.clear();
    this.keysAreOffered = false;
    this.happen(event);
    this.settle();
    for (const command of commands) {
      const word = say(command);
      if (this.owed.delete(word)) continue;
      if (!this.allowed().has(word)) throw new Error(`"${word}" is not allowed here`);
      this.obey(command);
      this.settle();
    }
    const missing = [...this.owed, ...this.allowed()];
    if (missing.length > 0) throw new Error(`these commands did not come: ${missing.join(', ')}`);
  }

  get state(): RunState {
    if (this.abandoned) return 'abandoned';
    if (this.ended !== undefined) return this.ended;
    const still = this.underWay().length === 0 && !this.keysAreWanted;
    if (still && this.stuck().length > 0) return 'stuck';
    if (still && this.paused) return 'suspended';
    if (this.going(body) === 'back' || (this.keysAreWanted && this.stuck().length === 0)) return 'reverting';
    if (this.keysAreFree) return 'background';
    return still && this.waiting().length > 0 ? 'waiting' : 'running';
  }

  get keysFreed(): boolean {
    return this.keysAreFree;
  }

  get pivotPassed(): boolean {
    return this.pastPivot;
  }

  /** Has its command been out since, or was it taken back because its scope stopped? */
  isCalled(n: number): boolean {
    return this.life(n).stage === 'called';
  }

  isWaiting(hold: number): boolean {
    return this.life(hold).stage === 'working';
  }

  choiceOf(scope: number): number {
    return this.tryOf(scope).choice;
  }

  // What has happened.

  private happen(event: MachineEvent): void {
    switch (event.kind) {
      case 'created':
        this.tries.set(body, { going: 'forward', last: true, choice: 0, rounds: 1 });
        return;
      case 'started':
        this.life(event.node).attempts = event.attempt;
        if (this.node(event.node).pivot === true) this.pastPivot = true;
        return this.become(event.node, 'working');
      case 'asked':
        if (this.isCalled(event.node)) this.become(event.node, 'working');
        return;
      case 'done':
        this.life(event.node).inDoubt = false;
        return this.become(event.node, 'done');
      case 'failed':
        return this.failed(event.node, event.applied, event.again);
      case 'interrupted':
        if (this.life(event.node).stage === 'probing') this.owed.add(`probe ${event.node}`);
        else this.failed(event.node, 'unknown', true);
        return;
      case 'probed':
        return this.probed(event.node, event.happened);
      case 'patience-over':
        this.life(event.node).impatient = this.isForward(event.node);
        return;
      case 'chosen':
        if (!this.isCalled(event.node)) return;
        this.become(event.node, 'working');
        this.tries.set(event.node, { ...this.tryOf(event.node), going: 'forward', choice: event.choice });
        for (const n of this.inside(event.node)) {
          this.lives[n] = untouched();
          this.tries.delete(n);
        }
        return;
      case 'exhausted':
        if (this.isCalled(event.node)) this.lose(event.node);
        return;
      case 'reverted':
        this.life(event.node).back = 'gone';
        return;
      case 'revert-failed':
        this.life(event.node).back = 'stuck';
        return;
      case 'resolved':
        return this.resolved(event.node, event.how);
      case 'cancelled':
        return this.turnBack(body);
      case 'revert-requested':
        this.ended = undefined;
        return this.turnBack(body);
      case 'paused':
      case 'resumed':
        this.paused = event.kind === 'paused';
        return;
      case 'keys-freed':
        this.keysAreFree = true;
        return;
      case 'keys-taken':
        this.keysAreFree = false;
        this.keysAreWanted = false;
        return;
      case 'abandoned':
        this.abandoned = true;
        return;
      case 'sealed':
        return;
    }
  }

  private failed(n: number, applied: string | undefined, again: boolean): void {
    const node = this.node(n);
    this.life(n).mayRepeat = again;
    const wasInDoubt = node.pivot === true && (applied !== 'no' || this.life(n).inDoubt);
    const doubt = wasInDoubt || applied === 'unknown';
    if (!doubt) return this.lose(n);
    this.life(n).inDoubt = true;
    if (node.hasProbe !== true) return this.cannotTell(n);
    this.life(n).stage = 'probing';
    this.owed.add(`probe ${n}`);
  }

  private probed(n: number, happened: 'no' | 'unknown'): void {
    if (happened === 'unknown') return this.cannotTell(n);
    this.life(n).inDoubt = false;
    if (this.node(n).pivot === true) this.pastPivot = false;
    if (this.life(n).mayRepeat && this.isForward(n)) this.become(n, 'to-repeat');
    else this.lose(n);
  }

  private cannotTell(n: number): void {
    const node = this.node(n);
    const harmless = node.idempotent === true && node.pivot !== true;
    if (!this.isForward(n)) this.become(n, 'unclear');
    else if (harmless && this.life(n).mayRepeat) this.become(n, 'to-repeat');
    else if (harmless && node.hasRevert !== true) this.lose(n);
    else this.become(n, 'stuck-unknown');
  }

  private lose(n: number): void {
    if (this.node(n).pivot === true) this.pastPivot = false;
    this.become(n, 'lost');
    if (!this.isForward(n)) return;
    if (this.node(n).scope === body && this.pastPivot) this.become(n, 'stuck-failed');
    else this.turnBack(this.node(n).scope);
  }

  private resolved(n: number, how: Resolution): void {
    const life = this.life(n);
    if (how === 'mark-reverted') life.back = 'gone';
    else if (how === 'retry' && life.back === 'stuck') life.back = 'no';
    else if (how === 'retry') {
      this.tryOf(n).rounds++;
      this.become(n, 'to-repeat');
    } else {
      life.inDoubt = false;
      if (how === 'mark-done') this.become(n, 'done');
      else this.lose(n);
    }
  }

  private turnBack(scope: number, last = scope === body): void {
    const of = this.tryOf(scope);
    of.last ||= last;
    if (of.going !== 'forward') return;
    const wereDone = new Set(this.inside(scope).filter((n) => this.isDone(n)));
    of.going = 'back';
    for (const n of this.inside(scope)) if (!wereDone.has(n)) this.stopNode(n);
  }

  private stopNode(n: number): void {
    const life = this.life(n);
    const { kind } = this.node(n);
    life.impatient = false;
    if (life.stage === 'working' && kind === 'scope') this.turnBack(n, true);
    else if (life.stage === 'working' && kind === 'step') this.owed.add(`abort ${n}`);
    else if (life.stage === 'working') life.stage = 'done';
    else if (life.stage === 'called' && kind !== 'scope' && life.attempts === 0) life.stage = 'untouched';
    else if (life.stage === 'called' || life.stage === 'to-repeat' || life.stage === 'stuck-failed')
      life.stage = 'lost';
    else if (life.stage === 'stuck-unknown') life.stage = 'unclear';
  }

  /** What follows without any work: a scope that has been reverted, a step with nothing to revert, a join. */
  private settle(): void {
    for (let before = ''; before !== this.picture(); ) {
      before = this.picture();
      for (const scope of [...this.tries.keys()]) this.settleScope(scope);
      if (this.paused || this.abandoned) continue;
      for (const n of this.all) this.settleNode(n);
    }
  }

  private settleScope(scope: number): void {
    const of = this.tryOf(scope);
    const inside = this.inside(scope);
    if (of.going === 'back' && inside.every((n) => this.isSettled(n))) {
      of.going = 'nowhere';
      if (scope === body) this.end('reverted');
      else if (of.last || !this.isForward(scope)) this.life(scope).back = 'gone';
      else {
        of.choice++;
        this.become(scope, 'to-repeat');
      }
    } else if (scope === body && of.going === 'forward' && inside.every((n) => this.isDone(n))) {
      this.end('success');
    }
  }

  private settleNode(n: number): void {
    const { kind, hasRevert } = this.node(n);
    if (!this.keysAreFree && this.mayGoBack(n)) {
      if (kind === 'scope' && this.isDone(n)) this.turnBack(n, true);
      else if (kind !== 'step' || hasRevert !== true) this.life(n).back = 'gone';
    }
    if (kind === 'join' && this.mayStart(n) && !this.isFrozen()) this.become(n, 'done');
  }

  private end(how: 'success' | 'reverted'): void {
    if (this.ended === undefined) this.keysAreFree = true;
    this.ended ??= how;
  }

  // What may happen next.

  private allowed(): Set<string> {
    const words = new Set<string>();
    if (this.abandoned) return words;
    const mayWantKeys = this.keysAreFree && !this.keysAreWanted;
    if (mayWantKeys && this.stuck().length > 0) words.add('take-keys');
    if (this.paused) return words;
    if (mayWantKeys && this.all.some((n) => this.mayGoBack(n))) words.add('take-keys');
    if (this.mayFreeKeys()) words.add('free-keys');
    if (this.underWay().length >= this.limit) return words;
    if (!this.keysAreFree) {
      for (const n of this.all.filter((n) => this.mayGoBack(n))) words.add(`revert ${n} ${this.was(n)}`);
    }
    if (!this.isFrozen())
      for (const n of this.all.filter((n) => this.mayStart(n))) words.add(this.startOf(n));
    return words;
  }

  private obey(command: Command): void {
    if (command.do === 'take-keys') this.keysAreWanted = true;
    else if (command.do === 'free-keys') this.keysAreOffered = true;
    else if (command.do === 'revert') this.life(command.node).back = 'called';
    else if ('node' in command) this.become(command.node, 'called');
  }

  private startOf(n: number): string {
    const { choice, rounds } = this.tryOf(n);
    const { kind } = this.node(n);
    if (kind === 'hold') return `ask ${n}`;
    return kind === 'scope' ? `choose ${n} ${choice} ${rounds}` : `run ${n} ${this.life(n).attempts + 1}`;
  }

  private mayStart(n: number): boolean {
    if (!this.isForward(n)) return false;
    const { stage } = this.life(n);
    return (
      stage === 'to-repeat' ||
      (stage === 'untouched' && this.node(n).after.every((before) => this.isDone(before)))
    );
  }

  private mayGoBack(n: number): boolean {
    const { stage, back } = this.life(n);
    const hasEnded = this.isDone(n) || stage === 'lost' || stage === 'unclear';
    if (this.going(this.node(n).scope) !== 'back' || back !== 'no' || !hasEnded) return false;
    return this.all.every((other) => !this.node(other).after.includes(n) || this.isSettled(other));
  }

  private mayFreeKeys(): boolean {
    if (this.keysAreFree || this.keysAreOffered || this.going(body) !== 'forward') return false;
    const underWay = this.underWay();
    const isAllImpatient = underWay.length > 0 && underWay.every((n) => this.life(n).impatient);
    const needsKeys = this.inside(body).some((n) => !this.isDone(n) && this.node(n).lockFree !== true);
    const isSomeGoingBack = [...this.tries.values()].some(({ going }) => going === 'back');
    const waits =
      this.stuck().length > 0 || this.waiting().length > 0 || this.all.some((n) => this.mayStart(n));
    return isAllImpatient && !needsKeys && !isSomeGoingBack && !waits;
  }

  private isFrozen(): boolean {
    return this.stuck().length > 0 && !this.pastPivot;
  }

  // Looking.

  private isForward(n: number): boolean {
    return this.going(this.node(n).scope) === 'forward';
  }

  private isDone(n: number): boolean {
    const { stage, back } = this.life(n);
    if (this.node(n).kind !== 'scope') return stage === 'done';
    const isOpen = stage === 'working' && back === 'no' && this.going(n) === 'forward';
    return isOpen && this.inside(n).every((each) => this.isDone(each));
  }

  private isSettled(n: number): boolean {
    return this.life(n).stage === 'untouched' || this.life(n).back === 'gone';
  }

  private was(n: number): string {
    const { stage, inDoubt } = this.life(n);
    if (stage === 'done') return 'done';
    return stage === 'unclear' || inDoubt ? 'unknown' : 'failed';
  }

  private underWay(): number[] {
    return this.all.filter((n) => {
      const { stage, back } = this.life(n);
      const { kind } = this.node(n);
      if (kind === 'step')
        return stage === 'called' || stage === 'working' || stage === 'probing' || back === 'called';
      return kind === 'hold' && stage === 'called';
    });
  }

  private stuck(): number[] {
    return this.all.filter((n) => this.life(n).back === 'stuck' || this.life(n).stage.startsWith('stuck'));
  }

  private waiting(): number[] {
    return this.all.filter((n) => this.node(n).kind === 'hold' && this.life(n).stage === 'working');
  }

  private inside(scope: number): number[] {
    return this.all.filter((n) => this.node(n).scope === scope);
  }

  private going(scope: number): Try['going'] {
    return this.tries.get(scope)?.going ?? 'nowhere';
  }

  private tryOf(scope: number): Try {
    const known = this.tries.get(scope) ?? { going: 'nowhere', last: false, choice: 0, rounds: 1 };
    this.tries.set(scope, known);
    return known;
  }

  private become(n: number, stage: Life['stage']): void {
    this.life(n).stage = stage;
    this.life(n).impatient = false;
  }

  private life(n: number): Life {
    return this.lives[n]!;
  }

  private node(n: number): Shape['nodes'][number] {
    return this.shape.nodes[n]!;
  }

  private picture(): string {
    return (
      this.lives.map(({ stage, back }) => `${stage}/${back}`).join() +
      JSON.stringify([...this.tries]) +
      this.ended
    );
  }
}

function untouched(): Life {
  return { stage: 'untouched', back: 'no', attempts: 0, mayRepeat: false, inDoubt: false, impatient: false };
}

/** A command in words, to be compared. */
export function say(command: Command): string {
  const { do: verb, ...rest } = command;
  return [verb, ...Object.values(rest)].join(' ');
}
