// What a server says when it has written out and forgotten, and what is made of it.

import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readSettled, settleScript } from '../src/settle.ts';

test('the shell of a real server counts what its kernel remembers', () => {
  // From a thousand billion files on: nothing is forgotten for a test.
  const settle = (point: string) =>
    spawnSync('sh', ['-c', settleScript, 'belay', point, '1000000000000', '1000000000000'], {
      encoding: 'utf8',
    });
  const { status, stdout } = settle('/proc');
  expect(status).toBe(0);
  const { remembered, forgot, because } = readSettled(stdout);
  expect([forgot, because]).toEqual(['nothing', undefined]);
  expect(remembered!.before).toBeGreaterThan(100);
  expect(settle('/no/such/place').status).toBe(41);
});

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
