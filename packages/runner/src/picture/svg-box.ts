import type { Shape, ShapeNode } from '../shape.ts';
import type { NodeView } from '../view.ts';
import { looks, revertStroke } from './look.ts';
import { diamond, icon, outline, type Rectangle } from './svg-icon.ts';
import { fitted, px, textAt, widthOf, wrapped, xml } from './svg-text.ts';
import { choiceWords, detailOf, nameOf, storyOf, tryWords } from './words.ts';

/** What is written in a box, and so how large it must be. */
export interface Face {
  readonly name: readonly string[];
  readonly details: readonly string[];
  readonly width: number;
  readonly height: number;
}

const namePx = 13;
const detailPx = 11;
const nameLinePx = 17;
const detailLinePx = 14;
const widestPx = 190;
const iconPx = 24;

export function nodeFace(shape: Shape, node: ShapeNode, view: NodeView | undefined): Face {
  if (node.kind === 'join') return { name: [], details: [], width: 12, height: 12 };
  const name = wrapped(nameOf(shape, node), widestPx, namePx, 2);
  const ask = node.ask === undefined ? [] : wrapped(node.ask, widestPx, detailPx, 2);
  const detail = fitted(detailOf(view), widestPx, detailPx);
  const details = detail === '' ? ask : [...ask, detail];
  const text = Math.max(
    ...name.map((line) => widthOf(line, namePx)),
    ...details.map((line) => widthOf(line, detailPx)),
  );
  const hasIcon = looks[view?.state ?? 'pending'].glyph !== '';
  const sides = (hasIcon ? iconPx : 0) + markPx(node) + 28;
  return {
    name,
    details,
    width: Math.max(64, Math.ceil(text + sides)),
    height: 18 + name.length * nameLinePx + details.length * detailLinePx,
  };
}

/** Room at the right for what marks a pivot or a hold, whatever its state. */
function markPx(node: ShapeNode): number {
  return node.pivot || node.kind === 'hold' ? 18 : 0;
}

export function drawNode(box: Rectangle, face: Face, node: ShapeNode, view: NodeView | undefined): string {
  const state = view?.state ?? 'pending';
  const look = looks[state];
  const title = `<title>${xml(storyOf(view, node))}</title>`;
  const { x, y, width, height } = box;
  const middle = y + height / 2;
  if (node.kind === 'join') {
    return `<g>${title}<circle cx="${px(x + width / 2)}" cy="${px(middle)}" r="5" fill="${look.fill}" stroke="${look.stroke}" stroke-width="1.6"/></g>`;
  }
  const parts = [
    title,
    outline(node.kind === 'hold' ? { ...look, outline: 'stadium' } : look, box, node.pivot === true),
  ];
  const left = look.glyph === '' ? 0 : iconPx;
  const failedBefore = view?.ended === 'failed' && state !== 'failed' && state !== 'stuck';
  if (failedBefore) parts.push(icon('failed', x + 20, middle - 9, looks.failed.stroke));
  if (left > 0) parts.push(icon(state, x + 20, middle + (failedBefore ? 9 : 0), look.stroke));
  if (node.pivot) parts.push(diamond(x + width - 16, middle));
  if (node.kind === 'hold') parts.push(icon('waiting', x + width - 18, middle, '#475569'));
  const centre = x + left / 2 + (width - markPx(node)) / 2 + (left > 0 ? 2 : 0);
  let line = y + 9 + 13;
  for (const text of face.name) {
    parts.push(
      textAt(centre, line, text, { sizePx: namePx, fill: look.text, weight: 600, anchor: 'middle' }),
    );
    line += nameLinePx;
  }
  line -= 2;
  for (const text of face.details) {
    parts.push(textAt(centre, line, text, { sizePx: detailPx, fill: look.text, anchor: 'middle' }));
    line += detailLinePx;
  }
  return `<g>${parts.join('')}</g>`;
}

/** The number that a revert had in the order of all. */
export function drawOrder(x: number, y: number, order: number): string {
  const text = String(order);
  const half = 8 + (text.length - 1) * 3.2;
  const pill = `<rect x="${px(x - 8)}" y="${px(y - 8)}" width="${px(half * 2)}" height="16" rx="8" fill="#ffffff" stroke="${revertStroke}" stroke-width="1.4"/>`;
  return (
    pill +
    textAt(x - 8 + half, y + 3.8, text, { sizePx: 10.5, fill: '#7c2d12', weight: 700, anchor: 'middle' })
  );
}

const scopeHeadPx = 30;
const shownTries = 3;

/** The head of a scope: its name and present choice, and what was tried before. */
export function scopeFace(shape: Shape, node: ShapeNode, view: NodeView | undefined): Face {
  const tries = view?.tries ?? [];
  const now = tries.at(-1);
  const choice = now === undefined ? '' : ` = ${choiceWords(now.value)}`;
  const name = [fitted(`${nameOf(shape, node)}${choice}`, 320, namePx)];
  const before = tries.slice(0, -1).map((each) => fitted(`tried ${tryWords(each)}`, 320, detailPx));
  const hidden = before.length - shownTries;
  const details = hidden > 0 ? [`${hidden} more tries before`, ...before.slice(-shownTries)] : before;
  const text = Math.max(
    ...name.map((line) => widthOf(line, namePx)),
    ...details.map((line) => widthOf(line, detailPx)),
  );
  return {
    name,
    details,
    width: Math.ceil(text) + 24 + 32,
    height: scopeHeadPx + details.length * detailLinePx,
  };
}

export function drawScope(box: Rectangle, face: Face, node: ShapeNode, view: NodeView | undefined): string {
  const state = view?.state ?? 'pending';
  const look = looks[state];
  // A box around boxes: of the state's outline only what does not get in the way of what is inside.
  const frame = look.outline === 'octagon' || look.outline === 'slanted' ? 'box' : look.outline;
  const paper = { ...look, outline: frame, fill: '#fbfdff' } as const;
  const parts = [
    `<title>${xml(storyOf(view, node))}</title>`,
    outline(paper, box, false),
    icon(state, box.x + 20, box.y + 18, look.stroke),
  ];
  const x = box.x + (look.glyph === '' ? 14 : 34);
  for (const text of face.name) {
    parts.push(textAt(x, box.y + 22.5, text, { sizePx: namePx, fill: look.text, weight: 700 }));
  }
  face.details.forEach((text, i) => {
    parts.push(
      textAt(x, box.y + 38 + i * detailLinePx, text, { sizePx: detailPx, fill: looks.failed.stroke }),
    );
  });
  return `<g>${parts.join('')}</g>`;
}
