import { createHash } from 'node:crypto';
import type { StoredEvent } from './event.ts';
import type { Shape, ShapeNode } from './shape.ts';

/**
 * Tells whether the code that wants to carry a run on still fits what the run has begun.
 *
 * Each start is journaled with its wires: what the node takes and from where, what it waits for, and what it can do.
 * Nodes that have not started may change, come and go. One that started and was removed, re-wired, or lost its probe
 * or revert makes the run `rewired`. The text of functions is not compared: a step whose meaning changed says so
 * by its `version`. What a step gains (a probe, a revert) is no hindrance.
 */

/** Beyond so many dependencies their digest is journaled in their place. */
const listedDependencies = 16;

/**
 * The wires of a node, as compact JSON (see {@link Wires}). Independent of the order in which needs and steps were
 * written. Written by hand, as every start of every step pays for it.
 */
export function wiresOf(shape: Shape, index: number): string {
  const node = shape.nodes[index];
  if (node === undefined) throw new RangeError(`this graph has no node ${index}`);
  const dependent = node.after.length > 0 || node.needs.length > 0 ? dependencies(shape, node) : '';
  const version = node.version === undefined ? '' : `,"v":${node.version}`;
  return `${headOf(node)}${dependent}${version}}`;
}

/**
 * One line for each way in which a started node no longer is what the journal says that it was; empty where the run
 * can be carried on. Linear in nodes and events.
 */
export function rewired(shape: Shape, events: readonly StoredEvent[]): readonly string[] {
  const started = startedNodes(events);
  const index = new Map(shape.nodes.map((node, i) => [node.path, i]));
  const now = new Map<number, string>();
  const lines = new Set<string>();
  const removed: Started[] = [];
  for (const each of started) {
    const node = index.get(each.path);
    if (node === undefined) {
      removed.push(each);
      continue;
    }
    const after = now.get(node) ?? wiresOf(shape, node);
    now.set(node, after);
    const scope = shape.nodes[shape.nodes[node]?.scope ?? -1]?.path ?? '';
    if (scope !== each.scope)
      lines.add(`${each.path}: it lived in ${place(each.scope)}, now in ${place(scope)}`);
    if (after !== each.wires)
      for (const line of differences(each.wires, after)) lines.add(`${each.path}: ${line}`);
  }
  for (const line of removals(shape, removed, now)) lines.add(line);
  return [...lines];
}

/** What is written, under one letter each: journals hold one of these for every start. */
interface Wires {
  readonly k: ShapeNode['kind'];
  /** Abilities: `p`robe, `r`evert, `u`ndo, `i`dempotent, `!` for the pivot. */
  readonly f?: string;
  /** Needs: by their name, where they come from. */
  readonly n?: Readonly<Record<string, string>>;
  /** What it waits for beside that. */
  readonly a?: readonly string[];
  /** In place of `n` and `a`: how many there are, and their digest. */
  readonly d?: readonly [number, string];
  readonly v?: number;
}

function headOf(node: ShapeNode): string {
  const { kind, hasProbe, hasRevert, hasUndo, idempotent, pivot } = node;
  const abilities = (hasProbe ? 1 : 0) + (hasRevert ? 2 : 0) + (hasUndo ? 4 : 0) + (idempotent ? 8 : 0);
  return heads[kind][abilities + (pivot ? 16 : 0)] ?? '';
}

/** What the wires begin with: by kind, and by the sum of the abilities. */
const heads: Readonly<Record<ShapeNode['kind'], readonly string[]>> = {
  step: headsOf('step'),
  hold: headsOf('hold'),
  scope: headsOf('scope'),
  join: headsOf('join'),
};

function headsOf(kind: ShapeNode['kind']): readonly string[] {
  return Array.from({ length: 32 }, (_, sum) => {
    const letters = ['p', 'r', 'u', 'i', '!'].filter((_letter, i) => (sum & (1 << i)) !== 0).join('');
    return letters === '' ? `{"k":"${kind}"` : `{"k":"${kind}","f":"${letters}"`;
  });
}

function dependencies(shape: Shape, node: ShapeNode): string {
  const [only] = node.after;
  // Most steps need the one that they come after, and most names need no escapes.
  if (node.after.length === 1 && node.needs.length === 1 && only !== undefined) {
    const path = shape.nodes[only]?.path ?? '';
    const name = node.needs[0] ?? '';
    if (node.needsFrom?.[0] === path && plain.test(name) && plain.test(path))
      return `,"n":{"${name}":"${path}"}`;
  }
  const from = node.needsFrom ?? [];
  const order = node.needs.map((_, i) => i);
  if (order.length > 1) order.sort((a, b) => ((node.needs[a] ?? '') < (node.needs[b] ?? '') ? -1 : 1));
  const needs = order.map((i) => `${quoted(node.needs[i])}:${quoted(from[i])}`);
  const needed = new Set(from);
  const after = node.after.map((i) => shape.nodes[i]?.path ?? '').filter((path) => !needed.has(path));
  if (after.length > 1) after.sort();
  const count = needs.length + after.length;
  if (count > listedDependencies) {
    const all = JSON.stringify([needs, after]);
    return `,"d":[${count},"${createHash('sha256').update(all).digest('base64url').slice(0, 22)}"]`;
  }
  const taken = needs.length === 0 ? '' : `,"n":{${needs.join(',')}}`;
  return after.length === 0 ? taken : `${taken},"a":${JSON.stringify(after)}`;
}

const plain = /^[\w/#.-]*$/;

function quoted(text = ''): string {
  return plain.test(text) ? `"${text}"` : JSON.stringify(text);
}

/** A node that the journal says was begun, with the scope that it was begun in. */
interface Started {
  readonly path: string;
  readonly scope: string;
  readonly wires: string;
}

/** What was begun, each with each of its wires once, in order. */
function startedNodes(events: readonly StoredEvent[]): readonly Started[] {
  const found = new Map<string, Started>();
  for (const { event } of events) {
    if (event.kind !== 'started' && event.kind !== 'chosen' && event.kind !== 'asked') continue;
    const at = event.kind === 'started' ? event.step : event.kind === 'chosen' ? event.scope : event.hold;
    const end = at.lastIndexOf('#');
    const path = withoutChoices(at);
    const scope = end === -1 ? '' : withoutChoices(at.slice(0, end));
    const key = `${scope}#${path}#${event.wires}`;
    if (!found.has(key)) found.set(key, { path, scope, wires: event.wires });
  }
  return [...found.values()];
}

function withoutChoices(path: string): string {
  return path.includes('#') ? path.replace(/#\d+(?=\/|$)/g, '') : path;
}

function place(scope: string): string {
  return scope === '' ? 'no scope' : `the scope ${scope}`;
}

function differences(before: string, after: string): readonly string[] {
  const was = parsed(before);
  const is = parsed(after);
  if (was === undefined || is === undefined)
    return ['the journal describes it in a way that this version cannot read'];
  if (was.k !== is.k) return [`it was a ${was.k}, now it is a ${is.k}`];
  return [
    ...abilityLines(was.f ?? '', is.f ?? ''),
    ...dependencyLines(was, is),
    ...versionLines(was.v, is.v),
  ];
}

function parsed(text: string): Wires | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isWires =
      typeof value === 'object' && value !== null && 'k' in value && typeof value.k === 'string';
    return isWires ? (value as Wires) : undefined;
  } catch {
    return undefined;
  }
}

function abilityLines(was: string, is: string): readonly string[] {
  const lost = (letter: string): boolean => was.includes(letter) && !is.includes(letter);
  return [
    ...(lost('p') ? ['its probe is gone'] : []),
    ...(lost('r') ? ['its revert is gone'] : []),
    ...(lost('u') ? ['it no longer says that it saves something for its revert'] : []),
    ...(lost('!') ? ['it was the point of no return and no longer is'] : []),
    ...(lost('!') || was.includes('!') === is.includes('!') ? [] : ['it has become the point of no return']),
  ];
}

function dependencyLines(was: Wires, is: Wires): readonly string[] {
  if (was.d !== undefined || is.d !== undefined) return digestLines(was, is);
  const names = new Set([...Object.keys(was.n ?? {}), ...Object.keys(is.n ?? {})]);
  const needs = [...names].flatMap((name) => needLine(name, was.n?.[name], is.n?.[name]));
  const before = listed(was.a);
  const after = listed(is.a);
  return before === after ? needs : [...needs, `it waited for ${before}, now for ${after}`];
}

function digestLines(was: Wires, is: Wires): readonly string[] {
  if (was.d?.[0] === is.d?.[0] && was.d?.[1] === is.d?.[1]) return [];
  const before = countOf(was);
  const after = countOf(is);
  return [
    before === after
      ? `it had ${before} dependencies, now as many others`
      : `it had ${before} dependencies, now ${after}`,
  ];
}

function countOf({ n, a, d }: Wires): number {
  return d?.[0] ?? Object.keys(n ?? {}).length + (a?.length ?? 0);
}

function needLine(name: string, was: string | undefined, is: string | undefined): readonly string[] {
  if (was === is) return [];
  if (was === undefined) return [`it did not need ${name}, now it takes it from ${is}`];
  return [`it took ${name} from ${was}, now ${is === undefined ? 'it does not need it' : `from ${is}`}`];
}

function listed(paths: readonly string[] = []): string {
  return paths.length === 0 ? 'nothing' : paths.join(', ');
}

function versionLines(was: number | undefined, is: number | undefined): readonly string[] {
  return was === is ? [] : [`its version was ${was ?? 'not given'}, now it is ${is ?? 'not given'}`];
}

/** Says what is gone, and under which name it may have come back: the only unstarted node with the same wires. */
function removals(
  shape: Shape,
  removed: readonly Started[],
  begun: ReadonlyMap<number, string>,
): readonly string[] {
  if (removed.length === 0) return [];
  const candidates = new Map<string, string[]>();
  shape.nodes.forEach((node, i) => {
    if (begun.has(i)) return;
    const key = `${shape.nodes[node.scope]?.path ?? ''}#${wiresOf(shape, i)}`;
    candidates.set(key, [...(candidates.get(key) ?? []), node.path]);
  });
  return removed.map(({ path, scope, wires }) => {
    const [only, ...others] = candidates.get(`${scope}#${wires}`) ?? [];
    const guess = only === undefined || others.length > 0 ? '' : `; perhaps it is ${only} now`;
    return `${path}: it started in this run and is no longer in the graph${guess}`;
  });
}
