// The lab as a subject of the conformance cases, over the box itself or over one that is played.

import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Cloud } from '@belay/cloud';
import type { Levers, Subject } from '@belay/cloud/conformance';
import type { Lab } from '../src/lab.ts';
import type { Machine } from '../src/machine.ts';
import { openLabOn } from '../src/open.ts';
import type { InstanceRecord, VolumeRecord } from '../src/records.ts';
import { boxFaults } from './box-faults.ts';
import { wireFaults } from './wire-faults.ts';

export interface LabSubjectOptions {
  readonly machine: Machine;
  readonly folder: string;
  /** What only the inside of a guest can show. */
  readonly guest: Pick<Levers, 'holdDisk' | 'userDataOf'>;
  readonly patienceMs: number;
  readonly runName: string;
}

export interface LabSubject {
  readonly lab: Lab;
  readonly subject: Subject;
}

/** Processes that stand ready: opening one takes a moment, and a case asks for it at once. */
const spareProcesses = 12;

export async function labSubject(options: LabSubjectOptions): Promise<LabSubject> {
  const { folder, guest, patienceMs, runName } = options;
  const volume = jsonFiles<VolumeRecord>(join(folder, 'volumes'));
  const instance = jsonFiles<InstanceRecord>(join(folder, 'instances'));
  const box = boxFaults(options.machine, (id) => instance.read(id).process?.pid);
  const faults = wireFaults(volume.read);
  const open = async (): Promise<Lab> => {
    const opened = await openLabOn(
      box.machine,
      { folder, zones: ['a', 'b'], dnsZone: 'lab.example.', region: 'proving-ground' },
      faults.wire,
    );
    if (opened.isErr()) throw new Error(opened.error.message);
    return opened.value;
  };
  const lab = await open();
  const spares: Cloud[] = [];
  while (spares.length < spareProcesses) spares.push((await open()).cloud);
  const levers: Levers = {
    ...faults.levers,
    ...box.levers,
    ...guest,
    calm() {
      faults.levers.calm?.();
      box.levers.calm?.();
    },
    anotherProcess() {
      const spare = spares.shift();
      if (spare === undefined) throw new Error('All processes that stood ready are taken.');
      return spare;
    },
    strangeState(volumeId) {
      const before = volume.read(volumeId);
      volume.write({ ...before, state: 'pondering' as VolumeRecord['state'] });
      return () => volume.write(before);
    },
    reachedAtMs: (volumeId) => volume.read(volumeId).changedAtMs,
    async twin(volumeId) {
      const id = `vol-${randomBytes(6).toString('hex')}`;
      volume.write({ ...volume.read(volumeId), id });
      return id;
    },
    async tagBehind(instanceId, tags) {
      const record = instance.read(instanceId);
      instance.write({ ...record, tags: { ...record.tags, ...tags } });
    },
    async populate(tags) {
      const volumeIds = Array.from({ length: 1_001 }, () => `vol-${randomBytes(6).toString('hex')}`);
      for (const id of volumeIds) volume.write({ ...bare, id, tags });
      return {
        volumeIds,
        remove: async () => {
          for (const id of volumeIds) volume.remove(id);
        },
      };
    },
    async protect(instanceId, on) {
      const done = await lab.protect(instanceId, on, { key: `protect/${instanceId}/${on}` });
      if (done.isErr()) throw new Error(done.error.message);
    },
  };
  return {
    lab,
    subject: {
      name: 'lab',
      cloud: lab.cloud,
      traits: new Set([
        'zone-bound-volumes',
        'detach-while-running',
        'one-per-key',
        'floating-ips',
        'snapshots',
      ]),
      levers,
      runName,
      zones: ['a', 'b'],
      instanceType: 'lab.small',
      otherInstanceType: 'lab.large',
      imageId: lab.imageId,
      diskType: 'ext4',
      dnsZone: 'lab.example.',
      missing: {
        volumeId: 'vol-000000000000',
        instanceId: 'i-000000000000',
        snapshotId: 'snap-000000000000',
        floatingIpId: 'eip-000000000000',
        imageId: 'img-000000000000',
      },
      clock: box.machine.clock,
      patienceMs,
    },
  };
}

const bare: Omit<VolumeRecord, 'id' | 'tags'> = {
  name: 'one of many',
  state: 'available',
  zone: 'a',
  sizeGiB: 1,
  diskType: 'ext4',
  asked: null,
  createdAt: '2026-01-01T00:00:00.000Z',
  changedAtMs: 0,
};

/** The records of one kind, as somebody sees and changes them who goes behind the lab's back. */
function jsonFiles<T extends { readonly id: string }>(folder: string) {
  const fileOf = (id: string): string => join(folder, `${id}.json`);
  return {
    read: (id: string): T => JSON.parse(readFileSync(fileOf(id), 'utf8')),
    write: (record: T): void => writeFileSync(fileOf(record.id), JSON.stringify(record)),
    remove: (id: string): void => rmSync(fileOf(id)),
  };
}
