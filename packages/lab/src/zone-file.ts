import type { DnsRecord } from '@belay/cloud';

/** Record sets as dnsmasq's configuration has them, and answers as `dig` shows them. Pure. */

/** All PTR and TXT records of dnsmasq have one time to live. */
const sharedTtlSeconds = 60;

/** Why this set cannot be served, or nothing. */
export function problemOf({ name, type, values, ttlSeconds }: DnsRecord, zone = ''): string | undefined {
  const isReverse = type === 'PTR' && /\.(in-addr|ip6)\.arpa\.$/.test(name);
  if (!isReverse && name !== zone && !name.endsWith(`.${zone}`)) return `${name} is not in the zone ${zone}`;
  if (!/^[\w.-]+\.$/.test(name)) return `${name} is not an absolute name.`;
  if (values.length === 0) return `${name} ${type} has no values.`;
  if ((type === 'CNAME' || type === 'PTR') && values.length > 1) return `${name} ${type} has one value.`;
  if ((type === 'TXT' || type === 'PTR') && ttlSeconds !== sharedTtlSeconds) {
    return `ttlSeconds of every ${type} is ${sharedTtlSeconds} here: dnsmasq has one for all of them.`;
  }
  const odd = values.find((value) => !allowed[type].test(value));
  return odd === undefined ? undefined : `${name} ${type} cannot be ${JSON.stringify(odd)}.`;
}

/** What could not be written as one word of the file, or would mean something else there, is refused. */
const allowed: Readonly<Record<DnsRecord['type'], RegExp>> = {
  A: /^\d{1,3}(\.\d{1,3}){3}$/,
  AAAA: /^[0-9a-f:]+$/,
  CNAME: /^[\w.-]+\.$/,
  PTR: /^[\w.-]+\.$/,
  TXT: /^[^"\\\n\r]{1,255}$/,
};

/** The lines of one record set. */
export function lineOf({ name, type, values, ttlSeconds }: DnsRecord): readonly string[] {
  const bare = bareName(name);
  if (type === 'TXT') return values.map((value) => `txt-record=${bare},"${value}"`);
  if (type === 'PTR') return values.map((value) => `ptr-record=${bare},${bareName(value)}`);
  if (type === 'CNAME') return values.map((value) => `cname=${bare},${bareName(value)},${ttlSeconds}`);
  return values.map((value) => `host-record=${bare},${value},${ttlSeconds}`);
}

/** The set in the answer; `undefined` where the server says that there is none. */
export function parseAnswer(
  text: string,
  name: string,
  type: DnsRecord['type'],
): DnsRecord | undefined | 'no-answer' {
  if (!/status: (NOERROR|NXDOMAIN)/.test(text)) return 'no-answer';
  const rows = text
    .split('\n')
    .filter((line) => !line.startsWith(';'))
    .map((line) => /^(\S+)\s+(\d+)\s+IN\s+(\S+)\s+(.+)$/.exec(line))
    .filter((row) => row !== null)
    .filter(([, owner, , kind]) => owner?.toLowerCase() === name.toLowerCase() && kind === type);
  const [first] = rows;
  if (first === undefined) return undefined;
  const values = rows.map(([, , , , value = '']) => (type === 'TXT' ? value.replace(/^"|"$/g, '') : value));
  return { name, type, values, ttlSeconds: Number(first[2]) };
}

function bareName(name: string): string {
  return name.replace(/\.$/, '');
}
