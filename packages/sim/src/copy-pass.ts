import {
  type CopyEnd,
  type CopyReport,
  type CopySpec,
  type CopyWay,
  formatRef,
  type HostError,
  type HostErrorKind,
  samePlace,
} from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type CopyPlan, planCopy } from './copy-plan.ts';
import { isFrozen } from './freeze.ts';
import type { GuestRecord } from './guest-record.ts';
import { usedBytesOf } from './mounts.ts';
import { type Located, locate } from './paths.ts';
import { type HostRefusal, type Shell, unreachable } from './shell.ts';
import type { World } from './world.ts';

/**
 * One pass of a copy between two servers, which may be in two clouds on one internet. It takes the time that rsync
 * would, looks now and then whether both ends are still there, and has its effect at its end.
 */
export async function copyPass(shell: Shell, spec: CopySpec): Promise<Result<CopyReport, HostError>> {
  const wrong = faultOf(spec);
  if (wrong !== undefined) return err(shell.fail('invalid', wrong));
  const { clock } = shell.world;
  const beganMs = clock.now();
  const connected = await shell.pause(shell.world.sampleMs('copy'));
  if (connected.isErr()) return err(connected.error);

  const begun = await shell.run(true, () => begin(shell, spec));
  if (begun.isErr()) return err(begun.error);
  const { ends, plan } = begun.value;
  const workMs = plan.scanMs + (spec.pass === 'rehearsal' ? 0 : plan.transferMs);
  const resumed = await work(shell, spec, ends, plan, workMs);
  if (resumed.isErr()) return err(resumed.error);

  const ended = await shell.run(true, () => {
    const there = findEnds(shell, spec);
    return there.map((now) => finish(now, spec, plan));
  });
  if (ended.isErr()) return err({ ...ended.error, applied: 'unknown' });
  const vanished = ended.value;
  if (spec.pass === 'final' && vanished.length > 0) {
    const message = `${vanished.length} files vanished in a final pass, ${vanished[0]} among them: the source is in use.`;
    return err(shell.fail('incomplete', message, 'yes'));
  }
  const tookMs = clock.now() - beganMs;
  return ok({
    pass: spec.pass,
    ...plan.counts,
    vanished: vanished.slice(0, 100),
    vanishedFiles: vanished.length,
    ...(spec.pass === 'rehearsal' || plan.counts.changedFiles === 0 ? { scanMs: tookMs } : {}),
    tookMs,
    ...wayOf(spec.way, begun.value.ends.from),
    resumed: resumed.value,
  });
}

/** A server at one end, and the boot that it was found with. */
interface End {
  readonly world: World;
  readonly instanceId: string;
  readonly guest: GuestRecord;
  readonly bootId: string;
  readonly located: Located;
}

interface Ends {
  readonly from: End;
  readonly to: End;
}

/** The way that is taken, and why it is not the one that was asked for. */
export function wayOf(
  asked: CopyWay | undefined,
  { world, instanceId }: Pick<End, 'world' | 'instanceId'>,
): Pick<CopyReport, 'way' | 'notDirect'> {
  if (asked === 'direct' && world.faults.shutIn.has(instanceId)) {
    return { way: 'relayed', notDirect: `No way leads from ${instanceId} to another server.` };
  }
  return { way: asked ?? 'relayed' };
}

/** How often a pass looks whether its servers are there: each second, and of long passes a hundred times. */
const leastSlices = 10;
const mostSlices = 100;
const reconnectMs = 1_000;
/** How long a connection that broke is tried again. */
const patienceMs = 120_000;

function faultOf({ from, to, pass, exclude = [] }: CopySpec): string | undefined {
  if (from.host !== undefined && to.host !== undefined) return 'Neither end of the copy is this server.';
  if (!['warm', 'rehearsal', 'final'].includes(pass)) return `${pass} is no pass of a copy.`;
  const path = [from.path, to.path].find((one) => !one.startsWith('/'));
  if (path !== undefined) return `${path} is no absolute path.`;
  return exclude.some((one) => one.replaceAll('/', '') === '') ? 'What is left out has no name.' : undefined;
}

function begin(
  shell: Shell,
  spec: CopySpec,
): Result<{ readonly ends: Ends; readonly plan: CopyPlan }, HostRefusal> {
  return findEnds(shell, spec).andThen((ends) => {
    const { from, to } = ends;
    if (from.located.volume === to.located.volume && overlap(from.located.path, to.located.path)) {
      return refuse('invalid', 'One end of the copy lies in the other.');
    }
    if (spec.pass !== 'rehearsal' && isFrozen(to.guest, to.located.mountPoint)) {
      return refuse('busy', `${to.located.mountPoint} is frozen.`);
    }
    const plan = planCopy(from.world, from, to.located, spec);
    const { filesystem, volume } = to.located;
    const sizeBytes = filesystem.sizeBytes ?? volume.sizeGiB * 2 ** 30;
    const besides = plan.whole && spec.keepOthers !== true ? 0 : usedBytesOf(filesystem);
    if (spec.pass !== 'rehearsal' && plan.counts.bytes + besides > sizeBytes) {
      return refuse('failed', `${to.located.mountPoint} on ${to.guest.hostname} has no room for it.`);
    }
    return ok({ ends, plan });
  });
}

function overlap(a: string, b: string): boolean {
  return `${a}/`.startsWith(`${b}/`) || `${b}/`.startsWith(`${a}/`) || a === '' || b === '';
}

function findEnds(shell: Shell, spec: CopySpec): Result<Ends, HostRefusal> {
  return findEnd(shell, spec.from).andThen((from) => findEnd(shell, spec.to).map((to) => ({ from, to })));
}

function findEnd(shell: Shell, { host, path, filesystemUuid }: CopyEnd): Result<End, HostRefusal> {
  const world = host === undefined ? shell.world : shell.world.reach().find(({ at }) => samePlace(at, host));
  const instanceId = host?.id ?? shell.instanceId;
  if (world === undefined) {
    return refuse('unreachable', `No way leads to ${host === undefined ? path : formatRef(host)}.`);
  }
  const guest = world.state.guests[instanceId];
  const why = unreachable(world, instanceId);
  if (guest === undefined || why !== undefined)
    return refuse('unreachable', why ?? `${instanceId} is not there.`);
  return locate(world, guest, path).andThen((located) =>
    filesystemUuid !== undefined && filesystemUuid !== located.filesystem.uuid
      ? refuse('wrong-disk', `${path} lies on ${located.filesystem.uuid}, not on ${filesystemUuid}.`)
      : ok({ world, instanceId, guest, bootId: guest.bootId, located }),
  );
}

/** Lets the time of the pass go by. Gives how often the connection was made again. */
async function work(
  shell: Shell,
  spec: CopySpec,
  ends: Ends,
  plan: CopyPlan,
  workMs: number,
): Promise<Result<number, HostError>> {
  const slices = Math.min(mostSlices, Math.max(leastSlices, Math.ceil(workMs / 1_000)));
  let resumed = 0;
  for (let slice = 1; slice <= slices; slice += 1) {
    const went = await shell.pause(workMs / slices);
    if (went.isErr()) return err(went.error);
    const lost = await connection(shell, ends);
    if (lost.isErr()) return err(lost.error);
    resumed += lost.value;
    const share = slice / slices;
    spec.onProgress?.({
      bytes: Math.round(plan.counts.changedBytes * share),
      share,
      bytesPerSecond: workMs === 0 ? 0 : Math.round((plan.counts.changedBytes / workMs) * 1000),
    });
  }
  return ok(resumed);
}

/** Waits for both ends where one is not there, and gives 1 where it had to. */
async function connection(shell: Shell, { from, to }: Ends): Promise<Result<0 | 1, HostError>> {
  const hindrance = (): HostRefusal | undefined => {
    for (const { world, instanceId, guest, bootId } of [from, to]) {
      if (guest.bootId !== bootId && guest.up) {
        return { kind: 'rebooted', message: `${instanceId} has booted since the pass began.` };
      }
      const why = unreachable(world, instanceId);
      if (why !== undefined) return { kind: 'unreachable', message: why };
    }
    return undefined;
  };
  let lost: 0 | 1 = 0;
  for (let waitedMs = 0; ; waitedMs += reconnectMs) {
    const why = hindrance();
    if (why === undefined) return ok(lost);
    if (why.kind === 'rebooted' || waitedMs >= patienceMs)
      return err(shell.fail(why.kind, why.message, 'unknown'));
    lost = 1;
    const went = await shell.pause(reconnectMs);
    if (went.isErr()) return err(went.error);
  }
}

/** Writes what the pass has read. Gives what was there when it began, and is not any more. */
function finish({ from, to }: Ends, { pass }: CopySpec, plan: CopyPlan): readonly string[] {
  const now = from.located.filesystem.files;
  const [source, target] = [from.located.path, to.located.path];
  const vanished = Object.keys(plan.files).filter((path) => {
    const inside = target === '' ? path : path.slice(target.length + 1);
    return now[source === '' ? inside : `${source}/${inside}`] === undefined;
  });
  if (pass === 'rehearsal') return vanished;
  const { filesystem, mountPoint } = to.located;
  for (const path of plan.deletes) delete filesystem.files[path];
  for (const [path, file] of Object.entries(plan.files)) {
    if (!vanished.includes(path)) filesystem.files[path] = file;
  }
  if (plan.whole) {
    filesystem.otherBytes = plan.otherBytes;
    filesystem.otherInodes = plan.otherInodes;
    filesystem.copyOf = { filesystemUuid: from.located.filesystem.uuid, atMs: plan.takenAtMs };
  }
  to.world.emit('copied', { instanceId: to.instanceId, mountPoint, from: from.instanceId, pass });
  return vanished;
}

function refuse(kind: HostErrorKind, message: string): Result<never, HostRefusal> {
  return err({ kind, message });
}
