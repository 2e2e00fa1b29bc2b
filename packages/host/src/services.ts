import type { HostError, ServiceState, Services, TimerState, Timers } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide } from './call.ts';
import type { OpenCall } from './host.ts';
import type { InitSystem, Units } from './init-system.ts';

/**
 * Services and timers by the init system of the server. Whether a name is known is looked at before anything is
 * touched, and how things are afterwards is read back, never concluded.
 */
export function servicesOf(open: OpenCall): Services {
  return {
    list: (options) =>
      open('services.list', options, async (far, init) =>
        (await unitsOf(far, init)).map(({ services }) => services.map(stateOnly)),
      ),
    stop: (names, call) =>
      open('services.stop', call, async (far, init) => {
        const known = await knownServices(far, init, names);
        if (known.isErr()) return err(known.error);
        if (names.length === 0) return ok([]);
        const masked = await far.must(init.mask(names), { changes: true });
        if (masked.isErr()) return err(masked.error);
        for (const name of names) {
          const stopped = await far.must(init.stop(name), { changes: true });
          if (stopped.isErr()) return err(stopped.error);
        }
        return settled(far, init, names, (state) => state !== 'active' && state !== 'unknown', 'is not down');
      }),
    start: (names, call) =>
      open('services.start', call, async (far, init) => {
        const known = await knownServices(far, init, names);
        if (known.isErr()) return err(known.error);
        if (names.length === 0) return ok([]);
        const unmasked = await far.must(init.unmask(names), { changes: true });
        if (unmasked.isErr()) return err(unmasked.error);
        for (const name of names) {
          const started = await far.must(init.start(name), { changes: true });
          if (started.isErr()) return err(started.error);
        }
        return settled(far, init, names, (state) => state === 'active', 'did not come up');
      }),
    restart: (names, call) =>
      open('services.restart', call, async (far, init) => {
        const known = await knownServices(far, init, names);
        if (known.isErr()) return err(known.error);
        const running = known.value.filter(({ state, masked }) => state === 'active' && !masked);
        for (const { name } of running) {
          const stopped = await far.must(init.stop(name), { changes: true });
          if (stopped.isErr()) return err(stopped.error);
          const started = await far.must(init.start(name), { changes: true });
          if (started.isErr()) return err(started.error);
        }
        const isUp = new Set(running.map(({ name }) => name));
        return settled(
          far,
          init,
          names,
          (state, name) => !isUp.has(name) || state === 'active',
          'did not come up',
        );
      }),
  };
}

export function timersOf(open: OpenCall): Timers {
  const change = async (
    far: FarSide,
    init: InitSystem,
    names: readonly string[],
    verb: 'mask' | 'unmask',
  ): Promise<Result<readonly TimerState[], HostError>> => {
    const units = await unitsOf(far, init, names);
    if (units.isErr()) return err(units.error);
    const unknown = names.find((name) => !units.value.timers.some((timer) => timer.name === name));
    if (unknown !== undefined)
      return err(far.fail('not-found', `There is no timer ${unknown} on ${far.at.id}.`));
    if (names.length === 0) return ok([]);
    const changed = await far.must(init[verb](names), { changes: true });
    if (changed.isErr()) return err(changed.error);
    return (await unitsOf(far, init, names)).map(({ timers }) => pick(timers, names));
  };
  return {
    list: (options) =>
      open('timers.list', options, async (far, init) =>
        (await unitsOf(far, init)).map(({ timers }) => timers),
      ),
    mask: (names, call) => open('timers.mask', call, (far, init) => change(far, init, names, 'mask')),
    unmask: (names, call) => open('timers.unmask', call, (far, init) => change(far, init, names, 'unmask')),
  };
}

/** Of these, or of all where no names are given. */
export async function unitsOf(
  far: FarSide,
  init: InitSystem,
  names?: readonly string[],
): Promise<Result<Units, HostError>> {
  if (names?.length === 0) return ok({ services: [], timers: [] });
  const listed = await far.must(names === undefined ? init.list : (init.show?.(names) ?? init.list));
  return listed.andThen((text) => init.read(text).mapErr((why) => far.fail('failed', why)));
}

export function stateOnly({ name, state, masked }: ServiceState): ServiceState {
  return { name, state, masked };
}

async function knownServices(
  far: FarSide,
  init: InitSystem,
  names: readonly string[],
): Promise<Result<readonly ServiceState[], HostError>> {
  return (await unitsOf(far, init, names)).andThen(({ services }) => {
    const unknown = names.find((name) => !services.some((service) => service.name === name));
    return unknown === undefined
      ? ok(pick(services, names))
      : err(far.fail('not-found', `There is no service ${unknown} on ${far.at.id}.`));
  });
}

async function settled(
  far: FarSide,
  init: InitSystem,
  names: readonly string[],
  isRight: (state: ServiceState['state'], name: string) => boolean,
  otherwise: string,
): Promise<Result<readonly ServiceState[], HostError>> {
  return (await unitsOf(far, init, names)).andThen(({ services }) => {
    const now = pick(services, names).map(stateOnly);
    const wrong = now.find(({ state, name }) => !isRight(state, name));
    return wrong === undefined
      ? ok(now)
      : err(
          far.fail('failed', `${wrong.name} ${otherwise} on ${far.at.id}: it is ${wrong.state}.`, 'unknown'),
        );
  });
}

/** In the order of the names. */
function pick<T extends { readonly name: string }>(
  all: readonly T[],
  names: readonly string[],
): readonly T[] {
  return names.flatMap((name) => all.find((one) => one.name === name) ?? []);
}
