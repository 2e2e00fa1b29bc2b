import { seededRandom } from '../random.ts';
import type { DelayFault, ProxyFault, Strike } from './fault.ts';
import { type CallName, matchesCall, type ProxyRule } from './rule.ts';

/**
 * The rules in force, in the order in which they came. Asked about a call, it says what strikes it: every delay whose
 * turn it is, and the first other fault whose turn it is. Rules after that one are not asked and lose nothing.
 *
 * What a rule decides hangs on the seed, its id and how many calls it has been asked about: the same seed, rules and
 * order of calls give the same faults, whatever other rules do.
 */
export interface RuleBook {
  /** Adds a rule and gives its id. Two rules cannot have one id: that is a mistake, and throws. */
  add(rule: ProxyRule): string;
  /** `false` where there is no such rule any more. */
  remove(id: string): boolean;
  clear(): void;
  has(id: string): boolean;
  list(): readonly RuleStatus[];
  /** Would some rule have to see the body of this call to decide? */
  wantsBody(call: CallName): boolean;
  /** Decides. `body` is `undefined` where it was too long to be looked into. */
  strike(call: CallName, body: string | undefined): Strike;
}

/** A rule and what it has done so far. */
export interface RuleStatus {
  readonly id: string;
  readonly rule: ProxyRule;
  /** Calls that it matched. */
  readonly matched: number;
  /** Calls that it struck. */
  readonly struck: number;
}

interface Entry {
  readonly id: string;
  readonly rule: ProxyRule;
  matched: number;
  struck: number;
}

export function ruleBook(seed: number | string): RuleBook {
  const random = seededRandom(seed);
  const entries = new Map<string, Entry>();
  let made = 0;
  const nextId = (): string => {
    do made += 1;
    while (entries.has(`rule-${made}`));
    return `rule-${made}`;
  };

  const isTurn = ({ id, rule, matched, struck }: Entry): boolean => {
    const { after = 0, probability = 1, times = rule.probability === undefined ? 1 : Infinity } = rule;
    // Drawn at every call that it is asked about: what it strikes later does not hang on how often it has struck.
    const drawn = rule.probability === undefined ? 0 : random.next(`proxy/${id}`);
    return matched > after && struck < times && drawn < probability;
  };
  const delayOf = (id: string, { delayMs }: DelayFault): number => {
    if (typeof delayMs === 'number') return delayMs;
    const [from, to] = delayMs;
    return Math.round(from + (to - from) * random.next(`proxy/${id}/delay`));
  };

  return {
    add(rule) {
      const id = rule.id ?? nextId();
      if (entries.has(id)) throw new Error(`There is already a rule called ${id}.`);
      entries.set(id, { id, rule, matched: 0, struck: 0 });
      return id;
    },
    remove: (id) => entries.delete(id),
    clear: () => entries.clear(),
    has: (id) => entries.has(id),
    list: () => [...entries.values()].map((entry) => ({ ...entry })),
    wantsBody: (call) =>
      [...entries.values()].some(({ rule }) => rule.body !== undefined && matchesCall(rule, call)),
    strike(call, body) {
      const held = { call: 0, reply: 0 };
      const by: string[] = [];
      let fault: Strike['fault'];
      for (const entry of entries.values()) {
        const { id, rule } = entry;
        if (!matchesCall(rule, call) || !holds(rule.body, body)) continue;
        if (fault !== undefined && rule.fault.kind !== 'delay') continue;
        entry.matched += 1;
        if (!isTurn(entry)) continue;
        entry.struck += 1;
        by.push(id);
        if (isDelay(rule.fault)) held[rule.fault.hold ?? 'call'] += delayOf(id, rule.fault);
        else fault = rule.fault;
      }
      const strike = { holdCallMs: held.call, holdReplyMs: held.reply, by };
      return fault === undefined ? strike : { ...strike, fault };
    },
  };
}

function holds(wanted: string | undefined, body: string | undefined): boolean {
  return wanted === undefined || body?.includes(wanted) === true;
}

function isDelay(fault: ProxyFault): fault is DelayFault {
  return fault.kind === 'delay';
}
