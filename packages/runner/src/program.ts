import { BuiltHandle, handlesIn, pathOf } from './built-handle.ts';
import { failureOf } from './failure.ts';
import type { GraphBuilder, Returned, ScopeBuilder, StepGraph } from './graph.ts';
import { jsonProblem } from './json.ts';
import type { Shape, ShapeNode } from './shape.ts';
import type { Handle, RetryPolicy, StepOptions } from './step.ts';

/**
 * Calls a graph's `build` once and keeps what it declared: the shape, which is data, and beside it, node by node, the
 * functions to call and where their values come from. What was declared wrongly is collected, not thrown.
 */
export interface Program {
  readonly shape: Shape;
  readonly definitions: readonly NodeDefinition[];
  /** What the graph gives back. */
  readonly returns: Source;
  readonly problems: readonly Problem[];
}

/** Something wrong with a graph, as a sentence that names the step. */
export interface Problem {
  readonly step?: string;
  readonly sentence: string;
}

/** A step of any type. The builder is typed for its users; in here all steps look alike. */
export interface AnyStep extends StepOptions {
  readonly needs?: Readonly<Record<string, unknown>>;
  readonly undo?: unknown;
  readonly run: (needs: unknown, ctx: unknown) => unknown;
  readonly probe?: (needs: unknown, ctx: unknown) => unknown;
  readonly revert?: (was: unknown, ctx: unknown) => unknown;
  readonly revertRetry?: RetryPolicy;
  readonly revertBlind?: true;
}

export type NodeDefinition =
  /** `sources`: where its needs come from, in the order of their names in the shape. */
  | { readonly kind: 'step'; readonly step: AnyStep; readonly sources: readonly Source[] }
  | { readonly kind: 'hold'; readonly ask: string }
  | {
      readonly kind: 'scope';
      readonly choices: Source;
      readonly inner: readonly number[];
      readonly returns: Source;
    }
  | { readonly kind: 'join'; readonly returns: Source };

/** Where a value comes from when it is needed. */
export type Source =
  | { readonly from: 'node'; readonly node: number }
  | { readonly from: 'choice'; readonly scope: number }
  | { readonly from: 'value'; readonly value: unknown }
  | { readonly from: 'record'; readonly fields: readonly (readonly [string, Source])[] };

const none: readonly never[] = [];
const nothing: Source = { from: 'value', value: undefined };

export function buildProgram<S, I, O>(graph: StepGraph<S, I, O>, input: I): Program {
  const builder = new ProgramBuilder();
  const wrong = jsonProblem(input, 'input');
  if (wrong !== undefined) builder.problem(undefined, `its input must be JSON, but ${wrong}`);
  return {
    returns: builder.body(graph, input),
    shape: { format: 1, graph: graph.name, nodes: builder.nodes },
    definitions: builder.definitions,
    problems: builder.problems,
  };
}

/** One place to declare in: a scope's body, or an included graph in it. */
interface Level {
  readonly scope: number;
  readonly prefix: string;
  /** Its first node. */
  readonly first: number;
  /** What every first node of this level waits for: the order that an included graph was given. */
  readonly before: readonly number[];
}

class ProgramBuilder {
  readonly nodes: ShapeNode[] = [];
  readonly definitions: NodeDefinition[] = [];
  readonly problems: Problem[] = [];
  private readonly taken = new Set<string>();

  problem(step: string | undefined, sentence: string): void {
    this.problems.push(step === undefined ? { sentence } : { step, sentence: `step ${step}: ${sentence}` });
  }

  body<S, I, O>(graph: StepGraph<S, I, O>, input: I): Source {
    const level: Level = { scope: -1, prefix: '', first: 0, before: [] };
    try {
      return this.returned(graph.build(this.verbs(level) as GraphBuilder<S>, input), level, graph.name);
    } catch (thrown) {
      this.problem(undefined, `its build threw: ${failureOf(thrown).message}`);
      return nothing;
    }
  }

  /** What `build` is handed. Written against the untyped steps: `graph.ts` holds the types. */
  private verbs(level: Level): unknown {
    const builder: Record<keyof GraphBuilder<never>, unknown> = {
      step: (name: string, step: AnyStep) => this.step(level, name, step, false),
      pivot: (name: string, step: AnyStep) => this.step(level, name, step, true),
      hold: (name: string, options: { after?: readonly Handle<unknown>[]; ask: string }) =>
        this.hold(level, name, options),
      scope: (name: string, options: ScopeArguments, body: ScopeBody) =>
        this.scope(level, name, options, body),
      graph: (name: string, graph: StepGraph<never, unknown, unknown>, options: GraphArguments) =>
        this.include(level, name, graph, options),
    };
    return builder;
  }

  private step(level: Level, name: string, step: AnyStep, pivot: boolean): BuiltHandle {
    const path = this.path(level, name);
    if (pivot && level.scope !== -1)
      this.problem(path, 'a pivot may only stand on the top level, never in a scope');
    const needs = step.needs === undefined ? none : Object.keys(step.needs);
    const { scope } = level;
    // One object that grows: a dozen conditional spreads cost more than all the rest of the build.
    let node: Growing<ShapeNode>;
    let sources: readonly Source[] = none;
    if (needs.length === 0 && step.after === undefined) {
      node = { path, kind: 'step', scope, after: level.before, needs };
    } else {
      const waits = new Waits(this, level, path);
      sources = needs.map((name) => waits.add(step.needs?.[name], 'needs', name));
      const needsFrom = needs.map((name) => pathOf(step.needs?.[name]));
      if (step.after !== undefined) for (const handle of step.after) waits.add(handle, 'after');
      const after = waits.order(this.nodes.length);
      node =
        needsFrom.length === 0
          ? { path, kind: 'step', scope, after, needs }
          : { path, kind: 'step', scope, after, needs, needsFrom };
    }
    if (pivot) node.pivot = true;
    if (step.revert !== undefined) node.hasRevert = true;
    if (step.probe !== undefined) node.hasProbe = true;
    if (step.undo !== undefined) node.hasUndo = true;
    if (step.revertBlind === true) node.revertBlind = true;
    if (step.idempotent === true) node.idempotent = true;
    if (step.lockFree === true) node.lockFree = true;
    if (step.patienceMs !== undefined) node.patienceMs = step.patienceMs;
    if (step.version !== undefined) node.version = step.version;
    if (step.weight !== undefined) node.weight = step.weight;
    if (step.title !== undefined) node.title = step.title;
    return this.node(level, node, { kind: 'step', step, sources });
  }

  private hold(
    level: Level,
    name: string,
    options: { after?: readonly Handle<unknown>[]; ask: string },
  ): BuiltHandle {
    const path = this.path(level, name);
    const waits = new Waits(this, level, path);
    for (const handle of options.after ?? []) waits.add(handle, 'after');
    const node: ShapeNode = {
      path,
      kind: 'hold',
      scope: level.scope,
      after: waits.order(this.nodes.length),
      needs: [],
      ask: options.ask,
    };
    return this.node(level, node, { kind: 'hold', ask: options.ask });
  }

  private scope(level: Level, name: string, options: ScopeArguments, body: ScopeBody): BuiltHandle {
    const path = this.path(level, name);
    const waits = new Waits(this, level, path);
    const isList = Array.isArray(options.choices);
    const choices: Source = isList
      ? { from: 'value', value: options.choices }
      : waits.add(options.choices, 'choices');
    const wrong = isList ? jsonProblem(options.choices, 'choices') : undefined;
    if (wrong !== undefined) this.problem(path, `choices must be JSON, but ${wrong}`);
    for (const handle of options.after ?? []) waits.add(handle, 'after');

    const self = this.nodes.length;
    const handle = this.node(
      level,
      { path, kind: 'scope', scope: level.scope, after: [], needs: [] },
      { kind: 'scope', choices, inner: [], returns: nothing },
    );
    const inside: Level = { scope: self, prefix: `${path}/`, first: self + 1, before: [] };
    const choice = new BuiltHandle(`${path}#choice`, this, self, { from: 'choice', scope: self });
    const given = body(this.verbs(inside) as ScopeBuilder<never>, choice);
    const returns = this.returned(given, inside, path);

    // Seen from outside a scope is one step: what its steps need from outside, it waits for as a whole.
    for (let i = self + 1; i < this.nodes.length; i++) waits.lift(this.lifted.get(i));
    waits.lift(handlesIn(given));
    const inner = this.within(self, self + 1);
    const lockFree = inner.length > 0 && inner.every((i) => this.nodes[i]?.lockFree === true);
    this.nodes[self] = {
      path,
      kind: 'scope',
      scope: level.scope,
      after: waits.order(self),
      needs: [],
      ...(lockFree && { lockFree: true as const }),
    };
    this.definitions[self] = { kind: 'scope', choices, inner, returns };
    return handle;
  }

  private include(
    level: Level,
    name: string,
    graph: StepGraph<never, unknown, unknown>,
    options: GraphArguments,
  ): BuiltHandle {
    const path = this.path(level, name);
    const wrong = jsonProblem(options.input, 'input');
    if (wrong !== undefined) this.problem(path, `the input of ${graph.name} must be JSON, but ${wrong}`);
    const waits = new Waits(this, level, path);
    for (const handle of options.after ?? []) waits.add(handle, 'after');
    const first = this.nodes.length;
    const before = waits.order(first);
    const inside: Level = { scope: level.scope, prefix: `${path}/`, first, before };
    const given = graph.build(this.verbs(inside) as GraphBuilder<never>, options.input);
    const returns = this.returned(given, inside, path);
    const own = this.within(level.scope, first);
    const lockFree = own.length > 0 && own.every((i) => this.nodes[i]?.lockFree === true);
    const end = new Waits(this, inside, path);
    for (const i of own) end.wait(i);
    end.lift(handlesIn(given));
    const node: ShapeNode = {
      path,
      kind: 'join',
      scope: level.scope,
      after: end.order(this.nodes.length),
      needs: [],
      ...(lockFree && { lockFree: true as const }),
    };
    return this.node(level, node, { kind: 'join', returns });
  }

  /** Nodes that live directly in a scope, from an index on. */
  private within(scope: number, first: number): number[] {
    const found: number[] = [];
    for (let i = first; i < this.nodes.length; i++) if (this.nodes[i]?.scope === scope) found.push(i);
    return found;
  }

  /** Outside handles by the node that waits for them, until the scope around it has taken them over. */
  readonly lifted: Map<number, BuiltHandle[]> = new Map();

  private node(level: Level, node: ShapeNode, definition: NodeDefinition): BuiltHandle {
    const index = this.nodes.push(node) - 1;
    this.definitions.push(definition);
    return new BuiltHandle(node.path, this, level.scope, { from: 'node', node: index });
  }

  private path(level: Level, name: string): string {
    const path = `${level.prefix}${name}`;
    if (name === '' || name.includes('/') || name.includes('#'))
      this.problem(path, 'a name may not be empty nor have / or # in it');
    const names = this.taken.size;
    if (this.taken.add(path).size === names) this.problem(path, 'this name is used twice');
    return path;
  }

  private returned(given: Returned, level: Level, where: string): Source {
    if (given === undefined) return nothing;
    if (given instanceof BuiltHandle) return this.usable(given, level, where, 'what it returns') ?? nothing;
    if (typeof given !== 'object' || given === null) {
      this.problem(where, 'it may return a handle, a record of handles or nothing');
      return nothing;
    }
    const fields = Object.entries(given).map(
      ([key, handle]) => [key, this.usable(handle, level, where, `the returned ${key}`) ?? nothing] as const,
    );
    return { from: 'record', fields };
  }

  /** The source behind a handle, if it may be used here. */
  usable(
    given: unknown,
    level: Level,
    where: string,
    what: string,
    name?: string,
  ): BuiltHandle['source'] | undefined {
    const wrong = this.wrongWith(given, level);
    if (wrong === undefined) return (given as BuiltHandle).source;
    this.problem(where, `${name === undefined ? what : `${what}.${name}`} is ${wrong}`);
    return undefined;
  }

  private wrongWith(given: unknown, level: Level): string | undefined {
    if (!(given instanceof BuiltHandle)) return 'not a handle';
    if (given.builder !== this) return `the handle ${given.path} of another graph`;
    if (given.scope === level.scope || this.encloses(given.scope, level.scope)) return undefined;
    return `${given.path}, which lives in a scope that ends before: let the scope return it`;
  }

  encloses(outer: number, inner: number): boolean {
    for (let scope = inner; ; scope = this.nodes[scope]?.scope ?? -1) {
      if (scope === outer) return true;
      if (scope === -1) return false;
    }
  }
}

type Growing<T> = { -readonly [K in keyof T]: T[K] };

interface ScopeArguments {
  readonly choices: readonly unknown[] | Handle<readonly unknown[]>;
  readonly after?: readonly Handle<unknown>[];
}
type ScopeBody = (s: ScopeBuilder<never>, choice: BuiltHandle) => Returned;
interface GraphArguments {
  readonly input: unknown;
  readonly after?: readonly Handle<unknown>[];
}

/** Collects what one node waits for: nodes of its own scope here, handles from further out for its scope. */
class Waits {
  private readonly builder: ProgramBuilder;
  private readonly level: Level;
  private readonly path: string;
  /** In rising order, which is how most graphs are written; what comes out of order or twice is kept apart. */
  private here: number[] = [];
  private late: Set<number> | undefined;
  private outside: BuiltHandle[] | undefined;

  constructor(builder: ProgramBuilder, level: Level, path: string) {
    this.builder = builder;
    this.level = level;
    this.path = path;
  }

  add(given: unknown, what: string, name?: string): Source {
    const source = this.builder.usable(given, this.level, this.path, what, name);
    if (source === undefined) return nothing;
    this.place(given as BuiltHandle);
    return source;
  }

  /** Takes over what a node further in waits for outside. */
  lift(handles: readonly BuiltHandle[] | undefined): void {
    for (const handle of handles ?? [])
      if (this.builder.encloses(handle.scope, this.level.scope)) this.place(handle);
  }

  private place(handle: BuiltHandle): void {
    if (handle.scope !== this.level.scope) {
      this.outside ??= [];
      this.outside.push(handle);
    } else if (handle.source.from === 'node') this.wait(handle.source.node);
  }

  /** Waits for a node of this very scope. */
  wait(node: number): void {
    const last = this.here[this.here.length - 1] ?? -1;
    // Most nodes wait for one.
    if (last === -1) this.here = [node];
    else if (node > last) this.here.push(node);
    else if (node !== last) {
      this.late ??= new Set();
      this.late.add(node);
    }
  }

  /** The nodes to wait for. A first node of an included graph waits for what the graph was put after. */
  order(node: number): readonly number[] {
    if (this.outside !== undefined) {
      this.builder.lifted.set(node, [...(this.builder.lifted.get(node) ?? []), ...this.outside]);
    }
    const { before, first } = this.level;
    const last = this.here[this.here.length - 1] ?? -1;
    if (last === -1) return before;
    // What stands on a node of the included graph stands on all that the graph was put after.
    const more = last >= first ? none : before;
    if (this.late === undefined && more.length === 0) return this.here;
    return [...new Set([...this.here, ...(this.late ?? none), ...more])].sort((a, b) => a - b);
  }
}
