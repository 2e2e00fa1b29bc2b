// Ways in which a stream of batches goes wrong, to be laid over an honest one.

import { err, ok } from 'neverthrow';
import { type EntryBatch, entryBatch, type ItemBatch, itemBatch } from '../src/batch.ts';
import type { SideStream } from '../src/call.ts';
import type { RegistryEntry } from '../src/entry.ts';
import type { StoredItem } from '../src/item.ts';
import { scannerError } from '../src/scanner-error.ts';
import type { SideStatement } from '../src/statement.ts';

const batchRows = 16;

/** All rows of a stream at once, with its statement. */
export async function gather<B extends ItemBatch | EntryBatch>(
  stream: SideStream<B>,
): Promise<{ readonly batches: readonly B[]; readonly statement: SideStatement }> {
  const batches: B[] = [];
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return { batches, statement: next.value._unsafeUnwrap() };
    batches.push(next.value);
  }
}

/** A stream with other rows and a statement that agrees with them, unless `say` makes it say otherwise. */
export async function* otherItems(
  honest: SideStream<ItemBatch>,
  change: (items: readonly StoredItem[]) => readonly StoredItem[],
  say: (statement: SideStatement) => Partial<SideStatement> = () => ({}),
): SideStream<ItemBatch> {
  const { batches, statement } = await gather(honest);
  const items = change(
    batches.flatMap((batch) => Array.from({ length: batch.count }, (_, n) => batch.item(n))),
  );
  for (let at = 0; at < items.length; at += batchRows) yield itemBatch(items.slice(at, at + batchRows));
  const bytes = items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const told = { ...statement, ...ends(items), bytes };
  return ok({ ...told, ...say(told) });
}

export async function* otherEntries(
  honest: SideStream<EntryBatch>,
  change: (entries: readonly RegistryEntry[]) => readonly RegistryEntry[],
  say: (statement: SideStatement) => Partial<SideStatement> = () => ({}),
): SideStream<EntryBatch> {
  const { batches, statement } = await gather(honest);
  const rows = change(
    batches.flatMap((batch) => Array.from({ length: batch.count }, (_, n) => batch.entry(n))),
  );
  for (let at = 0; at < rows.length; at += batchRows) yield entryBatch(rows.slice(at, at + batchRows));
  const told = { ...statement, ...ends(rows) };
  return ok({ ...told, ...say(told) });
}

/** Breaks after so many batches, with an error, an exception, or no word at all. */
export async function* breaking<B>(
  honest: SideStream<B>,
  batches: number,
  how: 'error' | 'throw' | 'silence',
): SideStream<B> {
  for (let n = 0; n < batches; n += 1) {
    const next = await honest.next();
    if (next.done === true) break;
    yield next.value;
  }
  if (how === 'throw') throw new Error('read ECONNRESET');
  if (how === 'error') return err(scannerError('unavailable', 'the server closed the connection'));
  // What a generator gives that was written without `return`, in a language that does not check it.
  return undefined as never;
}

function ends(rows: readonly { readonly key: StoredItem['key'] }[]) {
  return { count: rows.length, firstKey: rows[0]?.key, lastKey: rows.at(-1)?.key };
}
