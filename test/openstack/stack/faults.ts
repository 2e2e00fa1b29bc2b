// What a test can have go wrong behind the APIs, in the stack that it started itself. The drivers look for files; what
// no driver can do is done to the database or to a process.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { sql } from './database.ts';
import { signalProgram } from './processes.ts';
import type { Settings } from './settings.ts';

/** Each lasts until the returned function is called. */
export interface Faults {
  /** Whatever Cinder does with this volume next does not end. */
  holdVolume(volumeId: string): () => void;
  /** The guest does not let go of the disk: Nova asks it for a moment and takes the detach back. */
  holdDisk(volumeId: string): () => void;
  /** The next volume of this project ends in `error`. */
  failNextCreate(projectId: string): () => void;
  /** The next server of this project finds no host. */
  failNextSchedule(projectId: string): () => void;
  /** The next attach of the volume is accepted and fails at the storage. */
  failAttach(volumeId: string): () => void;
  /** The next detach of the volume is accepted and refused by the guest. */
  failDetach(volumeId: string): () => void;
  /** The hypervisor's own service stands still. */
  hangHypervisor(): () => void;
  /** The volume is in a state that Cinder has no word for. */
  setVolumeState(volumeId: string, state: string): void;
  /** When Cinder wrote down the state that the volume is in, in milliseconds since the epoch. */
  reachedAtMs(volumeId: string): number;
}

export function faultsFolder({ folder }: Settings): string {
  return `${folder}/data/faults`;
}

export function faultsOf(settings: Settings): Faults {
  const folder = faultsFolder(settings);
  mkdirSync(folder, { recursive: true });
  const begin = (verb: string, id: string): (() => void) => {
    const file = `${folder}/${verb}.${id}`;
    writeFileSync(file, '');
    return () => rmSync(file, { force: true });
  };
  return {
    holdVolume: (volumeId) => begin('hold-volume', volumeId),
    holdDisk: (volumeId) => begin('hold-disk', volumeId),
    failNextCreate: (projectId) => begin('fail-create', projectId),
    failNextSchedule: (projectId) => begin('fail-schedule', projectId),
    failAttach: (volumeId) => begin('fail-attach', volumeId),
    failDetach: (volumeId) => begin('fail-detach', volumeId),
    hangHypervisor() {
      signalProgram(settings.folder, 'nova-compute', 'SIGSTOP');
      return () => signalProgram(settings.folder, 'nova-compute', 'SIGCONT');
    },
    setVolumeState(volumeId, state) {
      sql(settings, `UPDATE cinder.volumes SET status = '${state}' WHERE id = '${volumeId}'`);
    },
    reachedAtMs(volumeId) {
      const rows = sql(
        settings,
        `SELECT UNIX_TIMESTAMP(MAX(at)) FROM belay.reached WHERE id = '${volumeId}'`,
      );
      return Number(rows) * 1_000;
    },
  };
}
