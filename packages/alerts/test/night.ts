import { expect } from 'vitest';
import {
  type Alert,
  type AlertEvent,
  type AlertLine,
  type AlertsError,
  applyEvent,
  type Chain,
  type CheckedChain,
  checkChain,
} from '../src/index.ts';

const people: readonly string[] = ['anna', 'ben', 'clara'];

/** A chain as its writer has it, looked at. */
export function chainOf(chain: Chain, targets: readonly string[] = people): CheckedChain {
  return checkChain(chain, targets)._unsafeUnwrap();
}

/** One alert without any process around it: time stands until it is passed, and targets answer at once or never. */
export class Night {
  nowMs = 0;
  chain: CheckedChain;
  alert: Alert | undefined;
  /** `300 ben trigger escalated`, one line a message, in seconds. */
  readonly told: string[] = [];
  readonly lines: AlertLine[] = [];
  readonly down: Set<string> = new Set();
  /** Whose answers never come. */
  readonly silent: Set<string> = new Set();

  constructor(chain: CheckedChain) {
    this.chain = chain;
  }

  raise(severity: 'info' | 'critical' = 'info', summary = 'down'): void {
    this.happen({ kind: 'raise', cause: 'db', severity, summary, source: 'panel-1' });
  }

  say(kind: 'acknowledge' | 'resolve', by = 'Anna'): void {
    this.happen({ kind, by, reason: 'on it' });
  }

  happen(event: AlertEvent): void {
    const applied = applyEvent(this.alert, event, this.nowMs, this.chain)._unsafeUnwrap();
    this.alert = applied.alert;
    this.lines.push(...applied.lines);
    // What is due at this moment has been done: otherwise whoever keeps watch would spin.
    expect(this.alert.dueAtMs ?? Number.POSITIVE_INFINITY).toBeGreaterThan(this.nowMs);
    for (const { target, seq, action, why } of applied.sends) {
      this.told.push(`${this.nowMs / 1_000} ${target} ${action} ${why}`);
      if (this.silent.has(target)) continue;
      this.happen(
        this.down.has(target)
          ? { kind: 'failed', target, seq, error: { kind: 'unreachable', message: 'no route' } }
          : { kind: 'delivered', target, seq },
      );
    }
  }

  /** Why an event is refused. */
  refusal(event: AlertEvent): AlertsError {
    return applyEvent(this.alert, event, this.nowMs, this.chain)._unsafeUnwrapErr();
  }

  /** Lets time pass, and does what is due in it. */
  pass(seconds: number): void {
    const endMs = this.nowMs + seconds * 1_000;
    for (;;) {
      const dueAtMs = this.alert?.dueAtMs ?? Number.POSITIVE_INFINITY;
      if (dueAtMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueAtMs);
      this.happen({ kind: 'tick' });
    }
    this.nowMs = endMs;
  }

  /** What was written into the history, without what was delivered. */
  get history(): readonly string[] {
    return this.lines.filter(({ what }) => what !== 'delivered').map(({ what, text }) => `${what} ${text}`);
  }
}
