import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';
import { group, list, type Parameter, required, text } from './parameters.ts';

/**
 * Filters as every describe call takes them: a resource is shown if it meets all filters, and it meets one if any of
 * its own values matches any value of the filter, where `*` stands for any text, `?` for one character, and `\` takes
 * their meaning away.
 */
export type FilterTable<T> = Readonly<Record<string, (one: T) => readonly FilterValue[]>>;

type FilterValue = string | number | boolean | undefined;

interface Filter {
  readonly Name: string;
  readonly Value: readonly string[];
}

export const filters: Parameter<readonly Filter[]> = list(group({ Name: required(text), Value: list(text) }));

/** The values of one resource's tags, where it has any. */
export type TagsOf<T> = (one: T) => Readonly<Record<string, string>>;

/** Those that meet all the filters. A filter that this call does not know is refused. */
export function filtered<T>(
  all: readonly T[],
  given: readonly Filter[],
  table: FilterTable<T>,
  tagsOf: TagsOf<T> = () => ({}),
): Result<readonly T[], Refusal> {
  let left = all;
  for (const { Name: name, Value: wanted } of given) {
    const valuesOf = readerOf(name, table, tagsOf);
    if (valuesOf === undefined) {
      return err({
        rule: 'bad-parameter',
        code: 'InvalidParameterValue',
        message: `The filter '${name}' is invalid.`,
      });
    }
    const patterns = wanted.map(patternOf);
    left = left.filter((one) =>
      valuesOf(one).some((value) => value !== undefined && patterns.some((it) => it.test(String(value)))),
    );
  }
  return ok(left);
}

function readerOf<T>(
  name: string,
  table: FilterTable<T>,
  tagsOf: TagsOf<T>,
): ((one: T) => readonly FilterValue[]) | undefined {
  if (name.startsWith('tag:')) return (one) => [tagsOf(one)[name.slice('tag:'.length)]];
  if (name === 'tag-key') return (one) => Object.keys(tagsOf(one));
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

function patternOf(value: string): RegExp {
  const source = value.replaceAll(/\\[\\*?]|[\s\S]/gu, (part) => {
    if (part === '*') return '[\\s\\S]*';
    if (part === '?') return '[\\s\\S]';
    return literal(part.length === 2 && part.startsWith('\\') ? part.slice(1) : part);
  });
  return new RegExp(`^${source}$`, 'u');
}

function literal(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}
