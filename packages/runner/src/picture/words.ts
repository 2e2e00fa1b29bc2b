import type { Json } from '../json.ts';
import type { Shape, ShapeNode } from '../shape.ts';
import type { NodeView, RunView, TryView } from '../view.ts';

/** The few words that a picture has room for, the same in every kind of picture. */

/** The node's title, or its name without the names of the scopes around it. */
export function nameOf(shape: Shape, node: ShapeNode): string {
  if (node.title !== undefined && node.title !== '') return node.title;
  const scope = shape.nodes[node.scope];
  return scope === undefined ? node.path : node.path.slice(scope.path.length + 1);
}

/** What there is to say of a node beside its name and state: `12 s, 2nd try`. Empty where there is nothing. */
export function detailOf(node: NodeView | undefined): string {
  if (node === undefined) return '';
  const { state, progress, attempts, run, revert, kind } = node;
  if (kind === 'scope') return '';
  const parts: string[] = [];
  // The one that failed, among all those that were reverted because of it.
  if (node.ended === 'failed' && state !== 'failed') parts.push(`failed: ${runErrorOf(node)}`);
  if (state === 'running' || state === 'background') {
    if (progress !== undefined) parts.push(`${Math.floor(progress.fraction * 100)} %`);
  }
  if (state === 'waiting') parts.push('waits');
  if (state === 'stuck' && node.stuck === 'outcome-unknown') parts.push('outcome unknown');
  if (state === 'stuck' && node.stuck === 'revert-failed') parts.push('revert failed');
  if (run?.durationMs !== undefined && state !== 'waiting' && state !== 'stuck')
    parts.push(durationWords(run.durationMs));
  if (revert?.durationMs !== undefined && state !== 'stuck')
    parts.push(`back ${durationWords(revert.durationMs)}`);
  if (attempts > 1) parts.push(`${attempts} tries`);
  if (node.adopted) parts.push('found done');
  return parts.join(', ');
}

function runErrorOf(node: NodeView): string {
  return node.errors.findLast(({ during }) => during === 'run')?.error.kind ?? 'unknown';
}

/** Was something undone here? A scope goes back with what is in it. */
export function wentBack(node: NodeView | undefined): boolean {
  if (node === undefined) return false;
  const isScope = node.kind === 'scope' && (node.state === 'reverting' || node.state === 'reverted');
  return node.revert !== undefined || isScope;
}

/** All that is known of a node, a line each: for the text that shows under the pointer. */
export function storyOf(node: NodeView | undefined, shapeNode: ShapeNode): string {
  if (node === undefined) return [shapeNode.path, ...factsOf(shapeNode)].join('\n');
  const lines = [`${node.at}: ${node.state}`, ...factsOf(shapeNode)];
  const { run, revert, attempts, progress } = node;
  if (run !== undefined) lines.push(`started ${run.startedAt}${took(run.durationMs)}`);
  if (attempts > 1) lines.push(`${attempts} tries`);
  if (progress !== undefined)
    lines.push(`${Math.floor(progress.fraction * 100)} %${progress.note ? `: ${progress.note}` : ''}`);
  for (const { during, error } of node.errors)
    lines.push(`${during} failed: ${error.kind}: ${error.message}`);
  if (revert !== undefined) {
    const order = revert.order === undefined ? '' : ` as number ${revert.order}`;
    lines.push(`reverted${order} from ${revert.startedAt}${took(revert.durationMs)}`);
  }
  for (const each of node.tries ?? []) lines.push(tryWords(each));
  return lines.join('\n');
}

function factsOf(node: ShapeNode): readonly string[] {
  if (node.pivot) return ['the point of no return'];
  return node.ask === undefined ? [] : [`asks: ${node.ask}`];
}

function took(durationMs: number | undefined): string {
  return durationMs === undefined ? '' : `, ${durationWords(durationMs)}`;
}

/** `a: out-of-stock` for a try that failed, the choice alone for one that did not. */
export function tryWords({ value, error }: TryView): string {
  return error === undefined ? choiceWords(value) : `${choiceWords(value)}: ${error.kind}`;
}

export function choiceWords(value: Json): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** `volume-swap: reverted, 3 min 10 s`. */
export function headline(shape: Shape, view: RunView | undefined): string {
  if (view === undefined || view.state === 'pending') return shape.graph;
  const parts = [view.state, ...(view.durationMs === undefined ? [] : [durationWords(view.durationMs)])];
  return `${shape.graph}: ${parts.join(', ')}`;
}

export function durationWords(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1_000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return two(Math.floor(whole / 60), 'min', whole % 60, 's');
  const minutes = Math.round(whole / 60);
  if (minutes < 48 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  return two(Math.floor(minutes / 1_440), 'd', Math.round((minutes % 1_440) / 60), 'h');
}

function two(big: number, bigUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${big} ${bigUnit}` : `${big} ${bigUnit} ${small} ${smallUnit}`;
}

/** No control characters, no halves of characters: what every format can carry. */
export function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to take out
  return text.toWellFormed().replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\ufffe\uffff]/g, '\ufffd');
}
