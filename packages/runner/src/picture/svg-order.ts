/**
 * The second step: edges over several ranks get a way through each, and the nodes of each rank an order in which few
 * edges cross. Long edges with one end in common share their way, as wires share a trunk.
 */
export interface Ordered {
  /** The vertices of each rank, in order. Numbers from `count` on are ways through. */
  readonly rows: readonly (readonly number[])[];
  readonly rankOf: readonly number[];
  readonly links: readonly Link[];
}

/** From a vertex to one on the next rank. */
export interface Link {
  readonly from: number;
  readonly to: number;
  /** The edges, by number, that go along it. */
  readonly edges: number[];
}

export type Edge = readonly [from: number, to: number];

export function ordered(ranks: readonly number[], edges: readonly Edge[]): Ordered {
  const trunks = new Trunks(ranks);
  const long = edges.filter(([from, to]) => trunks.rank(to) - trunks.rank(from) > 1);
  const out = tally(long.map(([from]) => from));
  const into = tally(long.map(([, to]) => to));
  edges.forEach(([from, to], edge) => {
    const shareFrom = (out.get(from) ?? 0) >= (into.get(to) ?? 0);
    trunks.lead(edge, from, to, shareFrom ? from : -1 - to);
  });
  const last = ranks.reduce((a, b) => Math.max(a, b), -1);
  const rows: number[][] = Array.from({ length: last + 1 }, () => []);
  trunks.rankOf.forEach((rank, vertex) => {
    rows[rank]?.push(vertex);
  });
  const links = [...trunks.links.values()];
  return { rows: untangled(rows, trunks.rankOf, links, ranks.length), rankOf: trunks.rankOf, links };
}

function tally(values: readonly number[]): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const value of values) found.set(value, (found.get(value) ?? 0) + 1);
  return found;
}

class Trunks {
  readonly rankOf: number[];
  readonly links: Map<string, Link> = new Map();
  private readonly ways: Map<string, number> = new Map();

  constructor(ranks: readonly number[]) {
    this.rankOf = [...ranks];
  }

  rank(vertex: number): number {
    return this.rankOf[vertex] ?? 0;
  }

  lead(edge: number, from: number, to: number, trunk: number): void {
    const last = this.rank(to);
    let at = from;
    for (let rank = this.rank(from) + 1; rank < last; rank++) {
      const way = this.way(trunk, rank);
      this.link(edge, at, way);
      at = way;
    }
    this.link(edge, at, to);
  }

  private way(trunk: number, rank: number): number {
    const key = `${trunk}/${rank}`;
    const known = this.ways.get(key);
    if (known !== undefined) return known;
    const way = this.rankOf.push(rank) - 1;
    this.ways.set(key, way);
    return way;
  }

  private link(edge: number, from: number, to: number): void {
    const key = `${from}/${to}`;
    const known = this.links.get(key);
    if (known === undefined) this.links.set(key, { from, to, edges: [edge] });
    else known.edges.push(edge);
  }
}

/** Sorts each rank by where its neighbours are, down and up again, and keeps the best that was seen. */
function untangled(
  first: readonly (readonly number[])[],
  rankOf: readonly number[],
  links: readonly Link[],
  count: number,
): readonly (readonly number[])[] {
  const above: number[][] = rankOf.map(() => []);
  const below: number[][] = rankOf.map(() => []);
  for (const { from, to } of links) {
    below[from]?.push(to);
    above[to]?.push(from);
  }
  const place: number[] = rankOf.map(() => 0);
  const rows = first.map((row) => [...row]);
  const settle = (row: readonly number[]) => row.forEach((vertex, i) => (place[vertex] = i));
  rows.forEach(settle);
  let best = rows.map((row) => [...row]);
  let fewest = crossings(rows, below, place);
  const sweeps = links.length > 5_000 ? 6 : 20;
  let idle = 0;
  for (let sweep = 0; sweep < sweeps && (fewest > 0 || sweep === 0) && idle < 4; sweep++) {
    const isDown = sweep % 2 === 0;
    const around = isDown ? above : below;
    for (const row of isDown ? rows : rows.toReversed()) {
      const centre = new Map(row.map((vertex) => [vertex, barycentre(around[vertex] ?? [], place, vertex)]));
      row.sort((a, b) => (centre.get(a) ?? 0) - (centre.get(b) ?? 0));
      waysToMiddle(row, (vertex) => centre.get(vertex) ?? 0, count);
      settle(row);
    }
    const crossed = crossings(rows, below, place);
    idle = crossed < fewest ? 0 : idle + 1;
    if (crossed < fewest || (crossed === fewest && sweep === 0)) {
      fewest = crossed;
      best = rows.map((row) => [...row]);
    }
  }
  return best;
}

/** Among vertices that would all stand in one place, a trunk goes through the middle: its branches are short then. */
function waysToMiddle(row: number[], centreOf: (vertex: number) => number, count: number): void {
  for (let first = 0; first < row.length; ) {
    let last = first + 1;
    while (last < row.length && centreOf(row[last] ?? 0) === centreOf(row[first] ?? 0)) last++;
    const tied = row.slice(first, last);
    const ways = tied.filter((vertex) => vertex >= count);
    if (ways.length > 0 && ways.length < tied.length) {
      const boxes = tied.filter((vertex) => vertex < count);
      boxes.splice(boxes.length >> 1, 0, ...ways);
      row.splice(first, boxes.length, ...boxes);
    }
    first = last;
  }
}

function barycentre(around: readonly number[], place: readonly number[], vertex: number): number {
  if (around.length === 0) return place[vertex] ?? 0;
  let sum = 0;
  for (const each of around) sum += place[each] ?? 0;
  return sum / around.length;
}

/** Counts inversions between neighbouring ranks with a tree of sums. */
function crossings(
  rows: readonly (readonly number[])[],
  below: readonly (readonly number[])[],
  place: readonly number[],
): number {
  let total = 0;
  rows.forEach((row, rank) => {
    const width = rows[rank + 1]?.length ?? 0;
    const sums: number[] = new Array(width + 1).fill(0);
    let seen = 0;
    for (const vertex of row) {
      const ends = (below[vertex] ?? []).map((each) => place[each] ?? 0);
      for (const end of ends) total += seen - sumTo(sums, end);
      for (const end of ends) add(sums, end);
      seen += ends.length;
    }
  });
  return total;
}

function sumTo(sums: readonly number[], end: number): number {
  let sum = 0;
  for (let i = end + 1; i > 0; i -= i & -i) sum += sums[i] ?? 0;
  return sum;
}

function add(sums: number[], at: number): void {
  for (let i = at + 1; i < sums.length; i += i & -i) sums[i] = (sums[i] ?? 0) + 1;
}
