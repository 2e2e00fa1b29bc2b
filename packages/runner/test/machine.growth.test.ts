import { describe, expect, it } from 'vitest';
import { Layout } from '../src/layout.ts';
import { type Command, machine } from '../src/machine.ts';
import type { Shape, ShapeNode } from '../src/shape.ts';

/** A graph whose nodes stand on up to four earlier ones, always the same for the same size. */
function thicket(size: number): Shape {
  let word = 1;
  const draw = (below: number): number => {
    word = (Math.imul(word, 1664525) + 1013904223) >>> 0;
    return word % below;
  };
  const nodes = Array.from({ length: size }, (_, n): ShapeNode => {
    const after =
      n === 0 ? [] : [...new Set(Array.from({ length: draw(5) }, () => draw(n)))].sort((a, b) => a - b);
    return { path: `n${n}`, kind: 'step', scope: -1, after, needs: [], hasRevert: true };
  });
  return { format: 1, graph: 'thicket', nodes };
}

/** Runs a graph to the end, or back from its last node, and counts what the machine looks at on the way. */
function work(shape: Shape, fails: boolean): { looks: number; commands: number; state: string } {
  const looks = countLooks();
  try {
    const runs = machine(shape);
    const queue: Command[] = runs.apply({ kind: 'created' });
    let commands = 0;
    for (let command = queue.pop(); command !== undefined; command = queue.pop()) {
      commands++;
      if (command.do === 'run') {
        const { node, attempt } = command;
        runs.apply({ kind: 'started', node, attempt });
        const last = fails && commands === shape.nodes.length;
        queue.push(
          ...runs.apply(
            last ? { kind: 'failed', node, applied: 'no', again: false } : { kind: 'done', node },
          ),
        );
      } else if (command.do === 'revert') queue.push(...runs.apply({ kind: 'reverted', node: command.node }));
    }
    return { looks: looks.count(), commands, state: runs.state };
  } finally {
    looks.stop();
  }
}

/** Every walk along edges goes through the layout. */
function countLooks(): { count: () => number; stop: () => void } {
  const { after, dependents, inner, node } = Layout.prototype;
  let count = 0;
  const counted = <A extends unknown[], R>(method: (...args: A) => R, cost: (result: R) => number) =>
    function (this: Layout, ...args: A): R {
      const result = method.apply(this, args);
      count += cost(result);
      return result;
    };
  Layout.prototype.after = counted(after, (list) => 1 + list.length);
  Layout.prototype.dependents = counted(dependents, (list) => 1 + list.length);
  Layout.prototype.inner = counted(inner, (list) => 1 + list.length);
  Layout.prototype.node = counted(node, () => 1);
  const stop = (): void => void Object.assign(Layout.prototype, { after, dependents, inner, node });
  return { count: () => count, stop };
}

describe('the work of the machine', () => {
  it('grows with the graph and no faster, forward and back: 100,000 steps cost ten times what 10,000 cost', () => {
    const small = work(thicket(10_000), true);
    const large = work(thicket(100_000), true);
    expect(large.state).toBe('reverted');
    expect(large.commands).toBe(200_000);
    expect(large.looks / small.looks).toBeLessThan(10.5);
  });

  it('of a chain is the same for each step', () => {
    const chain = (size: number): Shape => ({
      format: 1,
      graph: 'chain',
      nodes: Array.from({ length: size }, (_, n) => ({
        path: `n${n}`,
        kind: 'step' as const,
        scope: -1,
        after: n === 0 ? [] : [n - 1],
        needs: [],
        hasRevert: true as const,
      })),
    });
    const perStep = (size: number): number => work(chain(size), true).looks / size;
    expect(perStep(20_000)).toBeLessThan(1.1 * perStep(1_000));
    expect(perStep(20_000)).toBeLessThan(60);
  });
});
