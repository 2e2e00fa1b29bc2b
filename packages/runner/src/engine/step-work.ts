import { err, errAsync, ok, type Result, type ResultAsync } from 'neverthrow';
import type { RunEvent } from '../event.ts';
import type { Failure } from '../failure.ts';
import type { Json } from '../json.ts';
import type { Ending } from '../machine.ts';
import type { AnyStep } from '../program.ts';
import type { RetryPolicy } from '../step.ts';
import { type Attempts, attempts, awaitAnswer, graceOf, isResult, plainFailure, Stop } from './attempts.ts';
import type { LiveRun } from './live-run.ts';
import { contextOf } from './step-context.ts';
import { decode, keep, Unkept } from './values.ts';

/**
 * One piece of work on one step: a run, a probe or a revert. It begins when its start is durable, calls the user's
 * function and reports what came of it; what comes after it was dropped is not heard.
 */
export class StepWork {
  readonly live: LiveRun;
  readonly node: number;
  readonly path: string;
  private readonly step: AnyStep;
  private readonly task: Task;
  private stop: Stop | undefined;
  private isStopped: boolean;
  private isOver: boolean;
  private onOver: (() => void)[] | undefined;
  private cancelPatience: (() => void) | undefined;

  constructor(live: LiveRun, node: number, path: string, task: Task) {
    const definition = live.record.definition(node);
    if (definition.kind !== 'step') throw new TypeError(`${definition.kind} ${node} has no work to do`);
    this.live = live;
    this.node = node;
    this.path = path;
    this.step = definition.step;
    this.task = task;
    this.isStopped = false;
    this.isOver = false;
  }

  /** Its start is durable. */
  begin(): void {
    switch (this.task.do) {
      case 'run':
        return this.run(this.task.attempt);
      case 'probe':
        return this.probe();
      case 'revert':
        return this.revert(this.task.was);
    }
  }

  /** The scope stops: a run is told so; a probe or a revert goes on. */
  abort(): void {
    if (this.task.do === 'run') this.fire();
  }

  /** Nothing of it is heard any more. */
  drop(): void {
    this.over();
    this.fire();
  }

  /** Resolves when it is over, or with the deadline. */
  ended(deadline: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (this.isOver || deadline.aborted) return resolve();
      this.onOver ??= [];
      this.onOver.push(resolve);
      deadline.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** How far it is. Not kept any more once it is over. */
  progress(fraction: number, note: string | undefined): void {
    if (this.isOver) return;
    const within = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
    const said = note === undefined ? {} : { note };
    this.live.progress(this.node, { kind: 'progress', step: this.path, fraction: within, ...said });
  }

  saveUndo(undo: unknown): ResultAsync<void, Failure> {
    if (this.isOver)
      return errAsync({ kind: 'over', message: `${this.path} is over: its undo is no longer taken` });
    if (this.step.undo === undefined) {
      return errAsync({ kind: 'no-undo', message: `${this.path} declares no undo: add undo: json<…>()` });
    }
    const kept = keep(undo, 'undo', this.live.parts.maxOutputBytes);
    if (kept instanceof Unkept) return errAsync({ ...kept.failure, applied: 'no' });
    this.live.report(this.node, { kind: 'undo-saved', step: this.path, undo: decode(kept) as Json });
    return this.live.durably().mapErr((error): Failure => error);
  }

  private run(attempt: number): void {
    if (this.isStopped) {
      const error: Failure = { kind: 'aborted', message: 'its scope stopped before it began', applied: 'no' };
      return this.end({ kind: 'failed', step: this.path, error });
    }
    if (this.step.patienceMs !== undefined) this.watchPatience(this.step.patienceMs);
    if (this.step.retry === undefined && this.step.timeoutMs === undefined) return this.runOnce(attempt);
    void attempts({
      ...this.limits(this.step.retry, attempt, false),
      call: this.ours((n, signal) => this.step.run(this.needs(), contextOf(this, n, signal))),
    }).then((ended) => {
      if (ended.isOk()) this.done(ended.value, false);
      else this.end(this.failed(ended.error.error, ended.error.again));
    });
  }

  /** The plain way: one try without a time limit. An answer that is there at once is taken at once. */
  private runOnce(attempt: number): void {
    const told = new AbortController();
    let answer: unknown;
    try {
      answer = this.step.run(this.needs(), contextOf(this, attempt, told.signal));
    } catch (thrown) {
      return this.end(this.failed(plainFailure(thrown), false));
    }
    if (isResult(answer)) return this.ran(answer);
    const { clock } = this.live.parts;
    const limits = { clock, stop: this.heard(), graceMs: graceOf(this.step.graceMs) };
    void awaitAnswer(limits, answer, told).then((result) => this.ran(result));
  }

  private ran(result: Result<unknown, unknown>): void {
    if (result.isOk()) this.done(result.value, false);
    else this.end(this.failed(plainFailure(result.error), false));
  }

  /** Asks the step's probe whether it happened; where it says no, once more when the world has settled. */
  private probe(isSettled: boolean = false): void {
    const { probe, settleMs = 0 } = this.step;
    if (probe === undefined) return this.end({ kind: 'probed', step: this.path, happened: 'unknown' });
    void attempts({
      ...this.limits(probePolicy, 1, true),
      call: this.ours((_, signal) => probe(this.needs(), contextOf(this, this.attemptInDoubt(), signal))),
    }).then((ended) => {
      if (ended.isErr()) this.end(this.unknown(ended.error.error.message));
      else if (isSettled || settleMs === 0 || happenedIn(ended.value) !== 'no') this.probed(ended.value);
      else this.live.parts.clock.after(settleMs, () => this.isOver || this.probe(true));
    });
  }

  /** Undoes the step. */
  private revert(was: Ending): void {
    const { revert } = this.step;
    if (revert === undefined) return this.end({ kind: 'reverted', step: this.path });
    void attempts({
      ...this.limits(this.step.revertRetry ?? revertPolicy, 1, true),
      call: this.ours((n, signal) => revert(this.was(was), contextOf(this, n, signal)) ?? ok(undefined)),
    }).then((ended) => {
      if (ended.isOk()) this.end({ kind: 'reverted', step: this.path });
      else this.end({ kind: 'revert-failed', step: this.path, error: ended.error.error });
    });
  }

  private attemptInDoubt(): number {
    return Math.max(1, this.live.record.attemptOf(this.node));
  }

  private done(value: unknown, adopted: boolean): void {
    if (this.isOver) return;
    const kept = keep(value, 'output', this.live.parts.maxOutputBytes);
    if (kept instanceof Unkept) return this.end(this.failed(kept.failure, false));
    this.over();
    const output = decode(kept);
    const event: RunEvent =
      output === undefined ? { kind: 'done', step: this.path } : { kind: 'done', step: this.path, output };
    this.live.report(this.node, adopted ? { ...event, adopted } : event, kept);
  }

  private probed(found: unknown): void {
    const happened = happenedIn(found);
    if (happened === 'yes') return this.done(Reflect.get(found as object, 'output'), true);
    if (happened === 'no') return this.end({ kind: 'probed', step: this.path, happened });
    const why: unknown = typeof found === 'object' && found !== null ? Reflect.get(found, 'why') : undefined;
    this.end(this.unknown(typeof why === 'string' ? why : 'the probe could not tell'));
  }

  private failed(error: Failure, again: boolean): RunEvent {
    return { kind: 'failed', step: this.path, error, ...(again && { again }) };
  }

  private unknown(why: string): RunEvent {
    return { kind: 'probed', step: this.path, happened: 'unknown', why };
  }

  private end(event: RunEvent): void {
    if (this.isOver) return;
    this.over();
    this.live.report(this.node, event);
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelPatience?.();
    this.live.workEnded(this);
    if (this.onOver !== undefined) for (const tell of this.onOver) tell();
  }

  private fire(): void {
    this.isStopped = true;
    this.stop?.fire();
  }

  /** The stop, for who must hear it while something takes time. */
  private heard(): Stop {
    this.stop ??= new Stop();
    if (this.isStopped) this.stop.fire();
    return this.stop;
  }

  private watchPatience(patienceMs: number): void {
    this.cancelPatience = this.live.parts.clock.after(patienceMs, () => {
      this.live.report(this.node, { kind: 'patience-over', step: this.path });
    });
  }

  private limits(
    policy: RetryPolicy | undefined,
    first: number,
    repeatable: boolean,
  ): Omit<Attempts, 'call'> {
    return {
      clock: this.live.parts.clock,
      policy,
      timeoutMs: this.step.timeoutMs,
      graceMs: graceOf(this.step.graceMs),
      first,
      stop: this.heard(),
      repeatable,
      idempotent: this.step.idempotent === true,
      onRetry: (attempt, error) => {
        if (this.task.do !== 'run' || this.isOver) return;
        this.live.report(this.node, { kind: 'attempt-failed', step: this.path, attempt, error });
      },
    };
  }

  /** Tries follow one another without a word to the journal: after a long pause it is asked whose the run is. */
  private ours(call: Attempts['call']): Attempts['call'] {
    return (attempt, signal) => {
      const isOurs = this.live.claim.stillOurs();
      if (isOurs === true) return call(attempt, signal);
      return Promise.resolve(isOurs).then((is) => {
        if (!is) return err(notOurs);
        // Who was told to stop while the journal was asked may have been given up: it does not begin any more.
        return signal.aborted ? err(tooLate) : call(attempt, signal);
      });
    };
  }

  private needs(): Record<string, unknown> {
    return this.live.record.needsOf(this.node);
  }

  private was(was: Ending): object {
    const { record } = this.live;
    const known =
      was === 'done'
        ? { outcome: was, output: record.outputOf(this.node) }
        : { outcome: was, error: record.errorOf(this.node) };
    return { ...known, undo: record.undoOf(this.node), needs: this.needs() };
  }
}

function happenedIn(found: unknown): unknown {
  return typeof found === 'object' && found !== null ? Reflect.get(found, 'happened') : undefined;
}

/** What is to be done with the step. */
export type Task =
  | { readonly do: 'run'; readonly attempt: number }
  | { readonly do: 'probe' }
  | { readonly do: 'revert'; readonly was: Ending };

const notOurs: Failure = {
  kind: 'aborted',
  message: 'another process carries the run on',
  applied: 'no',
};
const tooLate: Failure = {
  kind: 'aborted',
  message: 'it was told to stop before it began',
  applied: 'no',
};
const probePolicy: RetryPolicy = { attempts: 4, delayMs: 500, factor: 2 };
const revertPolicy: RetryPolicy = { attempts: 5, delayMs: 500, factor: 3 };
