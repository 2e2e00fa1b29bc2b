import type { HealthProbe, HealthReport, Host, HostError, HostFacts, ReadOptions, Ref } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { copyPass } from './copy-pass.ts';
import { databasesOf } from './databases.ts';
import type { Operation } from './faults.ts';
import { addressesOf } from './guest-addresses.ts';
import { disksOf } from './guest-disks.ts';
import type { GuestRecord } from './guest-record.ts';
import { listMounts, mountsOf } from './mounts.ts';
import { probe } from './probe.ts';
import { servicesOf, view } from './services.ts';
import { answerOf } from './serving.ts';
import { openShell, type Shell } from './shell.ts';
import { timersOf } from './timers.ts';
import type { World } from './world.ts';

/** The `Host` port over the inside of a simulated server. */
export function openHost(world: World, server: Ref): Host {
  const open = <T>(
    operation: Operation,
    options: ReadOptions | undefined,
    body: (shell: Shell) => Promise<Result<T, HostError>>,
  ): ReturnType<typeof openShell<T>> => openShell(world, server, operation, options, body);
  return {
    at: server,
    ready: (options) => open('host.ready', options, ready),
    observe: (options) =>
      open('host.observe', options, (shell) => shell.run(false, (guest) => ok(factsOf(world, guest)))),
    probe: (request = {}, options = undefined) =>
      open('host.probe', options, (shell) => probe(shell, request)),
    services: servicesOf(open),
    timers: timersOf(open),
    mounts: mountsOf(open),
    disks: disksOf(open),
    databases: databasesOf(open),
    addresses: addressesOf(open),
    copy: (spec, call) => open('host.copy', call, (shell) => copyPass(shell, spec)),
    check: (asked, options) => open('host.check', options, (shell) => check(shell, asked)),
    // Nothing is kept open between two calls.
    close: () => Promise.resolve(),
  };
}

const probesInARow = 3;
const betweenProbesMs = 2_000;
const knockMs = 1_000;

/** Knocks until it is let in. A server that will never be there again is not waited for. */
async function ready(shell: Shell): Promise<Result<HostFacts['identity'], HostError>> {
  for (;;) {
    const inside = await shell.run(false, (guest) => ok(identityOf(guest)));
    if (inside.isOk() || inside.error.kind !== 'unreachable') return inside;
    const state = shell.world.state.instances[shell.instanceId]?.state;
    if (state === undefined || state === 'gone' || state === 'failed') return inside;
    const waited = await shell.pause(knockMs);
    if (waited.isErr()) return err(waited.error);
  }
}

/** Asks from outside: that nothing answers is a finding, and no error. */
async function check(shell: Shell, asked: HealthProbe): Promise<Result<HealthReport, HostError>> {
  const { world, instanceId } = shell;
  let report: HealthReport = { healthy: false, detail: 'Nothing was asked.' };
  for (let count = 1; count <= (asked.inARow ?? probesInARow); count += 1) {
    if (count > 1) {
      const waited = await shell.pause(betweenProbesMs);
      if (waited.isErr()) return err(waited.error);
    }
    const went = await shell.pause(world.sampleMs('check'));
    if (went.isErr()) return err(went.error);
    const strike = world.faults.strike('host.check', 'api', false);
    if (strike.error !== undefined) {
      return ok({ healthy: false, detail: strike.error.message ?? `503 from ${instanceId}.` });
    }
    report = world.change(() => answerOf(world, instanceId, asked.name));
    if (!report.healthy) return ok(report);
  }
  return ok(report);
}

function factsOf(world: World, guest: GuestRecord): HostFacts {
  return {
    identity: identityOf(guest),
    mounts: listMounts(world, guest),
    services: guest.services.map(view),
    os: guest.os,
    kernel: guest.kernel,
    databases: { ...guest.databases },
    ...(guest.writeBytesPerSecond === undefined ? {} : { writeBytesPerSecond: guest.writeBytesPerSecond }),
  };
}

function identityOf({ hostname, bootId }: GuestRecord): HostFacts['identity'] {
  return { hostname, bootId };
}
