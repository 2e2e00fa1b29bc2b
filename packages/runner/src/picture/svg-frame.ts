import type { Shape } from '../shape.ts';
import type { NodeWord, RunView } from '../view.ts';
import { looks, revertStroke, states } from './look.ts';
import { drawOrder } from './svg-box.ts';
import { diamond, icon, outline, type Rectangle, rectangle } from './svg-icon.ts';
import type { Direction, Scene } from './svg-scene.ts';
import { fitted, px, textAt, widthOf, xml } from './svg-text.ts';
import { headline } from './words.ts';

/** What stands around the graph: the heading, bands behind it, the line of no return, and a legend. */

/** Ranks of the body from one to another, with what they have in common. */
export interface Stripe {
  readonly title: string;
  readonly firstRank: number;
  readonly lastRank: number;
}

export interface Head {
  readonly svg: string;
  readonly width: number;
  readonly height: number;
}

const grey = '#475569';
const mostHeadPx = 640;

/** What ran and how it came out; under it why it went back, or for whom it waits. */
export function head(shape: Shape, view: RunView | undefined): Head {
  const title = headline(shape, view);
  const tasks = view === undefined ? '' : tasksOf(view);
  const when = view?.startedAt === undefined ? tasks : `${tasks}, started ${view.startedAt}`;
  const cause = view?.cause === undefined ? '' : `${view.cause.kind}: ${view.cause.message}`;
  const lines = [when, cause].filter((line) => line !== '').map((line) => fitted(line, mostHeadPx, 11.5));
  const parts = [textAt(0, 15, title, { sizePx: 16, fill: '#0f172a', weight: 700 })];
  lines.forEach((line, i) => {
    const fill = cause !== '' && i === lines.length - 1 ? looks.failed.stroke : grey;
    parts.push(textAt(0, 33 + i * 16, line, { sizePx: 11.5, fill }));
  });
  const width = Math.max(widthOf(title, 17), ...lines.map((line) => widthOf(line, 11.5)));
  return { svg: parts.join(''), width, height: 28 + lines.length * 16 };
}

/** Done and undone again is something else than never done. */
function tasksOf({ nodes, tasks }: RunView): string {
  const undone = nodes.filter(
    ({ kind, ended, state }) => kind === 'step' && ended === 'done' && state === 'reverted',
  ).length;
  const again = undone === 0 ? '' : `, ${undone} done and undone again`;
  return `${tasks.done} of ${tasks.all} tasks done${again}`;
}

const noReturn = 'point of no return';

/** Room beside the graph for the titles of bands and of the line of no return. */
export function gutter(stripes: readonly Stripe[], hasPivot: boolean, direction: Direction): number {
  if (stripes.length === 0 && !hasPivot) return 0;
  if (direction === 'right') return 26;
  const titles = [...stripes.map(({ title }) => title), ...(hasPivot ? [noReturn] : [])];
  return Math.min(180, Math.max(...titles.map((title) => widthOf(title, 11.5)))) + 22;
}

const tints = ['#eef4ff', '#fff1ee', '#eefbf2'];

/** Bands across the whole picture; `area` is the room of the graph with its gutter. */
export function drawStripes(
  stripes: readonly Stripe[],
  scene: Scene,
  area: Rectangle,
  offset: number,
  direction: Direction,
): string {
  return stripes
    .map(({ title, firstRank, lastRank }, i) => {
      const from = offset + border(scene, firstRank - 1, firstRank);
      const to = offset + border(scene, lastRank, lastRank + 1);
      const isDown = direction === 'down';
      const box = isDown ? { ...area, y: from, height: to - from } : { ...area, x: from, width: to - from };
      const room = isDown ? 180 : to - from - 16;
      const text = textAt(box.x + 10, box.y + 18, fitted(title, room, 11.5), {
        sizePx: 11.5,
        fill: grey,
        weight: 700,
      });
      return `<g><title>${xml(title)}</title>${rectangle(box, 0, `fill="${tints[i % tints.length]}"`)}${text}</g>`;
    })
    .join('');
}

/** The heavy line across the picture: it stands before the pivot, since a pivot that has begun counts as passed. */
export function drawNoReturn(
  scene: Scene,
  pivotRank: number,
  area: Rectangle,
  offset: number,
  direction: Direction,
): string {
  const at = offset + border(scene, pivotRank - 1, pivotRank);
  const isDown = direction === 'down';
  const [from, to] = isDown
    ? [`${px(area.x)} ${px(at)}`, `${px(area.x + area.width)} ${px(at)}`]
    : [`${px(at)} ${px(area.y)}`, `${px(at)} ${px(area.y + area.height)}`];
  const text = { sizePx: 11.5, fill: '#0f172a', weight: 700 };
  const label = isDown
    ? textAt(area.x + 10, at - 6, noReturn, text)
    : textAt(at + 7, area.y + area.height - 5, noReturn, text);
  return `<path d="M${from}L${to}" stroke="#0f172a" stroke-width="4.5"/>${label}`;
}

/** Half way between two ranks; beyond the first and last, a little outside. */
function border({ ranks }: Scene, before: number, after: number): number {
  const end = ranks[before]?.end;
  const start = ranks[after]?.start;
  if (end === undefined) return (start ?? 0) - 18;
  return start === undefined ? end + 18 : (end + start) / 2;
}

/** Is there something in this picture that the legend should explain? */
export interface Marks {
  readonly hold: boolean;
  readonly pivot: boolean;
  readonly reverts: boolean;
  readonly critical: boolean;
}

export function legend(used: ReadonlySet<NodeWord>, marks: Marks, widthPx: number): Head {
  const items = [
    ...states.filter((state) => used.has(state)).map((state) => ({ words: state, draw: sample(state) })),
    ...(marks.hold ? [{ words: 'waits for a person', draw: holdSample }] : []),
    ...(marks.pivot ? [{ words: noReturn, draw: (x: number, y: number) => diamond(x + 13, y) }] : []),
    ...(marks.reverts ? [{ words: 'revert, in this order', draw: revertSample }] : []),
    ...(marks.critical ? [{ words: 'critical path', draw: criticalSample }] : []),
  ];
  const parts: string[] = [];
  let x = 0;
  let y = 12;
  for (const { words, draw } of items) {
    const width = 34 + widthOf(words, 11) + 18;
    if (x > 0 && x + width > widthPx) {
      x = 0;
      y += 24;
    }
    parts.push(draw(x, y), textAt(x + 34, y + 4, words, { sizePx: 11, fill: grey }));
    x += width;
  }
  return { svg: parts.join(''), width: widthPx, height: y + 12 };
}

function sample(state: NodeWord): (x: number, y: number) => string {
  const look = looks[state];
  return (x, y) =>
    outline(look, { x: x + 1, y: y - 9, width: 27, height: 18 }, false) +
    icon(state, x + 14.5, y, look.stroke);
}

function holdSample(x: number, y: number): string {
  const box = { x: x + 1, y: y - 8, width: 27, height: 16 };
  return outline({ ...looks.pending, outline: 'stadium' }, box, false) + icon('waiting', x + 14.5, y, grey);
}

function revertSample(x: number, y: number): string {
  return `<path d="M${px(x)} ${px(y)}L${px(x + 27)} ${px(y)}" stroke="${revertStroke}" stroke-width="1.6" stroke-dasharray="5 3.5"/>${drawOrder(x + 14, y, 1)}`;
}

function criticalSample(x: number, y: number): string {
  return `<path d="M${px(x)} ${px(y)}L${px(x + 27)} ${px(y)}" stroke="#0f172a" stroke-width="4"/>`;
}
