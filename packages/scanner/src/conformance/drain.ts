import type { Result } from 'neverthrow';
import { type KeyBatch, keyAt } from '../batch.ts';
import type { SideStream } from '../call.ts';
import { compareKeys, type ItemKey, itemKey } from '../key.ts';
import type { ScannerError } from '../scanner-error.ts';
import type { Scope } from '../scope.ts';
import type { SideStatement } from '../statement.ts';
import { CaseFailed, check } from './case.ts';

/** Everything that a stream gave, row by row. */
export interface Drained<Row> {
  readonly rows: readonly Row[];
  readonly end: Result<SideStatement, ScannerError>;
}

/** Reads a stream to its end; each row is taken out of its batch before the next one is asked for. */
export async function drain<B extends KeyBatch, Row extends { readonly key: string }>(
  stream: SideStream<B>,
  rowAt: (batch: B, index: number) => Row,
): Promise<Drained<Row>> {
  const rows: Row[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { rows, end: next.value };
    for (let index = 0; index < next.value.count; index++) {
      const row = rowAt(next.value, index);
      const key = keyAt(next.value, index);
      check(key === row.key, `A batch holds the bytes of ${key} where its row is ${row.key}.`);
      rows.push(row);
    }
  }
}

/** A whole, sound answer: in order, and as the statement says. */
export async function drainSound<B extends KeyBatch, Row extends { readonly key: string }>(
  stream: SideStream<B>,
  rowAt: (batch: B, index: number) => Row,
): Promise<{ readonly rows: readonly Row[]; readonly statement: SideStatement }> {
  const { rows, end } = await drain(stream, rowAt);
  if (end.isErr()) throw new CaseFailed(`It failed as ${end.error.kind}: ${end.error.message}`);
  const statement = end.value;
  for (const [index, { key }] of rows.entries()) {
    const before = rows[index - 1];
    if (before !== undefined) check(compareKeys(before.key, key) < 0, `${before.key} comes before ${key}.`);
  }
  check(statement.ended === 'explicit', `Its end is ${statement.ended}.`);
  check(statement.count === rows.length, `It says ${statement.count} rows and sent ${rows.length}.`);
  check(statement.firstKey === rows[0]?.key, `It says that the first key is ${statement.firstKey}.`);
  check(statement.lastKey === rows.at(-1)?.key, `It says that the last key is ${statement.lastKey}.`);
  check(statement.source.id !== '', 'It does not say who it is.');
  check(statement.source.environment !== '', 'It does not say which environment it is.');
  check(!Number.isNaN(Date.parse(statement.startedAt)), `It began at ${statement.startedAt}.`);
  check(Date.parse(statement.endedAt) >= Date.parse(statement.startedAt), 'It ended before it began.');
  return { rows, statement };
}

/** A key under one of the scope's prefixes. */
export function under(scope: Scope, rest: string, prefix = 0): ItemKey {
  const key = itemKey(`${scope.prefixes[prefix] ?? scope.prefixes[0]}${rest}`);
  if (key.isErr()) throw new CaseFailed(key.error.message);
  return key.value;
}

/** Names that one order or another, one encoding or another, gets wrong. */
export const awkwardNames: readonly string[] = [
  'B',
  'a',
  'a-b',
  'a.b',
  'a/b',
  'a_b',
  'a b',
  'ab',
  'A',
  'Z',
  '10',
  '9',
  '%41',
  'a\nb',
  'e\u0301',
  '\u00e9',
  '\uff21',
  '\u{1f600}',
  'ß',
  "quote's",
  'per%cent',
  'plus+plus',
  'back\\slash',
  '<&>',
];
