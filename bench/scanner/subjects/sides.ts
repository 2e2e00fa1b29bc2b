/**
 * The two sides of the bench: files of keys behind the scanner's ports.
 */

import type {
  Canary,
  EntryBatch,
  Inventory,
  ItemBatch,
  ItemKey,
  ItemKind,
  Registry,
  SourceIdentity,
} from '@belay/scanner';
import { itemKind, keyAt, ownerId } from '@belay/scanner';
import { okAsync } from 'neverthrow';
import { readKeys } from './key-file.ts';

export const kind: ItemKind = itemKind('archive')._unsafeUnwrap();
const owner = ownerId('everybody')._unsafeUnwrap();
const group = { kind, owner };

export const inventorySource: SourceIdentity = { id: 'file:stored', environment: 'bench', schema: '1' };
export const registrySource: SourceIdentity = { id: 'file:needed', environment: 'bench', schema: '1' };

/** Rows of a batch are at most as many as its bytes. */
const sizes = new Float64Array(256 * 1024);
const canaries: readonly Canary[] = [];

export function inventoryOf(path: string, now: () => number): Inventory {
  return {
    name: 'stored',
    kinds: [kind],
    now: () => okAsync(new Date(now()).toISOString()),
    plantCanaries: () => okAsync(canaries),
    read: () =>
      readKeys<ItemBatch>(
        path,
        group,
        inventorySource,
        (lines, groups) => {
          const batch: ItemBatch = {
            ...lines,
            groups,
            sizes,
            item: (index) => ({
              key: keyAt(batch, index) as ItemKey,
              kind,
              owner,
              version: '1',
              sizeBytes: 0,
              modifiedAt: '2025-01-01T00:00:00.000Z',
            }),
          };
          return batch;
        },
        now,
      ),
    look: () => okAsync([]),
  };
}

export function registryOf(path: string, now: () => number): Registry {
  return {
    name: 'needed',
    covers: [kind],
    now: () => okAsync(new Date(now()).toISOString()),
    plantCanaries: () => okAsync(canaries),
    read: () =>
      readKeys<EntryBatch>(
        path,
        group,
        registrySource,
        (lines, groups) => {
          const batch: EntryBatch = {
            ...lines,
            groups,
            entry: (row) => ({ key: keyAt(batch, row) as ItemKey, kind, owner, state: 'needed' }),
          };
          return batch;
        },
        now,
      ),
    lookUp: () => okAsync([]),
    claim: () => okAsync([]),
    release: () => okAsync(undefined),
  };
}
