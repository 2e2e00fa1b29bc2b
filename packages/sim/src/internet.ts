import { formatPlace } from '@belay/cloud';
import type { World } from './world.ts';

/**
 * What lies between clouds: names that one cloud serves lead to addresses of another, and a customer comes to the
 * right server all the same. Clouds that are not given the same one know nothing of each other.
 */
export interface Internet {
  /** The clouds on it, as `provider/account/region`, in the order in which they joined. */
  readonly places: readonly string[];
}

/** A cloud on an internet, and who wants to hear of its changes. */
export interface Member {
  readonly world: World;
  readonly changed: Set<() => void>;
}

const members = new WeakMap<Internet, Set<Member>>();

/** An internet with nobody on it. Give the same one to each `createSim` whose names and servers shall meet. */
export function internet(): Internet {
  const all = new Set<Member>();
  const net: Internet = {
    get places() {
      return [...all].map(({ world }) => formatPlace(world.at));
    },
  };
  members.set(net, all);
  return net;
}

/** Connects a cloud. Two for one place are the caller's mistake. */
export function join(net: Internet, member: Member): void {
  const place = formatPlace(member.world.at);
  if (net.places.includes(place)) throw new Error(`There are two clouds for ${place} on one internet.`);
  members.get(net)?.add(member);
}

export function leave(net: Internet, member: Member): void {
  members.get(net)?.delete(member);
}

export function membersOf(net: Internet): readonly Member[] {
  return [...(members.get(net) ?? [])];
}
