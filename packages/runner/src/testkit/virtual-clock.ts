import type { Clock } from '../clock.ts';

/**
 * A clock for a runner under test: an hour of pauses, time limits and patience passes in a fraction of a second. Time stands
 * still until it is told to move, and timers ring in the order of their times, each after all that the one before set
 * off has come to rest. That is known of promises, of `setImmediate` and of files, and not of sockets and other
 * processes: what waits for those needs the real clock.
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
/** What never comes to rest is not waited for: a program may turn for ever. */
const mostTurns = 10_000;

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

/** Lets the event loop turn until two turns in a row leave nothing to do. */
async function rest(): Promise<void> {
  for (let turn = 0, idle = 0; turn < mostTurns && idle < 2; turn++) {
    await new Promise<void>((resolve) => setImmediate(resolve));
    idle = process.getActiveResourcesInfo().some(isWork) ? 0 : idle + 1;
  }
}

function isWork(resource: string): boolean {
  return resource === 'Immediate' || resource.startsWith('FSReq');
}
