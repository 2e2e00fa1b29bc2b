/**
 * A graph as layers of text, for a terminal far away: what stands in one layer may run side by side, and waits for
 * something in the layer before it. Who serves is told where it changes, the point of no return as a line. Pure.
 */

import { servingDuring } from '@belay/planner';
import type { NodeWord, RunView, Shape, ShapeNode } from '@belay/runner';
import { clipped } from '../layout.ts';
import { type Paint, paintFor, type Tone } from '../paint.ts';
import { span } from '../span.ts';

const marks: Readonly<Record<NodeWord, readonly [string, Tone | undefined]>> = {
  pending: [' ', undefined],
  running: ['▶', 'blue'],
  probing: ['?', 'yellow'],
  waiting: ['‖', 'yellow'],
  done: ['✓', 'green'],
  failed: ['✗', 'red'],
  reverting: ['↶', 'yellow'],
  reverted: ['↶', 'yellow'],
  stuck: ['!', 'red'],
  skipped: ['–', 'dim'],
  background: ['…', 'blue'],
};

export function asciiOf(
  shape: Shape,
  view: RunView | undefined,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): readonly string[] {
  const paint = paintFor(colour);
  const depth = depths(shape);
  const drawn = shape.nodes
    .map((node, i) => ({ node, i, layer: depth[i] ?? 0 }))
    .filter(({ node: { kind } }) => kind === 'step' || kind === 'hold')
    .sort((a, b) => a.layer - b.layer || a.i - b.i);
  const lines: string[] = [paint('bold', clipped(`${shape.graph}  ${view?.state ?? 'planned'}`, columns))];
  let layer = -1;
  let who = '';
  for (const { node, i, layer: mine } of drawn) {
    const serving = servingDuring(node.path) ?? who;
    if (serving !== who) {
      who = serving;
      lines.push(paint('dim', ruled(who === 'nobody' ? 'nobody serves' : `the ${who} serves`, '─', columns)));
    }
    if (node.pivot === true) lines.push(paint('red', ruled('point of no return', '═', columns)));
    lines.push(lineOf(node, view?.nodes[i], mine === layer ? '│' : '┬', { columns, paint }));
    layer = mine;
  }
  return lines;
}

function lineOf(
  node: ShapeNode,
  seen: RunView['nodes'][number] | undefined,
  rail: string,
  { columns, paint }: { readonly columns: number; readonly paint: Paint },
): string {
  const [mark, tone] = marks[seen?.state ?? 'pending'];
  const ms = (seen?.revert ?? seen?.run)?.durationMs;
  const order = seen?.revert?.order;
  const words = [
    node.path,
    ...(node.kind === 'hold' ? ['(hold)'] : []),
    ...(ms === undefined ? [] : [span(ms)]),
    ...(order === undefined ? [] : [`taken back as no. ${order}`]),
  ].join('  ');
  const shown = tone === undefined ? mark : paint(tone, mark);
  return `  ${rail} [${shown}] ${clipped(words, columns - 8)}`;
}

function ruled(text: string, rule: string, columns: number): string {
  return `${rule.repeat(2)} ${text} ${rule.repeat(Math.max(2, Math.min(columns, 72) - text.length - 4))}`;
}

/** How many must be done before each: within a scope on top of the scope's own. */
function depths(shape: Shape): readonly number[] {
  const depth: number[] = [];
  shape.nodes.forEach(({ after, scope }, i) => {
    const outside = scope === -1 ? 0 : (depth[scope] ?? 0);
    depth[i] = Math.max(outside, ...after.map((each) => (lastIn(shape, each, depth) ?? 0) + 1));
  });
  return depth;
}

/** What comes after a scope comes after all in it. */
function lastIn(shape: Shape, node: number, depth: readonly number[]): number {
  const inside = shape.nodes.flatMap((each, i) => (isWithin(shape, each.scope, node) ? [depth[i] ?? 0] : []));
  return Math.max(depth[node] ?? 0, ...inside);
}

function isWithin(shape: Shape, scope: number, wanted: number): boolean {
  let current = scope;
  while (current !== -1) {
    if (current === wanted) return true;
    current = shape.nodes[current]?.scope ?? -1;
  }
  return false;
}
