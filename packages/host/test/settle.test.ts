// What a server says when it has written out and forgotten, and what is made of it.

import { expect, test } from 'vitest';
import { readSettled } from '../src/settle.ts';

test('a server that forgot files says how many it remembered before and after', () => {
  expect(readSettled('312000 4100 files\n')).toEqual({
    remembered: { before: 312_000, after: 4_100 },
    forgot: 'files',
  });
});

test('contents that had to go with them are told', () => {
  expect(readSettled('312000 4100 contents\n').forgot).toBe('contents');
});

test('few files are left in memory, and that needs no excuse', () => {
  expect(readSettled('900 900 nothing\n')).toEqual({
    remembered: { before: 900, after: 900 },
    forgot: 'nothing',
  });
});

test('a user whom the kernel does not obey, and a kernel that does not count, are told with a reason', () => {
  expect(readSettled('312000 312000 forbidden\n')).toMatchObject({
    forgot: 'nothing',
    because: expect.stringContaining('no word'),
  });
  expect(readSettled('')).toMatchObject({
    forgot: 'nothing',
    because: expect.stringContaining('does not say'),
  });
});
