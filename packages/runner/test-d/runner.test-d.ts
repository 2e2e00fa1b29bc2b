import {
  check,
  type Failure,
  type GraphBuilder,
  type Handle,
  happenedIfFound,
  json,
  memoryJournal,
  type Outcome,
  openRunner,
  type Problem,
  type Released,
  type RunnerError,
  type RunView,
  type Shape,
  type StepGraph,
  shapeOf,
  stepGraph,
  toDot,
  toMermaid,
  viewOf,
} from '@belay/runner';
import { toSvg } from '@belay/runner/svg';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectNotAssignable, expectType } from 'tsd';

interface CloudError extends Failure {
  readonly kind: 'not-found' | 'busy';
  readonly applied: 'no' | 'yes' | 'unknown';
  readonly provider: string;
}

interface Volume {
  readonly id: string;
  readonly sizeGiB?: number;
  readonly label?: string | undefined;
  readonly tags: Readonly<Record<string, string>>;
  readonly parts: readonly { readonly uuid: string | null }[];
}

interface Clouds {
  readonly clouds: {
    create(zone: string, call: { key: string; signal?: AbortSignal }): ResultAsync<Volume, CloudError>;
    find(key: string): ResultAsync<Volume | undefined, CloudError>;
    delete(id: string, call: { key: string }): ResultAsync<void, CloudError>;
  };
}
interface Mailer {
  readonly mail: (text: string) => void;
}

declare const g: GraphBuilder<Clouds>;
declare const zone: Handle<string>;

// `run` may answer in any of the three ways, with any error that has a kind and a message.
expectType<Handle<Volume>>(
  g.step('create', {
    needs: { zone },
    run: ({ zone: where }, ctx) => ctx.services.clouds.create(where, ctx),
  }),
);
expectType<Handle<number>>(g.step('later', { run: async (): Promise<Result<number, CloudError>> => ok(1) }));
expectType<Handle<number>>(
  g.step('either', {
    run: (): Result<number, { kind: 'boo'; message: string; extra: Date }> => ok(1),
  }),
);
expectType<Handle<undefined>>(g.step('nothing', { run: () => ok(undefined) }));
expectType<Handle<never>>(g.step('never', { run: () => errAsync({ kind: 'boo', message: 'it broke' }) }));
expectError(g.step('bare', { run: () => 1 }));
expectError(g.step('text', { run: () => err('it broke') }));
expectError(g.step('kindless', { run: () => err({ message: 'it broke' }) }));

// Outputs are JSON. Interfaces and optional properties are; these are not.
expectError(g.step('date', { run: () => ok({ at: new Date(0) }) }));
expectError(g.step('map', { run: () => ok(new Map<string, string>()) }));
expectError(g.step('set', { run: () => ok({ all: new Set<string>() }) }));
expectError(g.step('bigint', { run: () => ok([1n]) }));
expectError(g.step('symbol', { run: () => ok({ s: Symbol.iterator }) }));
expectError(g.step('function', { run: () => ok({ f: () => 1 }) }));
expectError(g.step('class', { run: () => ok(new AbortController()) }));
expectError(g.step('unknown', { run: () => ok(JSON.parse('1') as unknown) }));
expectError(g.step('bare', { run: () => 5 }));
expectError(g.step('deep', { run: () => okAsync({ list: [{ at: new Date(0) }] }) }));
expectError(json<{ at: Date }>());
json<{ wasRunning: readonly string[]; note?: string }>();

// Needs arrive under their names with the types of the steps that they come from.
const size = g.step('size', { run: () => ok(40) });
const name = g.step('name', { run: () => ok('web12') });
g.step('both', {
  needs: { size, name },
  run: (needs) => {
    expectType<number>(needs.size);
    expectType<string>(needs.name);
    expectError(needs.other);
    return ok(needs.size + needs.name.length);
  },
});
expectError(g.step('raw', { needs: { size: 40 }, run: () => ok(1) }));
const wantsText = (text: string) => ok(text.length);
expectError(g.step('wrong', { needs: { size }, run: (needs) => wantsText(needs.size) }));

// A probe tells of the same output that `run` gives: another is an error and does not widen it.
expectType<Handle<Volume>>(
  g.step('probed', {
    needs: { zone },
    run: (needs, ctx) => ctx.services.clouds.create(needs.zone, ctx),
    probe: (_, ctx) => ctx.services.clouds.find(ctx.key).map(happenedIfFound),
  }),
);
expectError(
  g.step('mixed', { run: () => ok(1), probe: () => ok({ happened: 'yes' as const, output: 'one' }) }),
);
expectError(g.step('maybe', { run: () => ok(1), probe: () => ok({ happened: 'perhaps' as const }) }));

// A revert sees three ends, and output and error only where there are such.
g.step('reverted', {
  needs: { size },
  undo: json<{ before: number }>(),
  run: async (_, ctx) => {
    expectType<(undo: { before: number }) => ResultAsync<void, Failure>>(ctx.saveUndo);
    return ok({ id: 'vol-1' });
  },
  revert: (was) => {
    expectType<'done' | 'failed' | 'unknown'>(was.outcome);
    expectType<{ before: number } | undefined>(was.undo);
    expectType<number>(was.needs.size);
    expectError(was.output);
    if (was.outcome === 'done') expectType<{ id: string }>(was.output);
    else expectType<Failure>(was.error);
    return undefined;
  },
});

// In the source `run` comes before `revert`: the other way round the output is not known there. (Only a `run` that
// takes neither needs nor context is read first wherever it stands.)
expectError(
  g.step('upside-down', {
    revert: (was) => (was.outcome === 'done' ? okAsync(was.output.id.length) : undefined),
    run: (_, ctx) => ok({ id: ctx.key }),
    revertBlind: true,
  }),
);

// Without `undo` nothing can be saved.
g.step('no-undo', {
  run: (_, ctx) => {
    expectError(ctx.saveUndo({ before: 1 }));
    return ok(1);
  },
});

// A pivot has a probe and no revert, and no scope has one.
expectType<Handle<number>>(
  g.pivot('cut', { run: () => ok(1), probe: () => ok({ happened: 'no' as const }) }),
);
expectError(g.pivot('cut', { run: () => ok(1) }));
expectError(
  g.pivot('cut', {
    run: () => ok(1),
    probe: () => ok({ happened: 'no' as const }),
    revert: () => undefined,
  }),
);
g.scope('place', { choices: ['a'] }, (s) => {
  expectError(s.pivot);
});

// A scope's choice has the type of the list, or of the output that is one; outside sees what the scope returns.
const zones = g.step('zones', { run: () => ok(['a', 'b']) });
expectType<Handle<{ readonly made: number; readonly zone: string }>>(
  g.scope('place', { choices: zones }, (s, choice) => {
    expectType<Handle<string>>(choice);
    return { made: s.step('make', { needs: { choice }, run: () => ok(1) }), zone: choice };
  }),
);
expectError(g.scope('place', { choices: [new Date(0)] }, () => undefined));
expectError(g.scope('place', { choices: size }, () => undefined));

// A hold gives who released it and why.
expectType<Handle<Released>>(g.hold('sure', { after: [size], ask: 'Go on?' }));
expectError(g.hold('sure', {}));

// An exported graph says what it needs, takes and gives.
const move: StepGraph<Clouds, { zone: string }, Volume> = stepGraph(
  'move',
  (b: GraphBuilder<Clouds>, input: { zone: string }) =>
    b.step('create', { run: (_, ctx) => ctx.services.clouds.create(input.zone, ctx) }),
);
const mail: StepGraph<Mailer, null, undefined> = stepGraph(
  'mail',
  (b: GraphBuilder<Mailer>, _input: null) => {
    b.step('send', { run: (_, ctx) => ok(ctx.services.mail('done')) });
  },
);
expectNotAssignable<StepGraph<Clouds, { zone: string }, string>>(move);
expectNotAssignable<StepGraph<Clouds, { zone: number }, Volume>>(move);
// A graph that needs little may stand where more is offered, and not the other way round.
expectAssignable<StepGraph<Clouds & Mailer, { zone: string }, Volume>>(move);
expectNotAssignable<StepGraph<Mailer, { zone: string }, Volume>>(move);
expectType<Handle<Volume>>(g.graph('inner', move, { input: { zone: 'a' } }));
expectError(g.graph('inner', move, { input: { zone: 1 } }));
expectError(g.graph('inner', mail, { input: null }));

// A runner needs the services of all its graphs.
declare const clouds: Clouds['clouds'];
const journal = memoryJournal();
openRunner({ graphs: [move, mail], services: { clouds, mail: () => undefined }, journal });
openRunner({ graphs: [move], services: { clouds }, journal });
expectError(openRunner({ graphs: [move, mail], services: { clouds }, journal }));
expectError(openRunner({ graphs: [move], services: {}, journal }));

// A run's outcome is a value that carries the graph's output; its input is the graph's.
const runner = await openRunner({ graphs: [move], services: { clouds }, journal });
expectType<ResultAsync<Outcome<Volume>, RunnerError>>(runner.run(move, { zone: 'a' }, { id: 'r1' }));
expectError(runner.run(move, { zone: 1 }, { id: 'r1' }));
expectError(runner.run(move, { zone: 'a' }, {}));
expectError(runner.cancel('r1', { by: 'anna' }));
declare const outcome: Outcome<Volume>;
expectError(outcome.output);
if (outcome.state === 'success') expectType<Volume>(outcome.output);
if (outcome.state === 'reverted') expectType<Failure>(outcome.cause);

// Looking at it.
declare const shape: Shape;
declare const view: RunView;
expectType<Result<Shape, RunnerError>>(shapeOf(move, { zone: 'a' }));
expectError(shapeOf(move, {}));
expectType<readonly Problem[]>(check(move, { zone: 'a' }));
expectType<RunView>(viewOf(shape, [], 0));
expectType<string>(toMermaid(shape, view));
expectType<string>(toDot(shape));
expectType<string>(toSvg(shape, view, { direction: 'right', criticalPath: 'measured' }));
expectError(toSvg(shape, view, { direction: 'up' }));
