import type { HostError, HostResult, ReadOptions, ServiceFacts, ServiceState, Services } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { hindrance } from './guest.ts';
import type { GuestRecord, ServiceRecord } from './guest-record.ts';
import type { HostRefusal, Shell } from './shell.ts';

/**
 * The services of a server: stopped one after the other, each in its own time, and kept down by a mask; started one
 * after the other, each only where what it needs is mounted.
 */
export type ServiceSession = <T>(
  operation: 'services.list' | 'services.stop' | 'services.start' | 'services.restart',
  options: ReadOptions | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
) => HostResult<T>;

export function servicesOf(open: ServiceSession): Services {
  return {
    list: (options) =>
      open('services.list', options, (shell) => shell.run(false, (guest) => ok(guest.services.map(view)))),
    stop: (names, call) =>
      open('services.stop', call, async (shell) => {
        const masked = await shell.run(true, (guest) => mask(guest, names, true));
        if (masked.isErr()) return err(masked.error);
        for (const name of names) {
          const stopped = await stopOne(shell, name);
          if (stopped.isErr()) return err(stopped.error);
        }
        return states(shell, names);
      }),
    start: (names, call) =>
      open('services.start', call, async (shell) => {
        const unmasked = await shell.run(true, (guest) => mask(guest, names, false));
        if (unmasked.isErr()) return err(unmasked.error);
        for (const name of names) {
          const started = await startOne(shell, name);
          if (started.isErr()) return err(started.error);
        }
        return states(shell, names);
      }),
    restart: (names, call) =>
      open('services.restart', call, async (shell) => {
        const running = await shell.run(false, (guest) => runningOf(guest, names));
        if (running.isErr()) return err(running.error);
        for (const name of running.value) {
          const again = await stopOne(shell, name, 'services.restart');
          if (again.isErr()) return err(again.error);
          const started = await startOne(shell, name, 'services.restart');
          if (started.isErr()) return err(started.error);
        }
        return states(shell, names);
      }),
  };
}

/** Those of them that are active and may be started; none at all where one is not known. */
function runningOf(guest: GuestRecord, names: readonly string[]): Result<readonly string[], HostRefusal> {
  const unknown = names.find((name) => !guest.services.some((service) => service.name === name));
  if (unknown !== undefined) return err(noSuchService(unknown));
  return ok(
    names.filter((name) =>
      guest.services.some((one) => one.name === name && one.state === 'active' && !one.masked),
    ),
  );
}

/** All of them or, where one is not known, none. */
function mask(guest: GuestRecord, names: readonly string[], masked: boolean): Result<void, HostRefusal> {
  const unknown = names.find((name) => !guest.services.some((service) => service.name === name));
  if (unknown !== undefined) return err(noSuchService(unknown));
  for (const service of guest.services) if (names.includes(service.name)) service.masked = masked;
  return ok();
}

type ServiceOperation = 'services.stop' | 'services.start' | 'services.restart';

async function stopOne(
  shell: Shell,
  name: string,
  operation: ServiceOperation = 'services.stop',
): Promise<Result<void, HostError>> {
  const asked = await shell.run(true, (guest) =>
    serviceOf(guest, name).map((service) => {
      if (service.state === 'failed') service.state = 'inactive';
      if (service.state !== 'active' && service.state !== 'starting') return;
      service.state = 'stopping';
      service.stopBegunAtMs = shell.world.nowMs;
      shell.world.begin({
        operation,
        takes:
          service.stopMs === undefined
            ? 'services.stop'
            : shell.world.sampleMs('services.stop', service.stopMs),
        transition: { what: 'service.stopped', instanceId: shell.instanceId, service: name },
      });
    }),
  );
  if (asked.isErr()) return err(asked.error);
  const ended = await shell.until((guest) =>
    serviceOf(guest, name).map(({ state }) =>
      state === 'inactive' || state === 'failed' ? state : undefined,
    ),
  );
  return ended.map(() => undefined);
}

async function startOne(
  shell: Shell,
  name: string,
  operation: ServiceOperation = 'services.start',
): Promise<Result<void, HostError>> {
  const asked = await shell.run(true, (guest) =>
    serviceOf(guest, name).map((service) => {
      if (service.state === 'active' || service.state === 'starting') return;
      service.state = 'starting';
      shell.world.begin({
        operation,
        takes:
          service.startMs === undefined
            ? 'services.start'
            : shell.world.sampleMs('services.start', service.startMs),
        transition: { what: 'service.started', instanceId: shell.instanceId, service: name },
      });
    }),
  );
  if (asked.isErr()) return err(asked.error);
  const ended = await shell.until((guest) =>
    serviceOf(guest, name).map((service) => {
      if (service.state === 'active') return 'active';
      if (service.state === 'starting') return undefined;
      return `${name} did not start: ${hindrance(guest, service) ?? service.state}.`;
    }),
  );
  return ended.andThen((seen) => (seen === 'active' ? ok() : err(shell.fail('failed', seen))));
}

function states(shell: Shell, names: readonly string[]): Promise<Result<readonly ServiceState[], HostError>> {
  return shell.run(false, (guest) => ok(guest.services.filter(({ name }) => names.includes(name)).map(view)));
}

function serviceOf(guest: GuestRecord, name: string): Result<ServiceRecord, HostRefusal> {
  const service = guest.services.find((one) => one.name === name);
  return service === undefined ? err(noSuchService(name)) : ok(service);
}

function noSuchService(name: string): HostRefusal {
  return { kind: 'not-found', message: `There is no service ${name} here.` };
}

/**
 * The port has three words for what is sure. One that is on its way down still holds its files: it counts as active.
 */
export function view({ name, state, masked }: ServiceRecord): ServiceState {
  if (state === 'stopping') return { name, state: 'active', masked };
  return { name, state: state === 'starting' ? 'inactive' : state, masked };
}

/** What systemd lets a service take where nobody says otherwise. */
const usualStopTimeoutMs = 90_000;

/** With the times that a stop may take, and took. */
export function factsOfService(service: ServiceRecord): ServiceFacts {
  const { stopMs, lastStopMs } = service;
  return {
    ...view(service),
    stopTimeoutMs: stopMs === undefined ? usualStopTimeoutMs : stopMs[2],
    ...(lastStopMs === undefined ? {} : { lastStopMs }),
  };
}
