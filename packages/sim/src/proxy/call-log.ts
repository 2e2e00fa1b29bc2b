import { type CallName, type CallPattern, matchesCall } from './rule.ts';

/**
 * What the proxy remembers of the calls that came by: how many of each route, and the last few of them as lines. Never
 * a header, a query or a body: no credential can be found here, because none is kept.
 */
export interface CallLog {
  /** A call has come in. The returned functions note what became of it. */
  note(call: CallName): CallNote;
  counts(pattern: CallPattern): CallCounts;
  /** The last calls, oldest first. */
  lines(): readonly CallLine[];
}

/** How many calls of a kind there were. */
export interface CallCounts {
  /** Calls that came in. */
  readonly asked: number;
  /** Calls that were sent on to the service. */
  readonly forwarded: number;
  /** Calls that at least one rule struck, forwarded or not. */
  readonly struck: number;
}

/** One call as the log shows it. */
export interface CallLine extends CallName {
  /** 1 for the first call since the proxy was opened. */
  readonly number: number;
  readonly forwarded: boolean;
  /** The rules that struck it. */
  readonly struckBy: readonly string[];
  /** What the client was told; absent while the call is under way, or where it was told nothing. */
  readonly status?: number;
}

/** Notes what becomes of one call. */
export interface CallNote {
  struck(by: readonly string[]): void;
  forwarded(): void;
  answered(status: number): void;
}

/** Beyond so many routes, new ones are counted together: a proxy may stand for days before a cloud full of ids. */
const mostRoutes = 10_000;
const anyOtherPath = '(other paths)';

type Counts = { -readonly [Name in keyof CallCounts]: CallCounts[Name] };
type Line = { -readonly [Name in keyof CallLine]: CallLine[Name] };

/** Keeps the last `size` lines. */
export function callLog(size: number): CallLog {
  const routes = new Map<string, { readonly call: CallName; readonly counts: Counts }>();
  const lines: Line[] = [];
  let number = 0;

  const countsOf = (call: CallName): Counts => {
    const name =
      routes.has(nameOf(call)) || routes.size < mostRoutes ? call : { ...call, path: anyOtherPath };
    const key = nameOf(name);
    const known = routes.get(key) ?? { call: name, counts: { asked: 0, forwarded: 0, struck: 0 } };
    routes.set(key, known);
    return known.counts;
  };

  return {
    note(call) {
      const counts = countsOf(call);
      counts.asked += 1;
      number += 1;
      const line: Line = { ...call, number, forwarded: false, struckBy: [] };
      lines.push(line);
      if (lines.length > size) lines.shift();
      return {
        struck(by) {
          line.struckBy = by;
          if (by.length > 0) counts.struck += 1;
        },
        forwarded() {
          line.forwarded = true;
          counts.forwarded += 1;
        },
        answered(status) {
          line.status = status;
        },
      };
    },
    counts(pattern) {
      const found = [...routes.values()].filter(({ call }) => matchesCall(pattern, call));
      const sum = (name: keyof CallCounts): number =>
        found.reduce((all, { counts }) => all + counts[name], 0);
      return { asked: sum('asked'), forwarded: sum('forwarded'), struck: sum('struck') };
    },
    lines: () => lines.map((line) => ({ ...line })),
  };
}

function nameOf({ service, method, path, action = '' }: CallName): string {
  return `${service} ${method} ${path} ${action}`;
}
