/**
 * The volumes and the snapshots of any cloud as inventories. They are reported on; nothing here deletes, since a cloud
 * has no quarantine from which a volume would come back under its id.
 *
 * @packageDocumentation
 */

import {
  type Cloud,
  type CloudError,
  formatPlace,
  type Snapshot,
  type StorageVolume,
  type Tags,
} from '@belay/cloud';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { type ItemBatch, itemBatch } from '../batch.ts';
import type { Call, ReadRequest, SideStream } from '../call.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Inventory } from '../inventory.ts';
import type { Looked, StoredItem } from '../item.ts';
import { compareKeys, type ItemKey, itemKey, itemKind, ownerId } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { listTwice } from './list.ts';

/** Which cloud, and what its tags mean. */
export interface CloudInventoryOptions {
  /** For people and errors. */
  readonly name: string;
  readonly cloud: Cloud;
  /** The cloud does not know it: which environment this account is of. */
  readonly environment: string;
  /** The tag that names the owner; without it the owner is unknown. */
  readonly ownerTag?: string | undefined;
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/**
 * The volumes of an account and region, of the kind `volume`, under the keys `volume/` and their id. The tags
 * `belay:environment` and `belay:verified` (`true`) describe a volume as an archive's metadata does.
 */
export function volumeInventory(options: CloudInventoryOptions): Inventory {
  const { cloud } = options;
  return inventoryOf<StorageVolume>(options, {
    kind: 'volume',
    list: (call) => cloud.volumes.list({}, call),
    get: (id, call) => cloud.volumes.get(id, call),
    isGone: ({ state }) => state === 'gone' || state === 'deleting',
    createdAt: (volume) => volume.createdAt,
    // A mounted disk changes all the time; whose it is and how large it is are what was judged.
    version: ({ id, createdAt = '', sizeGiB }) => `${id}@${createdAt}/${sizeGiB}`,
    dependants: async (volume) => ok(attachedTo(volume)),
  });
}

/**
 * The snapshots of an account and region, of the kind `snapshot`, under the keys `snapshot/` and their id. Volumes that
 * were made of a snapshot count as depending on it; images do too at most clouds, and there the cloud itself refuses.
 */
export function snapshotInventory(options: CloudInventoryOptions): Inventory {
  const { cloud } = options;
  return inventoryOf<Snapshot>(options, {
    kind: 'snapshot',
    list: (call) => cloud.snapshots.list({}, call),
    get: (id, call) => cloud.snapshots.get(id, call),
    isGone: ({ state }) => state === 'gone' || state === 'deleting',
    createdAt: ({ takenAt }) => takenAt,
    version: ({ id, takenAt, sizeGiB }) => `${id}@${takenAt}/${sizeGiB}`,
    dependants: ({ id }, call) => madeOf(id, cloud, call),
  });
}

/** What differs between the two. */
interface Resource<T> {
  readonly kind: 'volume' | 'snapshot';
  readonly list: (call: Call) => AsyncIterable<Result<T, CloudError>>;
  readonly get: (id: string, call: Call) => ResultAsync<T, CloudError>;
  readonly isGone: (one: T) => boolean;
  readonly createdAt: (one: T) => string | undefined;
  readonly version: (one: T) => string;
  readonly dependants: (one: T, call: Call) => Promise<Result<readonly string[], CloudError>>;
}

interface Tagged {
  readonly id: string;
  readonly sizeGiB: number;
  readonly tags: Tags;
}

function inventoryOf<T extends Tagged>(options: CloudInventoryOptions, resource: Resource<T>): Inventory {
  const { name, clock = systemClock } = options;
  const kind = itemKind(resource.kind)._unsafeUnwrap();
  const now = (): string => new Date(clock.now()).toISOString();
  return {
    name,
    kinds: [kind],
    // Clouds have no call for their time: it is this machine's.
    now: ({ signal }) => (signal?.aborted === true ? errAsync(cancelled(name)) : okAsync(now())),
    // A canary would be a volume that is paid for.
    plantCanaries: () => okAsync([]),
    read: (request) => read(request, options, resource, now),
    look: (keys, call) => new ResultAsync(look(keys, call, options, resource, now)),
  };
}

async function* read<T extends Tagged>(
  request: ReadRequest,
  options: CloudInventoryOptions,
  resource: Resource<T>,
  now: () => string,
): SideStream<ItemBatch> {
  const { name, cloud, environment } = options;
  const { prefixes, kinds } = request.scope;
  const startedAt = now();
  const listed = await listTwice(name, request, {
    list: resource.list,
    get: resource.get,
    isGone: resource.isGone,
  });
  if (listed.isErr()) return err(listed.error);
  const items: StoredItem[] = [];
  for (const one of listed.value.all) {
    const key = keyOf(resource.kind, one.id);
    if (key.isErr()) return err(key.error);
    const isAsked = prefixes.some((prefix) => key.value.startsWith(prefix));
    const item = itemOf(key.value, one, options, resource, startedAt);
    if (isAsked && kinds.includes(item.kind)) items.push(item);
  }
  items.sort((a, b) => compareKeys(a.key, b.key));
  for (let start = 0; start < items.length; start += batchRows) {
    yield itemBatch(items.slice(start, start + batchRows));
  }
  return ok({
    source: { id: `cloud:${formatPlace(cloud.at)}/${resource.kind}s`, environment, schema: 'cloud' },
    startedAt,
    endedAt: now(),
    pages: listed.value.lists,
    count: items.length,
    bytes: items.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    firstKey: items[0]?.key,
    lastKey: items.at(-1)?.key,
    ended: 'explicit',
  });
}

const batchRows = 1_000;

async function look<T extends Tagged>(
  keys: readonly ItemKey[],
  call: Call,
  options: CloudInventoryOptions,
  resource: Resource<T>,
  now: () => string,
): Promise<Result<readonly Looked[], ScannerError>> {
  if (call.signal?.aborted === true) return err(cancelled(options.name));
  return ok(await Promise.all(keys.map((key) => lookAt(key, call, options, resource, now()))));
}

async function lookAt<T extends Tagged>(
  key: ItemKey,
  call: Call,
  options: CloudInventoryOptions,
  resource: Resource<T>,
  now: string,
): Promise<Looked> {
  const prefix = `${resource.kind}/`;
  if (!key.startsWith(prefix)) return { found: 'no', key };
  const got = await resource.get(key.slice(prefix.length), call);
  if (got.isErr()) {
    const { kind, message } = got.error;
    return kind === 'not-found' ? { found: 'no', key } : { found: 'unknown', key, why: message };
  }
  if (resource.isGone(got.value)) return { found: 'no', key };
  const dependants = await resource.dependants(got.value, call);
  return {
    ...itemOf(key, got.value, options, resource, now),
    found: 'yes',
    // The port has no word for the protections that clouds have: they refuse by themselves.
    hold: 'none',
    dependants: dependants.unwrapOr('unknown'),
  };
}

function itemOf<T extends Tagged>(
  key: ItemKey,
  one: T,
  { ownerTag }: CloudInventoryOptions,
  resource: Resource<T>,
  now: string,
): StoredItem {
  const { tags, sizeGiB } = one;
  const owner = ownerTag === undefined ? undefined : ownerId(tags[ownerTag] ?? '').unwrapOr(undefined);
  const environment = tags['belay:environment'];
  const verified = tags['belay:verified'];
  return {
    key,
    kind: itemKind(resource.kind)._unsafeUnwrap(),
    ...(owner !== undefined && { owner }),
    version: resource.version(one),
    sizeBytes: sizeGiB * 2 ** 30,
    // Of unknown age: as if it had been made just now, which keeps it.
    modifiedAt: resource.createdAt(one) || now,
    ...(environment !== undefined && { environment }),
    ...(verified !== undefined && { verified: verified === 'true' }),
  };
}

function keyOf(kind: string, id: string): Result<ItemKey, ScannerError> {
  return itemKey(`${kind}/${id}`);
}

function attachedTo({ attachments, state }: StorageVolume): readonly string[] {
  const names = attachments.map(({ instanceId }) => `instance ${instanceId}`);
  // In use without saying by whom is in use.
  return names.length > 0 || state === 'available' || state === 'failed' ? names : [`the state ${state}`];
}

async function madeOf(id: string, cloud: Cloud, call: Call): Promise<Result<readonly string[], CloudError>> {
  const found: string[] = [];
  for await (const volume of cloud.volumes.list({}, call)) {
    if (volume.isErr()) return err(volume.error);
    if (volume.value.snapshotId === id) found.push(`volume ${volume.value.id}`);
  }
  return ok(found);
}

function cancelled(name: string): ScannerError {
  return scannerError('cancelled', `${name} was not asked.`, { source: name });
}
