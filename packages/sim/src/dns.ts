import type { DnsRecord } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { newId } from './names.ts';
import { bad } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { DnsChangeRecord, DnsEntry } from './state.ts';
import type { World } from './world.ts';

/**
 * DNS as a provider has it: a change is one batch that removes exactly what is expected and puts something in its
 * place, or does nothing. The books change with the request, the servers of the zone a while later.
 */
export interface RecordBatch {
  readonly name: string;
  readonly type: DnsRecord['type'];
  /** Must stand there as it is written here; absent: nothing may stand there. */
  readonly remove?: RecordValues | undefined;
  readonly create?: RecordValues | undefined;
}

export interface RecordValues {
  readonly values: readonly string[];
  readonly ttlSeconds: number;
}

/** Gives the id of the change, by which it can be asked whether all servers know. */
export function changeRecord(world: World, batch: RecordBatch): Result<string, Refusal> {
  if (!world.profile.traits.dns) return noDns();
  if (!batch.name.endsWith('.')) return bad(`The name ${batch.name} is not absolute: it ends without a dot.`);
  const { create } = batch;
  if (create !== undefined && (create.values.length === 0 || !(create.ttlSeconds >= 0))) {
    return bad('A record set needs at least one value and a TTL of 0 or more.');
  }
  const key = recordKey(batch.name, batch.type);
  const entry = world.state.dns[key];
  if (!sameValues(entry?.wanted, batch.remove)) return notAsExpected(key);
  if (entry?.pending === true) return stillPending(key);
  return ok(commit(world, [{ name: batch.name, type: batch.type, wanted: create }]));
}

/** One of a batch, in Route 53's words: `DELETE` names exactly what is there, `CREATE` wants nothing there. */
export interface RecordSetChange {
  readonly action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly name: string;
  readonly type: DnsRecord['type'];
  readonly values: readonly string[];
  readonly ttlSeconds: number;
}

/** All changes of a batch at one moment, or none of them. Gives the id of the change. */
export function changeRecordSets(world: World, changes: readonly RecordSetChange[]): Result<string, Refusal> {
  if (!world.profile.traits.dns) return noDns();
  const wishes = new Map<string, Wish>();
  for (const { action, name, type, values, ttlSeconds } of changes) {
    const key = recordKey(name, type);
    if (!name.endsWith('.')) return bad(`The name ${name} is not absolute: it ends without a dot.`);
    if (values.length === 0 || !(ttlSeconds >= 0)) {
      return bad('A record set needs at least one value and a TTL of 0 or more.');
    }
    if (world.state.dns[key]?.pending === true) return stillPending(key);
    const known = wishes.get(key);
    const now = known === undefined ? world.state.dns[key]?.wanted : known.wanted;
    const given = { values, ttlSeconds };
    if (action === 'DELETE' && !sameValues(now, given)) return notAsExpected(key);
    if (action === 'CREATE' && now !== undefined) return notAsExpected(key);
    wishes.set(key, { name, type, wanted: action === 'DELETE' ? undefined : given });
  }
  return ok(commit(world, [...wishes.values()]));
}

/** Whether all servers of the zone know of a change. */
export function describeChange(world: World, changeId: string): Result<DnsChangeRecord, Refusal> {
  const change = world.state.dnsChanges[changeId];
  if (change !== undefined) return ok(structuredClone(change));
  return err({
    rule: 'no-such-change',
    message: `The change ${changeId} does not exist.`,
    resourceId: changeId,
  });
}

/** All record sets that are on the books. */
export function listRecords(world: World): Result<readonly DnsEntry[], Refusal> {
  if (!world.profile.traits.dns) return noDns();
  return ok(
    Object.values(world.state.dns)
      .filter(({ wanted }) => wanted !== undefined)
      .map((entry) => structuredClone(entry)),
  );
}

/** What the provider has on its books, what its servers answer, and whether the two agree yet. */
export function describeRecord(
  world: World,
  name: string,
  type: DnsRecord['type'],
): Result<DnsEntry | undefined, Refusal> {
  if (!world.profile.traits.dns) return noDns();
  const entry = world.state.dns[recordKey(name, type)];
  return ok(entry === undefined ? undefined : structuredClone(entry));
}

export const dnsTransitions: Transitions<'change.in-sync'> = {
  'change.in-sync'(world, { changeId }) {
    const change = world.state.dnsChanges[changeId];
    if (change?.state !== 'PENDING') return;
    change.state = 'INSYNC';
    for (const record of change.records) {
      const entry = world.state.dns[record];
      if (entry === undefined) continue;
      entry.pending = false;
      entry.served = entry.wanted === undefined ? undefined : structuredClone(entry.wanted);
      world.emit('record.in-sync', { record, values: entry.served?.values.join(' ') ?? null });
    }
  },
};

export function recordKey(name: string, type: DnsRecord['type']): string {
  return `${name} ${type}`;
}

/** Order does not count in a record set. */
export function sameValues(a: RecordValues | undefined, b: RecordValues | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.ttlSeconds === b.ttlSeconds && [...a.values].sort().join('\n') === [...b.values].sort().join('\n');
}

interface Wish {
  readonly name: string;
  readonly type: DnsRecord['type'];
  readonly wanted: RecordValues | undefined;
}

function commit(world: World, wishes: readonly Wish[]): string {
  const id = newId(world, 'change');
  const records = wishes.map(({ name, type, wanted }) => {
    const key = recordKey(name, type);
    const entry = world.state.dns[key] ?? { name, type, pending: true };
    entry.wanted =
      wanted === undefined ? undefined : { values: [...wanted.values], ttlSeconds: wanted.ttlSeconds };
    entry.pending = true;
    world.state.dns[key] = entry;
    return key;
  });
  world.state.dnsChanges[id] = { id, state: 'PENDING', records, submittedAtMs: world.nowMs };
  world.begin({
    operation: 'dns.change',
    takes: 'dns.change',
    transition: { what: 'change.in-sync', changeId: id },
  });
  return id;
}

function notAsExpected(key: string): Result<never, Refusal> {
  return err({
    rule: 'record-changed',
    message: `The record set ${key} is not what was expected.`,
    resourceId: key,
  });
}

function stillPending(key: string): Result<never, Refusal> {
  return err({
    rule: 'record-pending',
    message: `The last change of ${key} is not known to all servers yet.`,
    resourceId: key,
    lastState: 'PENDING',
  });
}

function noDns(): Result<never, Refusal> {
  return err({ rule: 'no-dns', message: 'No DNS zone is served here.' });
}
