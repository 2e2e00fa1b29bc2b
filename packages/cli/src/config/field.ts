/** Kinds of fields that several sections have. */

import * as v from 'valibot';

export const text: v.GenericSchema<unknown, string> = v.pipe(v.string(), v.nonEmpty('must not be empty'));

export const texts: v.GenericSchema<unknown, readonly string[]> = v.array(text);

export const port: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.integer('must be a whole number'),
  v.minValue(1, 'must be from 1 to 65535'),
  v.maxValue(65_535, 'must be from 1 to 65535'),
);

export const positive: v.GenericSchema<unknown, number> = v.pipe(
  v.number(),
  v.finite('must be finite'),
  v.gtValue(0, 'must be above 0'),
);

/** An object with these functions: somebody's implementation of a port. A file cannot hold one. */
export function withFunctions<T>(names: readonly string[]): v.GenericSchema<unknown, T> {
  return v.custom<T>(
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      names.every((name) => typeof Reflect.get(value, name) === 'function'),
    `must be an object with ${names.join(', ')}: only a TypeScript config can hold one`,
  );
}
