/**
 * Stands in the place of vitest where a test is run thousands of times in one process: it keeps the tests that a file
 * declares, and knows the matchers that the scanner's tests use. One that it does not know makes the first run fail.
 */

import { isDeepStrictEqual } from 'node:util';

type Work = () => unknown;

/** What a test file has declared. */
export interface Declared {
  readonly tests: { readonly name: string; readonly work: Work }[];
  readonly beforeAll: Work[];
  readonly before: Work[];
  readonly after: Work[];
  readonly afterAll: Work[];
}

let current: Declared = { tests: [], beforeAll: [], before: [], after: [], afterAll: [] };

/** What `load` declares; what comes before all of it has been done. */
export async function declaredBy(load: () => Promise<unknown>): Promise<Declared> {
  current = { tests: [], beforeAll: [], before: [], after: [], afterAll: [] };
  const mine = current;
  await load();
  for (const work of mine.beforeAll) await work();
  return mine;
}

export const test: {
  (name: string, work: Work): void;
  each(rows: readonly unknown[]): (name: string, work: (row: unknown) => unknown) => void;
} = Object.assign((name: string, work: Work): void => void current.tests.push({ name, work }), {
  each: (rows: readonly unknown[]) => (name: string, work: (row: unknown) => unknown) => {
    for (const row of rows) current.tests.push({ name: `${name} ${String(row)}`, work: () => work(row) });
  },
});
export const beforeAll = (work: Work): void => void current.beforeAll.push(work);
export const beforeEach = (work: Work): void => void current.before.push(work);
export const afterEach = (work: Work): void => void current.after.push(work);
export const afterAll = (work: Work): void => void current.afterAll.push(work);

/** An expectation inside another. */
class Asked {
  readonly #fits: (value: unknown) => boolean;
  constructor(fits: (value: unknown) => boolean) {
    this.#fits = fits;
  }
  fits(value: unknown): boolean {
    return this.#fits(value);
  }
}

type Matchers = Readonly<Record<string, (...wanted: readonly never[]) => void>>;

export const expect: ((value: unknown, about?: string) => Matchers & { readonly not: Matchers }) & {
  any(type: { readonly name: string }): Asked;
  arrayContaining(some: readonly unknown[]): Asked;
  objectContaining(some: object): Asked;
  stringContaining(part: string): Asked;
} = Object.assign(
  (value: unknown, about?: string) =>
    ({ ...matchers(value, about, false), not: matchers(value, about, true) }) as never,
  {
    any: ({ name }: { readonly name: string }) => new Asked((value) => typeof value === name.toLowerCase()),
    arrayContaining: (some: readonly unknown[]) =>
      new Asked(
        (value) =>
          Array.isArray(value) && some.every((one) => value.some((other) => equal(other, one, 'all'))),
      ),
    objectContaining: (some: object) => new Asked((value) => equal(value, some, 'some')),
    stringContaining: (part: string) =>
      new Asked((value) => typeof value === 'string' && value.includes(part)),
  },
);

function matchers(value: unknown, about: string | undefined, isNot: boolean): Matchers {
  const length = (): unknown => Reflect.get(Object(value), 'length');
  const holds: Readonly<Record<string, (...wanted: readonly unknown[]) => boolean>> = {
    toBe: (one) => Object.is(value, one),
    toEqual: (one) => equal(value, one, 'all'),
    toMatchObject: (one) => equal(value, one, 'some'),
    toContain: (one) =>
      typeof value === 'string'
        ? value.includes(String(one))
        : Array.from(value as Iterable<unknown>).includes(one),
    toContainEqual: (one) => Array.from(value as Iterable<unknown>).some((other) => equal(other, one, 'all')),
    toHaveLength: (one) => length() === one,
    toHaveProperty: (name) => Object.hasOwn(Object(value), String(name)),
    toBeDefined: () => value !== undefined,
    toBeUndefined: () => value === undefined,
    toBeNull: () => value === null,
    toBeGreaterThan: (one) => Number(value) > Number(one),
    toBeGreaterThanOrEqual: (one) => Number(value) >= Number(one),
    toBeLessThan: (one) => Number(value) < Number(one),
    toBeLessThanOrEqual: (one) => Number(value) <= Number(one),
    toThrow: (text) => {
      try {
        (value as () => unknown)();
        return false;
      } catch (thrown) {
        return String(thrown).includes(String(text ?? ''));
      }
    },
    toBeTypeOf: (type) => typeof value === type,
    toMatch: (pattern) =>
      pattern instanceof RegExp ? pattern.test(String(value)) : String(value).includes(String(pattern)),
  };
  return Object.fromEntries(
    Object.entries(holds).map(([name, hold]) => [
      name,
      (...wanted: readonly unknown[]) => {
        if (hold(...wanted) === isNot)
          throw new Error(`${about ?? ''} ${isNot ? 'not ' : ''}${name} does not hold`);
      },
    ]),
  );
}

/** As vitest has it: a field that is undefined is as good as none; `some` lets the value have more fields. */
function equal(value: unknown, wanted: unknown, how: 'all' | 'some'): boolean {
  if (wanted instanceof Asked) return wanted.fits(value);
  if (typeof wanted !== 'object' || wanted === null || typeof value !== 'object' || value === null) {
    return Object.is(value, wanted);
  }
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(value) &&
      value.length === wanted.length &&
      wanted.every((one, n) => equal(value[n], one, how))
    );
  }
  const isPlain = [value, wanted].every((one) =>
    [Object.prototype, null].includes(Object.getPrototypeOf(one)),
  );
  if (!isPlain) return isDeepStrictEqual(value, wanted);
  const names =
    how === 'all' ? new Set([...Object.keys(value), ...Object.keys(wanted)]) : Object.keys(wanted);
  return [...names].every((name) => equal(Reflect.get(value, name), Reflect.get(wanted, name), how));
}
