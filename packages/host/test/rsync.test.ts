// What rsync is told, and what is understood of what it says.

import { expect, test } from 'vitest';
import { literalPattern, readProgress, rsyncReader, rsyncWords } from '../src/rsync.ts';

const spec = { pass: 'final', from: { path: '/a' }, to: { path: '/b' } } as const;

test('a rehearsal is the same pass, and writes nothing', () => {
  const final = rsyncWords(spec, 'shell');
  const rehearsal = rsyncWords({ ...spec, pass: 'rehearsal' }, 'shell');
  expect(rehearsal.filter((word) => !final.includes(word))).toEqual(['--dry-run']);
});

test('no path of either end is among the words', () => {
  const words = rsyncWords({ ...spec, from: { path: '/secret place' } }, 'shell');
  expect(words.join(' ')).not.toContain('secret');
  expect(words.slice(-2)).toEqual(['./', 'belay:./']);
});

test('words that are to be compared are not hidden in rsync’s own protocol', () => {
  const hidden = rsyncWords(spec, 'shell');
  const said = rsyncWords(spec, 'shell', 'said');
  expect(hidden.filter((word) => !said.includes(word))).toEqual(['-s']);
  expect(said.filter((word) => !hidden.includes(word))).toEqual(['--no-s']);
});

test('what is left out is meant as it is written, wildcards and all', () => {
  expect(literalPattern('cache/')).toBe('/cache');
  expect(literalPattern('a\\b')).toBe('/a\\b');
  expect(literalPattern('/a*b\\c')).toBe('/a\\*b\\\\c');
});

test('figures, vanished files and complaints are told apart', () => {
  const seen: number[] = [];
  const reader = rsyncReader(({ bytes }) => seen.push(bytes));
  reader.push('         32,768   1%   31.25MB/s    0:00:01 (xfr#1, to-chk=9/12)\r      2097152 100%');
  reader.push('    2.00MB/s    0:00:01 (xfr#3, to-chk=0/12)\nfile has vanished: "/data/a b"\n');
  reader.push('rsync: [sender] link_stat "/x" failed: No such file or directory (2)\n');
  reader.push('Number of files: 12 (reg: 9, dir: 3)\nNumber of created files: 2 (reg: 2)\n');
  reader.push(
    'Number of deleted files: 1\nNumber of regular files transferred: 3\nTotal file size: 4,100 bytes\n',
  );
  reader.push(
    'Total transferred file size: 2,097,152 bytes\nTotal bytes sent: 900\nTotal bytes received: 100\n',
  );
  expect(seen).toEqual([32_768, 2_097_152]);
  expect(reader.vanished).toEqual(['/data/a b']);
  expect(reader.complaints()).toHaveLength(1);
  expect(reader.counts()).toEqual({
    entries: 12,
    bytes: 4_100,
    changedFiles: 3,
    changedBytes: 2_097_152,
    createdEntries: 2,
    deletedEntries: 1,
    sentBytes: 1_000,
  });
});

test('without figures nothing is made up', () => {
  const reader = rsyncReader();
  reader.push('rsync error: error in socket IO (code 10)\n');
  expect(reader.counts()).toBeUndefined();
});

test('a line of progress is read in its own units', () => {
  expect(readProgress('    1048576  50%    1.50kB/s    0:00:07')).toEqual({
    bytes: 1_048_576,
    share: 0.5,
    bytesPerSecond: 1_536,
  });
  expect(readProgress('Number of files: 12')).toBeUndefined();
});
