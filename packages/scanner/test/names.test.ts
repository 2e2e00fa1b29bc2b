// The names of things: what could later mean "everything", or could not be compared byte by byte, is never a name.

import { expect, test } from 'vitest';
import { compareKeys, itemKey, itemKind, keyPrefix, longestKeyBytes, ownerId, runId } from '../src/key.ts';
import { scopeOf } from '../src/scope.ts';

const makers = {
  'item key': itemKey,
  prefix: keyPrefix,
  owner: ownerId,
  kind: itemKind,
  'run id': runId,
} as const;

test('no name is empty, half a character, longer than a key may be, or something other than a text', () => {
  for (const [what, make] of Object.entries(makers)) {
    expect(make('')._unsafeUnwrapErr()).toEqual({ kind: 'invalid', message: `The ${what} is empty.` });
    for (const none of [undefined, null, 7, ['a']]) {
      expect(make(none as unknown as string)._unsafeUnwrapErr().message).toBe(`The ${what} is empty.`);
    }
    expect(make('a\ud800')._unsafeUnwrapErr().message).toBe(
      `The ${what} "a\\ud800" is not well-formed Unicode.`,
    );
    // Counted in bytes: an é has two of them.
    expect(make('é'.repeat(longestKeyBytes / 2)).isOk()).toBe(true);
    expect(make(`${'é'.repeat(longestKeyBytes / 2)}a`)._unsafeUnwrapErr().message).toContain('4096 bytes');
    expect(make('a b\n\u{1f4be}')._unsafeUnwrap()).toBe('a b\n\u{1f4be}');
  }
});

test('keys are compared as bytes, where the last plane comes after what JavaScript would put behind it', () => {
  expect(compareKeys('a', 'a')).toBe(0);
  expect(compareKeys('a', 'b')).toBeLessThan(0);
  expect(compareKeys('b', 'a')).toBeGreaterThan(0);
  expect(compareKeys('a', 'a/')).toBeLessThan(0);
  expect(compareKeys('\u{10000}', '\uffee')).toBeGreaterThan(0);
});

const prefixes = (...texts: readonly string[]) => texts.map((text) => keyPrefix(text)._unsafeUnwrap());
const kinds = ['archive', 'volume', 'archive'].map((text) => itemKind(text)._unsafeUnwrap());

test('a scope has its prefixes in the order of bytes and each kind once', () => {
  const scope = scopeOf({ prefixes: prefixes('\u{10000}', '\uffee', 'b', 'a'), kinds })._unsafeUnwrap();
  expect(scope).toEqual({ prefixes: ['a', 'b', '\uffee', '\u{10000}'], kinds: ['archive', 'volume'] });
});

test('no prefix of a scope lies within another, is named twice, or is empty', () => {
  const problem = (...some: readonly string[]) =>
    scopeOf({ prefixes: prefixes(...some), kinds }).match(
      () => 'taken',
      ({ message }) => message,
    );
  expect(problem('a/', 'b/')).toBe('taken');
  expect(problem('ab', 'ac')).toBe('taken');
  expect(problem('b/', 'a/b', 'a/')).toBe('The prefix a/b lies within a/.');
  expect(problem('a/', 'b/', 'b/')).toBe('The prefix b/ lies within b/.');
  expect(scopeOf({ prefixes: [], kinds })._unsafeUnwrapErr().message).toContain('at least one prefix');
  expect(scopeOf({ prefixes: prefixes('a'), kinds: [] })._unsafeUnwrapErr().message).toContain('one kind');
  expect(scopeOf({} as never)._unsafeUnwrapErr().kind).toBe('invalid');
  const empty = { prefixes: ['' as never, ...prefixes('a/')], kinds };
  expect(scopeOf(empty)._unsafeUnwrapErr().message).toContain('An empty prefix would mean everything');
});
