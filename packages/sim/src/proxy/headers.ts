/**
 * Headers as Node gives them: names and values in turn, in the order and spelling of the sender. What belongs to one
 * connection only is not passed on (RFC 9110, 7.6.1); everything else is, `Host` too: the client has signed it.
 */
export type RawHeaders = readonly string[];

const ofOneConnection: readonly string[] = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** The headers that go on to the other side. */
export function passedOn(headers: RawHeaders, without: readonly string[] = []): string[] {
  const named = valuesOf(headers, 'connection').flatMap((value) => value.toLowerCase().split(/\s*,\s*/));
  const dropped = new Set([...ofOneConnection, ...named, ...without]);
  return pairs(headers).flatMap(([name, value]) => (dropped.has(name.toLowerCase()) ? [] : [name, value]));
}

/** The values under a name, however it is spelled. `name` is in lower case. */
export function valuesOf(headers: RawHeaders, name: string): readonly string[] {
  return pairs(headers).flatMap(([other, value]) => (other.toLowerCase() === name ? [value] : []));
}

/** The headers with this one alone under its name. */
export function withHeader(headers: RawHeaders, name: string, value: string): string[] {
  const lower = name.toLowerCase();
  const others = pairs(headers).flatMap(([other, old]) =>
    other.toLowerCase() === lower ? [] : [other, old],
  );
  return [...others, name, value];
}

function pairs(headers: RawHeaders): readonly (readonly [string, string])[] {
  return Array.from({ length: Math.floor(headers.length / 2) }, (_, index) => [
    headers[2 * index] ?? '',
    headers[2 * index + 1] ?? '',
  ]);
}
