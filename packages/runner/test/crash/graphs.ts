// The graphs that are killed at every point. Each step's effect is recorded outside the journal under the step's key.

import { err, type Result } from 'neverthrow';
import {
  type Failure,
  type GraphBuilder,
  type Handle,
  happenedIfFound,
  json,
  type ProbeContext,
  type ScopeBuilder,
  type StepContext,
  type StepDefinition,
  type StepGraph,
  stepGraph,
} from '../../src/index.ts';
import type { Effects } from '../../src/testkit.ts';

export interface World {
  readonly effects: Effects;
}

type Made = { readonly id: string };
type Step = StepDefinition<World, Record<never, never>, Made, Failure, never, Failure, Failure>;

type Answered = Result<Made, Failure>;

const refused: Answered = err({ kind: 'no-room', message: 'there is no room here', applied: 'no' });

const lost: Answered = err({ kind: 'lost', message: 'the answer was lost', applied: 'unknown' });

/** How all that these steps make is looked for and unmade. */
const undoable = {
  probe: (_: unknown, { key, services }: ProbeContext<World, never>) =>
    services.effects.find<Made>(key).map(happenedIfFound),
  revert: (_: unknown, { key, fence, services }: StepContext<World>) => services.effects.undo({ key, fence }),
};

/** Makes one thing under the step's key. */
function makes(after: readonly Handle<unknown>[] = []): Step {
  return { after, run: (_, ctx) => make(ctx), ...undoable };
}

function make({ key, fence, services }: StepContext<World>): Answered {
  return services.effects.once({ key, fence }, { id: key });
}

/** There is no key to repeat it under, only a probe: it must never be done twice. */
function makeAgain({ key, fence, services }: StepContext<World>): Answered {
  return services.effects.again({ key, fence }, { id: key });
}

function happensOnce(after: readonly Handle<unknown>[]): Step {
  return { after, run: (_, ctx) => makeAgain(ctx), ...undoable };
}

/** Fails the first time, in every scope that it is tried in. */
function stumbles(after: readonly Handle<unknown>[]): Step {
  return {
    after,
    retry: { attempts: 3, delayMs: 1 },
    run: (_, ctx) => (ctx.attempt === 1 ? refused : make(ctx)),
    ...undoable,
  };
}

/** Saves what its revert needs, and is undone by that alone. */
function savesUndo(g: ScopeBuilder<World>, name: string, after: readonly Handle<unknown>[]): Handle<Made> {
  return g.step(name, {
    after,
    idempotent: true,
    undo: json<{ readonly of: string }>(),
    run: async (_, { key, fence, services, saveUndo }) => {
      const saved = await saveUndo({ of: key });
      return saved.andThen(() => services.effects.once({ key, fence }, { id: key }));
    },
    revert: (was, { fence, services }) =>
      was.undo === undefined ? undefined : services.effects.undo({ key: was.undo.of, fence }),
  });
}

/** A scope of two choices, of which the first has no room: two steps in it, the second of which fails. */
function placed(g: ScopeBuilder<World>, after: readonly Handle<unknown>[]): Handle<Made> {
  return g.scope('place', { choices: ['north', 'south'], after }, (s, zone) => {
    const taken = s.step('take', makes());
    return s.step('fit', {
      after: [taken],
      needs: { zone },
      run: (needs, ctx) => (needs.zone === 'north' ? refused : make(ctx)),
      ...undoable,
    });
  });
}

/** All that a run can go through before it succeeds. */
function forward(g: ScopeBuilder<World>): Handle<Made> {
  const reserved = g.step('reserve', makes());
  const place = placed(g, [reserved]);
  const [left, right] = [g.step('left', makes([place])), g.step('right', stumbles([place]))];
  const told = g.step('tell', happensOnce([left, right]));
  return savesUndo(g, 'note', [told]);
}

const moving: StepGraph<World, null, Made> = stepGraph('moving', (g: GraphBuilder<World>, _: null) =>
  forward(g),
);

/** The same, and then it fails for good: everything goes back. */
const failing: StepGraph<World, null, Made> = stepGraph('failing', (g: GraphBuilder<World>, _: null) => {
  const last = forward(g);
  return g.step('sign', { after: [last], run: () => refused, ...undoable });
});

/** A point of no return whose answer is lost, and a step behind it that stumbles. */
const crossing: StepGraph<World, null, Made> = stepGraph('crossing', (g: GraphBuilder<World>, _: null) => {
  const ready = g.step('ready', makes());
  const crossed = g.pivot('cross', {
    after: [ready],
    run: (_needs, ctx) => makeAgain(ctx).andThen(() => lost),
    probe: (_needs, { key, services }) => services.effects.find<Made>(key).map(happenedIfFound),
  });
  const place = placed(g, [crossed]);
  return g.step('settle', stumbles([place]));
});

/** Its last step takes longer than its patience: the keys are free while it goes on. */
const lingering: StepGraph<World, null, Made> = stepGraph('lingering', (g: GraphBuilder<World>, _: null) => {
  const swapped = g.step('swap', makes());
  return g.step('clean', {
    after: [swapped],
    lockFree: true,
    patienceMs: 15,
    run: async (_needs, ctx) => {
      await new Promise((resolve) => setTimeout(resolve, 45));
      return make(ctx);
    },
    ...undoable,
  });
});

/** As `lingering`, and the slow step fails: the run must have its keys again before it goes back. */
const regretting: StepGraph<World, null, Made> = stepGraph(
  'regretting',
  (g: GraphBuilder<World>, _: null) => {
    const swapped = g.step('swap', makes());
    return g.step('clean', {
      after: [swapped],
      lockFree: true,
      patienceMs: 15,
      run: async () => {
        await new Promise((resolve) => setTimeout(resolve, 45));
        return refused;
      },
      ...undoable,
    });
  },
);

/** A step that can neither be repeated nor looked for, between two that can. */
const doubting: StepGraph<World, null, Made> = stepGraph('doubting', (g: GraphBuilder<World>, _: null) => {
  const before = g.step('before', makes());
  const mailed = g.step('mail', {
    after: [before],
    run: (_needs, ctx) => makeAgain(ctx),
  });
  return g.step('after', makes([mailed]));
});

/** Says of a mail that it may be sent twice, which is not so: the matrix is to find that out. */
const careless: StepGraph<World, null, Made> = stepGraph('careless', (g: GraphBuilder<World>, _: null) => {
  const mailed = g.step('mail', { idempotent: true, run: (_needs, ctx) => makeAgain(ctx) });
  return g.step('after', makes([mailed]));
});

/** Never gets out of its doubt: only a rescue run can have its keys. */
const stranded: StepGraph<World, null, Made> = stepGraph('stranded', (g: GraphBuilder<World>, _: null) => {
  const before = g.step('before', makes());
  return g.step('mail', { after: [before], run: () => lost });
});

/** Comes to the rescue. */
export const helping: StepGraph<World, null, Made> = stepGraph('helping', (g: GraphBuilder<World>, _: null) =>
  g.step('mend', stumbles([g.step('look', makes())])),
);

/** Waits for a person. */
const asking: StepGraph<World, null, Made> = stepGraph('asking', (g: GraphBuilder<World>, _: null) => {
  const ready = g.step('ready', makes());
  const word = g.hold('word', { after: [ready], ask: 'May it go on?' });
  return g.step('go', makes([word]));
});

/** A scope in a scope, and a graph in a graph; the inner scope has no choice that works in the first outer one. */
const nested: StepGraph<World, null, Made> = stepGraph('nested', (g: GraphBuilder<World>, _: null) => {
  const outer = g.scope('region', { choices: ['east', 'west'] }, (s, region) => {
    const net = s.step('net', makes());
    return s.scope('zone', { choices: [1, 2], after: [net] }, (inner, zone) => {
      const disk = inner.step('disk', makes());
      return inner.step('boot', {
        after: [disk],
        needs: { region, zone },
        run: (needs, ctx) => (needs.region === 'east' || needs.zone === 1 ? refused : make(ctx)),
        ...undoable,
      });
    });
  });
  return g.graph('settle', settling, { input: null, after: [outer] });
});

const settling: StepGraph<World, null, Made> = stepGraph('settling', (g: GraphBuilder<World>, _: null) => {
  const one = g.step('one', makes());
  return g.step('two', happensOnce([one]));
});

/** More side by side than may be under way at once, and one of them fails while others are in flight. */
const crowded: StepGraph<World, null, Made> = stepGraph('crowded', (g: GraphBuilder<World>, _: null) => {
  const all = Array.from({ length: 6 }, (_each, i) =>
    g.step(`part-${i}`, {
      run: async (_needs, ctx) => {
        await new Promise((resolve) => setImmediate(resolve));
        return i === 4 ? refused : make(ctx);
      },
      ...undoable,
    }),
  );
  return g.step('whole', makes(all));
});

/** Ten steps, one after the other, each of which takes a while and then does its work. */
export const walking: StepGraph<World, null, void> = stepGraph(
  'walking',
  (g: GraphBuilder<World>, _: null) => {
    let last: Handle<Made>[] = [];
    for (let i = 0; i < 10; i++) {
      last = [
        g.step(`step-${i}`, {
          after: last,
          run: async (_needs, ctx) => {
            await new Promise((resolve) => setTimeout(resolve, 20));
            return make(ctx);
          },
          ...undoable,
        }),
      ];
    }
  },
);

export type Graph = StepGraph<World, null, Made>;

/** By the name that the program is given. */
export const graphs: ReadonlyMap<string, Graph> = new Map(
  [
    moving,
    failing,
    crossing,
    lingering,
    regretting,
    doubting,
    careless,
    stranded,
    helping,
    asking,
    nested,
    crowded,
  ].map((graph) => [graph.name, graph]),
);
