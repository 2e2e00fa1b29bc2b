import {
  type Bandwidth,
  formatRef,
  type HostError,
  type HostProbe,
  type HostResult,
  type Probed,
  type ProbeRequest,
  type Ref,
} from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { measureBandwidth } from './bandwidth.ts';
import type { FarSide } from './call.ts';
import { diskOf } from './disks.ts';
import { holdersIn } from './holders.ts';
import type { InitSystem } from './init-system.ts';
import { mountOf } from './mounts.ts';
import {
  readAccounts,
  readChanges,
  readDatabases,
  readDirtyBytes,
  readKernel,
  readOs,
  readWrites,
} from './probe-facts.ts';
import { probeQuestions } from './probe-questions.ts';
import { askAll, readSections } from './sections.ts';
import { readStorage, storageIn } from './storage.ts';

export { readOs } from './probe-facts.ts';

/**
 * Everything that a plan wants to know, in one script after one look at the mounts. What a server without some program
 * cannot answer is one fact less, and says so; only a server that does not answer at all is an error.
 */
export async function probe(
  far: FarSide,
  init: InitSystem,
  request: ProbeRequest,
  openOther: (
    server: Ref,
    body: (other: FarSide) => Promise<Result<Bandwidth, HostError>>,
  ) => HostResult<Bandwidth>,
): Promise<Result<HostProbe, HostError>> {
  const { sampleMs = 60_000, changedWithinMs = 3_600_000, bandwidthTo } = request;
  const before = await readStorage(far);
  if (before.isErr()) return err(before.error);
  const mounted = before.value.mounts.map(({ mountPoint }) => mountPoint);
  const points = request.mountPoints ?? mounted;
  const missing = points.find((point) => !mounted.includes(point));
  if (missing !== undefined) return err(far.fail('not-found', `No disk is mounted at ${missing}.`));
  const args = [
    String(sampleMs / 1000),
    String(Math.round(changedWithinMs / 1000)),
    String(points.length),
    ...points,
    ...init.list,
  ];
  const asked = await far.script(askAll(probeQuestions), args);
  if (asked.isErr()) return err(asked.error);
  const at = new Date(far.nowMs()).toISOString();
  const answers = readSections(asked.value.stdout);
  const text = (name: string): string | undefined => {
    const section = answers.get(name);
    return section === undefined || section.code !== 0 ? undefined : section.text;
  };
  const fact = <T>(method: string, value: T | undefined): Probed<T> =>
    value === undefined
      ? { known: false, why: `${method} gave no answer on ${far.at.id}.`, method, at }
      : { known: true, value, method, at };
  const from = <T>(name: string, method: string, read: (answer: string) => T | undefined): Probed<T> => {
    const answer = text(name);
    return fact(method, answer === undefined ? undefined : read(answer));
  };

  const [bootId, hostname] = text('identity')?.split('\n') ?? [];
  if (bootId === undefined || hostname === undefined) {
    return err(far.fail('failed', `${far.at.id} does not say who it is.`));
  }
  const storage = storageIn((name) => answers.get(name)?.text);
  const mounts = storage?.mounts.filter(({ mountPoint }) => points.includes(mountPoint));
  const open = from('open', 'open files in /proc', holdersIn);
  const units = from('units', `${init.name}: list`, (answer) => init.read(answer).unwrapOr(undefined));
  const why = 'Writes were not watched.';
  const writes: HostProbe['writes'] =
    sampleMs === 0
      ? { known: false, why, method: '/proc/diskstats, twice', at }
      : from('writes', '/proc/diskstats, twice', (answer) => readWrites(answer, mounts ?? []));
  const facts: HostProbe = {
    identity: { hostname, bootId },
    os: from('os', '/etc/os-release', readOs),
    kernel: from('kernel', 'uname and /sys/firmware', readKernel),
    mounts: fact('mountinfo, blkid -p, df', mounts?.map(mountOf)),
    bootEntries: fact('/etc/fstab', text('fstab') === undefined ? undefined : storage?.bootEntries),
    disks: fact('/sys/class/block and blkid -p', storage?.devices.map(diskOf)),
    writes,
    changes: from('changes', 'find -newermt', (answer) => readChanges(answer, changedWithinMs)),
    databases: from('databases', 'names and first bytes of files', (answer) =>
      readDatabases(answer, text('versions') ?? '', open.known ? open.value : []),
    ),
    // A working folder or a running program is no file that is written to.
    openForWrite: open.known ? { ...open, value: open.value.filter(({ forWrite }) => forWrite) } : open,
    services: units.known ? { ...units, value: units.value.services } : units,
    timers: units.known ? { ...units, value: units.value.timers } : units,
    accounts: from('users', 'getent passwd and group', (users) => readAccounts(users, text('groups') ?? '')),
    dirtyBytes: from('memory', '/proc/meminfo', readDirtyBytes),
  };
  if (bandwidthTo === undefined) return ok(facts);
  const measured = await openOther(bandwidthTo, (target) =>
    measureBandwidth(far, target, request.bandwidthWay),
  );
  if (far.signal.aborted) return (await far.pause(0)).map(() => facts);
  const method = `five seconds of a stream to ${formatRef(bandwidthTo)}`;
  const then = new Date(far.nowMs()).toISOString();
  return ok({
    ...facts,
    bandwidth: measured.match(
      (value): Probed<Bandwidth> => ({ known: true, value, method, at: then }),
      ({ message }): Probed<Bandwidth> => ({ known: false, why: message, method, at: then }),
    ),
  });
}
