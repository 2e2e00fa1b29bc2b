// Words go through a real shell and come out as they went in, whatever is in them.

import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { quoteWords } from '../src/quote.ts';

const word = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'\'"\\$`!*?[]{}()<>|&;#~% \t\n\r-='), maxLength: 30 }),
  fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const words = fc.array(
  word.map((text) => text.replaceAll('\0', '')),
  { minLength: 1, maxLength: 12 },
);

for (const shell of ['sh', 'bash']) {
  test(`${shell} reads back the very words that were quoted`, () => {
    fc.assert(
      fc.property(words, (given) => {
        const script = `printf '%s\\0' ${quoteWords(given)}`;
        const read = execFileSync(shell, ['-c', script]).toString().split('\0').slice(0, -1);
        expect(read).toEqual(given.map((one) => Buffer.from(one).toString()));
      }),
      { numRuns: 150 },
    );
  });
}

test('a word with a NUL is refused: no shell could read it back', () => {
  expect(() => quoteWords(['a\0b'])).toThrow('NUL');
});
