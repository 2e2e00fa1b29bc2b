import type { RunEvent, StoredEvent } from '../event.ts';

/**
 * A run's events as memory holds them: the events themselves, and beside them when and under which fence they came,
 * noted only where that changed. What is read is put together anew.
 */
export class EventLog {
  private readonly events: RunEvent[] = [];
  private readonly stretches: Stretch[] = [];

  get length(): number {
    return this.events.length;
  }

  /** When the last event came; 0 where there is none. */
  get lastAtMs(): number {
    return this.stretches.at(-1)?.atMs ?? 0;
  }

  push(atMs: number, fence: number, events: readonly RunEvent[]): void {
    if (events.length === 0) return;
    const last = this.stretches[this.stretches.length - 1];
    if (last === undefined || last.atMs !== atMs || last.fence !== fence)
      this.stretches.push({ first: this.events.length, atMs, fence });
    for (let i = 0; i < events.length; i++) {
      const event = events[i];
      if (event !== undefined) this.events.push(event);
    }
  }

  /** From an index on, which for the first event is 0. */
  read(from: number, limit: number): readonly StoredEvent[] {
    let at = this.stretchOf(from);
    return this.events.slice(from, from + limit).map((event, i) => {
      while ((this.stretches[at + 1]?.first ?? Number.POSITIVE_INFINITY) <= from + i) at++;
      const { atMs, fence } = this.stretches[at] ?? { atMs: 0, fence: 0 };
      return { seq: from + i + 1, atMs, fence, event };
    });
  }

  clear(): void {
    this.events.length = 0;
    this.stretches.length = 0;
  }

  /** The last stretch that begins at or before an event, found by halving. */
  private stretchOf(index: number): number {
    let low = 0;
    let high = this.stretches.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.stretches[middle]?.first ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/** Events that came at one time, under one fence, one after the other. */
interface Stretch {
  readonly first: number;
  readonly atMs: number;
  readonly fence: number;
}
