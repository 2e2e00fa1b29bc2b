import { Layout } from '../layout.ts';
import type { Shape } from '../shape.ts';
import type { NodeView, NodeWord, RunView } from '../view.ts';
import { looks, revertStroke, states } from './look.ts';
import { choiceWords, detailOf, nameOf, printable, tryWords, wentBack } from './words.ts';

/**
 * A Mermaid flowchart, for a README or a ticket: the plan where there is no view, else what really ran. Scopes are
 * subgraphs; the state shows in colour, outline and glyph; reverts are dashed edges backwards with their order.
 */
export function toMermaid(shape: Shape, view?: RunView): string {
  const layout = new Layout(shape);
  const inScope = (scope: number, indent: string): string[] =>
    layout.inner(scope).flatMap((i) => {
      const node = view?.nodes[i];
      if (layout.node(i).kind !== 'scope') return [`${indent}${nodeLine(shape, i, node)}`];
      return [
        `${indent}subgraph n${i}["${scopeLabel(shape, i, node)}"]`,
        ...inScope(i, `${indent}  `),
        `${indent}end`,
      ];
    });
  return [
    'flowchart TD',
    ...inScope(layout.count, '  '),
    ...edges(shape, view),
    ...styles(shape, view),
    '',
  ].join('\n');
}

function nodeLine(shape: Shape, index: number, view: NodeView | undefined): string {
  const node = shape.nodes[index];
  const state = view?.state ?? 'pending';
  if (node === undefined || node.kind === 'join') return `n${index}((" ")):::${state}`;
  const { glyph, outline } = looks[state];
  const order = view?.revert?.order;
  const back = order === undefined ? '' : ` ${order}`;
  const mark = glyph === '' ? '' : `${glyph}${back} `;
  const kind = node.pivot ? '◆ ' : node.kind === 'hold' && state !== 'waiting' ? '‖ ' : '';
  const lines = [`${mark}${kind}${nameOf(shape, node)}`, node.ask ?? '', detailOf(view)];
  const label = lines
    .filter((line) => line !== '')
    .map(escaped)
    .join('<br/>');
  const [open, close] = brackets[node.kind === 'hold' ? 'stadium' : outline];
  return `n${index}${open}"${label}"${close}:::${state}`;
}

const brackets: Readonly<Record<(typeof looks)[NodeWord]['outline'], readonly [string, string]>> = {
  rounded: ['(', ')'],
  box: ['[', ']'],
  double: ['[[', ']]'],
  octagon: ['{{', '}}'],
  slanted: ['[/', '/]'],
  dotted: ['(', ')'],
  stadium: ['([', '])'],
};

function scopeLabel(shape: Shape, index: number, view: NodeView | undefined): string {
  const node = shape.nodes[index];
  if (node === undefined) return '';
  const { glyph } = looks[view?.state ?? 'pending'];
  const tries = view?.tries ?? [];
  const now = tries.at(-1);
  const name = `${glyph === '' ? '' : `${glyph} `}${nameOf(shape, node)}`;
  const choice = now === undefined ? '' : ` = ${choiceWords(now.value)}`;
  const before = tries.slice(0, -1).map((each) => `✗ ${tryWords(each)}`);
  return [`${name}${choice}`, ...before].map(escaped).join('<br/>');
}

/** In a quoted label only these mean anything; a number sign begins Mermaid's own escapes. */
function escaped(text: string): string {
  return printable(text).replace(/[#"<>&`\\\n\t]/g, (c) =>
    c === '\n' || c === '\t' ? ' ' : `#${c.codePointAt(0)};`,
  );
}

function edges(shape: Shape, view: RunView | undefined): readonly string[] {
  const forward: string[] = [];
  const back: string[] = [];
  shape.nodes.forEach((node, i) => {
    for (const before of node.after) {
      forward.push(`  n${before} --> n${i}`);
      if (!wentBack(view?.nodes[i])) continue;
      const order = view?.nodes[i]?.revert?.order;
      const label = order === undefined ? '↶' : `↶ ${order}`;
      back.push(`  n${i} -. "${label}" .-> n${before}`);
    }
  });
  if (back.length === 0) return forward;
  const numbers = back.map((_, i) => forward.length + i).join(',');
  return [...forward, ...back, `  linkStyle ${numbers} stroke:${revertStroke},color:${revertStroke}`];
}

function styles(shape: Shape, view: RunView | undefined): readonly string[] {
  const used = new Set(shape.nodes.map((_, i) => view?.nodes[i]?.state ?? 'pending'));
  const classes = states
    .filter((state) => used.has(state))
    .map((state) => `  classDef ${state} ${styleOf(state)}`);
  const scopes = shape.nodes.flatMap(({ kind }, i) =>
    kind === 'scope' ? [`  class n${i} ${view?.nodes[i]?.state ?? 'pending'}`] : [],
  );
  const pivot = shape.nodes.flatMap((node, i) => (node.pivot ? [`  style n${i} stroke-width:5px`] : []));
  return [...classes, ...scopes, ...pivot];
}

function styleOf(state: NodeWord): string {
  const { fill, stroke, text, outline } = looks[state];
  const dash = outline === 'dotted' ? ',stroke-dasharray:2 4' : '';
  const width = outline === 'octagon' ? ',stroke-width:3px' : '';
  return `fill:${fill},stroke:${stroke},color:${text}${dash}${width}`;
}
