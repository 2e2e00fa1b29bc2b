import { type Edge, type Link, ordered } from './svg-order.ts';
import { placed } from './svg-place.ts';
import { ranksOf } from './svg-ranks.ts';

/**
 * One level of a picture, laid out: boxes on ranks, and links between them that bend only in the gaps between ranks,
 * so that none runs over a box. `along` is the direction in which time goes, `across` the other.
 */
export interface Level {
  /** Sizes of the boxes; each after all that it depends on. */
  readonly boxes: readonly { readonly across: number; readonly along: number }[];
  readonly edges: readonly Edge[];
  /** By box: groups that follow one another along, from 0; -1 where it belongs to none. */
  readonly groups: readonly number[];
  readonly gapAcross: number;
  readonly gapAlong: number;
  /** What a link needs across where it passes a rank. */
  readonly linkAcross: number;
}

export interface Layers {
  /** By vertex: boxes first, then where links pass a rank. `start` and `end` are along. */
  readonly vertices: readonly Vertex[];
  readonly ranks: readonly { readonly start: number; readonly end: number }[];
  readonly links: readonly Link[];
  readonly across: number;
  readonly along: number;
}

interface Vertex {
  readonly centre: number;
  readonly start: number;
  readonly end: number;
  readonly rank: number;
}

export function layers(level: Level): Layers {
  const { boxes, gapAcross, linkAcross } = level;
  const count = boxes.length;
  const { rows, rankOf, links } = ordered(ranked(level), level.edges);
  const widths = rankOf.map((_, vertex) => (vertex < count ? (boxes[vertex]?.across ?? 0) : linkAcross));
  const centres = placed({ rows, links, widths, count, gap: gapAcross });
  const ranks = rankSpans(level, rows, rankOf, links, centres);
  const vertices = rankOf.map((rank, vertex): Vertex => {
    const { start, end } = ranks[rank] ?? { start: 0, end: 0 };
    const size = vertex < count ? (boxes[vertex]?.along ?? 0) : end - start;
    const from = start + (end - start - size) / 2;
    return { centre: centres[vertex] ?? 0, start: from, end: from + size, rank };
  });
  const across = Math.max(0, ...maxima(widths.map((width, vertex) => (centres[vertex] ?? 0) + width / 2)));
  return { vertices, ranks, links, across, along: ranks.at(-1)?.end ?? 0 };
}

/** Each group begins where the one before it has ended. */
function ranked({ boxes, edges, groups }: Level): readonly number[] {
  const before: number[][] = boxes.map(() => []);
  const after: number[][] = boxes.map(() => []);
  for (const [from, to] of edges) {
    before[to]?.push(from);
    after[from]?.push(to);
  }
  const limit = Math.max(8, Math.ceil(1.6 * Math.sqrt(boxes.length)));
  const floors: number[] = boxes.map(() => 0);
  const last = Math.max(-1, ...maxima(groups));
  let ranks = ranksOf({ before, after, floors, limit });
  for (let group = 1; group <= last; group++) {
    const earlier = groups.map((each, box) => (each >= 0 && each < group ? (ranks[box] ?? 0) : -1));
    const floor = Math.max(-1, ...maxima(earlier)) + 1;
    groups.forEach((each, box) => {
      if (each === group) floors[box] = floor;
    });
    ranks = ranksOf({ before, after, floors, limit });
  }
  return ranks;
}

/** Long lists are too much for the arguments of one call. */
function maxima(values: readonly number[]): readonly number[] {
  return values.length === 0 ? [] : [values.reduce((a, b) => Math.max(a, b))];
}

/** Ranks one after the other; a gap is the wider the further its links go across. */
function rankSpans(
  { boxes, gapAlong }: Level,
  rows: readonly (readonly number[])[],
  rankOf: readonly number[],
  links: readonly Link[],
  centres: readonly number[],
): readonly { start: number; end: number }[] {
  const furthest: number[] = rows.map(() => 0);
  for (const { from, to } of links) {
    const rank = rankOf[from] ?? 0;
    furthest[rank] = Math.max(furthest[rank] ?? 0, Math.abs((centres[from] ?? 0) - (centres[to] ?? 0)));
  }
  let at = 0;
  return rows.map((row, rank) => {
    const size = Math.max(0, ...maxima(row.map((vertex) => boxes[vertex]?.along ?? 0)));
    const span = { start: at, end: at + size };
    at = span.end + gapAlong + Math.min(64, (furthest[rank] ?? 0) * 0.06);
    return span;
  });
}
