import type { Resolution } from '../../src/event.ts';
import type { Command, MachineEvent } from '../../src/machine.ts';
import type { Shape } from '../../src/shape.ts';

/**
 * Reads the whole story of a run afterwards, knowing nothing of states, and says which promise was broken:
 *
 * - a step starts only when all before it are done, in the same try of its scope;
 * - what never started is not reverted, and what started is reverted after all that stands on it;
 * - in the end every started step counts, or has been reverted exactly once: those of given-up tries always;
 * - nothing starts once the run was cancelled or while it is paused; nothing is reverted while its keys are free.
 */
export function judge(
  shape: Shape,
  story: readonly { readonly event: MachineEvent; readonly commands: readonly Command[] }[],
  ending: string,
): string[] {
  const wrong: string[] = [];
  const lives = new Lives(shape);
  let paused = false;
  let cancelled = false;
  let keysFree = false;
  for (const { event, commands } of story) {
    if (event.kind === 'paused' || event.kind === 'resumed') paused = event.kind === 'paused';
    if (event.kind === 'cancelled' || event.kind === 'revert-requested') cancelled = true;
    if (event.kind === 'keys-freed' || event.kind === 'keys-taken') keysFree = event.kind === 'keys-freed';
    lives.take(event);
    for (const command of commands) {
      const isStart = command.do === 'run' || command.do === 'ask' || command.do === 'choose';
      if (paused && (isStart || command.do === 'revert')) wrong.push(`${command.do} while paused`);
      if (cancelled && isStart) wrong.push(`${command.do} ${command.node} after the run was told to go back`);
      if (isStart) {
        for (const before of shape.nodes[command.node]!.after) {
          if (!lives.isDone(before)) wrong.push(`${command.do} ${command.node}: ${before} is not done`);
        }
      }
      if (command.do !== 'revert') continue;
      if (keysFree) wrong.push(`revert ${command.node} without keys`);
      const life = lives.of(command.node);
      if (!life.started) wrong.push(`revert ${command.node}: it never started`);
      if (life.reverts > 0) wrong.push(`revert ${command.node}: it has been reverted`);
      for (const later of lives.standingOn(command.node)) {
        if (lives.counts(later)) wrong.push(`revert ${command.node}: ${later} stands on it`);
      }
    }
  }
  if (ending !== 'success' && ending !== 'reverted') return wrong;
  for (const life of lives.past)
    if (owes(life)) wrong.push(`step ${life.node} of an earlier try was not reverted`);
  shape.nodes.forEach((node, n) => {
    if (node.kind !== 'step') return;
    const life = lives.of(n);
    if (ending === 'reverted' && owes(life)) wrong.push(`step ${n} was not reverted`);
    if (ending === 'success' && life.reverts > 0)
      wrong.push(`step ${n} was reverted and the run calls it a success`);
    if (ending === 'success' && node.scope === -1 && !life.done) wrong.push(`step ${n} is not done`);
  });
  return wrong;
}

interface Life {
  readonly node: number;
  readonly hasRevert: boolean;
  started: boolean;
  done: boolean;
  /** In effect: by its revert, or by a person's word. */
  reverts: number;
}

function owes(life: Life): boolean {
  return life.started && life.hasRevert && life.reverts !== 1;
}

/** What became of each node in the current try of its scope, and what was left behind by the tries before. */
class Lives {
  readonly past: Life[] = [];
  private readonly now: Life[];
  private readonly shape: Shape;

  constructor(shape: Shape) {
    this.shape = shape;
    this.now = shape.nodes.map((_, n) => this.fresh(n));
  }

  of(n: number): Life {
    return this.now[n]!;
  }

  take(event: MachineEvent): void {
    if (!('node' in event)) return;
    const life = this.of(event.node);
    switch (event.kind) {
      case 'started':
        life.started = true;
        return;
      case 'done':
        life.done = true;
        return;
      case 'chosen':
        life.started = true;
        return this.forget(event.node);
      case 'reverted':
        life.reverts++;
        return;
      case 'resolved':
        return this.resolve(life, event.how);
      default:
        return;
    }
  }

  private resolve(life: Life, how: Resolution): void {
    if (how === 'mark-done') life.done = true;
    if (how === 'mark-reverted') life.reverts++;
  }

  private forget(scope: number): void {
    this.shape.nodes.forEach((node, n) => {
      if (node.scope !== scope) return;
      if (node.kind === 'step') this.past.push(this.of(n));
      if (node.kind === 'scope') this.forget(n);
      this.now[n] = this.fresh(n);
    });
  }

  private fresh(n: number): Life {
    const hasRevert = this.shape.nodes[n]!.hasRevert === true;
    return { node: n, hasRevert, started: false, done: false, reverts: 0 };
  }

  isDone(n: number): boolean {
    const { kind, after } = this.shape.nodes[n]!;
    if (kind === 'join') return after.every((before) => this.isDone(before));
    if (kind === 'scope') return this.of(n).started && this.inside(n).every((each) => this.isDone(each));
    return this.of(n).done;
  }

  /** Has it left something that is not reverted? */
  counts(n: number): boolean {
    return this.of(n).started && this.of(n).hasRevert && this.of(n).reverts === 0;
  }

  /** All steps after a node, near and far, and those in the scopes after it. */
  standingOn(n: number): number[] {
    const found = new Set<number>();
    const add = (later: number): void => {
      if (found.has(later)) return;
      found.add(later);
      for (const each of this.inside(later)) add(each);
      this.shape.nodes.forEach(({ after }, each) => after.includes(later) && add(each));
    };
    this.shape.nodes.forEach(({ after }, each) => after.includes(n) && add(each));
    return [...found];
  }

  private inside(scope: number): number[] {
    return this.shape.nodes.flatMap((node, n) => (node.scope === scope ? [n] : []));
  }
}
