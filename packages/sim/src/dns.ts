import type { DnsRecord } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Transitions } from './agenda.ts';
import { bad } from './records.ts';
import type { Refusal } from './refusal.ts';
import type { DnsEntry } from './state.ts';
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

export function changeRecord(world: World, batch: RecordBatch): Result<void, Refusal> {
  if (!world.profile.traits.dns) return noDns();
  if (!batch.name.endsWith('.')) return bad(`The name ${batch.name} is not absolute: it ends without a dot.`);
  const { create } = batch;
  if (create !== undefined && (create.values.length === 0 || !(create.ttlSeconds >= 0))) {
    return bad('A record set needs at least one value and a TTL of 0 or more.');
  }
  const key = recordKey(batch.name, batch.type);
  const entry = world.state.dns[key] ?? { name: batch.name, type: batch.type, pending: false };
  if (!sameValues(entry.wanted, batch.remove)) {
    return err({
      rule: 'record-changed',
      message: `The record set ${key} is not what was expected.`,
      resourceId: key,
    });
  }
  if (entry.pending) {
    return err({
      rule: 'record-pending',
      message: `The last change of ${key} is not known to all servers yet.`,
      resourceId: key,
      lastState: 'PENDING',
    });
  }
  world.state.dns[key] = entry;
  entry.wanted =
    create === undefined ? undefined : { values: [...create.values], ttlSeconds: create.ttlSeconds };
  entry.pending = true;
  world.begin({
    operation: 'dns.change',
    takes: 'dns.change',
    transition: { what: 'record.in-sync', record: key },
  });
  return ok();
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

export const dnsTransitions: Transitions<'record.in-sync'> = {
  'record.in-sync'(world, { record }) {
    const entry = world.state.dns[record];
    if (entry === undefined) return;
    entry.pending = false;
    entry.served = entry.wanted === undefined ? undefined : structuredClone(entry.wanted);
    world.emit('record.in-sync', { record, values: entry.served?.values.join(' ') ?? null });
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

function noDns(): Result<never, Refusal> {
  return err({ rule: 'no-dns', message: 'No DNS zone is served here.' });
}
