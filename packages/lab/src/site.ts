import { join } from 'node:path';
import type { CloudResult, KeyTurns, Place } from '@belay/cloud';
import type { Machine } from './machine.ts';
import type { Shelves } from './records.ts';
import type { LabSettings } from './settings.ts';

/** One lab as its verbs see it: the box, the folder, the records, and how it was set up. */
export interface Site {
  readonly at: Place;
  readonly folder: string;
  readonly machine: Machine;
  readonly shelves: Shelves;
  readonly settings: LabSettings;
  /** Begins the names of all its network interfaces. */
  readonly prefix: string;
  /** `10.77.3`: the first three parts of all its addresses. */
  readonly subnet: string;
  readonly turns: KeyTurns;
  readonly wire: Wire;
}

/**
 * What lies between the port and the lab's own machinery, as a network lies before other clouds. It hands every call
 * on; a test puts faults here.
 */
export type Wire = <T>(operation: string, work: () => CloudResult<T>) => CloudResult<T>;

export const openWire: Wire = (_operation, work) => work();

/** The bridge, on which everything of the lab meets. */
export function bridgeOf({ prefix }: Site): string {
  return `${prefix}br`;
}

/** The bridge's own address: the gateway and the name server. */
export function gatewayOf({ subnet }: Site): string {
  return `${subnet}.1`;
}

/** The private address of an instance. */
export function addressOf({ subnet }: Site, number: number): string {
  return `${subnet}.${number}`;
}

/** The private IPv6 address: of the range for local use, with the subnet's own digits in it. */
export function sixOf({ subnet }: Site, number: number): string {
  const [, second, third] = subnet.split('.');
  return `fd6c:6162:${second}:${third}::${number}`;
}

/** The end of an instance's cable that is on the bridge. */
export function cableOf({ prefix }: Site, number: number): string {
  return `${prefix}i${number}`;
}

/** What belongs to one instance: its layer of the root filesystem, its console, its host key. */
export function homeOf({ folder }: Site, instanceId: string): string {
  return join(folder, 'homes', instanceId);
}

/** The image file of a volume or a snapshot. */
export function diskOf({ folder }: Site, id: string): string {
  return join(folder, 'disks', `${id}.img`);
}

/** The layer under the root filesystems of all instances. */
export function imageOf({ folder }: Site): string {
  return join(folder, 'image');
}
