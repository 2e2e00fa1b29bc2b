import type { DnsRecord } from '@belay/cloud';

/** Are both record sets the same, or neither there? The order of the values means nothing. */
export function same(a: DnsRecord | undefined, b: DnsRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const values = (one: DnsRecord): string => [...one.values].sort().join('\n');
  return a.ttlSeconds === b.ttlSeconds && values(a) === values(b);
}
