/**
 * What a scan finds, as the merge finds it: orphans become staged flags, rows without an item become findings, and what
 * cannot be told is counted as a doubt. Nothing found here has any effect before the scan is believed.
 */

import { type EntryBatch, type ItemBatch, keyAt } from '../batch.ts';
import { entryStates, type RegistryEntry } from '../entry.ts';
import type { StoredItem } from '../item.ts';
import type { OwnerId, RunId } from '../key.ts';
import type { MissingOf } from '../ledger/baseline.ts';
import type { Flag, Staging } from '../ledger/flag.ts';
import type { Trash } from '../ledger/trash.ts';
import type { MergeSink } from '../merge/merge.ts';
import type { OrphanClass, Policy } from '../policy.ts';

/** A needed item that a run has put into quarantine. */
export interface NeededInQuarantine {
  readonly key: string;
  /** To be undone. */
  readonly run: RunId;
}

/** What a scan found beside its flags. */
export interface Found {
  readonly orphans: Readonly<Record<OrphanClass, { items: number; bytes: number }>>;
  readonly inDoubt: number;
  readonly vanished: ReadonlyMap<OwnerId | undefined, number>;
  readonly endedOwners: ReadonlyMap<OwnerId, string | undefined>;
  readonly missing: readonly MissingOf[];
  /** Needed items that this scanner has put into quarantine: they must come back. */
  readonly neededInQuarantine: readonly NeededInQuarantine[];
  /** Rows that are not what their batch says they are. */
  readonly confused: string | undefined;
}

/** What the sink needs to know. */
export interface SightingOptions {
  readonly policy: Policy;
  readonly staging: Staging;
  readonly trash: Trash;
  readonly registries: readonly string[];
  /** The store's time at the last complete scan; `undefined` before the first. */
  readonly lastScanMs: number | undefined;
}

const sampleSize = 5;

/** The sink of one scan. */
export function sightings(options: SightingOptions): { readonly sink: MergeSink; found(): Found } {
  const { policy, staging, trash, registries, lastScanMs } = options;
  const orphans = { 'no-entry': { items: 0, bytes: 0 }, 'owner-ended': { items: 0, bytes: 0 } };
  const vanished = new Map<OwnerId | undefined, number>();
  const endedOwners = new Map<OwnerId, string | undefined>();
  const missing = new Map<OwnerId | undefined, { count: number; sample: MissingOf['sample'][number][] }>();
  const neededInQuarantine: NeededInQuarantine[] = [];
  let inDoubt = 0;
  let confused: string | undefined;

  const flag = (item: StoredItem, orphan: OrphanClass, endedAt: string | undefined): void => {
    const prefix = policy.scope.prefixes.find((one) => item.key.startsWith(one));
    if (prefix === undefined || !policy.scope.kinds.includes(item.kind)) {
      inDoubt += 1;
      return;
    }
    const { key, kind, owner, version, sizeBytes, modifiedAt, verified = false, environment } = item;
    const sighting: Omit<Flag, 'firstScan'> = {
      key,
      class: orphan,
      kind,
      owner,
      prefix,
      version,
      sizeBytes,
      modifiedAt,
      verified,
      environment,
      endedAt,
    };
    const { isNew } = staging.add(sighting);
    orphans[orphan].items += 1;
    orphans[orphan].bytes += sizeBytes;
    if (isNew && orphan === 'no-entry' && hadItsRow(item)) {
      vanished.set(owner, (vanished.get(owner) ?? 0) + 1);
    }
  };

  /** Was it there and no orphan at the last scan? What an undo has just brought back was one. */
  const hadItsRow = ({ key, modifiedAt }: StoredItem): boolean =>
    lastScanMs !== undefined &&
    !(Date.parse(modifiedAt) >= lastScanMs) &&
    trash.ofKey(key)?.state !== 'restored';

  /** A side whose rows cannot be read is confused as well. */
  const read = <T>(key: string, row: () => T): T | undefined => {
    try {
      return row();
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      confused ??= `What lies at ${JSON.stringify(key)} cannot be read: ${why}`;
      return undefined;
    }
  };

  /** The row, if it is what its batch says; a side that mixes its rows up is believed in nothing. */
  const itemOf = (batch: ItemBatch, index: number): StoredItem | undefined => {
    const key = keyAt(batch, index);
    const item = key === undefined ? undefined : read(key, () => batch.item(index));
    if (item === undefined) {
      inDoubt += 1;
      return undefined;
    }
    const group = batch.groups[batch.groupOf?.[index] ?? 0];
    const isItself =
      item.key === key &&
      item.kind === group?.kind &&
      item.owner === group.owner &&
      item.sizeBytes === batch.sizes[index];
    if (!isItself) confused ??= `The item at ${JSON.stringify(key)} is given as ${JSON.stringify(item.key)}.`;
    // A size below zero would make room below a cap for other items.
    else if (!(item.sizeBytes >= 0)) confused ??= `${JSON.stringify(key)} has ${item.sizeBytes} bytes.`;
    return isItself ? item : undefined;
  };

  const entryOf = (batch: EntryBatch, row: number): RegistryEntry | undefined => {
    const key = keyAt(batch, row);
    if (key === undefined) return undefined;
    const entry = read(key, () => batch.entry(row));
    if (entry === undefined) return undefined;
    const isItself = entry.key === key && entry.state === entryStates[batch.states?.[row] ?? 0];
    if (!isItself) confused ??= `The row at ${JSON.stringify(key)} is given as ${JSON.stringify(entry.key)}.`;
    return isItself ? entry : undefined;
  };

  const noteEnded = ({ owner, endedAt }: RegistryEntry): void => {
    if (owner !== undefined && !endedOwners.has(owner)) endedOwners.set(owner, endedAt);
  };

  const sink: MergeSink = {
    orphan(items, index) {
      const item = itemOf(items, index);
      if (item !== undefined && item.canaryNonce === undefined) flag(item, 'no-entry', undefined);
    },
    ended(items, index, entries, row) {
      const [item, entry] = [itemOf(items, index), entryOf(entries, row)];
      if (item === undefined || entry === undefined) return;
      noteEnded(entry);
      if (item.owner !== undefined && item.owner !== entry.owner) inDoubt += 1;
      else flag({ ...item, owner: entry.owner }, 'owner-ended', entry.endedAt);
    },
    doubtful() {
      inDoubt += 1;
    },
    missing(registry, entries, row) {
      const entry = entryOf(entries, row);
      if (entry === undefined || entry.canaryNonce !== undefined) return;
      if (entry.state === 'owner-ended') noteEnded(entry);
      if (entry.state !== 'needed') return;
      const gone = trash.ofKey(entry.key);
      if (gone?.state === 'quarantined') neededInQuarantine.push({ key: entry.key, run: gone.run });
      const of = missing.get(entry.owner) ?? { count: 0, sample: [] };
      of.count += 1;
      if (of.sample.length < sampleSize) {
        of.sample.push({ key: entry.key, registry: registries[registry] ?? '' });
      }
      missing.set(entry.owner, of);
    },
  };

  return {
    sink,
    found: () => ({
      orphans,
      inDoubt,
      vanished,
      endedOwners,
      missing: [...missing].map(([owner, { count, sample }]) => ({ owner, count, sample })),
      neededInQuarantine,
      confused,
    }),
  };
}
