// The second memory of where a ledger ends: it goes forward along one chain, and back only where a person says so.

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSeal } from '../src/ledger/seal.ts';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'belay-seal-'));
  path = join(folder, 'seal.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const sealOf = (ledger = 'ledger-1') => openSeal(path, ledger)._unsafeUnwrap();
const head = (seq: number) => ({ seq, hash: `h${seq}` });
const holdsIt = () => true;
const holdsItNot = () => false;

test('a new seal has sealed nothing; what is sealed is found again after a restart', () => {
  const seal = sealOf();
  expect(seal.read()._unsafeUnwrap()).toBeUndefined();
  // Nothing was sealed, so there is nothing that the chain would have to hold.
  expect(seal.advance(head(1), holdsItNot).isOk()).toBe(true);
  seal.close();
  const again = sealOf();
  expect(again.read()._unsafeUnwrap()).toEqual(head(1));
  again.close();
});

test('a chain that does not hold what is sealed moves the seal nowhere, however long it is', () => {
  const seal = sealOf();
  seal.advance(head(3), holdsIt)._unsafeUnwrap();
  const refused = seal.advance(head(9), holdsItNot)._unsafeUnwrapErr();
  expect(refused.kind).toBe('ledger');
  expect(refused.message).toContain('line 3');
  expect(seal.read()._unsafeUnwrap()).toEqual(head(3));
  seal.close();
});

test('a process that is behind another one on the same chain does not move the seal back', () => {
  const seal = sealOf();
  for (const seq of [4, 5, 2]) seal.advance(head(seq), holdsIt)._unsafeUnwrap();
  expect(seal.read()._unsafeUnwrap()).toEqual(head(5));
  // The line is asked for by its hash, so the same number is no step.
  seal.advance({ seq: 5, hash: 'other' }, holdsIt)._unsafeUnwrap();
  expect(seal.read()._unsafeUnwrap()).toEqual(head(5));
  // A person may.
  seal.replace(head(2))._unsafeUnwrap();
  expect(seal.read()._unsafeUnwrap()).toEqual(head(2));
  seal.close();
});

test('the seal of one ledger is never that of another, and is closed again', () => {
  const seal = sealOf();
  seal.advance(head(1), holdsIt)._unsafeUnwrap();
  seal.close();
  expect(openSeal(path, 'ledger-2')._unsafeUnwrapErr().message).toContain('seal of the ledger ledger-1');
  expect(existsSync(`${path}-wal`)).toBe(false);
});

test('what is sealed is seen by another process at once, while this one goes on', () => {
  const seal = sealOf();
  seal.advance(head(1), holdsIt)._unsafeUnwrap();
  const other = sealOf();
  expect(other.read()._unsafeUnwrap()).toEqual(head(1));
  other.close();
  seal.close();
});

test('a file that is no seal is refused, and not kept open', () => {
  writeFileSync(path, 'no database at all');
  expect(openSeal(path, 'ledger-1')._unsafeUnwrapErr().kind).toBe('ledger');
  rmSync(path);
  const other = new DatabaseSync(path);
  other.exec('CREATE TABLE seal (id INTEGER)');
  other.close();
  expect(openSeal(path, 'ledger-1')._unsafeUnwrapErr().kind).toBe('ledger');
  expect(existsSync(`${path}-wal`)).toBe(false);
});
