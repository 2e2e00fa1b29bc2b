/** Addresses as text: the same one may be written in many ways, and each has one name in the reverse tree. */

/** IPv6 in its short form, in lower case; IPv4 as it is. */
export function canonicalAddress(address: string): string {
  if (!isIpv6(address) || !URL.canParse(`http://[${address}]/`)) return address;
  return new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

/** Does the text stand for an IPv6 address? */
export function isIpv6(address: string): boolean {
  return address.includes(':');
}

/** Do both lists hold the same addresses, in whatever order and spelling? */
export function sameAddresses(a: readonly string[], b: readonly string[]): boolean {
  const one = new Set(a.map(canonicalAddress));
  const other = new Set(b.map(canonicalAddress));
  return one.size === other.size && [...one].every((address) => other.has(address));
}

/** Is the address in the list, however it is written there? */
export function holdsAddress(list: readonly string[], address: string): boolean {
  const wanted = canonicalAddress(address);
  return list.some((each) => canonicalAddress(each) === wanted);
}

/** `198.51.100.7` is `7.100.51.198.in-addr.arpa.`; IPv6 goes by nibbles under `ip6.arpa.` (RFC 3596). */
export function reverseNameOf(address: string): string {
  if (!isIpv6(address)) return `${address.split('.').reverse().join('.')}.in-addr.arpa.`;
  return `${nibblesOf(address).reverse().join('.')}.ip6.arpa.`;
}

function nibblesOf(address: string): string[] {
  const [head = '', tail] = canonicalAddress(address).split('::');
  const groups = (text: string) => text.split(':').filter((group) => group !== '');
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].flatMap((group) => [...group.padStart(4, '0')]);
}
