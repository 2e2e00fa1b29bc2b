import { formatPlace } from '@belay/cloud';
import { fingerprint } from './random.ts';
import type { World } from './world.ts';

/** New ids and addresses, in the shape that the family gives them. Never one that was given before. */
export type NamedThing =
  | 'instance'
  | 'volume'
  | 'snapshot'
  | 'address'
  | 'association'
  | 'image'
  | 'reservation'
  | 'change';

const prefixes: Readonly<Record<NamedThing, string>> = {
  instance: 'i',
  volume: 'vol',
  snapshot: 'snap',
  address: 'eipalloc',
  association: 'eipassoc',
  image: 'ami',
  reservation: 'cr',
  change: 'C',
};

export function newId(world: World, thing: NamedThing): string {
  const { random, profile } = world;
  if (profile.family === 'ec2') return `${prefixes[thing]}-0${random.hex(`ids/${thing}`, 16)}`;
  const digits = random.hex(`ids/${thing}`, 32);
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `a${digits.slice(17, 20)}`,
  ];
  return [...parts, digits.slice(20)].join('-');
}

/** Has this id the shape of one? EC2 tells those that have not from those that name nothing; the others do not. */
export function isWellFormed(world: World, thing: NamedThing, id: string): boolean {
  if (world.profile.family !== 'ec2') return true;
  return new RegExp(`^${prefixes[thing]}-(?:[0-9a-f]{8}|[0-9a-f]{17})$`).test(id);
}

export function newRequestId(world: World): string {
  return `req-${world.random.hex('ids/request', 16)}`;
}

/** An address in the cloud's own network; each place has a network of its own. */
export function newPrivateAddress(world: World): string {
  const count = counted(world, 'private-address');
  return `10.${network(world)}.${count >> 8}.${count & 255}`;
}

/** An address that the world reaches, from the range that is kept for trials. */
export function newPublicAddress(world: World): string {
  const count = counted(world, 'public-address');
  return `198.${18 + (count >> 8)}.${network(world)}.${count & 255}`;
}

function network(world: World): number {
  return Number.parseInt(fingerprint(formatPlace(world.at)).slice(0, 2), 16);
}

function counted(world: World, what: string): number {
  const count = (world.state.draws[what] ?? 9) + 1;
  world.state.draws[what] = count;
  return count;
}
