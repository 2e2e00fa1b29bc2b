import type { Call, CloudResult, ReadOptions } from './call.ts';

/** All values of one name and type, as one set. Names are absolute and end with a dot: `shop.example.`. */
export interface DnsRecord {
  readonly name: string;
  readonly type: 'A' | 'AAAA' | 'CNAME' | 'PTR' | 'TXT';
  readonly values: readonly string[];
  /** 0 where the provider does not tell, as for some names that its own addresses lead back to. */
  readonly ttlSeconds: number;
}

/** The names that lead to servers. */
export interface Dns {
  /** The record set as the authoritative servers give it, or `undefined` where the zone has none. */
  get(name: string, type: DnsRecord['type'], options?: ReadOptions): CloudResult<DnsRecord | undefined>;
  /**
   * Puts `to` in place of `from` (`undefined`: no such record yet). If what stands there is neither of the two,
   * somebody else changed it: `busy`, and it stays. Resolves when the provider says that all its servers know.
   */
  change(change: DnsChange, call: Call): CloudResult<DnsRecord | undefined>;
}

/** A record set before and after; `undefined` where there is none. */
export interface DnsChange {
  readonly from: DnsRecord | undefined;
  readonly to: DnsRecord | undefined;
}
