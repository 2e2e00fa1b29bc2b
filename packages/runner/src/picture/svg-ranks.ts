/**
 * The first step of a layered layout: on which rank does each node stand? Every edge goes to a later rank, and no rank
 * is wider than it may be. Nodes come in an order in which each is after all that it depends on.
 */
export interface Ranking {
  readonly before: readonly (readonly number[])[];
  readonly after: readonly (readonly number[])[];
  /** By node: the first rank that it may stand on. */
  readonly floors: readonly number[];
  /** The most nodes that one rank may have. */
  readonly limit: number;
}

export function ranksOf(ranking: Ranking): number[] {
  const longest = longestPaths(ranking);
  const isTooWide = counts(longest).some((count) => count > ranking.limit);
  const ranks = isTooWide ? scheduled(ranking) : longest;
  lowerLoose(ranking, ranks);
  return ranks;
}

function longestPaths({ before, floors }: Ranking): number[] {
  const ranks: number[] = [];
  before.forEach((list, node) => {
    let rank = floors[node] ?? 0;
    for (const each of list) rank = Math.max(rank, (ranks[each] ?? 0) + 1);
    ranks.push(rank);
  });
  return ranks;
}

function counts(ranks: readonly number[]): number[] {
  const found: number[] = [];
  for (const rank of ranks) found[rank] = (found[rank] ?? 0) + 1;
  return found;
}

/** Fills rank after rank; what has the longest way still to go comes first. */
function scheduled(ranking: Ranking): number[] {
  const { before, after, floors, limit } = ranking;
  const ahead = waysAhead(after);
  const missing = before.map((list) => list.length);
  const ranks: number[] = before.map(() => 0);
  let ready = before.flatMap((list, node) => (list.length === 0 ? [node] : []));
  for (let rank = 0; ready.length > 0; rank++) {
    ready.sort((a, b) => (ahead[b] ?? 0) - (ahead[a] ?? 0) || a - b);
    const open = ready.filter((node) => (floors[node] ?? 0) <= rank);
    const taken = new Set(open.slice(0, limit));
    const next = ready.filter((node) => !taken.has(node));
    for (const node of taken) {
      ranks[node] = rank;
      for (const each of after[node] ?? []) {
        missing[each] = (missing[each] ?? 0) - 1;
        if (missing[each] === 0) next.push(each);
      }
    }
    ready = next;
  }
  return ranks;
}

function waysAhead(after: Ranking['after']): number[] {
  const ahead: number[] = after.map(() => 0);
  for (let node = after.length - 1; node >= 0; node--) {
    for (const each of after[node] ?? []) ahead[node] = Math.max(ahead[node] ?? 0, (ahead[each] ?? 0) + 1);
  }
  return ahead;
}

/** What nothing holds up high stands just above the first that needs it: its edges are short then. */
function lowerLoose({ before, after, floors, limit }: Ranking, ranks: number[]): void {
  const taken = counts(ranks);
  for (let node = ranks.length - 1; node >= 0; node--) {
    const next = after[node] ?? [];
    if (next.length === 0 || (before[node] ?? []).length > 0 || (floors[node] ?? 0) > 0) continue;
    const rank = Math.min(...next.map((each) => ranks[each] ?? 0)) - 1;
    const from = ranks[node] ?? 0;
    if (rank <= from || (taken[rank] ?? 0) >= limit) continue;
    taken[from] = (taken[from] ?? 0) - 1;
    taken[rank] = (taken[rank] ?? 0) + 1;
    ranks[node] = rank;
  }
}
