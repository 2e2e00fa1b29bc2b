import { revertStroke } from './look.ts';
import type { Direction, Strand, StrandEnd } from './svg-scene.ts';
import { px } from './svg-text.ts';

/** How an edge is drawn. */
export interface Stroke {
  readonly colour: string;
  readonly widthPx: number;
}

/** How far beside the forward edge a revert goes back. */
export const revertBesidePx = 13;

export function drawForward(strand: Strand, direction: Direction, stroke: Stroke): string {
  const tip = strand.to.node === undefined ? 0 : 6;
  const path = pathOf(strand, direction, 0, 0, tip);
  const head =
    strand.to.node === undefined ? '' : arrow(strand, strand.to, direction, 0, 'forward', stroke.colour);
  return `<path d="${path}" fill="none" stroke="${stroke.colour}" stroke-width="${stroke.widthPx}" stroke-linecap="round"/>${head}`;
}

export function drawBackward(strand: Strand, direction: Direction): string {
  const tip = strand.from.node === undefined ? 0 : 6;
  const path = pathOf(strand, direction, revertBesidePx, tip, 0);
  const head =
    strand.from.node === undefined
      ? ''
      : arrow(strand, strand.from, direction, revertBesidePx, 'backward', revertStroke);
  return `<path d="${path}" fill="none" stroke="${revertStroke}" stroke-width="1.6" stroke-dasharray="5 3.5"/>${head}`;
}

function pathOf(
  strand: Strand,
  direction: Direction,
  aside: number,
  startCut: number,
  endCut: number,
): string {
  const { from, to } = strand;
  const p = pointIn(strand, direction);
  const a = from.centre + aside;
  const b = to.centre + aside;
  // Beside means above or below where the way goes across.
  const lift = b > a ? -aside / 2 : aside / 2;
  const middle = (from.rankEdge + to.rankEdge) / 2 + lift;
  const begin = from.at + startCut;
  const end = to.at - endCut;
  // From the border to the end of the rank and the last bit to the other box it goes straight: it bends in the gap.
  const bendFrom = Math.max(begin, from.rankEdge);
  const bendTo = Math.min(end, to.rankEdge);
  const start = `M${p(a, begin)}${bendFrom > begin ? `L${p(a, bendFrom)}` : ''}`;
  const bend =
    Math.abs(a - b) < 0.5 ? `L${p(b, bendTo)}` : `C${p(a, middle)} ${p(b, middle)} ${p(b, bendTo)}`;
  return `${start}${bend}${end > bendTo ? `L${p(b, end)}` : ''}`;
}

function arrow(
  strand: Strand,
  end: StrandEnd,
  direction: Direction,
  aside: number,
  way: 'forward' | 'backward',
  colour: string,
): string {
  const p = pointIn(strand, direction);
  const back = way === 'forward' ? -8 : 8;
  const centre = end.centre + aside;
  const tip = end.at + (way === 'forward' ? -0.5 : 0.5);
  return `<path d="M${p(centre, tip)}L${p(centre - 4, tip + back)}L${p(centre + 4, tip + back)}Z" fill="${colour}"/>`;
}

function pointIn(strand: Strand, direction: Direction): (across: number, along: number) => string {
  return (across, along) => {
    const x = strand.across + across;
    const y = strand.along + along;
    return direction === 'down' ? `${px(x)} ${px(y)}` : `${px(y)} ${px(x)}`;
  };
}
