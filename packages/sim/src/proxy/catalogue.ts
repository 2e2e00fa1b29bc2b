/**
 * Leads a client that follows links back to the proxy. An OpenStack cloud tells its clients where its services are: in
 * the catalogue that comes with a token, and in the links of its lists. A client that followed them would walk around
 * the proxy. So every address of an upstream that begins a JSON string becomes the proxy's own; nothing else in the
 * text is touched, and its numbers, spaces and order of names stay as they were.
 */
export interface AddressPair {
  /** The upstream's origin, as the cloud writes it: `http://controller:8774`. */
  readonly from: string;
  /** The proxy's: `http://127.0.0.1:40123`. */
  readonly to: string;
}

export function rewriteAddresses(json: string, pairs: readonly AddressPair[]): string {
  return pairs.reduce((text, { from, to }) => {
    const both = [from, escapedSlashes(from)].map((origin) => origin.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
    const address = new RegExp(`(?<=")(?:${both.join('|')})(?=["?#]|\\\\?/)`, 'g');
    return text.replace(address, (found) => (found.includes('\\/') ? escapedSlashes(to) : to));
  }, json);
}

/** A single address, as in `Location`. */
export function rewriteAddress(address: string, pairs: readonly AddressPair[]): string {
  const pair = pairs.find(({ from }) => address === from || address.startsWith(`${from}/`));
  return pair === undefined ? address : pair.to + address.slice(pair.from.length);
}

/** Some writers of JSON put a backslash before each slash. */
function escapedSlashes(text: string): string {
  return text.replaceAll('/', '\\/');
}
