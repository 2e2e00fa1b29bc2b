import { Layout } from '../layout.ts';
import type { Shape } from '../shape.ts';
import type { NodeView, RunView } from '../view.ts';
import { type Look, looks, revertStroke } from './look.ts';
import { choiceWords, detailOf, headline, nameOf, printable, storyOf, tryWords, wentBack } from './words.ts';

/**
 * A graph for Graphviz: the plan where there is no view, else what really ran. Scopes are clusters; the state shows
 * in colour, outline and glyph; reverts are dashed edges backwards with their order.
 */
export function toDot(shape: Shape, view?: RunView): string {
  const layout = new Layout(shape);
  const inScope = (scope: number, indent: string): string[] =>
    layout.inner(scope).flatMap((i) => {
      const node = view?.nodes[i];
      if (layout.node(i).kind !== 'scope') return [`${indent}${nodeLine(shape, i, node)}`];
      return [
        `${indent}subgraph ${quoted(clusterOf(i))} {`,
        `${indent}  graph [${attributes(scopeAttributes(shape, i, node))}];`,
        ...doors(layout, i).map((line) => `${indent}  ${line}`),
        ...inScope(i, `${indent}  `),
        `${indent}}`,
      ];
    });
  return [
    `digraph ${quoted(shape.graph)} {`,
    `  graph [compound=true, rankdir=TB, fontname="sans-serif", labelloc=t, label=${quoted(headline(shape, view))}];`,
    '  node [fontname="sans-serif", fontsize=11, style=filled];',
    '  edge [fontname="sans-serif", fontsize=10, color="#475569"];',
    ...inScope(layout.count, '  '),
    ...edges(shape, layout, view),
    '}',
    '',
  ].join('\n');
}

/** Graphviz has edges between nodes only: a scope gets a point to come in by, before all in it, and one after all. */
function doors(layout: Layout, scope: number): readonly string[] {
  const inner = layout.inner(scope);
  const hidden = '[style=invis];';
  const first = inner.filter((i) => layout.after(i).length === 0);
  const last = inner.filter((i) => layout.dependents(i).length === 0);
  return [
    `n${scope} [shape=point, style=invis, width=0, label=""];`,
    `n${scope}e [shape=point, style=invis, width=0, label=""];`,
    ...first.map((i) => `n${scope} -> n${i} ${hidden}`),
    ...last.map((i) => `${exitOf(layout, i)} -> n${scope}e ${hidden}`),
    ...(inner.length === 0 ? [`n${scope} -> n${scope}e ${hidden}`] : []),
  ];
}

function exitOf(layout: Layout, index: number): string {
  return layout.node(index).kind === 'scope' ? `n${index}e` : `n${index}`;
}

type Attributes = Readonly<Record<string, string | number | undefined>>;

function nodeLine(shape: Shape, index: number, view: NodeView | undefined): string {
  const node = shape.nodes[index];
  if (node === undefined || node.kind === 'join') {
    return `n${index} [shape=circle, width=0.12, label="", tooltip=${quoted(node?.path ?? '')}];`;
  }
  const state = view?.state ?? 'pending';
  const look = looks[state];
  const order = view?.revert?.order;
  const mark = look.glyph === '' ? '' : `${look.glyph}${order === undefined ? '' : ` ${order}`} `;
  const kind = node.pivot ? '◆ ' : node.kind === 'hold' && state !== 'waiting' ? '‖ ' : '';
  const lines = [`${mark}${kind}${nameOf(shape, node)}`, node.ask ?? '', detailOf(view)];
  const all: Attributes = {
    label: lines.filter((line) => line !== '').join('\n'),
    ...outlineOf(node.kind === 'hold' ? 'stadium' : look.outline),
    fillcolor: look.fill,
    color: look.stroke,
    fontcolor: look.text,
    penwidth: node.pivot ? 5 : look.outline === 'octagon' ? 2.5 : undefined,
    tooltip: storyOf(view, node),
  };
  return `n${index} [${attributes(all)}];`;
}

function outlineOf(outline: Look['outline']): Attributes {
  switch (outline) {
    case 'rounded':
      return { shape: 'box', style: 'filled,rounded' };
    case 'box':
      return { shape: 'box' };
    case 'double':
      return { shape: 'box', peripheries: 2 };
    case 'octagon':
      return { shape: 'octagon' };
    case 'slanted':
      return { shape: 'parallelogram' };
    case 'dotted':
      return { shape: 'box', style: 'filled,dotted' };
    case 'stadium':
      return { shape: 'ellipse' };
  }
}

function scopeAttributes(shape: Shape, index: number, view: NodeView | undefined): Attributes {
  const node = shape.nodes[index];
  const look = looks[view?.state ?? 'pending'];
  const tries = view?.tries ?? [];
  const now = tries.at(-1);
  const name = node === undefined ? '' : nameOf(shape, node);
  const label = `${look.glyph === '' ? '' : `${look.glyph} `}${name}${now === undefined ? '' : ` = ${choiceWords(now.value)}`}`;
  return {
    label: [label, ...tries.slice(0, -1).map((each) => `✗ ${tryWords(each)}`)].join('\n'),
    labelloc: 't',
    style: look.outline === 'dotted' ? 'rounded,dotted' : 'rounded',
    color: look.stroke,
    fontcolor: look.text,
    penwidth: look.outline === 'double' ? 2 : undefined,
  };
}

function edges(shape: Shape, layout: Layout, view: RunView | undefined): readonly string[] {
  const isScope = (i: number) => shape.nodes[i]?.kind === 'scope';
  return shape.nodes.flatMap((node, i) =>
    node.after.flatMap((before) => {
      const forward: Attributes = {
        ltail: isScope(before) ? clusterOf(before) : undefined,
        lhead: isScope(i) ? clusterOf(i) : undefined,
      };
      const from = exitOf(layout, before);
      const lines = [edge(from, `n${i}`, forward)];
      if (wentBack(view?.nodes[i])) {
        const order = view?.nodes[i]?.revert?.order;
        lines.push(
          edge(`n${i}`, from, {
            ltail: forward['lhead'],
            lhead: forward['ltail'],
            style: 'dashed',
            constraint: 'false',
            color: revertStroke,
            fontcolor: revertStroke,
            label: order === undefined ? '↶' : `↶ ${order}`,
          }),
        );
      }
      return lines;
    }),
  );
}

function edge(from: string, to: string, all: Attributes): string {
  const list = attributes(all);
  return `  ${from} -> ${to}${list === '' ? '' : ` [${list}]`};`;
}

function clusterOf(index: number): string {
  return `cluster_${index}`;
}

function attributes(all: Attributes): string {
  return Object.entries(all)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${typeof value === 'number' ? value : quoted(value ?? '')}`)
    .join(', ');
}

/** Graphviz reads backslashes and HTML entities in quoted strings. */
function quoted(text: string): string {
  const safe = printable(text)
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replaceAll('&', '&amp;')
    .replaceAll('\n', '\\n');
  return `"${safe}"`;
}
