/** Addresses that a server gives back when it is stopped: its own public IPv4 ones, and none that can be moved. */

import type { Facts } from '../facts.ts';
import { type Known, known } from '../known.ts';
import { holdsAddress, isIpv6 } from './address.ts';

export function addressesLost({ source, addresses }: Facts): Known<readonly string[]> {
  if (!source.known) return source;
  if (!addresses.known) return addresses;
  const floating = addresses.value.map(({ address }) => address);
  const lost = source.value.publicAddresses.filter(
    (address) => !isIpv6(address) && !holdsAddress(floating, address),
  );
  return known(lost, source);
}
