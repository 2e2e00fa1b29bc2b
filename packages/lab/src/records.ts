import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DnsRecord, InstanceSpec, IsoTime, SnapshotId, Tags } from '@belay/cloud';

/**
 * What a lab knows of its things: one JSON file each, written before the effect and again after it, so that another
 * process, or this one after its death, finds what was meant and can finish it or take it back.
 */

/** The life of an instance. A running one whose first process is gone was killed: it counts as stopped. */
export interface InstanceRecord {
  readonly id: string;
  readonly name: string;
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'deleting';
  readonly zone: string;
  readonly instanceType: string;
  readonly imageId: string;
  /** Its number in the subnet: the last part of its address. */
  readonly number: number;
  /** The first process of its namespaces, as the box sees it. */
  readonly process?: RunningProcess | undefined;
  readonly deletionProtected: boolean;
  readonly tags: Tags;
  /** As it was asked for: the same key with another spec is refused. */
  readonly asked: InstanceSpec;
  readonly createdAt: IsoTime;
}

/** A process, and when it began: the same number may be another process later. */
export interface RunningProcess {
  readonly pid: number;
  readonly startedTicks: string;
}

/** A disk image, and on which instance it is. */
export interface VolumeRecord {
  readonly id: string;
  readonly name: string;
  /** A word that is not in this list is kept and shown as `unknown`. */
  readonly state: 'creating' | 'available' | 'attaching' | 'in-use' | 'detaching' | 'deleting';
  readonly zone: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly attachment?: VolumeAttachment | undefined;
  readonly snapshotId?: SnapshotId | undefined;
  readonly tags: Tags;
  readonly asked: unknown;
  readonly createdAt: IsoTime;
  /** When its state was reached. */
  readonly changedAtMs: number;
}

/** Where a volume is, or is going to or coming from. */
export interface VolumeAttachment {
  readonly instanceId: string;
  readonly dieWithInstance: boolean;
}

/** A copy of a disk image. */
export interface SnapshotRecord {
  readonly id: string;
  readonly name: string;
  readonly state: 'creating' | 'ready' | 'deleting';
  readonly volumeId: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly takenAt: IsoTime;
  readonly readyAt?: IsoTime | undefined;
  readonly tags: Tags;
  readonly asked: unknown;
}

/** An address of the bridge that instances can have beside their own. */
export interface AddressRecord {
  readonly id: string;
  readonly address: string;
  readonly instanceId?: string | undefined;
  readonly tags: Tags;
  readonly asked: unknown;
}

/** All record sets of the zone. */
interface ZoneRecord {
  readonly id: 'zone';
  readonly sets: readonly DnsRecord[];
}

/** The records of one kind. */
export interface Shelf<T extends { readonly id: string }> {
  get(id: string): Promise<T | undefined>;
  all(): Promise<readonly T[]>;
  /** Whole or not at all, also for whoever reads meanwhile. */
  put(record: T): Promise<T>;
  remove(id: string): Promise<void>;
}

/** The records of one lab. */
export interface Shelves {
  readonly instances: Shelf<InstanceRecord>;
  readonly volumes: Shelf<VolumeRecord>;
  readonly snapshots: Shelf<SnapshotRecord>;
  readonly addresses: Shelf<AddressRecord>;
  readonly zones: Shelf<ZoneRecord>;
}

/** Makes the folders where they are not there. */
export async function openShelves(folder: string): Promise<Shelves> {
  return {
    instances: await shelf(join(folder, 'instances')),
    volumes: await shelf(join(folder, 'volumes')),
    snapshots: await shelf(join(folder, 'snapshots')),
    addresses: await shelf(join(folder, 'addresses')),
    zones: await shelf(join(folder, 'zones')),
  };
}

const wellFormed = /^[a-z0-9-]{1,64}$/;

async function shelf<T extends { readonly id: string }>(folder: string): Promise<Shelf<T>> {
  await mkdir(folder, { recursive: true });
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  const get = async (id: string): Promise<T | undefined> => {
    if (!wellFormed.test(id)) return undefined;
    const text = await readFile(fileOf(id), 'utf8').catch(undefinedWhereMissing);
    // Only this shelf writes there, whole or not at all, so that the type is what was put.
    return text === undefined ? undefined : (JSON.parse(text) as T);
  };
  let writes = 0;
  return {
    get,
    async all() {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
      const found = await Promise.all(names.map((name) => get(name.slice(0, -'.json'.length))));
      return found.filter((record) => record !== undefined);
    },
    async put(record) {
      writes += 1;
      const draft = join(folder, `${record.id}.${process.pid}.${writes}.draft`);
      await writeFile(draft, JSON.stringify(record), { flush: true });
      await rename(draft, fileOf(record.id));
      return record;
    },
    remove: (id) => rm(fileOf(id), { force: true }),
  };
}

function undefinedWhereMissing(thrown: unknown): undefined {
  if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
  throw thrown;
}
