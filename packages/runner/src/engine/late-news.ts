import type { Clock } from '../clock.ts';
import type { RunEvent } from '../event.ts';

/**
 * News that need not be kept at once, such as how far a step is: the newest of each node rides with whatever is written
 * next, and asks for a write of its own after a second.
 */
export class LateNews {
  private readonly byNode = new Map<number, RunEvent>();
  private readonly clock: Clock;
  private readonly onDue: () => void;
  private timer: (() => void) | undefined;

  constructor(clock: Clock, onDue: () => void) {
    this.clock = clock;
    this.onDue = onDue;
  }

  get size(): number {
    return this.byNode.size;
  }

  add(node: number, event: RunEvent): void {
    this.byNode.set(node, event);
    this.timer ??= this.clock.after(1_000, () => {
      this.timer = undefined;
      if (this.size > 0) this.onDue();
    });
  }

  /** These first, then the others. The others alone, as they are, where there is no late news. */
  before(events: RunEvent[]): RunEvent[] {
    if (this.size === 0) return events;
    const all = [...this.byNode.values(), ...events];
    this.byNode.clear();
    return all;
  }

  stop(): void {
    this.timer?.();
  }
}
