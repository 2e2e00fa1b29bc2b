import {
  type FakeAnswer,
  type FakeCall,
  type Json,
  pageOf,
  Refused,
  type Route,
  type World,
} from './fake-openstack.ts';

/** The last one is kept by another backend. */
const types = ['lab', 'other', 'fast'];
const volumeMs = 700;

export function cinderRoutes(world: World): readonly Route[] {
  const { volumes, snapshots } = world;
  const volumeOf = (id = ''): Json => {
    const volume = volumes.get(id);
    if (volume === undefined) throw new Refused(404, 'itemNotFound', `Volume ${id} could not be found.`);
    return volume;
  };
  const snapshotOf = (id = ''): Json => {
    const snapshot = snapshots.get(id);
    if (snapshot === undefined) throw new Refused(404, 'itemNotFound', `Snapshot ${id} could not be found.`);
    return snapshot;
  };
  const version = { id: 'v3.0', version: '3.70', min_version: '3.0' };
  return [
    ['GET', /^\/$/, () => ({ status: 300, body: { versions: [version] } })],
    ['GET', /^\/volumes\/detail$/, (_, call) => pageOf('volumes', filtered(volumes, call), call)],
    ['GET', /^\/volumes\/([^/]+)$/, ([id]) => ({ status: 200, body: { volume: volumeOf(id) } })],
    ['POST', /^\/volumes$/, (_, { body }) => create(body['volume'] as Json)],
    [
      'DELETE',
      /^\/volumes\/([^/]+)$/,
      ([id = '']) => {
        const volume = volumeOf(id);
        const used = [...snapshots.values()].some((one) => one['volume_id'] === id);
        if (!/^(?:available|error)$/.test(String(volume['status'])) || used) {
          throw new Refused(
            400,
            'badRequest',
            'Invalid volume: Volume status must be available or error and must not have snapshots.',
          );
        }
        volume['status'] = 'deleting';
        world.after(volumeMs, () => volumes.delete(id));
        return { status: 202 };
      },
    ],
    ['POST', /^\/volumes\/([^/]+)\/action$/, ([id], { body }) => change(volumeOf(id), body)],
    [
      'GET',
      /^\/messages$/,
      () => ({
        status: 200,
        body: {
          messages: [
            { user_message: 'schedule allocate volume: Could not find any available weighted backend.' },
          ],
        },
      }),
    ],
    ['GET', /^\/snapshots\/detail$/, (_, call) => pageOf('snapshots', filtered(snapshots, call), call)],
    ['GET', /^\/snapshots\/([^/]+)$/, ([id]) => ({ status: 200, body: { snapshot: snapshotOf(id) } })],
    [
      'POST',
      /^\/snapshots$/,
      (_, { body }) => {
        const asked = body['snapshot'] as Json;
        const { size } = volumeOf(String(asked['volume_id']));
        const snapshot: Json = {
          ...asked,
          id: world.id(),
          status: 'creating',
          size,
          created_at: stamp(world),
        };
        snapshots.set(String(snapshot['id']), snapshot);
        world.after(volumeMs, () =>
          Object.assign(snapshot, { status: 'available', updated_at: stamp(world) }),
        );
        return { status: 202, body: { snapshot } };
      },
    ],
    [
      'DELETE',
      /^\/snapshots\/([^/]+)$/,
      ([id = '']) => {
        snapshotOf(id)['status'] = 'deleting';
        world.after(volumeMs, () => snapshots.delete(id));
        return { status: 202 };
      },
    ],
  ];

  function create(asked: Json): FakeAnswer {
    const {
      size,
      availability_zone: zone,
      volume_type: type,
      snapshot_id: from,
      source_volid: source,
    } = asked;
    if (zone !== undefined && zone !== 'nova') {
      throw new Refused(400, 'badRequest', `Availability zone '${zone}' is invalid.`);
    }
    if (type !== undefined && !types.includes(String(type))) {
      throw new Refused(404, 'itemNotFound', `Volume type with name ${type} could not be found.`);
    }
    if (from !== undefined && Number(size) < Number(snapshotOf(String(from))['size'])) {
      throw new Refused(400, 'badRequest', `Volume size ${size}GB cannot be smaller than the snapshot size.`);
    }
    if (source !== undefined) volumeOf(String(source));
    const volume = dated(world, {
      id: world.id(),
      name: asked['name'],
      size,
      availability_zone: zone ?? 'nova',
      volume_type: type ?? 'lab',
      snapshot_id: from ?? null,
      source_volid: source ?? null,
      metadata: asked['metadata'],
      multiattach: false,
      encrypted: false,
      attachments: [],
      status: 'creating',
      created_at: stamp(world),
    });
    volumes.set(String(volume['id']), volume);
    world.after(volumeMs, () => {
      volume['status'] = 'available';
    });
    return { status: 202, body: { volume } };
  }

  function change(volume: Json, body: Json): FakeAnswer {
    const before = volume['status'];
    const [action = ''] = Object.keys(body);
    const wanted = body[action] as Json;
    volume['status'] = action === 'os-extend' ? 'extending' : 'retyping';
    world.after(volumeMs, () => {
      volume['status'] = before;
      if (action === 'os-extend') volume['size'] = wanted['new_size'];
      // The backend cannot hold that type: Cinder accepts it and takes it back.
      else if (wanted['new_type'] !== 'fast' || wanted['migration_policy'] === 'on-demand')
        volume['volume_type'] = wanted['new_type'];
    });
    return { status: 202 };
  }
}

/** Notes when each state was reached. */
function dated({ clock }: World, volume: Json): Json {
  return new Proxy(volume, {
    set(target, name: string, value) {
      if (name === 'status') target['reachedAtMs'] = clock.now();
      target[name] = value;
      return true;
    },
  });
}

/** By metadata, in the notation of Python that Cinder takes. */
function filtered(all: ReadonlyMap<string, Json>, { query }: FakeCall): readonly Json[] {
  const filter = query.get('metadata');
  if (filter === null) return [...all.values()];
  const [, name = '', value = ''] = /^\{'([^']*)':'([^']*)'\}$/.exec(filter) ?? [];
  return [...all.values()].filter((one) => (one['metadata'] as Json)[name] === value);
}

/** Without a zone, as Cinder writes it. */
function stamp({ clock }: World): string {
  return new Date(clock.now()).toISOString().replace('Z', '000');
}
