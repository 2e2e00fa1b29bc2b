import { ok } from 'neverthrow';
import type {
  CapacityReservation,
  Dns,
  DnsRecord,
  FloatingIp,
  FloatingIps,
  Reservations,
  Snapshot,
  Snapshots,
} from '../../src/index.ts';
import { createKeyed, find, shown } from './keyed.ts';
import * as raw from './provider.ts';
import { type Adapter, run, type Task } from './task.ts';
import { hasTags } from './volumes.ts';
import { type Address, type Picture, Refused, type Reserve } from './world.ts';

/** Snapshots, addresses, reservations and names of the port over the tiny provider. */
export function snapshotsPort(adapter: Adapter): Snapshots {
  const { world } = adapter;
  const alive = (): readonly Picture[] => [...world.snapshots.values()];
  return {
    get: (id, options = {}) =>
      run(adapter, 'snapshots.get', options, async (task) => pictureView(task, await readPicture(task, id))),
    find: (key, options = {}) =>
      run(adapter, 'snapshots.find', options, async (task) => {
        const found = await find(task, { key, all: alive }, true);
        return found === undefined ? undefined : pictureView(task, found);
      }),
    async *list(filter) {
      for (const one of alive()) {
        if (hasTags(one, filter?.tags ?? {})) yield ok({ ...bare(one), state: 'ready' as const });
      }
    },
    create: (spec, call) =>
      run(adapter, 'snapshots.create', call, async (task) => {
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'snapshot', operation: 'snapshots.create', key: call.key, spec, all: alive },
            make: (tags) => raw.createSnapshot(world, spec.volumeId, spec.name, { ...spec.tags, ...tags }),
          },
          call.signal,
        );
        if (task.flawed('detaches to take a picture')) raw.volumeOf(world, spec.volumeId).on = undefined;
        return pictureView(task, await readPicture(task, id));
      }),
    copy: (spec, call) =>
      run(adapter, 'snapshots.copy', call, async (task) => {
        const source = await readPicture(task, spec.from.id);
        if (task.flawed('gives the source for a copy')) return pictureView(task, source);
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'snapshot-copy', operation: 'snapshots.copy', key: call.key, spec, all: alive },
            make: (tags) => raw.copySnapshot(world, source, spec.name, { ...spec.tags, ...tags }),
          },
          call.signal,
        );
        return pictureView(task, await readPicture(task, id));
      }),
    share: (id, accounts, call) =>
      run(adapter, 'snapshots.share', call, async (task) => {
        const picture = await readPicture(task, id);
        await task.ask('snapshots.share', () => Object.assign(picture, { sharedWith: accounts }));
      }),
    untilReady: (id, options = {}) =>
      run(adapter, 'snapshots.untilReady', options, async (task) => {
        const done = await task.until(
          () => readPicture(task, id),
          (seen) => seen.readyAtMs !== undefined || task.flawed('does not wait for a snapshot'),
        );
        const view = pictureView(task, done);
        return task.flawed('takes a snapshot when it is ready')
          ? { ...view, takenAt: view.readyAt ?? view.takenAt }
          : view;
      }),
    delete: (id, call) =>
      run(adapter, 'snapshots.delete', call, async (task) => {
        if (!world.snapshots.has(id) && task.flawed('misses what is gone'))
          throw new Refused('not-found', 'None.');
        await task.ask('snapshots.delete', () => {
          if (!task.flawed('keeps what it says it deletes')) world.snapshots.delete(id);
        });
      }),
  };
}

async function readPicture(task: Task, id: string): Promise<Picture> {
  return await task.ask('snapshots.get', () => raw.known(task.world.snapshots, id));
}

function bare({
  id,
  name,
  volumeId,
  sizeGiB,
  takenAtMs,
  tags,
}: Picture): Omit<Snapshot, 'state' | 'readyAt'> {
  const takenAt = new Date(takenAtMs).toISOString();
  return { id, name, volumeId, sizeGiB, takenAt, tags: shown(tags), providerState: 'there' };
}

function pictureView({ flawed }: Task, picture: Picture): Snapshot {
  const { readyAtMs } = picture;
  if (readyAtMs === undefined && !flawed('calls a snapshot ready at once')) {
    return { ...bare(picture), state: 'creating' };
  }
  return {
    ...bare(picture),
    state: 'ready',
    readyAt: new Date(readyAtMs ?? picture.takenAtMs).toISOString(),
  };
}

export function floatingIpsPort(adapter: Adapter): FloatingIps {
  const { world } = adapter;
  const alive = (): readonly Address[] => [...world.addresses.values()];
  const read = (task: Task, id: string): Promise<Address> =>
    task.ask('floatingIps.get', () => raw.known(world.addresses, id));
  return {
    get: (id, options = {}) =>
      run(adapter, 'floatingIps.get', options, async (task) => addressView(await read(task, id))),
    find: (key, options = {}) =>
      run(adapter, 'floatingIps.find', options, async (task) => {
        const found = await find(task, { key, all: alive }, true);
        return found === undefined ? undefined : addressView(found);
      }),
    async *list(filter) {
      for (const one of alive()) if (hasTags(one, filter?.tags ?? {})) yield ok(addressView(one));
    },
    create: (spec, call) =>
      run(adapter, 'floatingIps.create', call, async (task) => {
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'address', operation: 'floatingIps.create', key: call.key, spec, all: alive },
            make(tags) {
              const made = world.newId('ip');
              const address = {
                id: made,
                address: made,
                tags: { ...spec.tags, ...tags },
                instanceId: undefined,
              };
              world.addresses.set(made, address);
              return address;
            },
          },
          call.signal,
        );
        return addressView(await read(task, id));
      }),
    move: (id, { from, to }, call) =>
      run(adapter, 'floatingIps.move', call, async (task) => {
        const { flawed } = task;
        const address = await read(task, id);
        if (address.instanceId === to && !flawed('moves from where it is expected only')) {
          return addressView(address);
        }
        const isTaken = address.instanceId !== from;
        const mayTake =
          flawed('takes an address from anybody') ||
          (flawed('takes an address that should be free') && from === undefined);
        if (isTaken && !mayTake) {
          throw new Refused('attached-elsewhere', `It is on ${address.instanceId ?? 'nothing'}.`, id);
        }
        await task.ask('floatingIps.move', () => {
          if (!flawed('only says that it moves')) address.instanceId = to;
        });
        return { ...addressView(address), instanceId: to };
      }),
    delete: (id, call) =>
      run(adapter, 'floatingIps.delete', call, async (task) => {
        const address = world.addresses.get(id);
        if (address === undefined) {
          if (task.flawed('misses what is gone')) throw new Refused('not-found', 'None.', id);
          return;
        }
        if (address.instanceId !== undefined && !task.flawed('releases what is bound')) {
          throw new Refused('busy', `It is on ${address.instanceId}.`, id);
        }
        await task.ask('floatingIps.delete', () => {
          if (!task.flawed('keeps the addresses that it gives back')) world.addresses.delete(id);
        });
      }),
  };
}

function addressView({ id, address, instanceId, tags }: Address): FloatingIp {
  return { id, address, ...(instanceId === undefined ? {} : { instanceId }), tags: shown(tags) };
}

export function reservationsPort(adapter: Adapter): Reservations {
  const { world } = adapter;
  const alive = (): readonly Reserve[] => [...world.reservations.values()];
  const usersOf = (id: string): number =>
    [...world.instances.values()].filter(
      ({ reservationId, state }) => reservationId === id && state === 'running',
    ).length;
  const view = ({ tags, ...rest }: Reserve): CapacityReservation => ({
    ...{ ...rest, state: 'active', providerState: 'active', tags: shown(tags) },
    free: rest.count - usersOf(rest.id),
  });
  return {
    get: (id, options = {}) =>
      run(adapter, 'reservations.get', options, async (task) =>
        view(await task.ask('reservations.get', () => raw.known(world.reservations, id))),
      ),
    find: (key, options = {}) =>
      run(adapter, 'reservations.find', options, async (task) => {
        const found = await find(task, { key, all: alive }, true);
        return found === undefined ? undefined : view(found);
      }),
    async *list(filter) {
      for (const one of alive()) if (hasTags(one, filter?.tags ?? {})) yield ok(view(one));
    },
    create: (spec, call) =>
      run(adapter, 'reservations.create', call, async (task) => {
        const id = await createKeyed(
          adapter,
          task,
          {
            ...{ kind: 'reservation', operation: 'reservations.create', key: call.key, spec, all: alive },
            make(tags) {
              const { instanceType, zone, count } = spec;
              const made = {
                id: world.newId('cr'),
                instanceType,
                zone,
                count,
                tags: { ...spec.tags, ...tags },
              };
              world.reservations.set(made.id, made);
              return made;
            },
          },
          call.signal,
        );
        return view(raw.known(world.reservations, id));
      }),
    delete: (id, call) =>
      run(adapter, 'reservations.delete', call, async (task) => {
        await task.ask('reservations.delete', () => world.reservations.delete(id));
      }),
  };
}

export function dnsPort(adapter: Adapter): Dns {
  const { world, flaw } = adapter;
  const read = (name: string, type: DnsRecord['type']): DnsRecord | undefined => {
    const found = world.records.get(`${name} ${type}`);
    return found === undefined ? undefined : { name, type, ...found };
  };
  const same = (a: DnsRecord | undefined, b: DnsRecord | undefined): boolean =>
    JSON.stringify([a?.values, a?.ttlSeconds]) === JSON.stringify([b?.values, b?.ttlSeconds]);
  return {
    get: (name, type, options = {}) =>
      run(adapter, 'dns.get', options, async (task) => task.ask('dns.get', () => read(name, type))),
    change: ({ from, to }, call) =>
      run(adapter, 'dns.change', call, async (task) => {
        const about = to ?? from;
        if (about === undefined) return undefined;
        const { name, type } = about;
        await task.ask('dns.change', () => {
          const now = read(name, type);
          if (same(now, to) && flaw !== 'changes a record from what is expected only') return;
          const isBlind =
            flaw === 'lets the last writer win' ||
            (flaw === 'deletes any record' && to === undefined) ||
            (flaw === 'puts a record over another' && from === undefined);
          if (!same(now, from) && !isBlind) throw new Refused('busy', 'Somebody else changed it.', name);
          if (to === undefined) world.records.delete(`${name} ${type}`);
          else {
            const { values } = flaw === 'keeps one value' ? { values: to.values.slice(0, 1) } : to;
            const ttlSeconds = flaw === 'keeps the TTL' ? (now?.ttlSeconds ?? to.ttlSeconds) : to.ttlSeconds;
            world.records.set(`${name} ${type}`, { values, ttlSeconds });
          }
        });
        return read(name, type);
      }),
  };
}
