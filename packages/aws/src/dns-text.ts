import type { DnsRecord } from '@belay/cloud';

/**
 * How Route 53 writes names and values, and how the port does. Route 53 gives names in lower case with `*` and other
 * odd characters as `\052`; texts stand in quotes, in pieces of at most 255 characters. The port has them plain.
 */

/** A name in one form, so that two spellings of it are equal. */
export function plainName(name: string): string {
  const decoded = name.replace(/\\(\d{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
  const lower = decoded.toLowerCase();
  return lower.endsWith('.') ? lower : `${lower}.`;
}

/** The port's value as Route 53 wants it. */
export function encodeValue(type: DnsRecord['type'], value: string): string {
  if (type !== 'TXT') return value;
  const pieces = value.match(/[\s\S]{1,255}/g) ?? [''];
  return pieces.map((piece) => `"${piece.replace(/["\\]/g, '\\$&')}"`).join(' ');
}

/** Route 53's value as the port has it. */
export function decodeValue(type: DnsRecord['type'], value: string): string {
  if (type !== 'TXT') return value;
  const pieces = value.match(/"(?:\\[\s\S]|[^"\\])*"/g);
  if (pieces === null) return value;
  return pieces.map((piece) => unescaped(piece.slice(1, -1))).join('');
}

function unescaped(piece: string): string {
  return piece.replace(
    /\\(?:(\d{3})|([\s\S]))/g,
    (_, octal: string | undefined, plain: string | undefined) =>
      octal === undefined ? (plain ?? '') : String.fromCharCode(Number.parseInt(octal, 8)),
  );
}

/** Do the two say the same? The order of values means nothing. */
export function sameRecord(a: DnsRecord | undefined, b: DnsRecord | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const values = (one: DnsRecord): string =>
    JSON.stringify(one.values.map((value) => plainValue(one.type, value)).sort());
  return a.ttlSeconds === b.ttlSeconds && values(a) === values(b);
}

function plainValue(type: DnsRecord['type'], value: string): string {
  if (type === 'CNAME' || type === 'PTR') return plainName(value);
  return type === 'AAAA' ? value.toLowerCase() : value;
}
