import { ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import { type GraphBuilder, type Returned, stepGraph } from '../src/graph.ts';
import { toDot } from '../src/picture/dot.ts';
import { looks, states } from '../src/picture/look.ts';
import { toMermaid } from '../src/picture/mermaid.ts';
import { durationWords } from '../src/picture/words.ts';
import { type Shape, shapeOf } from '../src/shape.ts';
import { viewOf } from '../src/view.ts';
import { play } from './played.ts';

const all = {
  run: () => ok(1),
  probe: () => ok({ happened: 'no' as const }),
  revert: () => ok(undefined),
};

function shape(build: (g: GraphBuilder<unknown>) => Returned): Shape {
  return shapeOf(
    stepGraph('trial', (g: GraphBuilder<unknown>, _input: null) => build(g)),
    null,
  )._unsafeUnwrap();
}

const swap = shape((g) => {
  const stop = g.step('stop', all);
  const place = g.scope('place', { choices: ['a', 'b'], after: [stop] }, (s, zone) => {
    const create = s.step('create', { needs: { zone }, ...all });
    return s.step('attach', { needs: { create }, ...all });
  });
  const sure = g.hold('sure', { after: [place], ask: 'Go on?' });
  g.pivot('cut', { after: [sure], run: all.run, probe: all.probe });
});

const broken = { kind: 'boo', message: 'it broke' };
const reverted = viewOf(
  swap,
  play(swap, {
    choices: { place: ['a', 'b'] },
    run: (step) => (step.endsWith('attach') ? broken : undefined),
  }).events,
);
const nasty = shape((g) =>
  g.step('a"b', { run: all.run, title: 'say "<b>hi</b>" & `x` \\n #35; \u{1f600} \ud800 \u0000 日本' }),
);

describe('Mermaid', () => {
  test('shows a plan with its scope, hold and pivot', () => {
    expect(toMermaid(swap)).toBe(`flowchart TD
  n0("stop"):::pending
  subgraph n1["place"]
    n2("create"):::pending
    n3("attach"):::pending
  end
  n4(["‖ sure<br/>Go on?"]):::pending
  n5("◆ cut"):::pending
  n0 --> n1
  n2 --> n3
  n1 --> n4
  n4 --> n5
  classDef pending fill:#f8fafc,stroke:#94a3b8,color:#334155
  class n1 pending
  style n5 stroke-width:5px
`);
  });

  test('shows what ran, what was tried before, and the reverts as numbered edges backwards', () => {
    const text = toMermaid(swap, reverted);
    expect(text).toContain('subgraph n1["↶ place = b<br/>✗ a: boo"]');
    expect(text).toContain('n3["↶ 3 attach<br/>failed: boo, 1.0 s, back 1.0 s"]:::reverted');
    expect(text).toContain('n3 -. "↶ 3" .-> n2');
    expect(text).toContain('n1 -. "↶" .-> n0');
    expect(text).toMatch(/linkStyle 4,5 stroke:/);
    expect(text).toContain('n5("◆ cut"):::skipped');
  });

  test('keeps every name from meaning anything to Mermaid', () => {
    const label = /n0\("(.*)"\):::pending/.exec(toMermaid(nasty))?.[1];
    expect(label).toBe(
      'say #34;#60;b#62;hi#60;/b#62;#34; #38; #96;x#96; #92;n #35;35; \u{1f600} \ufffd \ufffd 日本',
    );
  });
});

describe('DOT', () => {
  test('shows a plan with its scope as a cluster that edges go into and come out of', () => {
    const text = toDot(swap);
    expect(text).toContain('subgraph "cluster_1" {');
    expect(text).toContain('n0 -> n1 [lhead="cluster_1"];');
    expect(text).toContain('n1e -> n4 [ltail="cluster_1"];');
    expect(text).toMatch(/n5 \[label="◆ cut", .*penwidth=5/);
    expect(text).toMatch(/n4 \[label="‖ sure\\nGo on\?", shape="ellipse"/);
  });

  test('shows the reverts as dashed edges that do not move anything', () => {
    expect(toDot(swap, reverted)).toContain(
      'n3 -> n2 [style="dashed", constraint="false", color="#b45309", fontcolor="#b45309", label="↶ 3"];',
    );
  });

  test('keeps every name inside its quotes', () => {
    const text = toDot(nasty);
    expect(text).toContain('label="say \\"<b>hi</b>\\" &amp; `x` \\\\n #35; \u{1f600} \ufffd \ufffd 日本"');
    // With all escaped pairs out of the way, quotes pair up on each line.
    for (const line of text.split('\n'))
      expect(line.replace(/\\./g, '').match(/"/g)?.length ?? 0, line).toSatisfy((n: number) => n % 2 === 0);
  });
});

describe('states', () => {
  test('differ in more than colour', () => {
    const seen = states.map((state) => `${looks[state].glyph} ${looks[state].outline}`);
    expect(new Set(seen).size).toBe(states.length);
  });

  test('have text that stands out from the fill', () => {
    for (const state of states) {
      const { fill, text, stroke } = looks[state];
      expect(contrast(fill, text), state).toBeGreaterThan(4.5);
      expect(contrast('#ffffff', stroke), state).toBeGreaterThan(2.5);
    }
  });
});

test('durations are said in at most two units', () => {
  expect(
    [0, 40, 1_000, 9_940, 9_960, 59_400, 61_000, 600_000, 3_600_000, 93_780_000, 200_000_000].map(
      durationWords,
    ),
  ).toEqual([
    '0 ms',
    '40 ms',
    '1.0 s',
    '9.9 s',
    '10 s',
    '59 s',
    '1 min 1 s',
    '10 min',
    '1 h',
    '26 h 3 min',
    '2 d 8 h',
  ]);
});

function contrast(a: string, b: string): number {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

function luminance(hex: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
