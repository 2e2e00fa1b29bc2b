import { ok } from 'neverthrow';
import { describe, expect, it } from 'vitest';
import { type GraphBuilder, type Handle, type Shape, shapeOf, stepGraph } from '../src/index.ts';
import { buildProgram } from '../src/program.ts';

const step = { run: () => ok(1) };
type Build = (g: GraphBuilder<unknown>, input: never) => void;

function shapeFor(build: Build): Shape {
  return shapeOf(stepGraph('g', build), null as never)._unsafeUnwrap();
}

/** What is wrong with a graph, in sentences. */
function problems(build: Build, input: unknown = null): string[] {
  return buildProgram(stepGraph('g', build), input as never).problems.map(({ sentence }) => sentence);
}

function after(shape: Shape, path: string): string[] {
  return shape.nodes.find((node) => node.path === path)!.after.map((n) => shape.nodes[n]!.path);
}

describe('a shape', () => {
  it('says of each step what it is called, where it lives and what it waits for', () => {
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      const b = g.step('b', { ...step, needs: { a } });
      g.step('c', { ...step, after: [b, a] });
    });
    expect(shape.nodes.map(({ path, scope, after, needs }) => ({ path, scope, after, needs }))).toEqual([
      { path: 'a', scope: -1, after: [], needs: [] },
      { path: 'b', scope: -1, after: [0], needs: ['a'] },
      { path: 'c', scope: -1, after: [0, 1], needs: [] },
    ]);
  });

  it('is plain JSON, the same at every build', () => {
    const build: Build = (g) => {
      const a = g.step('a', { ...step, probe: () => ok({ happened: 'no' as const }), revert: () => ok(1) });
      g.scope('s', { choices: [1, 2], after: [a] }, (s) => s.step('in', step));
    };
    expect(JSON.parse(JSON.stringify(shapeFor(build)))).toEqual(shapeFor(build));
  });

  it('waits for a step once, however often it is named', () => {
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      g.step('b', { ...step, needs: { x: a, y: a }, after: [a] });
    });
    expect(after(shape, 'b')).toEqual(['a']);
  });

  it('lets a scope wait for what the steps in it need from outside, however deep they lie', () => {
    const shape = shapeFor((g) => {
      const image = g.step('image', step);
      const other = g.step('other', step);
      g.scope('zone', { choices: ['a'] }, (z) => {
        const volume = z.step('volume', step);
        z.scope('type', { choices: ['m'] }, (t) =>
          t.step('server', { ...step, needs: { image, volume }, after: [other] }),
        );
      });
    });
    expect(after(shape, 'zone')).toEqual(['image', 'other']);
    expect(after(shape, 'zone/type')).toEqual(['zone/volume']);
    expect(after(shape, 'zone/type/server')).toEqual([]);
  });

  it('lets a scope wait for the step that its choices come from', () => {
    const shape = shapeFor((g) => {
      const zones = g.step('zones', { run: () => ok(['a', 'b']) });
      g.scope('place', { choices: zones }, (s) => s.step('in', step));
    });
    expect(after(shape, 'place')).toEqual(['zones']);
  });

  it('lets a scope wait for a step of outside that it hands back, so that its value is there', () => {
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      const place = g.scope('place', { choices: [1] }, (s) => ({ mine: s.step('in', step), a }));
      g.step('b', { ...step, needs: { place } });
    });
    expect(after(shape, 'place')).toEqual(['a']);
  });

  it('lets a step in a scope use the choice without waiting for anything', () => {
    const shape = shapeFor((g) => {
      g.scope('s', { choices: [1] }, (s, choice) => {
        s.step('in', { ...step, needs: { choice } });
        s.scope('t', { choices: [2] }, (t) => t.step('deep', { ...step, needs: { choice } }));
      });
    });
    expect(after(shape, 's')).toEqual([]);
    expect(after(shape, 's/t')).toEqual([]);
  });

  it('runs a scope without keys only where all in it may', () => {
    const free = { ...step, lockFree: true };
    const shape = shapeFor((g) => {
      g.scope('yes', { choices: [1] }, (s) => s.step('in', free));
      g.scope('no', { choices: [1] }, (s) => {
        s.step('in', free);
        s.step('too', step);
      });
      g.scope('hold', { choices: [1] }, (s) => {
        s.step('in', free);
        s.hold('ask', { ask: 'well?' });
      });
    });
    const isFree = (path: string): boolean =>
      shape.nodes.find((node) => node.path === path)!.lockFree === true;
    expect(['yes', 'no', 'hold'].map(isFree)).toEqual([true, false, false]);
  });
});

describe('a graph in a graph', () => {
  const inner = stepGraph('inner', (g: GraphBuilder<unknown>, input: { n: number }) => {
    const first = g.step('first', { run: () => ok(input.n) });
    const beside = g.step('beside', step);
    return { last: g.step('last', { ...step, needs: { first }, after: [beside] }), first };
  });

  it('starts after what it was put after, and is done when all of it is', () => {
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      const part = g.graph('part', inner, { input: { n: 1 }, after: [a] });
      g.step('b', { ...step, after: [part] });
    });
    expect(after(shape, 'part/first')).toEqual(['a']);
    expect(after(shape, 'part/beside')).toEqual(['a']);
    expect(after(shape, 'part/last')).toEqual(['part/first', 'part/beside']);
    expect(after(shape, 'part')).toEqual(['part/first', 'part/beside', 'part/last']);
    expect(after(shape, 'b')).toEqual(['part']);
  });

  it('within a graph within a graph still starts after what the outermost was put after', () => {
    const middle = stepGraph('middle', (g: GraphBuilder<unknown>, _: null) => {
      g.graph('deep', inner, { input: { n: 2 } });
    });
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      g.graph('outer', middle, { input: null, after: [a] });
    });
    expect(after(shape, 'outer/deep/first')).toEqual(['a']);
  });

  it('that needs a step of around it directly still starts after what it was put after', () => {
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      const image = g.step('image', step);
      const closed = stepGraph('closed', (c: GraphBuilder<unknown>, _: null) => {
        const first = c.step('first', { ...step, needs: { image } });
        c.step('second', { ...step, needs: { first } });
      });
      g.graph('part', closed, { input: null, after: [a] });
    });
    expect(after(shape, 'part/first')).toEqual(['a', 'image']);
    expect(after(shape, 'part/second')).toEqual(['part/first']);
  });

  it('with nothing in it is passed over, and the order across it is kept', () => {
    const empty = stepGraph('empty', (_g: GraphBuilder<unknown>, _: null) => undefined);
    const shape = shapeFor((g) => {
      const a = g.step('a', step);
      const part = g.graph('part', empty, { input: null, after: [a] });
      g.step('b', { ...step, after: [part] });
    });
    expect(after(shape, 'part')).toEqual(['a']);
    expect(after(shape, 'b')).toEqual(['part']);
  });

  it('brings its pivot along, on the top level', () => {
    const pivoted = stepGraph('pivoted', (g: GraphBuilder<unknown>, _: null) => {
      g.pivot('p', { ...step, probe: () => ok({ happened: 'no' as const }) });
    });
    const shape = shapeFor((g) => {
      g.graph('part', pivoted, { input: null });
    });
    expect(shape.nodes.find(({ pivot }) => pivot)!.path).toBe('part/p');
    expect(
      problems((g) => g.scope('s', { choices: [1] }, (s) => s.graph('part', pivoted, { input: null }))),
    ).toEqual(['step s/part/p: a pivot may only stand on the top level, never in a scope']);
  });
});

describe('a graph that is declared wrongly is told so, by name, and nothing throws', () => {
  // The types refuse most of what follows; people without them, and data behind `any`, still meet these sentences.
  const wrong = (value: unknown): never => value as never;

  it('a name used twice in one place', () => {
    const twice = problems((g) => {
      g.step('a', step);
      g.step('a', step);
      g.scope('s', { choices: [1] }, (s) => s.step('a', step));
    });
    expect(twice).toEqual(['step a: this name is used twice']);
  });

  it('a name with / or # in it, or none', () => {
    const sentence = 'a name may not be empty nor have / or # in it';
    expect(problems((g) => g.step('a/b', step))).toEqual([`step a/b: ${sentence}`]);
    expect(problems((g) => g.hold('a#1', { ask: 'well?' }))).toEqual([`step a#1: ${sentence}`]);
    expect(problems((g) => g.scope('', { choices: [1] }, (s) => s.step('in', step)))).toEqual([
      `step : ${sentence}`,
    ]);
  });

  it('the handle of another graph', () => {
    let stolen: Handle<number> | undefined;
    shapeFor((g) => {
      stolen = g.step('far', step);
    });
    expect(problems((g) => g.step('b', { ...step, needs: { far: stolen! } }))).toEqual([
      'step b: needs.far is the handle far of another graph',
    ]);
  });

  it('the handle of a scope that has ended', () => {
    const leaked = problems((g) => {
      let inside: Handle<number> | undefined;
      g.scope('s', { choices: [1] }, (s) => {
        inside = s.step('in', step);
      });
      g.step('b', { ...step, after: [inside!] });
    });
    expect(leaked).toEqual([
      'step b: after is s/in, which lives in a scope that ends before: let the scope return it',
    ]);
  });

  it('the choice of a scope beside it', () => {
    const leaked = problems((g) => {
      let choice: Handle<number> | undefined;
      g.scope('s', { choices: [1] }, (s, c) => {
        choice = c;
        s.step('in', step);
      });
      g.scope('t', { choices: [1] }, (t) => t.step('in', { ...step, needs: { choice: choice! } }));
    });
    expect(leaked).toHaveLength(1);
    expect(leaked[0]).toContain(
      'step t/in: needs.choice is s#choice, which lives in a scope that ends before',
    );
  });

  it('something that is no handle at all', () => {
    expect(problems((g) => g.step('a', { ...step, needs: { x: wrong('volume') } }))).toEqual([
      'step a: needs.x is not a handle',
    ]);
    expect(problems((g) => g.step('a', { ...step, after: [wrong(undefined)] }))).toEqual([
      'step a: after is not a handle',
    ]);
    expect(problems((g) => g.scope('s', { choices: wrong('all') }, (s) => s.step('in', step)))).toEqual([
      'step s: choices is not a handle',
    ]);
    expect(problems(() => wrong(5))).toEqual([
      'step g: it may return a handle, a record of handles or nothing',
    ]);
    expect(problems(() => wrong({ a: 5 }))).toEqual(['step g: the returned a is not a handle']);
  });

  it('an input that JSON cannot carry', () => {
    expect(problems(() => undefined, { at: new Date(0) })).toEqual([
      'its input must be JSON, but input.at is a Date',
    ]);
    expect(problems(() => undefined, { list: [1, Number.NaN] })).toEqual([
      'its input must be JSON, but input.list[1] is NaN',
    ]);
  });

  it('the input of an included graph that JSON cannot carry', () => {
    const part = stepGraph('part', (g: GraphBuilder<unknown>, _: unknown) => void g.step('a', step));
    expect(problems((g) => g.graph('p', part, { input: { size: 1n } }))).toEqual([
      'step p: the input of part must be JSON, but input.size is a bigint',
    ]);
  });

  it('choices that JSON cannot carry', () => {
    expect(
      problems((g) => g.scope('s', { choices: wrong([1, new Map()]) }, (s) => s.step('in', step))),
    ).toEqual(['step s: choices must be JSON, but choices[1] is a Map']);
  });

  it('all that is wrong at once, in one sentence of shapeOf', () => {
    const both = stepGraph('both', (g: GraphBuilder<unknown>, _: null) => {
      g.step('a', step);
      g.step('a', step);
      g.step('b/c', step);
    });
    const error = shapeOf(both, null)._unsafeUnwrapErr();
    expect(error.kind).toBe('invalid');
    expect(error.message).toBe(
      'graph both: step a: this name is used twice; step b/c: a name may not be empty nor have / or # in it',
    );
  });

  it('a build that throws: what it said, as a sentence', () => {
    expect(
      problems((g, input: { zones: readonly string[] }) => {
        g.scope('s', { choices: input.zones.map((zone) => zone) }, (s) => s.step('in', step));
      }, {}),
    ).toEqual([expect.stringMatching(/^its build threw: TypeError: .*undefined/)]);
  });
});
