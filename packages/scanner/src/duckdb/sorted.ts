import { err, ok, type Result } from 'neverthrow';
import { type EntryBatch, entryBatch, type ItemBatch, itemBatch, type KeyBatch } from '../batch.ts';
import type { ReadRequest, SideStream } from '../call.ts';
import type { RegistryEntry } from '../entry.ts';
import type { Inventory } from '../inventory.ts';
import type { StoredItem } from '../item.ts';
import type { ItemKey } from '../key.ts';
import type { Registry } from '../registry.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { type DuckdbOptions, openDuckdb } from './session.ts';

/**
 * An inventory whose store does not list in the order of keys (a file system, a directory bucket, a cloud), sorted on
 * the disk. All of it is read before the first row is given, so an answer that breaks off gives nothing at all.
 */
export function sortedInventory(inventory: Inventory, options: DuckdbOptions): Inventory {
  return {
    ...inventory,
    read: (request) =>
      sorted<ItemBatch, StoredItem>(
        inventory.read(request),
        { itemAt: (batch, index) => batch.item(index), pack: itemBatch },
        { ...options, name: inventory.name, request },
      ),
  };
}

/** A registry that cannot sort by bytes itself, sorted on the disk. */
export function sortedRegistry(registry: Registry, options: DuckdbOptions): Registry {
  return {
    ...registry,
    read: (request) =>
      sorted<EntryBatch, RegistryEntry>(
        registry.read(request),
        { itemAt: (batch, index) => batch.entry(index), pack: entryBatch },
        { ...options, name: registry.name, request },
      ),
  };
}

interface Shape<B extends KeyBatch, Row> {
  readonly itemAt: (batch: B, index: number) => Row;
  readonly pack: (rows: readonly Row[]) => B;
}

interface SortOptions extends DuckdbOptions {
  readonly name: string;
  readonly request: ReadRequest;
}

async function* sorted<B extends KeyBatch, Row extends { readonly key: ItemKey }>(
  stream: SideStream<B>,
  { itemAt, pack }: Shape<B, Row>,
  options: SortOptions,
): SideStream<B> {
  const opened = await openDuckdb(options, options.name);
  if (opened.isErr()) return err(opened.error);
  const db = opened.value;
  try {
    await db.run('CREATE TABLE side (key VARCHAR, line VARCHAR)');
    let count = 0;
    let end: Awaited<ReturnType<SideStream<B>['next']>>;
    for (end = await stream.next(); end.done !== true; end = await stream.next()) {
      const batch = end.value;
      const rows = Array.from({ length: batch.count }, (_, index) => itemAt(batch, index));
      await db.append(
        'side',
        rows.map((row): [string, string] => [row.key, JSON.stringify(row)]),
      );
      count += rows.length;
    }
    if (end.value.isErr()) return err(end.value.error);
    const statement = end.value.value;
    if (statement.count !== count) {
      return err(notBelieved(options.name, `says ${statement.count} rows and sent ${count}`));
    }
    let first: ItemKey | undefined;
    let last: ItemKey | undefined;
    let given = 0;
    // DuckDB compares texts as the bytes of their UTF-8 where no collation is named.
    for await (const piece of db.rows('SELECT line FROM side ORDER BY key')) {
      if (isOver(options.request))
        return err(scannerError('cancelled', `Sorting ${options.name} was cancelled.`));
      // Only what was a row a moment ago is in there.
      const rows = piece.map(([line]): Row => JSON.parse(String(line)));
      first ??= rows[0]?.key;
      last = rows.at(-1)?.key ?? last;
      given += rows.length;
      if (rows.length > 0) yield pack(rows);
    }
    return whole(given, count, options.name).map(() => ({ ...statement, firstKey: first, lastKey: last }));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return err(
      scannerError('unavailable', `${options.name} could not be sorted: ${message}`, {
        source: options.name,
      }),
    );
  } finally {
    db.close();
    // Where it was not read to its end, it closes what it has open.
    await stream.return(err(notBelieved(options.name, 'was not read to its end')));
  }
}

function whole(given: number, count: number, name: string): Result<void, ScannerError> {
  return given === count
    ? ok(undefined)
    : err(notBelieved(name, `came out of the sort with ${given} rows of ${count}`));
}

/** Asked anew for each piece. */
function isOver({ signal }: ReadRequest): boolean {
  return signal?.aborted === true;
}

function notBelieved(name: string, what: string): ScannerError {
  return scannerError('not-believed', `${name} ${what}.`, { source: name });
}
