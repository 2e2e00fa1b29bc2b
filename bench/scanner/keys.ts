/**
 * The keys of the bench: 55 bytes each, as backups are named; one of a hundred has no entry. The same in every run.
 */

import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './say.ts';

export type Order = 'sorted' | 'unsorted';

/** Two files of keys, a key a line. */
export interface KeyFiles {
  readonly stored: string;
  readonly needed: string;
}

const folder = join(import.meta.dirname, '..', '..', '.cache', 'bench-scanner');
const orphanEvery = 100;
const linesAtOnce = 10_000;

/** Makes the files where they are not there yet. */
export function keyFiles(size: number, order: Order): KeyFiles {
  const files = {
    stored: join(folder, `stored-${order}-${size}.txt`),
    needed: join(folder, `needed-${order}-${size}.txt`),
  };
  if (existsSync(files.stored) && existsSync(files.needed)) return files;
  say(`writing ${size.toExponential(0)} ${order} keys a side into .cache/bench-scanner`);
  mkdirSync(folder, { recursive: true });
  const [stored, needed] = [openSync(`${files.stored}.part`, 'w'), openSync(`${files.needed}.part`, 'w')];
  for (let from = 0; from < size; from += linesAtOnce) {
    const numbers = Array.from({ length: Math.min(linesAtOnce, size - from) }, (_, n) => from + n);
    const placed = numbers.map((n) => (order === 'sorted' ? n : shuffled(n, size)));
    writeSync(stored, placed.map(keyOf).join(''));
    writeSync(
      needed,
      placed
        .filter((n) => n % orphanEvery !== 0)
        .map(keyOf)
        .join(''),
    );
  }
  for (const file of [stored, needed]) closeSync(file);
  renameSync(`${files.stored}.part`, files.stored);
  renameSync(`${files.needed}.part`, files.needed);
  return files;
}

/** How many of so many keys have no entry. */
export function orphansOf(size: number): number {
  return Math.ceil(size / orphanEvery);
}

/** Visits every number below the size once, far from where it was: the step shares no factor with powers of ten. */
function shuffled(n: number, size: number): number {
  return Number((BigInt(n) * 7_368_787n) % BigInt(size));
}

function keyOf(n: number): string {
  const customer = String(Math.floor(n / 64)).padStart(8, '0');
  return `archives/customer-${customer}/2026-11-${String(n).padStart(12, '0')}.tar.zst\n`;
}
