import type {
  HealthProbe,
  HealthReport,
  Host,
  HostError,
  HostFacts,
  HostIdentity,
  HostResult,
  ReadOptions,
  Ref,
} from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { addressesOf } from './addresses.ts';
import { type FarSide, openCall } from './call.ts';
import { askOnce } from './check.ts';
import { copyPass } from './copy.ts';
import { databasesOf } from './databases.ts';
import { disksOf } from './disks.ts';
import type { InitSystem } from './init-system.ts';
import { mountOf, mountsOf } from './mounts.ts';
import { probe, readOs } from './probe.ts';
import { askAll, readSections } from './sections.ts';
import type { ServerLine } from './server-line.ts';
import { servicesOf, stateOnly, timersOf, unitsOf } from './services.ts';
import { readStorage } from './storage.ts';
import { systemd } from './systemd.ts';

/** The `Host` port over one server's line. */
export function openHost(at: Ref, { lineTo }: { readonly lineTo: (server: Ref) => ServerLine }): Host {
  const line = lineTo(at);
  const call = <T>(
    operation: string,
    options: ReadOptions | undefined,
    body: (far: FarSide) => Promise<Result<T, HostError>>,
    usualTimeoutMs?: number,
  ): HostResult<T> => openCall(line, at, operation, options, body, usualTimeoutMs);
  const open: OpenCall = (operation, options, body, usualTimeoutMs) =>
    call(
      operation,
      options,
      async (far) => body(far, (await line.find(far.signal))?.init ?? systemd),
      usualTimeoutMs,
    );
  return {
    at,
    ready: (options) => call('ready', options, (far) => ready(far, line)),
    observe: (options) => open('observe', options, observe),
    probe: (request = {}, options = undefined) =>
      open(
        'probe',
        options,
        (far, init) =>
          probe(far, init, request, (server, body) =>
            openCall(lineTo(server), server, 'probe', { signal: far.signal }, body, hoursMs),
          ),
        hoursMs,
      ),
    services: servicesOf(open),
    timers: timersOf(open),
    mounts: mountsOf(open),
    disks: disksOf(open),
    databases: databasesOf(open),
    addresses: addressesOf(open),
    copy: (spec, options) =>
      call(
        'copy',
        options,
        (far) =>
          copyPass(far, spec, (server, body) =>
            openCall(
              lineTo(server),
              server,
              'copy',
              { signal: far.signal, stillOurs: options.stillOurs },
              body,
              daysMs,
            ),
          ),
        daysMs,
      ),
    check: (asked, options) => call('check', options, (far) => check(far, line, asked)),
    close: () => line.close(),
  };
}

/** How the parts of the port open a call: with the far side, and the init system that is there. */
export type OpenCall = <T>(
  operation: string,
  options: ReadOptions | undefined,
  body: (far: FarSide, init: InitSystem) => Promise<Result<T, HostError>>,
  usualTimeoutMs?: number,
) => HostResult<T>;

const hoursMs = 3 * 3_600_000;
const daysMs = 7 * 86_400_000;
const knockMs = 1_000;
const probesInARow = 3;
const betweenProbesMs = 2_000;

/** Knocks until it is let in: a server that boots may refuse everybody at first, but never shows another key. */
async function ready(far: FarSide, line: ServerLine): Promise<Result<HostIdentity, HostError>> {
  let why = '';
  for (;;) {
    const up = await line.up(far.signal);
    // Where its time is over, what was in the way before that is told along with it.
    const ended = await far.pause(0);
    if (ended.isErr()) return err({ ...ended.error, message: `${ended.error.message} ${why}`.trim() });
    if (up.isOk()) return ok(up.value.boot);
    const { kind, message } = up.error;
    if (kind === 'forbidden' && !/does not let/.test(message)) return err(far.fail(kind, message));
    why = message;
    const waited = await far.pause(knockMs);
    if (waited.isErr()) return err({ ...waited.error, message: `${waited.error.message} ${why}` });
  }
}

async function observe(far: FarSide, init: InitSystem): Promise<Result<HostFacts, HostError>> {
  const asked = await far.script(
    askAll([
      { name: 'os', script: 'cat /etc/os-release' },
      { name: 'kernel', script: 'uname -r' },
      { name: 'identity', script: 'cat /proc/sys/kernel/random/boot_id; uname -n' },
    ]),
    [],
  );
  if (asked.isErr()) return err(asked.error);
  const answers = readSections(asked.value.stdout);
  const [bootId, hostname] = answers.get('identity')?.text.split('\n') ?? [];
  if (bootId === undefined || hostname === undefined) {
    return err(far.fail('failed', `${far.at.id} does not say who it is.`));
  }
  const storage = await readStorage(far);
  if (storage.isErr()) return err(storage.error);
  const units = await unitsOf(far, init);
  if (units.isErr()) return err(units.error);
  const os = readOs(answers.get('os')?.text ?? '');
  const kernel = answers.get('kernel')?.text.trim();
  return ok({
    identity: { hostname, bootId },
    mounts: storage.value.mounts.map(mountOf),
    services: units.value.services.map(stateOnly),
    ...(os === undefined ? {} : { os: `${os.id} ${os.versionId}` }),
    ...(kernel === undefined ? {} : { kernel }),
  });
}

/** Asks from outside, so it needs no connection: a server that nobody gets into may serve all the same. */
async function check(
  far: FarSide,
  line: ServerLine,
  asked: HealthProbe,
): Promise<Result<HealthReport, HostError>> {
  const server = await line.find(far.signal);
  if (server === undefined) return err(far.fail('unreachable', `Nobody knows where ${far.at.id} is.`));
  const address = server.probeAddress ?? server.address;
  let report: HealthReport = { healthy: false, detail: 'Nothing was asked.' };
  for (let count = 1; count <= (asked.inARow ?? probesInARow); count += 1) {
    if (count > 1) {
      const waited = await far.pause(betweenProbesMs);
      if (waited.isErr()) return err(waited.error);
    }
    report = await askOnce(address, asked, { clock: line.clock, signal: far.signal });
    const ended = await far.pause(0);
    if (ended.isErr()) return err(ended.error);
    if (!report.healthy) return ok(report);
  }
  return ok(report);
}
