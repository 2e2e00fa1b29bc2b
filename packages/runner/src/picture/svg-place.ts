import type { Link } from './svg-order.ts';

/**
 * The third step: a place across for each vertex. Each would like to stand between its neighbours; who shares a rank
 * keeps the order and a distance. Straight trunks are worth more than centred boxes.
 */
export interface Placing {
  readonly rows: readonly (readonly number[])[];
  readonly links: readonly Link[];
  /** By vertex. */
  readonly widths: readonly number[];
  /** Vertices from here on are ways through. */
  readonly count: number;
  readonly gap: number;
}

/** The centre of each vertex; the leftmost edge is at 0. */
export function placed(placing: Placing): number[] {
  const { rows, links, widths, count } = placing;
  const above: Neighbour[][] = widths.map(() => []);
  const below: Neighbour[][] = widths.map(() => []);
  for (const { from, to, edges } of links) {
    const ways = (from >= count ? 1 : 0) + (to >= count ? 1 : 0);
    // The more a trunk carries, the straighter it stands: the boxes arrange themselves around it.
    const weight = ways === 2 ? 8 * edges.length : ways === 1 ? 2 : 1;
    below[from]?.push({ vertex: to, weight });
    above[to]?.push({ vertex: from, weight });
  }
  const centres: number[] = widths.map(() => 0);
  for (const row of rows) settle(row, placing, centres, () => ({ at: 0, weight: 1 }));
  const sweeps = widths.length > 5_000 ? 6 : 14;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const isDown = sweep % 2 === 0;
    const isLast = sweep >= sweeps - 2;
    for (const row of isDown ? rows : rows.toReversed()) {
      settle(row, placing, centres, (vertex) => {
        const near = (isDown ? above[vertex] : below[vertex]) ?? [];
        const far = isLast || near.length === 0 ? ((isDown ? below[vertex] : above[vertex]) ?? []) : [];
        return wish([...near, ...far], centres, centres[vertex] ?? 0);
      });
    }
  }
  for (const row of rows)
    gatherLoose(row, placing, centres, (vertex) => !above[vertex]?.length && !below[vertex]?.length);
  const left = Math.min(
    ...rows.flatMap((row) => row.slice(0, 1)).map((v) => (centres[v] ?? 0) - (widths[v] ?? 0) / 2),
  );
  return centres.map((centre) => centre - (Number.isFinite(left) ? left : 0));
}

/** What has no neighbours stands beside who comes before it in its rank. */
function gatherLoose(
  row: readonly number[],
  { widths, gap }: Placing,
  centres: number[],
  isLoose: (vertex: number) => boolean,
): void {
  for (let i = 1; i < row.length; i++) {
    const vertex = row[i] ?? 0;
    const last = row[i - 1] ?? 0;
    if (isLoose(vertex))
      centres[vertex] = (centres[last] ?? 0) + ((widths[last] ?? 0) + (widths[vertex] ?? 0)) / 2 + gap;
  }
}

interface Neighbour {
  readonly vertex: number;
  readonly weight: number;
}

interface Wish {
  readonly at: number;
  readonly weight: number;
}

function wish(near: readonly Neighbour[], centres: readonly number[], now: number): Wish {
  let sum = 0;
  let weight = 0;
  for (const each of near) {
    sum += (centres[each.vertex] ?? 0) * each.weight;
    weight += each.weight;
  }
  return weight === 0 ? { at: now, weight: 0.1 } : { at: sum / weight, weight };
}

/** A run of vertices that stand shoulder to shoulder, where their wishes together want them. */
interface Block {
  sum: number;
  weight: number;
  count: number;
}

/** Gives the row the places nearest to its wishes (least squares) in which all distances are kept. */
function settle(
  row: readonly number[],
  { widths, gap }: Placing,
  centres: number[],
  wishOf: (vertex: number) => Wish,
): void {
  const offsets: number[] = [];
  const blocks: Block[] = [];
  let offset = 0;
  row.forEach((vertex, i) => {
    const before = row[i - 1];
    if (before !== undefined) offset += ((widths[before] ?? 0) + (widths[vertex] ?? 0)) / 2 + gap;
    offsets.push(offset);
    const { at, weight } = wishOf(vertex);
    let block: Block = { sum: (at - offset) * weight, weight, count: 1 };
    for (let last = blocks.at(-1); last !== undefined; last = blocks.at(-1)) {
      if (last.sum / last.weight < block.sum / block.weight) break;
      blocks.pop();
      block = {
        sum: last.sum + block.sum,
        weight: last.weight + block.weight,
        count: last.count + block.count,
      };
    }
    blocks.push(block);
  });
  let i = 0;
  for (const { sum, weight, count } of blocks) {
    for (let k = 0; k < count; k++, i++) centres[row[i] ?? 0] = sum / weight + (offsets[i] ?? 0);
  }
}
