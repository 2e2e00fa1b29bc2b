/**
 * The resources of a cloud as an inventory: listed twice, sorted by their keys, and asked for one by one.
 */

import { type Cloud, formatPlace } from '@belay/cloud';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { type ItemBatch, itemBatch } from '../batch.ts';
import type { Call, ReadRequest, SideStream } from '../call.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { Inventory } from '../inventory.ts';
import type { Looked, StoredItem } from '../item.ts';
import { compareKeys, type ItemKey, itemKind, ownerId } from '../key.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { listTwice } from './list.ts';
import type { CloudMarks } from './marks.ts';
import { idOf, keyOf, type Resource, type Tagged } from './resource.ts';

/** Which cloud, and what its tags mean. */
export interface CloudInventoryOptions {
  /** For people and errors. */
  readonly name: string;
  readonly cloud: Cloud;
  /** The cloud does not know it: which environment this account is of. */
  readonly environment: string;
  /** The tag that names the owner; without it the owner is unknown. */
  readonly ownerTag?: string | undefined;
  /** What its remover has put into quarantine: not listed while nobody uses it. */
  readonly marks?: CloudMarks | undefined;
  readonly clock?: Pick<Clock, 'now'> | undefined;
}

/** An inventory of one of the two. */
export function inventoryOf<T extends Tagged>(
  options: CloudInventoryOptions,
  resource: Resource<T>,
): Inventory {
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
  const marks = await (options.marks?.all(request) ?? okAsync([]));
  if (marks.isErr()) return err(marks.error);
  // In quarantine, until somebody uses it again.
  const marked = new Set(marks.value.map(({ key }) => key));
  const items: StoredItem[] = [];
  for (const one of listed.value.all) {
    const key = keyOf(resource.kind, one.id);
    if (key.isErr()) return err(key.error);
    const isAsked = prefixes.some((prefix) => key.value.startsWith(prefix));
    const item = itemOf(key.value, one, options, resource, startedAt);
    const isAside = marked.has(key.value) && !resource.isUsed(one);
    if (isAsked && kinds.includes(item.kind) && !isAside) items.push(item);
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
  const id = idOf(resource.kind, key);
  if (id === undefined) return { found: 'no', key };
  const got = await resource.get(id, call);
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

function cancelled(name: string): ScannerError {
  return scannerError('cancelled', `${name} was not asked.`, { source: name });
}
