import type { StepGraph } from './graph.ts';
import { Layout } from './layout.ts';
import { type AnyStep, buildProgram, type NodeDefinition, type Problem, type Program } from './program.ts';
import type { ShapeNode } from './shape.ts';
import type { RetryPolicy } from './step.ts';

/**
 * Everything that can be known to be wrong with a graph before it runs. Meant for a graph's own tests:
 *
 * ```ts
 * expect(check(volumeSwap, anInput)).toEqual([]);
 * ```
 *
 * Builds the graph twice and runs none of its steps. Each problem is a sentence that names the step and says how to
 * mend it. Linear in nodes and edges.
 */
export function check<S, I, O>(graph: StepGraph<S, I, O>, input: I): readonly Problem[] {
  const program = buildProgram(graph, input);
  const built = program.problems.length === 0;
  return [...(built ? whims(program, buildProgram(graph, input)) : []), ...problemsOf(program)];
}

/** What is wrong with a graph that was built already: what a run looks at before it starts. */
export function problemsOf(program: Program): readonly Problem[] {
  // What follows trusts the order of the nodes, and a graph that could not be built has none.
  if (program.problems.length > 0) return program.problems;
  const { nodes } = program.shape;
  const found: Problem[] = [];
  for (let i = 0; i < nodes.length; i++) {
    const node = nodes[i];
    if (node !== undefined) found.push(...nodeProblems(node, program.definitions[i]));
  }
  if (nodes.some(({ pivot, patienceMs }) => pivot === true || patienceMs !== undefined)) {
    const layout = new Layout(program.shape);
    found.push(...pivotProblems(nodes, layout), ...patienceProblems(nodes, layout));
  }
  return found;
}

/** A resume builds the graph again and must get the same one. */
function whims(first: Program, second: Program): readonly Problem[] {
  const count = Math.max(first.shape.nodes.length, second.shape.nodes.length);
  for (let i = 0; i < count; i++) {
    const node = first.shape.nodes[i];
    const other = second.shape.nodes[i];
    if (JSON.stringify(node) === JSON.stringify(other)) continue;
    const sentence =
      'two builds for the same input differ here: let build depend on its input alone, not on a clock, on chance or ' +
      'on anything that it changes';
    return [at((node ?? other)?.path ?? '', sentence)];
  }
  return [];
}

function at(path: string, sentence: string): Problem {
  return { step: path, sentence: `step ${path}: ${sentence}` };
}

function nodeProblems(node: ShapeNode, definition: NodeDefinition | undefined): readonly Problem[] {
  const found = (sentences: readonly string[]) => sentences.map((sentence) => at(node.path, sentence));
  switch (definition?.kind) {
    case 'step':
      if (isPlain(node, definition.step)) return none;
      return found([...effectProblems(node), ...limitProblems(definition.step)]);
    case 'hold':
      return found(definition.ask.trim() === '' ? ['a hold asks a person something: say what in ask'] : []);
    case 'scope':
      return found(scopeProblems(definition));
    default:
      return none;
  }
}

const none: readonly Problem[] = [];

/** A step that says nothing of itself can say nothing wrong. */
function isPlain({ hasRevert, hasUndo, revertBlind, pivot }: ShapeNode, step: AnyStep): boolean {
  if (hasRevert || hasUndo || revertBlind || pivot) return false;
  const { retry, revertRetry, timeoutMs, graceMs, settleMs, patienceMs, weight } = step;
  return (retry ?? revertRetry ?? timeoutMs ?? graceMs ?? settleMs ?? patienceMs ?? weight) === undefined;
}

/** What a step says of its effect: can doubt about it be settled, and can it be undone? */
function effectProblems(node: ShapeNode): readonly string[] {
  const { hasRevert, hasProbe, hasUndo, revertBlind, pivot } = node;
  const found: string[] = [];
  if (pivot) {
    if (!hasProbe) found.push('the pivot needs a probe: nothing else can tell whether it has been passed');
    if (hasRevert) found.push('the pivot is the point of no return and cannot have a revert');
    return found;
  }
  if (hasRevert && !hasProbe && !hasUndo && !revertBlind) {
    found.push(
      'it has a revert, but after a crash nobody could tell what there is to undo: add a probe, or declare undo and ' +
        'save it before the effect; or say revertBlind: true if its revert needs to know nothing',
    );
  }
  if (revertBlind && !hasRevert)
    found.push('revertBlind speaks of a revert that is not there: add it or drop the word');
  if (hasUndo && !hasRevert && !hasProbe) {
    found.push('it declares undo, but has neither revert nor probe to read it: add one or drop undo');
  }
  return found;
}

function limitProblems(step: AnyStep): readonly string[] {
  const { retry, timeoutMs, graceMs, settleMs, patienceMs, weight } = step;
  return [
    ...above(0, 'timeoutMs', timeoutMs),
    ...atLeast(0, 'graceMs', graceMs),
    ...atLeast(0, 'settleMs', settleMs),
    ...above(0, 'patienceMs', patienceMs),
    ...atLeast(0, 'weight', weight),
    ...retryProblems('retry', retry),
    ...retryProblems('revertRetry', 'revertRetry' in step ? step.revertRetry : undefined),
  ];
}

function retryProblems(name: string, retry: RetryPolicy | undefined): readonly string[] {
  if (retry === undefined) return [];
  const { attempts, delayMs, factor, maxDelayMs } = retry;
  const isCount = Number.isInteger(attempts) && attempts >= 1;
  return [
    ...(isCount
      ? []
      : [`${name}.attempts counts all tries, the first too: ${attempts} should be a whole number from 1 on`]),
    ...atLeast(0, `${name}.delayMs`, delayMs),
    ...atLeast(1, `${name}.factor`, factor),
    ...above(0, `${name}.maxDelayMs`, maxDelayMs),
  ];
}

function above(limit: number, name: string, value: number | undefined): readonly string[] {
  return value === undefined || (value > limit && Number.isFinite(value))
    ? []
    : [`${name} is ${value}: it should be a number above ${limit}`];
}

function atLeast(limit: number, name: string, value: number | undefined): readonly string[] {
  return value === undefined || (value >= limit && Number.isFinite(value))
    ? []
    : [`${name} is ${value}: it should be ${limit} or more`];
}

function scopeProblems({ choices, inner }: NodeDefinition & { kind: 'scope' }): readonly string[] {
  const isEmpty = choices.from === 'value' && Array.isArray(choices.value) && choices.value.length === 0;
  return [
    ...(isEmpty ? ['it has no choices, so it can only fail: give it at least one'] : []),
    ...(inner.length === 0
      ? ['nothing is declared in this scope: declare a step on its own builder, not on g']
      : []),
  ];
}

/** The pivot must cut the top level in two: all else is before it or after it. */
function pivotProblems(nodes: readonly ShapeNode[], layout: Layout): readonly Problem[] {
  const { pivot } = layout;
  if (pivot === -1) return [];
  const name = layout.node(pivot).path;
  const before = reached(pivot, (node) => layout.after(node));
  const after = reached(pivot, (node) => layout.dependents(node));
  return nodes.flatMap((node, i) => {
    if (i === pivot || node.scope !== -1) return [];
    if (node.pivot)
      return [at(node.path, `a run has one point of no return, and ${name} is it: make this a step`)];
    if (before.has(i) || after.has(i) || node.kind === 'join') return [];
    return [
      at(
        node.path,
        `it is neither before nor after the pivot ${name}, so a failure of it would have no direction: put the pivot ` +
          `after it, or it after the pivot`,
      ),
    ];
  });
}

function reached(from: number, next: (node: number) => readonly number[]): ReadonlySet<number> {
  const seen = new Set([from]);
  // A set can be walked while it grows.
  for (const node of seen) for (const other of next(node)) seen.add(other);
  return seen;
}

/** The run may give its keys away only when all that is left can do without them. */
function patienceProblems(nodes: readonly ShapeNode[], layout: Layout): readonly Problem[] {
  if (nodes.every(({ patienceMs }) => patienceMs === undefined)) return [];
  const blockers = blockersOf(nodes, layout);
  return nodes.flatMap((node, i) => {
    if (node.patienceMs === undefined) return [];
    if (!node.lockFree) {
      return [
        at(
          node.path,
          'patienceMs lets the run give its keys away while this goes on: say lockFree: true too',
        ),
      ];
    }
    const blocker = blockerOf(i, nodes, layout, blockers);
    if (blocker === undefined) return [];
    return [at(node.path, `it has patienceMs, but ${blockerSentence(layout.node(blocker))}`)];
  });
}

/** By node: one of those that stand on it, in its own scope, and may not run without the keys. */
function blockersOf(nodes: readonly ShapeNode[], layout: Layout): readonly (number | undefined)[] {
  const found: (number | undefined)[] = new Array(nodes.length).fill(undefined);
  for (let i = nodes.length - 1; i >= 0; i--) {
    for (const next of layout.dependents(i)) found[i] ??= layout.isLockFree(next) ? found[next] : next;
  }
  return found;
}

/** The same for all that the run has left while this node goes on: in its scope, and in the scopes around it. */
function blockerOf(
  node: number,
  nodes: readonly ShapeNode[],
  layout: Layout,
  blockers: readonly (number | undefined)[],
): number | undefined {
  for (let at = node; at !== -1; at = nodes[at]?.scope ?? -1) {
    if (at !== node && !layout.isLockFree(at))
      return layout.inner(at).find((inner) => !layout.isLockFree(inner));
    const blocker = blockers[at];
    if (blocker !== undefined) return blocker;
  }
  return undefined;
}

function blockerSentence({ path, kind }: ShapeNode): string {
  if (kind === 'hold')
    return `the hold ${path} comes after it, and a run keeps its keys at a hold: drop one of them`;
  const what = kind === 'step' ? `step ${path}` : `every step of ${path}`;
  return `${path} is still to come and needs the keys: say lockFree: true of ${what}, or drop patienceMs`;
}
