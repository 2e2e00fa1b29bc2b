import { type FloatingIp, KEY_TAG, type Tags } from '@belay/cloud';
import { keyOfDescription } from './key-tags.ts';
import { numberAt, objectAt, textAt, textsAt, type Wire } from './wire.ts';

/** A floating address as Neutron shows it: the fields that are used, and no others. */
export interface FloatingAddress {
  readonly id: string;
  readonly address: string;
  readonly portId: string | undefined;
  /** The server whose port it is; absent where the port belongs to something else. */
  readonly serverId: string | undefined;
  readonly status: string;
  readonly portStatus: string | undefined;
  readonly description: string;
  /** One more with every change: what a conditional change compares. */
  readonly revision: number | undefined;
  readonly tags: Tags;
}

export function floatingAddressOf(wire: Wire): FloatingAddress {
  const port = objectAt(wire, 'port_details');
  const isServer = (textAt(port, 'device_owner') ?? '').startsWith('compute:');
  const description = textAt(wire, 'description') ?? '';
  const key = keyOfDescription(description);
  return {
    id: textAt(wire, 'id') ?? '',
    address: textAt(wire, 'floating_ip_address') ?? '',
    portId: textAt(wire, 'port_id'),
    serverId: isServer ? textAt(port, 'device_id') : undefined,
    status: textAt(wire, 'status') ?? 'unknown',
    portStatus: textAt(port, 'status'),
    description,
    revision: numberAt(wire, 'revision_number'),
    tags: { ...tagsOf(textsAt(wire, 'tags')), ...(key === undefined ? {} : { [KEY_TAG]: key }) },
  };
}

export function floatingIpOf(one: FloatingAddress): FloatingIp {
  const { id, address, serverId, tags } = one;
  return { id, address, ...(serverId === undefined ? {} : { instanceId: serverId }), tags };
}

/** Neutron's tags are words: `name=value`. One without `=` is a name with an empty value. */
function tagsOf(words: readonly string[]): Tags {
  return Object.fromEntries(
    words.map((word): [string, string] => {
      const at = word.indexOf('=');
      return at < 1 ? [word, ''] : [word.slice(0, at), word.slice(at + 1)];
    }),
  );
}

export function wordsOf(tags: Tags | undefined): readonly string[] {
  return Object.entries(tags ?? {}).map(([name, value]) => `${name}=${value}`);
}
