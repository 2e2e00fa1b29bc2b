import { ok } from 'neverthrow';
import type { Instance, Instances } from '../../src/index.ts';
import { createKeyed, find, shown } from './keyed.ts';
import * as raw from './provider.ts';
import { type Adapter, run, type Task } from './task.ts';
import { hasTags } from './volumes.ts';
import { Refused, type Server, type World } from './world.ts';

/** The instances of the port over the tiny provider. */
export function instancesPort(adapter: Adapter): Instances {
  const { world } = adapter;
  const alive = (): readonly Server[] =>
    [...world.instances.values()].filter(({ state }) => state !== 'gone');
  return {
    get: (id, options = {}) =>
      run(adapter, 'instances.get', options, async (task) => view(world, await read(task, id))),
    find: (key, options = {}) =>
      run(adapter, 'instances.find', options, async (task) => {
        const found = await find(task, { key, all: alive }, true);
        return found === undefined ? undefined : view(world, found);
      }),
    async *list(filter) {
      for (const one of alive()) if (hasTags(one, filter?.tags ?? {})) yield ok(view(world, one));
    },
    create: (spec, call) =>
      run(adapter, 'instances.create', call, async (task) => {
        const { flawed } = task;
        const { userData = '' } = spec;
        if (Buffer.byteLength(userData) > 16_384 && !flawed('takes any length of user data')) {
          throw new Refused('invalid', 'The user data is longer than 16 KiB.');
        }
        const cut = flawed('cuts user data') ? userData.slice(0, 4_096) : userData;
        const given = flawed('loses letters') ? Buffer.from(cut, 'latin1').toString('latin1') : cut;
        const wanted = { ...spec, userData: given };
        if (flawed('takes any zone') && !raw.zones.includes(spec.zone as 'a')) wanted.zone = raw.zones[0];
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'instance', operation: 'instances.create', key: call.key, spec, all: alive },
            make: (tags) => raw.createInstance(world, wanted, { ...spec.tags, ...tags }),
          },
          call.signal,
        ).catch((thrown: unknown) => {
          if (flawed('leaves a failed server behind')) raw.createInstance(world, wanted, { ...spec.tags });
          throw thrown;
        });
        if (flawed('answers while pending')) return view(world, await read(task, id));
        const server = await reaches(task, id, 'running');
        if (flawed('renames at each create')) server.name = spec.name;
        return view(world, server);
      }),
    start: (id, call) => run(adapter, 'instances.start', call, async (task) => power(task, id, 'running')),
    stop: (id, call) => run(adapter, 'instances.stop', call, async (task) => power(task, id, 'stopped')),
    delete: (id, call) =>
      run(adapter, 'instances.delete', call, async (task) => {
        const server = world.instances.get(id);
        if (server === undefined && task.flawed('misses what is gone'))
          throw new Refused('not-found', 'None.', id);
        if (server === undefined || server.state === 'gone') return;
        const force = task.flawed('lifts protections');
        if (task.flawed('takes the data with the instance')) {
          for (const { on } of world.volumes.values()) if (on?.instanceId === id) on.dies = true;
        }
        await task.ask('instances.delete', () => raw.deleteInstance(world, id, force));
      }),
    rename: (id, name, call) =>
      run(adapter, 'instances.rename', call, async (task) => {
        const server = await read(task, id);
        const drops = task.flawed('drops tags when it renames');
        await task.ask('instances.rename', () =>
          Object.assign(server, { name, ...(drops ? { tags: {} } : {}) }),
        );
        return view(world, server);
      }),
    keepVolume: (id, volumeId, keep, call) =>
      run(adapter, 'instances.keepVolume', call, async (task) => {
        const { on } = raw.volumeOf(world, volumeId);
        if (on?.instanceId !== id) throw new Refused('not-found', `${volumeId} is not on ${id}.`, volumeId);
        await task.ask('instances.keepVolume', () => {
          if (!task.flawed('keeps no volume')) on.dies = !keep;
        });
        return view(world, await read(task, id));
      }),
    resize: (id, instanceType, call) =>
      run(adapter, 'instances.resize', call, async (task) => {
        const server = await read(task, id);
        if (server.instanceType === instanceType) return view(world, server);
        const isKept = adapter.keepsOldType;
        if (server.state === 'running' && !isKept) {
          if (!task.flawed('stops what it resizes')) throw new Refused('busy', 'Stop it first.', id);
          server.state = 'stopped';
        }
        await task.ask('instances.resize', () => {
          if (task.flawed('only says that it resizes')) return;
          if (isKept) Object.assign(server, { oldType: server.instanceType, state: 'resized' });
          server.instanceType = instanceType;
          server.reservationId = task.flawed('forgets the reservation') ? undefined : call.reservationId;
        });
        return { ...view(world, server), instanceType };
      }),
    confirmResize: (id, call) =>
      run(adapter, 'instances.confirmResize', call, async (task) => {
        const server = await read(task, id);
        if (server.oldType !== undefined) {
          if (task.flawed('takes a confirmation for a revert')) server.instanceType = server.oldType;
          Object.assign(server, { oldType: undefined, state: 'running' });
        }
        return view(world, server);
      }),
    revertResize: (id, call) =>
      run(adapter, 'instances.revertResize', call, async (task) => {
        const server = await read(task, id);
        if (!adapter.keepsOldType) throw new Refused('unsupported', 'No old type is kept.', id);
        if (server.oldType === undefined) throw new Refused('busy', 'It is not resized.', id);
        const instanceType = task.flawed('reverts nothing') ? server.instanceType : server.oldType;
        Object.assign(server, { instanceType, oldType: undefined, state: 'running' });
        return view(world, server);
      }),
    offer: (instanceType, zone, options = {}) =>
      run(adapter, 'instances.offer', options, async () => ({
        ...{
          instanceType,
          zone,
          lifecycle: 'current',
          creatable: raw.types.has(instanceType) && adapter.flaw !== 'offers nothing' ? 'yes' : 'no',
        },
      })),
  };
}

async function power(task: Task, id: string, to: 'running' | 'stopped'): Promise<Instance> {
  const { world, flawed } = task;
  const server = await read(task, id);
  const isThere = server.state === to;
  if (!isThere || flawed('refuses what is so already')) {
    const operation = to === 'running' ? 'instances.start' : 'instances.stop';
    await task.ask(operation, () => raw.powerInstance(world, id, to));
  }
  if (flawed('answers while starting')) return view(world, await read(task, id));
  return view(world, await reaches(task, id, to));
}

async function reaches(task: Task, id: string, state: Server['state']): Promise<Server> {
  return await task.until(
    () => read(task, id),
    (seen) => {
      task.saw(seen.state);
      return seen.state === state || seen.state === 'stopped' || seen.state === 'resized';
    },
  );
}

async function read(task: Task, id: string): Promise<Server> {
  return await task.ask('instances.get', () => raw.serverOf(task.world, id));
}

function view(world: World, server: Server): Instance {
  const { id, name, state, zone, instanceType, imageId, isProtected } = server;
  const volumes = [...world.volumes.values()].filter(({ on }) => on?.instanceId === id);
  return {
    ...{ id, name, state, providerState: state, zone, instanceType, imageId },
    ...{ privateAddresses: [], deletionProtected: isProtected },
    publicAddresses: [...world.addresses.values()].flatMap((one) =>
      one.instanceId === id ? [one.address] : [],
    ),
    volumes: volumes.map((one) => ({
      volumeId: one.id,
      isRoot: one.on?.isRoot ?? false,
      deleteOnTermination: one.on?.dies ?? false,
    })),
    tags: shown(server.tags),
  };
}
