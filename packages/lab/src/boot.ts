import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudResult } from '@belay/cloud';
import { err, ok, ResultAsync, safeTry } from 'neverthrow';
import { wireUp } from './bridge.ts';
import { command } from './command.ts';
import { diskWords } from './guest-disk.ts';
import { bootScript } from './guest-scripts.ts';
import { pause, tie } from './loop.ts';
import type { InstanceRecord, RunningProcess } from './records.ts';
import { addressOf, diskOf, homeOf, imageOf } from './site.ts';
import { fail, type Span } from './span.ts';
import { endStrays } from './strays.ts';

/**
 * Starts an instance: new namespaces over its own layer of the root filesystem, its disks in their places, its cable on
 * the bridge. It is there when its sshd takes connections. Its home and its keys must have been made.
 */
export function boot(span: Span, instance: InstanceRecord): CloudResult<RunningProcess> {
  const { site } = span;
  const home = homeOf(site, instance.id);
  return safeTry(async function* () {
    yield* endStrays(span, instance);
    await rm(join(home, 'pid'), { force: true });
    await rm(join(home, 'go'), { force: true });
    await writeFile(join(home, 'boot-id'), `${bootId(site.machine.chance)}\n`);
    await writeFile(join(home, 'disks'), yield* disks(span, instance));
    yield* command(span, ['mkfifo', '-m', '600', join(home, 'go')]);
    yield* command(span, ['sh', '-c', launch, 'lab-launch', home, ...bootWords(span, instance)]);
    const pid = yield* firstProcess(span, home);
    const floating = (await site.shelves.addresses.all()).filter(
      ({ instanceId }) => instanceId === instance.id,
    );
    const started = await site.machine.startOf(pid);
    if (started === undefined) return err(await neverCame(span, home));
    yield* wireUp(
      span,
      pid,
      instance.number,
      floating.map(({ address }) => address),
    );
    yield* command(span, ['sh', '-c', 'echo go > "$1"', 'lab-go', join(home, 'go')]);
    yield* untilItAnswers(span, instance, pid, 0);
    return ok({ pid, startedTicks: started });
  });
}

/** What an instance needs before it can be started for the first time. */
export async function makeHome(span: Span, instance: InstanceRecord): Promise<void> {
  const home = homeOf(span.site, instance.id);
  await rm(home, { recursive: true, force: true });
  for (const part of [
    'root',
    'nothing',
    'work',
    'usr-upper',
    'usr-work',
    'upper/etc/ssh',
    'upper/var/lib/lab',
  ]) {
    await mkdir(join(home, part), { recursive: true });
  }
  const upper = join(home, 'upper');
  await writeFile(join(upper, 'etc/machine-id'), `${hex(span.site.machine.chance, 32)}\n`);
  const { userData } = instance.asked;
  if (userData !== undefined) await writeFile(join(upper, userDataPath), userData);
}

/** Where the guest finds its user data. */
const userDataPath = 'var/lib/lab/user-data';

/** `setsid` returns at once; what it started goes on without us, and writes to the console file. */
const launch = `
home=$1
shift
exec setsid --fork unshare --mount --net --pid --uts --ipc --fork --kill-child --propagation private "$@" \\
  > "$home/console" 2>&1 < /dev/null
`;

function bootWords({ site }: Span, { id, name }: InstanceRecord): readonly string[] {
  const binds = site.settings.binds.flatMap(({ from, to }) => [from, to]);
  return ['sh', '-c', bootScript, 'lab-boot', homeOf(site, id), imageOf(site), hostname(name, id), ...binds];
}

/** As much of the name as a host may be called. */
function hostname(name: string, id: string): string {
  const plain = name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, '-');
  return plain.replace(/^-+/, '').slice(0, 60).replace(/-+$/, '') || id;
}

/** The attached volumes, with loop devices that a restart of the box may have taken from them. */
function disks(span: Span, { id }: InstanceRecord): CloudResult<string> {
  return safeTry(async function* () {
    let lines = '';
    for (const volume of await span.site.shelves.volumes.all()) {
      const { attachment, state } = volume;
      if (attachment?.instanceId !== id || state !== 'in-use') continue;
      const device = yield* tie(span, diskOf(span.site, volume.id));
      lines += `${diskWords({ serial: volume.id, device }).join(' ')}\n`;
    }
    return ok(lines);
  });
}

const tries = 400;
const pauseMs = 25;

function firstProcess(span: Span, home: string, tried = 0): CloudResult<number> {
  const look = readFile(join(home, 'pid'), 'utf8').catch(() => '');
  return ResultAsync.fromSafePromise(look).andThen((text) => {
    if (text !== '') return ok(Number(text));
    if (tried === tries)
      return ResultAsync.fromSafePromise(neverCame(span, home)).andThen((error) => err(error));
    return pause(span, pauseMs).andThen(() => firstProcess(span, home, tried + 1));
  });
}

function untilItAnswers(span: Span, instance: InstanceRecord, pid: number, tried: number): CloudResult<void> {
  const { machine } = span.site;
  const look = async (): Promise<'yes' | 'no' | 'dead'> => {
    if (await machine.answers(addressOf(span.site, instance.number), 22)) return 'yes';
    return (await machine.startOf(pid)) === undefined ? 'dead' : 'no';
  };
  return ResultAsync.fromSafePromise(look()).andThen((answer) => {
    if (answer === 'yes') return ok(undefined);
    if (answer === 'dead' || tried === tries) {
      const error = neverCame(span, homeOf(span.site, instance.id));
      return ResultAsync.fromSafePromise(error).andThen((failure) => err(failure));
    }
    return pause(span, pauseMs).andThen(() => untilItAnswers(span, instance, pid, tried + 1));
  });
}

/** The end of the console says why. */
async function neverCame(span: Span, home: string) {
  const text = await readFile(join(home, 'console'), 'utf8').catch(() => '');
  const last = text.trim().split('\n').slice(-3).join(' / ');
  const message = `The instance did not come up${last === '' ? '' : `: ${last}`}.`;
  return fail(span, 'failed', message, { applied: 'unknown' });
}

/** Looks like what the kernel gives at each boot. */
function bootId(chance: () => number): string {
  const digits = hex(chance, 32);
  return [8, 12, 16, 20, 32].map((end, i, ends) => digits.slice(ends[i - 1] ?? 0, end)).join('-');
}

function hex(chance: () => number, length: number): string {
  return Array.from({ length }, () => Math.floor(chance() * 16).toString(16)).join('');
}
