import { err, errAsync, ok, type Result, type ResultAsync } from 'neverthrow';
import type { RunEvent } from '../event.ts';
import { type Failure, failureOf } from '../failure.ts';
import type { Json } from '../json.ts';
import type { Ending } from '../machine.ts';
import type { AnyStep } from '../program.ts';
import type { RetryPolicy } from '../step.ts';
import {
  type Attempts,
  attempts,
  awaitAnswer,
  graceOf,
  isResult,
  resultOf,
  Stop,
  settle,
  Told,
} from './attempts.ts';
import type { LiveRun } from './live-run.ts';

/**
 * One piece of work on one step: a run, a probe or a revert. Calls the user's function and reports what came of it;
 * what comes after it was dropped is not heard.
 */
export class StepWork {
  readonly node: number;
  private readonly live: LiveRun;
  private readonly step: AnyStep;
  private readonly path: string;
  private readonly stop = new Stop();
  private readonly kind: 'run' | 'probe' | 'revert';
  private isOver = false;
  private onOver: (() => void)[] | undefined;
  private cancelPatience: (() => void) | undefined;

  constructor(run: LiveRun, node: number, kind: 'run' | 'probe' | 'revert') {
    this.live = run;
    this.kind = kind;
    this.node = node;
    const definition = run.record.definition(node);
    if (definition.kind !== 'step') throw new TypeError(`${definition.kind} ${node} has no work to do`);
    this.step = definition.step;
    this.path = run.record.pathOf(node);
  }

  /** Runs the step, from this attempt on. */
  run(attempt: number): void {
    if (this.stop.isStopped) {
      const error: Failure = { kind: 'aborted', message: 'its scope stopped before it began', applied: 'no' };
      return this.end({ kind: 'failed', step: this.path, error });
    }
    this.watchPatience();
    if (this.step.retry === undefined && this.step.timeoutMs === undefined) return this.runOnce(attempt);
    void attempts({
      ...this.limits(this.step.retry, attempt, false),
      call: (n, signal) => this.callRun(n, signal),
    }).then((ended) => {
      if (ended.isOk()) this.done(ended.value, false);
      else this.end(this.failed(ended.error.error, ended.error.again));
    });
  }

  /** Asks the step's probe whether it happened. */
  probe(): void {
    const { probe } = this.step;
    if (probe === undefined) return this.end({ kind: 'probed', step: this.path, happened: 'unknown' });
    void attempts({
      ...this.limits(probePolicy, 1, true),
      call: (n, signal) => probe(this.needs(), this.context(n, signal)),
    }).then((ended) => {
      if (ended.isErr()) this.end(this.unknown(ended.error.error.message));
      else this.probed(ended.value);
    });
  }

  /** Undoes the step. */
  revert(was: Ending): void {
    const { revert } = this.step;
    if (revert === undefined) return this.end({ kind: 'reverted', step: this.path });
    void attempts({
      ...this.limits(this.step.revertRetry ?? revertPolicy, 1, true),
      call: (n, signal) => revert(this.was(was), this.context(n, signal)) ?? ok(undefined),
    }).then((ended) => {
      if (ended.isOk()) this.end({ kind: 'reverted', step: this.path });
      else this.end({ kind: 'revert-failed', step: this.path, error: ended.error.error });
    });
  }

  /** The scope stops: a run is told so; a probe or a revert goes on. */
  abort(): void {
    if (this.kind === 'run') this.stop.fire();
  }

  /** Nothing of it is heard any more. */
  drop(): void {
    this.over();
    this.stop.fire();
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

  /** The plain way: one try without a time limit. An answer that is there at once is taken at once. */
  private runOnce(attempt: number): void {
    const told = new Told();
    let answer: unknown;
    try {
      answer = this.callRun(attempt, () => told.signal);
    } catch (thrown) {
      return this.ran(err(failureOf(thrown)));
    }
    if (isResult(answer)) return this.ran(resultOf(answer));
    const settling = settle(() => answer);
    void awaitAnswer(this.limits(undefined, attempt, false), told, settling).then((result) =>
      this.ran(result),
    );
  }

  private ran(result: Result<unknown, Failure>): void {
    if (result.isOk()) this.done(result.value, false);
    else this.end(this.failed(result.error, false));
  }

  private done(value: unknown, adopted: boolean): void {
    if (this.isOver) return;
    const checked = this.live.keep(value, 'output');
    if ('failure' in checked) return this.end(this.failed(checked.failure, false));
    this.over();
    const output = checked.json === undefined ? {} : { output: checked.json };
    this.live.report(
      { kind: 'done', step: this.path, ...output, ...(adopted && { adopted: true }) },
      checked.kept,
    );
  }

  private probed(found: unknown): void {
    const happened: unknown =
      typeof found === 'object' && found !== null ? Reflect.get(found, 'happened') : undefined;
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
    this.live.report(event);
  }

  private over(): void {
    if (this.isOver) return;
    this.isOver = true;
    this.cancelPatience?.();
    this.live.workEnded(this);
    for (const tell of this.onOver ?? []) tell();
  }

  private watchPatience(): void {
    const { patienceMs } = this.step;
    if (patienceMs === undefined) return;
    this.cancelPatience = this.live.parts.clock.after(patienceMs, () => {
      this.live.report({ kind: 'patience-over', step: this.path });
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
      stop: this.stop,
      repeatable,
      idempotent: this.step.idempotent === true,
      onRetry: (attempt, error) =>
        void (
          this.kind === 'run' &&
          !this.isOver &&
          this.live.report({ kind: 'attempt-failed', step: this.path, attempt, error })
        ),
    };
  }

  private callRun(attempt: number, signal: () => AbortSignal): unknown {
    return this.step.run(this.needs(), this.context(attempt, signal));
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

  private context(attempt: number, signal: () => AbortSignal): object {
    const { live: run, node, path } = this;
    const key = `${plainId(run.runId)}/${path}`;
    return {
      services: run.parts.services,
      key,
      // No step has an empty name, so no step's own key looks like this.
      keyFor: (part: string) => `${key}//${part}`,
      get signal() {
        return signal();
      },
      attempt,
      fence: run.fence,
      runId: run.runId,
      step: path,
      progress: (fraction: number, note?: string) => {
        const within = Math.min(1, Math.max(0, Number.isFinite(fraction) ? fraction : 0));
        if (this.isOver) return;
        run.progress(node, {
          kind: 'progress',
          step: path,
          fraction: within,
          ...(note !== undefined && { note }),
        });
      },
      saveUndo: (undo: unknown) => this.saveUndo(undo),
      undo: run.record.undoOf(node),
    };
  }

  private saveUndo(undo: unknown): ResultAsync<void, Failure> {
    if (this.isOver)
      return errAsync({ kind: 'over', message: `${this.path} is over: its undo is no longer taken` });
    if (this.step.undo === undefined) {
      return errAsync({ kind: 'no-undo', message: `${this.path} declares no undo: add undo: json<…>()` });
    }
    const checked = this.live.keep(undo, 'undo');
    if ('failure' in checked) return errAsync({ ...checked.failure, applied: 'no' });
    this.live.report({ kind: 'undo-saved', step: this.path, undo: checked.json as Json });
    return this.live.durably().mapErr((error): Failure => error);
  }
}

const probePolicy: RetryPolicy = { attempts: 4, delayMs: 500, factor: 2 };
const revertPolicy: RetryPolicy = { attempts: 5, delayMs: 500, factor: 3 };

/** A run's id as the first part of a key: what divides keys is written otherwise in it, so that no two keys meet. */
function plainId(runId: string): string {
  return /[/#%]/.test(runId) ? runId.replace(/[/#%]/g, encodeURIComponent) : runId;
}
