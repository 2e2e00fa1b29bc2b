/** What a key says of its kind and owner, by the rules of a config. Pure. */

import { type ItemKey, type ItemKind, itemKind, type OwnerId, ownerId } from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import type { KeyRule } from '../config/scanner.ts';

/** Describes keys. A key that no rule fits is of the first rule's kind and of nobody, and so stays. */
export interface Describer {
  readonly kinds: readonly [ItemKind, ...ItemKind[]];
  describe(key: ItemKey): { readonly kind: ItemKind; readonly owner?: OwnerId };
}

/** The error is a sentence about one of the rules, by its index. */
export function describerOf(rules: readonly KeyRule[]): Result<Describer, string> {
  const ready: { readonly pattern: RegExp; readonly kind: ItemKind }[] = [];
  for (const [i, rule] of rules.entries()) {
    const pattern = patternOf(rule.match);
    if (pattern.isErr()) return err(`[${i}].match: ${pattern.error}`);
    const kind = itemKind(rule.kind);
    if (kind.isErr()) return err(`[${i}].kind: ${kind.error.message}`);
    ready.push({ pattern: pattern.value, kind: kind.value });
  }
  const [first, ...others] = [...new Set(ready.map(({ kind }) => kind))];
  if (first === undefined) return err(': must have at least one rule');
  return ok({
    kinds: [first, ...others],
    describe(key) {
      for (const { pattern, kind } of ready) {
        const found = pattern.exec(key);
        if (found === null) continue;
        const owner = ownerId(found.groups?.['owner'] ?? '').unwrapOr(undefined);
        return owner === undefined ? { kind } : { kind, owner };
      }
      return { kind: first };
    },
  });
}

const places: Readonly<Record<string, string>> = { owner: '(?<owner>[^/]+)', rest: '[^]*' };

function patternOf(match: string): Result<RegExp, string> {
  const parts = match.split(/(\{[^{}]*\})/);
  const names = parts.filter((part) => part.startsWith('{')).map((part) => part.slice(1, -1));
  const strange = names.find((name) => !Object.hasOwn(places, name));
  if (strange !== undefined) return err(`knows {owner} and {rest}, and not {${strange}}`);
  if (names.filter((name) => name === 'owner').length > 1) return err('has more than one {owner}');
  const source = parts.map((part) =>
    part.startsWith('{') ? places[part.slice(1, -1)] : part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'),
  );
  return ok(new RegExp(`^${source.join('')}$`, 'u'));
}
