import { ok } from 'neverthrow';
import {
  check,
  type Failure,
  type GraphBuilder,
  type Handle,
  type PivotDefinition,
  type ScopeBuilder,
  type StepDefinition,
  type StepGraph,
  type StepOptions,
  stepGraph,
} from '../../src/index.ts';
import type { Plan } from './shapes.ts';
import type { Made, Services, StepFacts, World } from './world.ts';

/** A graph with real functions for a random plan: each step calls the world. */
export function plannedGraph(plan: Plan, world: World): StepGraph<Services, null, unknown> {
  const all = new Set(plan.shape.nodes.map(({ path }) => path));
  const impatient = new Set(
    check(build(plan, world, all), null).flatMap(({ step = '' }) => step.split('/').at(-1) ?? []),
  );
  return build(plan, world, new Set([...all].filter((path) => !impatient.has(path))));
}

type Needs = Readonly<Record<string, Handle<Made>>>;
type Step = StepDefinition<Services, Needs, Made, Failure, never, Failure, Failure>;
type Pivot = PivotDefinition<Services, Needs, Made, Failure, Failure>;
type Builder = ScopeBuilder<Services> & Partial<Pick<GraphBuilder<Services>, 'pivot'>>;

const empty: StepGraph<Services, null, undefined> = stepGraph('empty', () => undefined);

/** `patient`: the steps that may let the run go to the background. */
function build(plan: Plan, world: World, patient: ReadonlySet<string>): StepGraph<Services, null, unknown> {
  return stepGraph('random', (g: GraphBuilder<Services>, _: null) => {
    new Declaring(plan, world, patient).declare(g, -1);
  });
}

class Declaring {
  private readonly plan: Plan;
  private readonly world: World;
  private readonly patient: ReadonlySet<string>;
  private readonly handles: Map<number, Handle<unknown>> = new Map();

  constructor(plan: Plan, world: World, patient: ReadonlySet<string>) {
    this.plan = plan;
    this.world = world;
    this.patient = patient;
  }

  declare(g: Builder, scope: number): void {
    const inner = this.inside(scope);
    for (const n of inner) this.handles.set(n, this.declareNode(g, n));
    // A scope must have something in it.
    if (inner.length === 0 && scope !== -1) g.step('nothing', { run: () => ok(undefined), lockFree: true });
  }

  private declareNode(g: Builder, n: number): Handle<unknown> {
    const { kind, path } = this.plan.shape.nodes[n]!;
    const after = this.node(n).after.map((before) => this.handles.get(before)!);
    if (kind === 'hold') return g.hold(path, { after, ask: 'go on?' });
    if (kind === 'join') return g.graph(path, empty, { input: null, after });
    if (kind === 'step') return this.declareStep(g, n, after);
    const count = this.plan.choices[n]!;
    const list = Array.from({ length: count }, (_, i) => i);
    const choices =
      count > 0 ? list : g.step(`${path}-choices`, { after, run: () => ok(list), lockFree: true });
    return g.scope(path, { choices, after }, (s) => this.declare(s, n));
  }

  private declareStep(g: Builder, n: number, after: readonly Handle<unknown>[]): Handle<unknown> {
    const { path, hasProbe, hasRevert, pivot } = this.node(n);
    const { world } = this;
    const facts = this.factsOf(n);
    const stepsBefore = this.node(n).after.filter((before) => this.node(before).kind === 'step');
    const needs = Object.fromEntries(
      // What was declared as a step gives what the world made.
      stepsBefore.map((before) => [this.node(before).path, this.handles.get(before) as Handle<Made>]),
    );
    const run: Step['run'] = (given, ctx) => world.run(facts, given, ctx);
    const common = { ...this.optionsOf(n), after, needs, run };
    if (pivot === true && g.pivot !== undefined) {
      const definition: Pivot = { ...common, probe: (_, ctx) => world.probe(ctx) };
      return g.pivot(path, definition);
    }
    const definition: Step = {
      ...common,
      ...(hasProbe === true && { probe: (_, ctx) => world.probe(ctx) }),
      ...(hasRevert === true && {
        revert: (was, ctx) => world.revert(facts, was, ctx),
        revertRetry: { attempts: 2, delayMs: 50 },
        ...(hasProbe !== true && { revertBlind: true as const }),
      }),
    };
    return g.step(path, definition);
  }

  private optionsOf(n: number): StepOptions {
    const { path, idempotent, lockFree } = this.node(n);
    const attempts = 1 + this.world.draw(`attempts ${path}`, 3);
    return {
      ...(attempts > 1 && {
        // What has happened in part is not tried again by a step that must not be repeated.
        retry: { attempts, delayMs: 20, when: (error) => idempotent === true || error.applied !== 'yes' },
      }),
      ...(this.factsOf(n).hasTimeout && { timeoutMs: 2_000 }),
      graceMs: 300,
      ...(idempotent === true && { idempotent }),
      ...(lockFree === true && { lockFree, ...(this.patient.has(path) && { patienceMs: 40 }) }),
    };
  }

  private factsOf(n: number): StepFacts {
    const { path, hasRevert, idempotent, after } = this.node(n);
    return {
      hasRevert: hasRevert === true,
      idempotent: idempotent === true,
      hasTimeout: this.world.draw(`timeout ${path}`, 2) === 0,
      after: after
        .filter((before) => this.node(before).hasRevert === true)
        .map((before) => this.node(before).path),
      standingOn: this.standingOn(n),
    };
  }

  /** All that comes after, through steps that have nothing to undo as well. */
  private standingOn(n: number): string[] {
    const found = new Set<number>();
    const add = (before: number): void => {
      this.plan.shape.nodes.forEach(({ after }, later) => {
        if (!after.includes(before) || found.has(later)) return;
        found.add(later);
        add(later);
      });
    };
    add(n);
    // What has no revert stays as it is.
    return [...found].filter((later) => this.leavesSomething(later)).map((later) => this.node(later).path);
  }

  private leavesSomething(n: number): boolean {
    return this.node(n).hasRevert === true || this.node(n).kind === 'scope';
  }

  private inside(scope: number): number[] {
    return this.plan.shape.nodes.flatMap((node, n) => (node.scope === scope ? [n] : []));
  }

  private node(n: number): Plan['shape']['nodes'][number] {
    return this.plan.shape.nodes[n]!;
  }
}
