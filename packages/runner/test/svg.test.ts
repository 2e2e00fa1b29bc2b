import fc from 'fast-check';
import { ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { type GraphBuilder, type Returned, stepGraph } from '../src/graph.ts';
import type { Rectangle } from '../src/picture/svg-icon.ts';
import { type Direction, type Scene, type Strand, sceneOf } from '../src/picture/svg-scene.ts';
import { fitted, widthOf, wrapped } from '../src/picture/svg-text.ts';
import { type Shape, type ShapeNode, shapeOf } from '../src/shape.ts';
import { toSvg } from '../src/svg.ts';
import { type RunView, viewOf } from '../src/view.ts';
import { play } from './played.ts';

const all = {
  run: () => ok(1),
  probe: () => ok({ happened: 'no' as const }),
  revert: () => ok(undefined),
};
const broken = { kind: 'boo', message: 'it <broke> & "fell"' };

function shape(build: (g: GraphBuilder<unknown>) => Returned): Shape {
  return shapeOf(
    stepGraph('trial', (g: GraphBuilder<unknown>, _input: null) => build(g)),
    null,
  )._unsafeUnwrap();
}

const swap = shape((g) => {
  const check = g.step('check', { run: all.run });
  const ttl = g.step('lower-ttl', { after: [check], ...all });
  const place = g.scope('place', { choices: ['a', 'b'], after: [check] }, (s, zone) => {
    const create = s.step('create', { needs: { zone }, ...all });
    return s.step('attach', { needs: { create }, ...all });
  });
  const sure = g.hold('sure', { after: [place, ttl], ask: 'Go on?' });
  const cut = g.pivot('cut', { after: [sure], run: all.run, probe: all.probe });
  g.step('report', { after: [cut], run: all.run });
});

function reverted(of: Shape, failing: string): RunView {
  return viewOf(of, play(of, { run: (step) => (step.endsWith(failing) ? broken : undefined) }).events);
}

/** Any order of steps, some in scopes, some of these within scopes; names of any length. */
const anyShape: fc.Arbitrary<Shape> = fc
  .array(
    fc.record({
      name: fc.string({ unit: 'grapheme', maxLength: 30 }),
      kind: fc.constantFrom('step', 'step', 'step', 'hold', 'scope', 'join'),
      scope: fc.nat(3),
      after: fc.array(fc.nat(100), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((parts) => {
    const nodes: ShapeNode[] = [];
    parts.forEach(({ name, kind, scope, after }, i) => {
      const scopes = nodes.flatMap((node, j) => (node.kind === 'scope' ? [j] : []));
      const home = scopes[scope] ?? -1;
      const siblings = nodes.flatMap((node, j) => (node.scope === home ? [j] : []));
      const before = siblings.length === 0 ? [] : after.map((each) => siblings[each % siblings.length]!);
      const prefix = home === -1 ? '' : `${nodes[home]!.path}/`;
      nodes.push({
        path: `${prefix}${name}${i}`,
        kind: kind as ShapeNode['kind'],
        scope: home,
        after: [...new Set(before)],
        needs: [],
        hasRevert: true,
        hasProbe: true,
      });
    });
    return { format: 1 as const, graph: 'any', nodes };
  });

describe('the layout', () => {
  for (const direction of ['down', 'right'] as const) {
    test(`going ${direction}, keeps boxes apart, insides inside, and edges off boxes`, () => {
      fc.assert(
        fc.property(anyShape, fc.boolean(), (of, isView) => {
          const view = isView ? reverted(of, `${of.nodes.length - 1}`) : undefined;
          const scene = sceneOf(of, view, direction, () => -1);
          expect(overlaps(of, scene)).toEqual([]);
          expect(strays(of, scene)).toEqual([]);
          expect(collisions(of, scene, direction)).toEqual([]);
        }),
        { numRuns: 60 },
      );
    });
  }

  test('always goes forward: whatever depends on a box stands after it', () => {
    fc.assert(
      fc.property(anyShape, (of) => {
        const { boxes } = sceneOf(of, undefined, 'down', () => -1);
        of.nodes.forEach(({ after }, i) => {
          for (const before of after)
            expect(boxes[i]!.y).toBeGreaterThan(boxes[before]!.y + boxes[before]!.height);
        });
      }),
      { numRuns: 40 },
    );
  });

  test('puts a wide fan on several rows, in a picture that is not endless', () => {
    const fan = shape((g) => {
      const first = g.step('first', all);
      const many = Array.from({ length: 100 }, (_, i) => g.step(`copy-${i}`, { ...all, after: [first] }));
      g.step('last', { ...all, after: many });
    });
    const { width, height, boxes } = sceneOf(fan, undefined, 'down', () => -1);
    expect(new Set(boxes.map(({ y }) => Math.round(y))).size).toBeGreaterThan(6);
    expect(width).toBeLessThan(4_000);
    expect(height).toBeLessThan(2_000);
  });

  test('stands each band after the one before it', () => {
    const two = shape((g) => {
      g.step('a', all);
      g.step('b', all);
    });
    const apart = sceneOf(two, undefined, 'down', (node) => 1 - node);
    expect(apart.boxes[0]!.y).toBeGreaterThan(apart.boxes[1]!.y);
  });
});

describe('the picture', () => {
  const view = reverted(swap, 'attach');
  const svg = toSvg(swap, view, { bands: [{ title: 'source serves', steps: ['place/create', 'check'] }] });

  test('is one well-formed document with nothing from outside and nothing that runs', () => {
    for (const each of [svg, toSvg(swap), toSvg(swap, view, { direction: 'right', legend: false })]) {
      expect(unbalanced(each)).toEqual([]);
      expect(each).not.toMatch(/<script|<image|<use|<foreignObject|href|url\(|@import|on[a-z]+=/i);
      expect(each).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  test('tells what happened where the pointer rests', () => {
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map((match) => match[1]!);
    expect(
      titles.some((title) => title.includes('run failed: boo: it &#60;broke&#62; &#38; &#34;fell&#34;')),
    ).toBe(true);
    expect(titles.some((title) => title.includes('asks: Go on?'))).toBe(true);
  });

  test('has reverts as dashed lines with their order, bands and the line of no return', () => {
    expect(svg).toContain('stroke-dasharray="5 3.5"');
    expect(svg).toMatch(/font-weight="700"[^>]*>1<\/text>/);
    expect(svg).toContain('>source serves</text>');
    expect(svg).toContain('>point of no return</text>');
    expect(svg).toContain('stroke-width="4.5"');
  });

  test('explains only what is in it', () => {
    expect(toSvg(swap)).not.toContain('>reverted</text>');
    expect(svg).toContain('>reverted</text>');
    expect(toSvg(swap, undefined, { legend: false })).not.toContain('>pending</text>');
  });

  test('draws the measured critical path through the scope that the run waited for', () => {
    const done = viewOf(swap, play(swap, { run: () => undefined }).events);
    const thick = (text: string) => text.match(/stroke-width="4" stroke-linecap/g)?.length ?? 0;
    expect(thick(toSvg(swap, done))).toBe(0);
    // check to place, and within it create to attach; the hold has not been released.
    expect(thick(toSvg(swap, done, { criticalPath: 'measured' }))).toBe(2);
    expect(thick(toSvg(swap, done, { criticalPath: ['check', 'lower-ttl', 'sure', 'cut'] }))).toBeGreaterThan(
      2,
    );
  });

  test('has room for all that is in it', () => {
    const [, width, height] = /viewBox="0 0 ([\d.]+) ([\d.]+)"/.exec(svg)!.map(Number) as [
      number,
      number,
      number,
    ];
    for (const [, x, y, w, h] of svg.matchAll(
      /<rect x="(-?[\d.]+)" y="(-?[\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
    )) {
      expect(Number(x) + Number(w)).toBeLessThanOrEqual(width);
      expect(Number(y) + Number(h)).toBeLessThanOrEqual(height);
    }
  });

  test('of a thousand steps is drawn within a few seconds', () => {
    const nodes = Array.from({ length: 1_000 }, (_, i) => ({
      path: `step-${i}`,
      kind: 'step' as const,
      scope: -1,
      after: i === 0 ? [] : [...new Set([i - 1 - ((i * 7) % Math.min(i, 40)), (i * 31) % i])],
      needs: [],
      hasRevert: true as const,
      hasProbe: true as const,
    }));
    const big: Shape = { format: 1, graph: 'big', nodes };
    const before = performance.now();
    expect(toSvg(big, reverted(big, '-999'))).toContain('step-999');
    expect(performance.now() - before).toBeLessThan(30_000);
  });
});

describe('text', () => {
  test('fits where it is put', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 60 }),
        fc.integer({ min: 30, max: 300 }),
        (text, room) => {
          expect(widthOf(fitted(text, room, 13), 13)).toBeLessThanOrEqual(room);
          for (const line of wrapped(text, room, 13, 2)) expect(widthOf(line, 13)).toBeLessThanOrEqual(room);
        },
      ),
    );
  });

  test('is broken after a hyphen rather than cut', () => {
    expect(wrapped('probe-through-future-name', 120, 13, 2)).toEqual(['probe-through-', 'future-name']);
    expect(wrapped('short', 120, 13, 2)).toEqual(['short']);
  });
});

function overlaps(of: Shape, { boxes }: Scene): readonly string[] {
  return boxes.flatMap((a, i) =>
    boxes.slice(i + 1).flatMap((b, k) => {
      const j = i + 1 + k;
      if (of.nodes[i]!.scope !== of.nodes[j]!.scope || !meet(a, b)) return [];
      return [`${of.nodes[i]!.path} and ${of.nodes[j]!.path}`];
    }),
  );
}

function meet(a: Rectangle, b: Rectangle): boolean {
  const gap = 8;
  return (
    a.x < b.x + b.width + gap &&
    b.x < a.x + a.width + gap &&
    a.y < b.y + b.height + gap &&
    b.y < a.y + a.height + gap
  );
}

function strays(of: Shape, { boxes, faces, width, height }: Scene): readonly string[] {
  const slack = 0.01;
  return boxes.flatMap((box, i) => {
    const home = boxes[of.nodes[i]!.scope] ?? { x: 0, y: 0, width, height };
    // The names and tries of a scope stand above all that is in it.
    const head = faces[of.nodes[i]!.scope]?.height ?? 0;
    const isIn =
      box.x >= home.x - slack &&
      box.y >= home.y + head - slack &&
      box.x + box.width <= home.x + home.width + slack &&
      box.y + box.height <= home.y + home.height + slack;
    return isIn ? [] : [of.nodes[i]!.path];
  });
}

/** Points along each way that lie in a box which the way neither comes from, goes to nor lives in. */
function collisions(of: Shape, scene: Scene, direction: Direction): readonly string[] {
  return scene.strands.flatMap((strand) => {
    const home = of.nodes[strand.edges[0]![1]]!.scope;
    const others = scene.boxes.flatMap((box, i) =>
      of.nodes[i]!.scope === home && i !== strand.from.node && i !== strand.to.node ? [{ box, i }] : [],
    );
    return pointsOf(strand).flatMap(([across, along]) => {
      const [x, y] = direction === 'down' ? [across, along] : [along, across];
      const hit = others.find(
        ({ box }) => x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height,
      );
      return hit === undefined ? [] : [`${of.nodes[hit.i]!.path} is crossed`];
    });
  });
}

function pointsOf({ from, to, across, along }: Strand): readonly (readonly [number, number])[] {
  const middle = (from.rankEdge + to.rankEdge) / 2;
  const curve = Array.from({ length: 21 }, (_, i) => {
    const t = i / 20;
    const mix = (p: number, q: number, r: number, s: number) =>
      (1 - t) ** 3 * p + 3 * (1 - t) ** 2 * t * q + 3 * (1 - t) * t ** 2 * r + t ** 3 * s;
    return [
      across + mix(from.centre, from.centre, to.centre, to.centre),
      along + mix(from.rankEdge, middle, middle, to.rankEdge),
    ] as const;
  });
  return [[across + from.centre, along + from.at], ...curve, [across + to.centre, along + to.at]];
}

/** Elements that are opened and not closed, or the other way round. */
function unbalanced(svg: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [, close, name, empty] of svg.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) wrong.push(name!);
    } else if (empty !== '/') open.push(name!);
  }
  return [...wrong, ...open];
}

test('a run that went back says how much of it was done before', () => {
  const svg = toSvg(swap, reverted(swap, 'attach'));
  expect(svg).toMatch(/0 of 7 tasks done, [1-9] done and undone again/);
  expect(toSvg(swap, viewOf(swap, play(swap, {}).events))).not.toContain('undone');
});
