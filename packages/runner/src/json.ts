/**
 * What may cross the journal. Outputs, undo values, choices and inputs are JSON: the compiler refuses the rest with a
 * sentence, and the engine checks once more while it runs, because types can be lied to.
 */

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

type Anything = (...args: never[]) => unknown;

/** `true` where every value of this type is its own JSON. Interfaces are fine; `any` is taken on trust. */
export type IsJson<T> = 0 extends 1 & T
  ? true
  : unknown extends T
    ? false
    : [T] extends [string | number | boolean | null]
      ? true
      : false extends Parts<T>
        ? false
        : true;

/** {@link IsJson}, for each member of a union. */
export type Parts<T> = T extends string | number | boolean | null
  ? true
  : T extends undefined | bigint | symbol | Anything
    ? false
    : T extends readonly (infer Item)[]
      ? IsJson<Item>
      : T extends object
        ? { [K in keyof T]-?: K extends symbol ? false : IsJson<OptionalPart<T, K>> }[keyof T] extends infer P
          ? [P] extends [never]
            ? true
            : false extends P
              ? false
              : true
          : never
        : false;

/** An optional property may be absent; a property that is `undefined` by its own type may not be there. */
type OptionalPart<T, K extends keyof T> = undefined extends T[K]
  ? {} extends Pick<T, K>
    ? Exclude<T[K], undefined>
    : T[K]
  : T[K];

/** Nothing to give is a fine output. */
export type Nothing = void | undefined;

/** Added to `run`'s return type: vanishes for JSON, and is a sentence for anything else. */
export type JsonGuard<O> = [O] extends [Nothing]
  ? unknown
  : IsJson<O> extends true
    ? unknown
    : unknown extends O
      ? {
          // Nothing could be learnt of the output: most often because `run` gives a bare value.
          readonly 'run must give ok(value) or err(failure), now or as a promise, with an output of a known type': never;
        }
      : {
          readonly 'a step output must be JSON: no Date, Map, Set, bigint, function, class or Secret in it': never;
        };

declare const witness: unique symbol;

/** Carries a type and no value. */
export interface Witness<T> {
  readonly [witness]?: T;
}

/** Declares the JSON type of something that the compiler cannot see: `undo: json<{ wasRunning: string[] }>()`. */
export function json<T>(..._only: IsJson<T> extends true ? [] : ['this type is not JSON']): Witness<T> {
  return {};
}

/**
 * The first place where a value is not its own JSON, as `output.a[3].when is a Date`; `undefined` where there is none.
 */
export function jsonProblem(value: unknown, name: string): string | undefined {
  return problem(value, name, undefined);
}

function problem(value: unknown, at: string, above: Set<object> | undefined): string | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return undefined;
    case 'number':
      return Number.isFinite(value) ? undefined : `${at} is ${value}`;
    case 'object':
      return value === null ? undefined : objectProblem(value, at, above ?? new Set());
    default:
      return `${at} is ${value === undefined ? 'undefined' : `a ${typeof value}`}`;
  }
}

function objectProblem(value: object, at: string, above: Set<object>): string | undefined {
  if (above.has(value)) return `${at} contains itself`;
  above.add(value);
  const found = Array.isArray(value) ? arrayProblem(value, at, above) : recordProblem(value, at, above);
  above.delete(value);
  return found;
}

function arrayProblem(items: readonly unknown[], at: string, above: Set<object>): string | undefined {
  for (let i = 0; i < items.length; i++) {
    const found = problem(items[i], `${at}[${i}]`, above);
    if (found !== undefined) return found;
  }
  return undefined;
}

function recordProblem(value: object, at: string, above: Set<object>): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `${at} is a ${className(value)}`;
  if (typeof Reflect.get(value, 'toJSON') === 'function') return `${at} has a toJSON of its own`;
  for (const [key, item] of Object.entries(value)) {
    // An absent optional property is often written as undefined: JSON leaves it out, and so does the journal.
    if (item === undefined) continue;
    const found = problem(item, `${at}.${key}`, above);
    if (found !== undefined) return found;
  }
  return undefined;
}

function className(value: object): string {
  const maker: unknown = Reflect.get(value, 'constructor');
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'class instance';
}
