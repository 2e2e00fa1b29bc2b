/**
 * A folder as an inventory: keys are the paths of its files, with slashes. Canaries are files of the scanner's own, at
 * the first, a middle and the last place of every prefix.
 */

import { readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import { type ItemBatch, itemBatch } from '../batch.ts';
import type { Call, Canary, CanaryRequest, ReadRequest, SideStream } from '../call.ts';
import { canariesFor, canaryNonceOf } from '../canary.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Inventory } from '../inventory.ts';
import type { Looked, StoredItem } from '../item.ts';
import { type ItemKey, type ItemKind, itemKey, type OwnerId } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';
import {
  type Folder,
  identityOf,
  inFolder,
  isBelow,
  marks,
  pathOf,
  readMark,
  statOf,
  versionOf,
} from './folder.ts';
import { holdOn } from './holds.ts';
import { Unwalkable, walk } from './walk.ts';

/** Which folder, and what its paths mean. */
export interface FolderInventoryOptions extends Folder {
  readonly kinds: readonly [ItemKind, ...ItemKind[]];
  /** What a key says of its kind and owner. */
  readonly describe: (key: ItemKey) => { readonly kind: ItemKind; readonly owner?: OwnerId };
  /** A local disk has no clock of its own: it is this machine's. */
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** A folder as an inventory, and a way to ask which one it is. */
export interface FolderInventory extends Inventory {
  /** What to expect: shown to a person once, then written into the policy. */
  identity(call?: Call): ResultAsync<SourceIdentity, ScannerError>;
}

/** Makes the inventory; nothing is opened yet. */
export function folderInventory(options: FolderInventoryOptions): FolderInventory {
  const { name, kinds, clock = systemClock } = options;
  return {
    name,
    kinds,
    identity: (call = {}) => identityOf(options, call),
    now: (call) => identityOf(options, call).map(() => new Date(clock.now()).toISOString()),
    plantCanaries: (request) => inFolder(options, request, () => plant(options, request)),
    read: (request) => read(request, options),
    look: (keys, call) =>
      inFolder(options, call, async () => {
        const mark = await readMark(options);
        if (mark.isErr()) return err(mark.error);
        return ok(await Promise.all(keys.map((key) => lookAt(key, options))));
      }),
  };
}

/** How many files go into one batch. */
const batchRows = 1_000;

async function* read(request: ReadRequest, options: FolderInventoryOptions): SideStream<ItemBatch> {
  const { name, clock = systemClock } = options;
  const { prefixes, kinds } = request.scope;
  const source = await identityOf(options, request);
  if (source.isErr()) return err(source.error);
  const fault = faultIn(prefixes);
  if (fault !== undefined) return err(fault);
  const startedAt = new Date(clock.now()).toISOString();
  let pages = 0;
  let listed = 0;
  let bytes = 0;
  let firstKey: ItemKey | undefined;
  let lastKey: ItemKey | undefined;
  let batch: StoredItem[] = [];
  try {
    for (const prefix of prefixes) {
      const onFolder = (files: number): void => {
        pages += 1;
        listed += files;
      };
      for await (const { key: text, stat } of walk(options, prefix, onFolder)) {
        if (request.signal?.aborted === true) {
          return err(scannerError('cancelled', `Reading ${name} was cancelled.`, { source: name }));
        }
        const key = itemKey(text);
        if (key.isErr()) return err(scannerError('not-believed', key.error.message, { source: name }));
        const item = itemOf(key.value, stat, prefixes, options);
        if (!kinds.includes(item.kind)) {
          listed -= 1;
          continue;
        }
        bytes += item.sizeBytes;
        firstKey ??= item.key;
        lastKey = item.key;
        batch.push(item);
        if (batch.length === batchRows) {
          yield itemBatch(batch);
          batch = [];
        }
      }
    }
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const kind = thrown instanceof Unwalkable ? 'not-believed' : 'unavailable';
    return err(scannerError(kind, `${name}: ${message}.`, { source: name }));
  }
  if (batch.length > 0) yield itemBatch(batch);
  // A disk that was taken away meanwhile lists nothing more, without a word.
  const after = await identityOf(options, request);
  if (after.isErr()) return err(after.error);
  const endedAt = new Date(clock.now()).toISOString();
  return ok({
    source: source.value,
    startedAt,
    endedAt,
    pages,
    count: listed,
    bytes,
    firstKey,
    lastKey,
    ended: 'explicit',
  });
}

/** A prefix that leads out of the folder, or in among belay's own files. */
function faultIn(prefixes: readonly string[]): ScannerError | undefined {
  const own = prefixes.find((prefix) => prefix.startsWith(`${marks}/`) || `${marks}/`.startsWith(prefix));
  if (own !== undefined)
    return scannerError('invalid', `The prefix ${own} reaches into ${marks}, which is belay's own.`);
  const astray = prefixes.find((prefix) => !isBelow(`${prefix}x`));
  return astray === undefined
    ? undefined
    : scannerError('invalid', `The prefix ${astray} is no way down from the folder.`);
}

function itemOf(
  key: ItemKey,
  stat: Parameters<typeof versionOf>[0],
  prefixes: readonly string[],
  { kinds, describe }: FolderInventoryOptions,
): StoredItem {
  const nonce = canaryNonceOf(key, prefixes);
  return {
    key,
    ...(nonce === undefined ? describe(key) : { kind: kinds[0], canaryNonce: nonce }),
    version: versionOf(stat),
    sizeBytes: Number(stat.size),
    modifiedAt: new Date(Number(stat.mtimeMs)).toISOString(),
  };
}

async function lookAt(key: ItemKey, options: FolderInventoryOptions): Promise<Looked> {
  const path = pathOf(options, key);
  if (path === undefined) return { found: 'unknown', key, why: 'no file of this folder can have that name' };
  const stat = await statOf(path);
  if (stat === undefined) return { found: 'no', key };
  if (!stat.isFile()) return { found: 'unknown', key, why: 'it is no plain file' };
  return {
    ...itemOf(key, stat, [], options),
    found: 'yes',
    hold: (await holdOn(options, key)) === undefined ? 'none' : 'held',
    // The same file under a second name goes on to be there.
    dependants: [],
  };
}

async function plant(
  options: FolderInventoryOptions,
  { scope, nonce }: CanaryRequest,
): Promise<Result<readonly Canary[], ScannerError>> {
  const mark = await readMark(options);
  if (mark.isErr()) return err(mark.error);
  const fault = faultIn(scope.prefixes);
  if (fault !== undefined) return err(fault);
  const canaries = canariesFor({ scope, nonce });
  for (const { key } of canaries) await writeFile(join(options.path, key), nonce);
  for (const folder of new Set(
    scope.prefixes.map((prefix) => prefix.slice(0, prefix.lastIndexOf('/') + 1)),
  )) {
    for (const name of await readdir(join(options.path, folder))) {
      const was = canaryNonceOf(`${folder}${name}`, scope.prefixes);
      if (was !== undefined && was !== nonce) await rm(join(options.path, folder, name), { force: true });
    }
  }
  return ok(canaries);
}
