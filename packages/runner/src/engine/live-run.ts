import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import type { RunEvent, RunState, StoredEvent } from '../event.ts';
import { wiresOf } from '../fingerprint.ts';
import { isFinal } from '../journal/rules.ts';
import type { Append, Appended, Journal, JournalError, Request } from '../journal.ts';
import type { Json } from '../json.ts';
import type { Command } from '../machine.ts';
import type { Outcome, RunnerError } from '../outcome.ts';
import { choose } from './choosing.ts';
import { Claim } from './claim.ts';
import { type Effect, follow } from './effect.ts';
import { closedError, fail, journalTrouble, lockedError, lostError } from './errors.ts';
import { LateNews } from './late-news.ts';
import type { LiveRunParts } from './live-run-parts.ts';
import type { RunRecord } from './record.ts';
import { refusalOf, requestEvent } from './requests.ts';
import { keyPrefixOf } from './step-context.ts';
import { StepWork, type Task } from './step-work.ts';
import type { Kept } from './values.ts';
import { Waiters } from './waiters.ts';
import type { Writing } from './writer.ts';

/**
 * A run that this process owns: the machine's commands are carried out, what comes of it is journaled, and only what
 * the journal has taken is acted on.
 */
export class LiveRun implements Writing {
  isMarked = false;
  readonly record: RunRecord;
  readonly keyPrefix: string;
  readonly parts: LiveRunParts;
  readonly claim: Claim;
  fence: number;
  private lastSeq: number;
  private events: RunEvent[] = [];
  private effects: Effect[] = [];
  /** On its way to the journal, and what is to follow. */
  private taken: Append | undefined;
  private following: Effect[] = [];
  private readonly late: LateNews;
  /** What is under way, by node. */
  private readonly work: (StepWork | undefined)[];
  private readonly waiters: Waiters;
  private readonly watchers = new Set<(events: readonly StoredEvent[]) => void>();
  private rowState: RunState = 'running';
  private finished: RunState | undefined;
  private freeKeys = false;
  private closing = false;
  /** Nothing is under way here any more: the next word is the last one, and gives the run up. */
  private isLastWord = false;
  private gone = false;
  private lost: RunnerError | undefined;
  /** It has ended and came back for one request: it leaves when that has its answer. */
  private guest = false;

  constructor(
    record: RunRecord,
    parts: LiveRunParts,
    at: { readonly fence: number; readonly lastSeq: number },
  ) {
    this.record = record;
    this.parts = parts;
    this.keyPrefix = keyPrefixOf(record.runId);
    this.work = new Array<StepWork | undefined>(record.program.shape.nodes.length);
    this.waiters = new Waiters(record.runId);
    this.claim = new Claim(parts.clock, parts.sureForMs, (then) => this.afterAsking(then));
    this.late = new LateNews(parts.clock, () => parts.writer.mark(this));
    this.fence = at.fence;
    this.lastSeq = at.lastSeq;
  }

  get runId(): string {
    return this.record.runId;
  }

  /** The first events of a new run, for the transaction that creates it. */
  begin(input: Json, keys: readonly string[]): readonly RunEvent[] {
    this.claim.tells();
    this.say({ kind: 'created', graph: this.record.program.shape.graph, input, keys });
    this.conclude();
    return this.events;
  }

  /** The creating transaction went through. */
  created(fence: number, atMs: number): void {
    this.fence = fence;
    const { events, effects } = this;
    this.events = [];
    this.effects = [];
    this.wrote(events, 1, atMs, effects);
    if (this.record.machine.state !== this.rowState) this.parts.writer.mark(this);
  }

  /** Carries on a run that another owner left, or this one before. `was`: what its row says. */
  resume(owner: string, was: RunState): void {
    this.rowState = was;
    this.finished = isFinal(this.record.machine.state) ? this.record.machine.state : undefined;
    this.guest = this.finished !== undefined;
    this.say({ kind: 'claimed', owner });
    // Who was cut off is asked first: what is started here and now was not.
    const cutOff = this.record.machine.inFlight();
    this.obey(this.record.machine.outstanding());
    for (const node of cutOff) this.say({ kind: 'interrupted', step: this.record.pathOf(node) });
    this.conclude();
    this.parts.writer.mark(this);
  }

  // Being asked.

  /** What another process (then it has a number in the mail), or this one, asks. Resolves when it is durable. */
  request(request: Request, id?: number): ResultAsync<void, RunnerError> {
    // An owner before this one granted it and died before it could say so.
    if (id !== undefined && this.record.granted.has(id)) {
      this.guest = false;
      return this.durably();
    }
    const refused = refusalOf(this.record, request, this.parts.maxOutputBytes);
    if (refused === undefined && request.verb === 'revert')
      return this.revertWhole(requestEvent(this.record, request, id));
    this.guest = false;
    if (refused !== undefined) return fail('refused', `run ${this.runId}: ${refused}`, this.runId);
    this.say(requestEvent(this.record, request, id));
    this.conclude();
    return this.durably();
  }

  /** A run that succeeded takes its keys again before it goes back. */
  private revertWhole(event: RunEvent): ResultAsync<void, RunnerError> {
    return new ResultAsync(
      this.askForKeys().then(async (result) => {
        this.guest = false;
        this.parts.writer.mark(this);
        if (result.isErr()) return err(journalTrouble(result.error, this.runId));
        const keys = result.value;
        if (!keys.taken && 'locked' in keys) return err(lockedError(this.runId, keys.locked));
        if (!keys.taken) return err(this.lose());
        this.finished = undefined;
        this.say({ kind: 'keys-taken' });
        this.say(event);
        this.conclude();
        return await this.durably();
      }),
    );
  }

  /** Resolves with the run's outcome. `until`: which states count. */
  wait(
    until: 'settled' | 'ended',
    signal: AbortSignal | undefined,
  ): Promise<Result<Outcome<unknown>, RunnerError>> {
    const outcome = this.gone && this.finished !== undefined ? this.record.outcome() : undefined;
    if (outcome !== undefined && this.lost === undefined) return Promise.resolve(ok(outcome));
    if (this.gone) return Promise.resolve(err(this.lost ?? closedError(this.runId)));
    const waiting = this.waiters.wait(until, signal);
    if (this.events.length === 0 && this.taken === undefined) this.tellWaiters();
    return waiting;
  }

  /** Hears every event once it is durable. Returns how to stop. */
  watch(onEvents: (events: readonly StoredEvent[]) => void): () => void {
    this.watchers.add(onEvents);
    return () => this.watchers.delete(onEvents);
  }

  /** Ends work here in order: nothing new starts, and what is under way has until `deadline` fires. */
  async close(deadline: AbortSignal): Promise<void> {
    if (this.gone) return;
    this.closing = true;
    this.record.machine.apply({ kind: 'paused' });
    await Promise.all(this.underWay().map((work) => work.ended(deadline)));
    if (this.gone) return;
    for (const work of this.underWay()) work.drop();
    const outcome = { runId: this.runId, state: 'suspended', reason: 'its runner was closed' } as const;
    this.isLastWord = true;
    this.waiters.settleAll((await this.afterNextCommit()).map(() => outcome));
    this.leave();
  }

  // Saying and obeying.

  /** Puts an event down, folds it in, and takes on what it made possible. `node`: what it is about, where known. */
  private say(event: RunEvent, node?: number, output?: Kept): void {
    this.events.push(event);
    this.obey(node === undefined ? this.record.apply(event) : this.record.applyTo(node, event, output));
  }

  /** As `say`, for what happens by itself: the work on a node ends, a time is over. */
  report(node: number | undefined, event: RunEvent, output?: Kept): void {
    if (this.gone) return;
    this.say(event, node, output);
    this.conclude();
    this.parts.writer.mark(this);
  }

  /** Progress is kept for watchers and rides with whatever is written next, within a second. */
  progress(node: number, event: RunEvent): void {
    if (!this.gone) this.late.add(node, event);
  }

  private obey(commands: readonly Command[]): void {
    for (const command of commands) {
      // What an earlier one led to may have stopped the scope that this one was to start in.
      const isStart = command.do === 'run' || command.do === 'ask' || command.do === 'choose';
      if (!isStart || this.record.machine.nodeState(command.node) === 'ready') this.obeyOne(command);
    }
  }

  private obeyOne(command: Command): void {
    const { record } = this;
    switch (command.do) {
      case 'run': {
        const { node } = command;
        const attempt = Math.max(command.attempt, record.attemptOf(node) + 1);
        const step = record.pathOf(node);
        this.say({ kind: 'started', step, attempt, wires: wiresOf(record.program.shape, node) }, node);
        return this.workOn(node, step, attempt === command.attempt ? command : { do: 'run', attempt });
      }
      case 'probe':
        return this.workOn(command.node, record.pathOf(command.node), { do: 'probe' });
      case 'revert': {
        const step = record.pathOf(command.node);
        this.say({ kind: 'revert-started', step, was: command.was }, command.node);
        return this.workOn(command.node, step, command);
      }
      case 'abort':
        this.work[command.node]?.abort();
        return;
      case 'ask': {
        const definition = record.definition(command.node);
        const ask = definition.kind === 'hold' ? definition.ask : '';
        const wires = wiresOf(record.program.shape, command.node);
        return this.say({ kind: 'asked', hold: record.pathOf(command.node), ask, wires });
      }
      case 'choose':
        return this.say(choose(record, command, this.parts.maxOutputBytes));
      case 'free-keys':
        this.freeKeys = true;
        return this.say({ kind: 'keys-freed' });
      case 'take-keys':
        this.effects.push(() => void this.takeKeys());
    }
  }

  private async takeKeys(): Promise<void> {
    while (!this.gone && !this.closing) {
      const result = await this.askForKeys();
      if (this.gone) return;
      if (result.isOk() && result.value.taken) return this.report(undefined, { kind: 'keys-taken' });
      if (result.isOk() && 'fencedOut' in result.value) return void this.lose();
      await new Promise<void>((resolve) => this.parts.clock.after(250, resolve));
    }
  }

  private askForKeys(): Promise<Awaited<ReturnType<Journal['takeKeys']>>> {
    return this.parts.writer.exclusive(async () => {
      // It may have come to its end while this waited for its turn: whoever has ended takes no keys.
      if (this.gone) return ok({ taken: false, fencedOut: true });
      const result = await this.parts.journal.takeKeys(this.runId, this.fence);
      // Known before the next append goes out, which would be refused under the old one.
      if (result.isOk() && result.value.taken) this.fence = result.value.fence;
      return result;
    });
  }

  private workOn(node: number, path: string, task: Task): void {
    const work = new StepWork(this, node, path, task);
    this.work[node] = work;
    if (this.effects.length === 0) this.effects = [work];
    else this.effects.push(work);
  }

  private underWay(): StepWork[] {
    return this.work.filter((work) => work !== undefined);
  }

  /** A step's work has ended, however. */
  workEnded(work: StepWork): void {
    if (this.work[work.node] === work) this.work[work.node] = undefined;
  }

  // Writing.

  /** Notes what follows for the whole run from what was just said. */
  private conclude(): void {
    const { state } = this.record.machine;
    if (!isFinal(state) || this.finished === state) return;
    this.finished = state;
    this.events.push({ kind: 'finished', state });
    for (const work of this.underWay()) work.abort();
  }

  takeBatch(): Append | undefined {
    if (this.gone) return undefined;
    if (this.taken !== undefined) return { ...this.taken, fence: this.fence };
    const now = this.record.machine.state;
    const state = this.isLastWord && now !== 'stuck' && !isFinal(now) ? 'suspended' : now;
    const isOver = this.isLastWord || (isFinal(state) && this.finished === state && !this.guest);
    const isNews = this.events.length + this.late.size > 0 || state !== this.rowState;
    if (!isNews && !isOver && !this.claim.isInDoubt) return undefined;
    const append: Append = {
      runId: this.runId,
      fence: this.fence,
      seq: this.lastSeq + 1,
      atMs: this.claim.tells(),
      events: this.late.before(this.events),
      state: state === this.rowState ? undefined : state,
      freeKeys: this.freeKeys || isFinal(state) ? true : undefined,
      release: isOver ? true : undefined,
    };
    this.taken = append;
    this.following = this.effects;
    this.events = [];
    this.effects = [];
    return append;
  }

  committed(result: Appended): void {
    const { taken, following } = this;
    this.taken = undefined;
    if (taken === undefined) return;
    if (result === 'fenced-out') return void this.lose();
    if (taken.state !== undefined) this.rowState = taken.state;
    if (taken.freeKeys) this.freeKeys = false;
    if (taken.release) this.claim.end();
    this.wrote(taken.events, taken.seq, taken.atMs, following);
  }

  refused(error: JournalError): void {
    this.waiters.settleAll(err(journalTrouble(error, this.runId)));
  }

  private wrote(events: readonly RunEvent[], seq: number, atMs: number, effects: readonly Effect[]): void {
    this.lastSeq = seq + events.length - 1;
    this.claim.wasTaken();
    if (this.watchers.size > 0) {
      const stored = events.map((event, i) => ({ seq: seq + i, atMs, fence: this.fence, event }));
      for (const watch of this.watchers) watch(stored);
    }
    follow(effects, this);
    if (this.events.length === 0) this.tellWaiters();
    // A question that came up while this word was tried again has not been asked by that.
    if (this.events.length > 0 || this.claim.isInDoubt) this.parts.writer.mark(this);
    const isSaid = this.rowState === this.finished && this.events.length === 0;
    if (this.finished !== undefined && isSaid && !this.guest) this.leave();
  }

  /** Begins once the journal has taken one more word from here, be it an empty one; never, where it takes none. */
  afterAsking(effect: Effect): void {
    this.effects.push(effect);
    this.claim.isInDoubt = true;
    this.parts.writer.mark(this);
  }

  /** Resolves when all that has been said is durable. */
  durably(): ResultAsync<void, RunnerError> {
    if (this.gone) return fail('fenced-out', `run ${this.runId} is no longer owned here`, this.runId);
    if (this.events.length === 0 && this.taken === undefined) return okAsync(undefined);
    return new ResultAsync(this.afterNextCommit());
  }

  private afterNextCommit(): Promise<Result<void, RunnerError>> {
    this.parts.writer.mark(this);
    const { written, done } = this.waiters.forWriting();
    const isOnItsWay = this.events.length === 0 && this.taken && (this.taken.release || !this.isLastWord);
    (isOnItsWay ? this.following : this.effects).push(done);
    return written;
  }

  private tellWaiters(): void {
    if (this.waiters.isEmpty) return;
    const outcome = this.record.outcome();
    if (outcome !== undefined && (!this.closing || isFinal(outcome.state))) this.waiters.tell(outcome);
  }

  // Ending.

  /** Another run has its keys now. */
  takenOver(): void {
    if (!this.gone) this.lose();
  }

  /** Somebody else owns the run now: not another word from here. */
  private lose(): RunnerError {
    this.lost = lostError(this.runId);
    this.claim.end();
    for (const work of this.underWay()) work.drop();
    this.waiters.settleAll(err(this.lost));
    this.leave();
    return this.lost;
  }

  private leave(): void {
    if (this.gone) return;
    this.gone = true;
    this.claim.end();
    this.late.stop();
    this.parts.writer.forget(this);
    this.parts.onGone(this);
  }
}
