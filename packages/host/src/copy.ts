import type { CopyEnd, CopyReport, CopySpec, HostError, HostResult, Ref } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide } from './call.ts';
import { idOf, runDirect } from './direct.ts';
import { uuidForm } from './disks.ts';
import { type NoWay, refusedCode } from './one-time-key.ts';
import { type RelayEnd, type RelayEnds, relay, relayShell } from './relay.ts';
import { isBroken, partialCode, type RsyncReader, rsyncReader, rsyncWords, vanishedCode } from './rsync.ts';

/**
 * One pass of a copy by rsync. Which filesystem either end lies on is looked at before each attempt. Where the line to
 * one of them breaks, the pass goes on over a new one, from the files that are there already; a server that has booted
 * meanwhile ends it. Where the direct way is asked for and there is none, it goes on by the relayed one.
 */
export async function copyPass(
  far: FarSide,
  spec: CopySpec,
  openOther: (
    server: Ref,
    body: (other: FarSide) => Promise<Result<CopyReport, HostError>>,
  ) => HostResult<CopyReport>,
): Promise<Result<CopyReport, HostError>> {
  const wrong = faultOf(spec);
  if (wrong !== undefined) return err(far.fail('invalid', wrong));
  const other = spec.from.host ?? spec.to.host;
  if (other === undefined) return attempts(far, far, far, spec);
  return openOther(other, (there) =>
    spec.from.host === undefined ? attempts(far, far, there, spec) : attempts(far, there, far, spec),
  );
}

const mostResumes = 20;
const resumePauseMs = [500, 1_000, 2_000, 5_000] as const;

function faultOf({ from, to, pass, exclude = [] }: CopySpec): string | undefined {
  if (from.host !== undefined && to.host !== undefined) return 'Neither end of the copy is this server.';
  if (!['warm', 'rehearsal', 'final'].includes(pass)) return `${pass} is no pass of a copy.`;
  for (const { path, filesystemUuid } of [from, to]) {
    if (!path.startsWith('/')) return `${path} is no absolute path.`;
    if (filesystemUuid !== undefined && !uuidForm.test(filesystemUuid))
      return `${filesystemUuid} is no UUID.`;
  }
  const [a, b] = [`${from.path}/`, `${to.path}/`];
  if (from.host === undefined && to.host === undefined && (a.startsWith(b) || b.startsWith(a))) {
    return 'One end of the copy lies in the other.';
  }
  return exclude.some((one) => one.replaceAll('/', '') === '') ? 'What is left out has no name.' : undefined;
}

async function attempts(
  far: FarSide,
  source: FarSide,
  target: FarSide,
  spec: CopySpec,
): Promise<Result<CopyReport, HostError>> {
  const beganMs = far.nowMs();
  let road: Road = { way: spec.way ?? 'relayed' };
  for (let resumed = 0; ; ) {
    const went = await attempt(far, source, target, spec, road);
    if (went.isOk() && went.value !== 'broken') {
      if (!('noWay' in went.value))
        return ok({ ...went.value, ...road, tookMs: far.nowMs() - beganMs, resumed });
      road = { way: 'relayed', notDirect: went.value.noWay };
      continue;
    }
    if (went.isErr() && !(went.error.kind === 'unreachable' && resumed > 0)) return err(went.error);
    if (resumed >= mostResumes) {
      return err(
        far.fail('unreachable', 'The connection broke too often to go on with the copy.', 'unknown'),
      );
    }
    const waited = await far.pause(resumePauseMs[Math.min(resumed, resumePauseMs.length - 1)] ?? 5_000);
    if (waited.isErr()) return err({ ...waited.error, applied: 'unknown' });
    resumed += 1;
  }
}

type Road = Pick<CopyReport, 'way' | 'notDirect'>;
type Pass = Omit<CopyReport, 'tookMs' | 'resumed' | keyof Road>;

async function attempt(
  far: FarSide,
  source: FarSide,
  target: FarSide,
  spec: CopySpec,
  { way }: Road,
): Promise<Result<Pass | 'broken' | NoWay, HostError>> {
  const from = await checkEnd(source, spec.from, false);
  if (from.isErr()) return err(inName(far, from.error));
  const to = await checkEnd(target, spec.to, spec.pass !== 'rehearsal');
  if (to.isErr()) return err(inName(far, to.error));
  const reader = rsyncReader(spec.onProgress);
  const beganMs = far.nowMs();
  const run = way === 'direct' ? straight : relayed;
  const ends = await run(from.value, to.value, spec, (text) => reader.push(text));
  if (ends.isErr()) return err(inName(far, ends.error));
  const tookMs = far.nowMs() - beganMs;
  // Whoever waits is told why it ended by the call that holds it.
  if (far.signal.aborted) return (await far.pause(0)).map(() => 'broken' as const);
  if (ends.value === 'broken' || 'noWay' in ends.value) return ok(ends.value);
  const report = reportOf(far, spec, ends.value, reader, tookMs);
  if (report.isErr() || report.value === 'broken' || spec.pass !== 'final') return report;
  const synced = await target.must(['sync', '-f', '--', spec.to.path], { changes: true });
  return synced.andThen(() => report).mapErr((error) => inName(far, error));
}

type Run = (
  from: RelayEnd,
  to: RelayEnd,
  spec: CopySpec,
  onText: (text: string) => void,
) => Promise<Result<RelayEnds | 'broken' | NoWay, HostError>>;

const relayed: Run = (from, to, spec, onText) =>
  relay(from, to, { id: idOf('copy', from, to), words: rsyncWords(spec, relayShell), onText });

const straight: Run = async (from, to, spec, onText) => {
  const words = (shell: string): readonly string[] => rsyncWords(spec, shell, 'said');
  const went = await runDirect(from, to, { name: 'copy', words, asks: true, onOutput: onText });
  return went.map((ends) => {
    if ('noWay' in ends) return ends;
    const { client, serverCode } = ends;
    if (serverCode === refusedCode) {
      return { noWay: `rsync on ${from.far.at.id} asks for something else than it said before.` };
    }
    // A program at the target that ended by itself says why; one that was left alone says only that.
    const isLeft = serverCode === undefined || isBroken(serverCode) || serverCode === signalCode;
    if (client.code !== undefined && isBroken(client.code) && isLeft) return 'broken';
    return { client, ...(serverCode === undefined ? {} : { server: { code: serverCode, rest: '' } }) };
  });
};

/** Of an rsync that was told to end. */
const signalCode = 20;

/** The error of the other server, as one of the call that was made. */
function inName(far: FarSide, error: HostError): HostError {
  const own = far.fail(error.kind, error.message, error.applied);
  return { ...own, host: error.host };
}

/** 41: no such folder; 42: another filesystem, whose UUID is printed. */
const endScript = `
path=$1 uuid=$2 make=$3
at=$path
while ! [ -d "$at" ]; do
  [ "$make" = yes ] && [ "$at" != / ] || exit 41
  at=$(dirname -- "$at")
done
if [ -n "$uuid" ]; then
  device=$(findmnt -n -o SOURCE -T "$at")
  found=$(blkid -p -o value -s UUID "\${device%%\\[*}")
  if [ "$found" != "$uuid" ]; then
    printf '%s' "$found"
    exit 42
  fi
fi
if [ "$make" = yes ]; then mkdir -p -- "$path" || exit; fi
command -v rsync >/dev/null || exit 43
`;

async function checkEnd(
  far: FarSide,
  { path, filesystemUuid }: CopyEnd,
  make: boolean,
): Promise<Result<RelayEnd, HostError>> {
  const seen = await far.script(endScript, [path, filesystemUuid ?? '', make ? 'yes' : 'no']);
  return seen.andThen(({ code, stdout }) => {
    if (code === 0) return ok({ far, path });
    if (code === 41) return err(far.fail('not-found', `There is no folder ${path} on ${far.at.id}.`));
    if (code === 42) {
      const found = stdout === '' ? 'no filesystem of a disk' : stdout;
      const message = `${path} on ${far.at.id} lies on ${found}, not on ${filesystemUuid ?? ''}.`;
      return err(far.fail('wrong-disk', message));
    }
    if (code === 43) return err(far.fail('unsupported', `There is no rsync on ${far.at.id}.`));
    return err(far.fail('failed', `${path} on ${far.at.id} cannot be looked at.`));
  });
}

function reportOf(
  far: FarSide,
  spec: CopySpec,
  { client, server }: RelayEnds,
  reader: RsyncReader,
  tookMs: number,
): Result<Pass | 'broken', HostError> {
  const said = reader.complaints().at(0) ?? 'It said nothing more.';
  const isLost = client.code === undefined || (server !== undefined && server.code === undefined);
  if (isLost) return ok('broken');
  // Where the target's end fails by itself, the source's only sees the line go.
  const own =
    isBroken(client.code) && !isBroken(server?.code) && server?.code !== 0 ? server?.code : client.code;
  const code = own ?? client.code;
  if (code !== 0 && code !== partialCode && code !== vanishedCode) {
    return err(far.fail('failed', `rsync ended with ${code}: ${said}`, 'unknown'));
  }
  if (code === partialCode) {
    return err(far.fail('incomplete', `Not everything could be copied: ${said}`, 'unknown'));
  }
  if (code === vanishedCode && spec.pass === 'final') {
    const message = `${reader.vanishedFiles()} files vanished in a final pass, ${reader.vanished[0] ?? ''} among them: the source is in use.`;
    return err(far.fail('incomplete', message, 'unknown'));
  }
  const counts = reader.counts();
  if (counts === undefined) return err(far.fail('failed', `rsync gave no figures: ${said}`, 'unknown'));
  return ok({
    pass: spec.pass,
    ...counts,
    vanished: reader.vanished,
    vanishedFiles: reader.vanishedFiles(),
    ...(spec.pass === 'rehearsal' || counts.changedFiles === 0 ? { scanMs: tookMs } : {}),
  });
}
