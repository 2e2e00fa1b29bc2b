/**
 * Reads plain values strictly: what is not exactly what is wanted is refused with the path to it, and so is a name that
 * nobody asked for, since a misspelt limit is no limit.
 */

import type { Result } from 'neverthrow';
import type { ScannerError } from './scanner-error.ts';

/** Reads one value; throws {@link Unreadable}. */
export type Reader<T> = (value: unknown, path: string) => T;

/** Thrown by readers and caught where the reading began. */
export class Unreadable extends Error {}

/** Not empty. */
export const text: Reader<string> = (value, path) => {
  if (typeof value === 'string' && value !== '') return value;
  throw new Unreadable(`${path} is ${shown(value)}, not a text.`);
};

/** A whole number above zero. */
export const positive: Reader<number> = (value, path) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new Unreadable(`${path} is ${shown(value)}, not a whole number above zero.`);
};

/** A whole number, zero included. */
export const countOf: Reader<number> = (value, path) => {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new Unreadable(`${path} is ${shown(value)}, not a whole number of at least zero.`);
};

/** Above 0 and at most 1; `"5%"` is not one. */
export const share: Reader<number> = (value, path) => {
  if (typeof value === 'number' && value > 0 && value <= 1) return value;
  throw new Unreadable(`${path} is ${shown(value)}, not a share above 0 and up to 1.`);
};

/** One of these words. */
export function oneOf<const W extends string>(...words: readonly W[]): Reader<W> {
  return (value, path) => {
    const found = words.find((word) => word === value);
    if (found !== undefined) return found;
    throw new Unreadable(`${path} is ${shown(value)}, not ${words.join(' or ')}.`);
  };
}

/** What a function of ours says about a text. */
export function by<T>(make: (value: string) => Result<T, ScannerError>): Reader<T> {
  return (value, path) => {
    // The function looks for itself at what this really is.
    const made = make(value as string);
    if (made.isOk()) return made.value;
    throw new Unreadable(`${path}: ${made.error.message}`);
  };
}

/** A list, empty or not. */
export function list<T>(one: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new Unreadable(`${path} is ${shown(value)}, not a list.`);
    return value.map((item, index) => one(item, `${path}[${index}]`));
  };
}

/** An object with names of the user's. */
export function record<T>(one: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(objectAt(value, path)).map(([name, item]) => [name, one(item, `${path}.${name}`)]),
    );
}

/** An object with exactly these names. */
export function object<T extends object>(fields: { readonly [N in keyof T]: Reader<T[N]> }): Reader<T> {
  return (value, path) => {
    const given = objectAt(value, path);
    const stranger = Object.keys(given).find((name) => !Object.hasOwn(fields, name));
    if (stranger !== undefined) throw new Unreadable(`${path}.${stranger} is not known.`);
    const entries = Object.entries<Reader<unknown>>(fields).map(([name, one]) => {
      if (!Object.hasOwn(given, name)) throw new Unreadable(`${path}.${name} is missing.`);
      return [name, one(given[name], `${path}.${name}`)];
    });
    // `fromEntries` forgets the names; they are those of `fields`.
    return Object.fromEntries(entries) as T;
  };
}

function objectAt(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new Unreadable(`${path} is ${shown(value)}, not an object.`);
}

function shown(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value)?.slice(0, 40) ?? 'missing');
}
