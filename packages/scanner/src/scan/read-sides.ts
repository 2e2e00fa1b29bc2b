/**
 * Reads all sides at once, batch by batch, and drives the merge. Every batch passes its side's witness first. The first
 * thing that cannot be believed ends the reading of all.
 */

import { err, ok, type Result } from 'neverthrow';
import type { EntryBatch, ItemBatch } from '../batch.ts';
import type { Call, SideStream } from '../call.ts';
import { guarded } from '../guarded.ts';
import { attempt } from '../ledger/file.ts';
import { type MergeSink, merge } from '../merge/merge.ts';
import type { Seen, Witness } from '../merge/witness.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SideStatement } from '../statement.ts';

/** One side, about to answer. */
export interface Feed<B> {
  readonly name: string;
  readonly stream: SideStream<B>;
  readonly witness: Witness;
}

/** What a side said at its end, and what was seen of it. */
export interface Answered {
  readonly name: string;
  readonly statement: SideStatement;
  readonly seen: Seen;
}

/** How far a scan has come, for whoever waits. */
export interface Progress {
  readonly side: string;
  readonly keys: number;
}

/** Reads to the end. Streams that are not read to their end are told to stop. */
export async function readSides(
  items: Feed<ItemBatch>,
  registries: readonly Feed<EntryBatch>[],
  sink: MergeSink,
  call: Call & { readonly onProgress?: ((progress: Progress) => void) | undefined },
): Promise<Result<{ readonly items: Answered; readonly registries: readonly Answered[] }, ScannerError>> {
  const merging = merge(registries.length, sink);
  const statements = new Map<string, SideStatement>();
  const keys = new Map<string, number>();

  const next = async <B extends ItemBatch | EntryBatch>(
    feed: Feed<B>,
  ): Promise<Result<B | undefined, ScannerError>> => {
    const pulled = await guarded(feed.name, () => fromStream(feed), call);
    if (pulled.isErr()) return err(pulled.error);
    if ('statement' in pulled.value) {
      statements.set(feed.name, pulled.value.statement);
      return ok(undefined);
    }
    const { batch } = pulled.value;
    const problem = problemOf(() => feed.witness.add(batch));
    if (problem !== undefined) {
      return err(scannerError('not-believed', `${feed.name}: ${problem}`, { source: feed.name }));
    }
    const sum = (keys.get(feed.name) ?? 0) + batch.count;
    keys.set(feed.name, sum);
    call.onProgress?.({ side: feed.name, keys: sum });
    return ok(batch);
  };

  const readAll = async (): Promise<Result<void, ScannerError>> => {
    for (;;) {
      const wanted = attempt('note what was found', () => merging.run());
      if (wanted.isErr()) return err(wanted.error);
      if (wanted.value === 'nothing') return ok(undefined);
      if (wanted.value === 'items') {
        const batch = await next(items);
        if (batch.isErr()) return err(batch.error);
        merging.giveItems(batch.value);
      } else {
        const feed = registries[wanted.value];
        if (feed === undefined) throw new Error(`there is no registry ${wanted.value}`);
        const batch = await next(feed);
        if (batch.isErr()) return err(batch.error);
        merging.giveEntries(wanted.value, batch.value);
      }
    }
  };

  const read = await readAll();
  const feeds = [items, ...registries];
  if (read.isErr()) {
    await Promise.allSettled(feeds.filter(({ name }) => !statements.has(name)).map(stop));
    return err(read.error);
  }
  const answered = feeds.map(({ name, witness }): Answered => {
    const statement = statements.get(name);
    if (statement === undefined) throw new Error(`the merge ended before ${name} did`);
    return { name, statement, seen: witness.seen() };
  });
  const [first, ...rest] = answered;
  if (first === undefined) throw new Error('a scan without an inventory');
  return ok({ items: first, registries: rest });
}

/** A batch that cannot even be looked at is believed as little as one that is wrong. */
function problemOf(look: () => string | undefined): string | undefined {
  try {
    return look();
  } catch (thrown) {
    return `Its batch cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
  }
}

async function fromStream<B>({
  stream,
}: Feed<B>): Promise<Result<{ readonly batch: B } | { readonly statement: SideStatement }, ScannerError>> {
  const next = await stream.next();
  if (next.done !== true) return ok({ batch: next.value });
  // A generator that was written without `return`, or in plain JavaScript, ends without a word.
  const said: Result<SideStatement, ScannerError> | undefined = next.value;
  if (said === undefined) return err(scannerError('not-believed', 'It merely stopped, without a statement.'));
  return said.map((statement) => ({ statement }));
}

/** A stream that hangs is not waited for. */
function stop({ stream }: Feed<unknown>): void {
  stream.return(err(scannerError('cancelled', 'The scan has ended.'))).catch(() => undefined);
}
