import type { Clock } from '../clock.ts';

/**
 * A clock for a runner under test: an hour of pauses, time limits and patience passes in milliseconds. Time stands
 * still until it is told to move, and timers ring in the order of their times, each after all that the one before set
 * off has come to rest. That is known of promises and of `setImmediate`, and not of work outside the process: what
 * waits for a socket or a file needs the real clock.
 */
export interface VirtualClock extends Clock {
  /** Timers that have not rung. A runner with a live run always has one: it looks for mail and gives a sign of life. */
  readonly timers: number;
  /** Lets so much time pass. */
  advance(byMs: number): Promise<void>;
  /**
   * Lets time pass, from one timer to the next, until the promise has its answer. Rejects where no timer is left or
   * `withinMs` (30 days where absent) are over: then it waits for something that time does not bring.
   */
  until<T>(answer: PromiseLike<T>, withinMs?: number): Promise<T>;
  /** Lets time pass until no timer is left. Rejects where there still are some after `withinMs` (30 days). */
  untilQuiet(withinMs?: number): Promise<void>;
}

/** A clock that stands at `startMs`: 2026-01-01 where absent. */
export function virtualClock(startMs: number = Date.UTC(2026, 0, 1)): VirtualClock {
  return new StillClock(startMs);
}

interface Timer {
  readonly atMs: number;
  readonly turn: number;
  readonly ring: () => void;
}

const aMonthMs = 30 * 24 * 3_600_000;
/** Turns of the event loop after which what a timer set off is taken to be at rest. */
const restTurns = 12;

class StillClock implements VirtualClock {
  private nowMs: number;
  private turn = 0;
  private readonly waiting = new Set<Timer>();

  constructor(startMs: number) {
    this.nowMs = startMs;
  }

  get timers(): number {
    return this.waiting.size;
  }

  now(): number {
    return this.nowMs;
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { atMs: this.nowMs + Math.max(0, delayMs), turn: ++this.turn, ring: callback };
    this.waiting.add(timer);
    return () => this.waiting.delete(timer);
  }

  async advance(byMs: number): Promise<void> {
    const endMs = this.nowMs + byMs;
    await rest();
    while (await this.ringNext(endMs));
    this.nowMs = endMs;
  }

  async until<T>(answer: PromiseLike<T>, withinMs: number = aMonthMs): Promise<T> {
    const endMs = this.nowMs + withinMs;
    let isHere = false;
    const settled = Promise.resolve(answer).finally(() => {
      isHere = true;
    });
    // A rejection is the caller's: it is handed on below, and may come before anybody listens.
    settled.catch(() => undefined);
    await rest();
    while (!isHere && (await this.ringNext(endMs)));
    if (!isHere)
      throw new Error(`the clock has no timer left within ${withinMs} ms, and the answer has not come`);
    return await settled;
  }

  async untilQuiet(withinMs: number = aMonthMs): Promise<void> {
    const endMs = this.nowMs + withinMs;
    await rest();
    while (await this.ringNext(endMs));
    if (this.waiting.size > 0) throw new Error(`${this.waiting.size} timers are left after ${withinMs} ms`);
  }

  /** Moves to the next timer up to `endMs` and lets it ring. */
  private async ringNext(endMs: number): Promise<boolean> {
    let next: Timer | undefined;
    for (const timer of this.waiting) {
      if (timer.atMs <= endMs && (next === undefined || isBefore(timer, next))) next = timer;
    }
    if (next === undefined) return false;
    this.waiting.delete(next);
    this.nowMs = Math.max(this.nowMs, next.atMs);
    next.ring();
    await rest();
    return true;
  }
}

function isBefore(one: Timer, other: Timer): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.turn < other.turn);
}

async function rest(): Promise<void> {
  for (let turn = 0; turn < restTurns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
