import { type FakeCall, type Json, pageOf, Refused, type Route, type World } from './fake-openstack.ts';

const flavors = [
  { id: '1', name: 'm1.tiny', vcpus: 1, ram: 512, disk: 1 },
  { id: '2', name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 },
  { id: '9', name: 'm1.diskless', vcpus: 1, ram: 512, disk: 0 },
  { id: '13', name: 'm1.huge', vcpus: 999, ram: 2048, disk: 1 },
];

/** How long the states take, in milliseconds. */
const buildMs = 1_500;
const powerMs = 800;
const resizeMs = 2_000;
const attachMs = 900;

export function novaRoutes(world: World): readonly Route[] {
  const { servers, volumes, ports } = world;
  const serverOf = (id = ''): Json => {
    const server = servers.get(id);
    if (server === undefined) throw new Refused(404, 'itemNotFound', `Instance ${id} could not be found.`);
    return server;
  };
  const settle = (server: Json, task: string, delayMs: number, then: Json): void => {
    server['OS-EXT-STS:task_state'] = task;
    world.after(delayMs, () => Object.assign(server, { 'OS-EXT-STS:task_state': null }, then));
  };
  const mustBe = (server: Json, action: string, ...statuses: readonly string[]): void => {
    const { status, 'OS-EXT-STS:task_state': task } = server;
    if (task === null && statuses.includes(String(status))) return;
    const message = `Cannot '${action}' instance ${server['id']} while it is in ${task ?? status}`;
    throw new Refused(409, 'conflictingRequest', message);
  };
  return [
    [
      'GET',
      /^\/$/,
      () => ({ status: 200, body: { version: { id: 'v2.1', version: '2.93', min_version: '2.1' } } }),
    ],
    [
      'GET',
      /^\/servers\/detail$/,
      (_, call) => {
        const tags = (call.query.get('tags-any') ?? call.query.get('tags'))?.split(',');
        const all = [...servers.values()].filter(
          (one) =>
            tags === undefined ||
            (one['status'] !== 'UNKNOWN' &&
              tags.some((tag) => (one['tags'] as readonly string[]).includes(tag))),
        );
        return pageOf('servers', all, call);
      },
    ],
    [
      'GET',
      /^\/servers$/,
      () => ({
        status: 200,
        body: {
          servers: [...servers.values()].map(({ id, name, status }) =>
            status === 'UNKNOWN' ? { id, status } : { id, name },
          ),
        },
      }),
    ],
    ['GET', /^\/servers\/([^/]+)$/, ([id]) => ({ status: 200, body: { server: serverOf(id) } })],
    [
      'POST',
      /^\/servers$/,
      (_, { body }) => ({ status: 202, body: { server: { id: create(world, body).id } } }),
    ],
    [
      'PUT',
      /^\/servers\/([^/]+)$/,
      ([id], { body }) => {
        const server = Object.assign(serverOf(id), body['server']);
        return { status: 200, body: { server } };
      },
    ],
    [
      'DELETE',
      /^\/servers\/([^/]+)$/,
      ([id = '']) => {
        const server = serverOf(id);
        server['OS-EXT-STS:task_state'] = 'deleting';
        world.after(powerMs, () => {
          servers.delete(id);
          for (const [port, { device_id }] of ports) if (device_id === id) ports.delete(port);
          for (const fip of world.floatingIps.values()) {
            if ((fip['port_details'] as Json | null)?.['device_id'] === id) {
              Object.assign(fip, { port_id: null, port_details: null, status: 'DOWN' });
            }
          }
          for (const { id: volumeId } of attached(server)) {
            Object.assign(volumes.get(String(volumeId)) ?? {}, { status: 'available', attachments: [] });
          }
        });
        return { status: 204 };
      },
    ],
    [
      'POST',
      /^\/servers\/([^/]+)\/metadata$/,
      ([id], { body }) => {
        const server = serverOf(id);
        server['metadata'] = { ...(server['metadata'] as Json), ...(body['metadata'] as Json) };
        return { status: 200, body: { metadata: server['metadata'] } };
      },
    ],
    [
      'POST',
      /^\/servers\/([^/]+)\/action$/,
      ([id], { body }) => {
        const server = serverOf(id);
        const [action = ''] = Object.keys(body);
        act(server, action, body);
        return { status: 202 };
      },
    ],
    [
      'GET',
      /^\/servers\/([^/]+)\/os-volume_attachments$/,
      ([id]) => ({
        status: 200,
        body: {
          volumeAttachments: attached(serverOf(id)).map((one) => ({
            volumeId: one['id'],
            device: one['device'],
          })),
        },
      }),
    ],
    [
      'POST',
      /^\/servers\/([^/]+)\/os-volume_attachments$/,
      ([id = ''], { body }) => attach(id, body['volumeAttachment'] as Json),
    ],
    [
      'PUT',
      /^\/servers\/([^/]+)\/os-volume_attachments\/([^/]+)$/,
      ([id, volumeId], { body }) => {
        const one = attached(serverOf(id)).find((found) => found['id'] === volumeId);
        if (one !== undefined)
          Object.assign(one, {
            delete_on_termination: (body['volumeAttachment'] as Json)['delete_on_termination'],
          });
        return { status: 202 };
      },
    ],
    [
      'DELETE',
      /^\/servers\/([^/]+)\/os-volume_attachments\/([^/]+)$/,
      ([id = '', volumeId = '']) => detach(id, volumeId),
    ],
    [
      'GET',
      /^\/servers\/[^/]+\/os-instance-actions$/,
      () => ({ status: 200, body: { instanceActions: [{ action: 'resize', request_id: 'req-1' }] } }),
    ],
    [
      'GET',
      /^\/servers\/[^/]+\/os-instance-actions\/[^/]+$/,
      () => ({
        status: 200,
        body: { instanceAction: { events: [{ event: 'conductor_migrate_server', result: 'Error' }] } },
      }),
    ],
    ['GET', /^\/flavors\/detail$/, (_, call) => pageOf('flavors', flavors, call)],
    [
      'GET',
      /^\/os-availability-zone$/,
      () => ({
        status: 200,
        body: { availabilityZoneInfo: [{ zoneName: 'nova', zoneState: { available: true } }] },
      }),
    ],
    [
      'GET',
      /^\/limits$/,
      () => ({
        status: 200,
        body: {
          limits: {
            absolute: {
              maxTotalInstances: 40,
              totalInstancesUsed: servers.size,
              maxTotalCores: 80,
              totalCoresUsed: servers.size,
              maxTotalRAMSize: -1,
            },
          },
        },
      }),
    ],
  ];

  function act(server: Json, action: string, body: Json): void {
    if (action === 'lock' || action === 'unlock') server['locked'] = action === 'lock';
    else if (action === 'os-stop') {
      mustBe(server, 'stop', 'ACTIVE');
      settle(server, 'powering-off', powerMs, { status: 'SHUTOFF' });
    } else if (action === 'os-start') {
      mustBe(server, 'start', 'SHUTOFF');
      settle(server, 'powering-on', powerMs, { status: 'ACTIVE' });
    } else if (action === 'resize') resize(server, String((body['resize'] as Json)['flavorRef']));
    else if (action === 'confirmResize') {
      mustBe(server, 'confirmResize', 'VERIFY_RESIZE');
      server['status'] = server['before'];
    } else {
      mustBe(server, 'revertResize', 'VERIFY_RESIZE');
      const { before, oldFlavor } = server;
      server['status'] = 'REVERT_RESIZE';
      settle(server, 'resize_reverting', resizeMs, { status: before, flavor: oldFlavor });
    }
  }

  function resize(server: Json, flavorRef: string): void {
    mustBe(server, 'resize', 'ACTIVE', 'SHUTOFF');
    const { status, flavor } = server;
    const other = flavors.find(({ id }) => id === flavorRef);
    server['status'] = 'RESIZE';
    if ((other?.vcpus ?? 0) > 100) settle(server, 'resize_prep', resizeMs, { status });
    else {
      const kept = { before: status, oldFlavor: flavor };
      const next = { status: 'VERIFY_RESIZE', flavor: { original_name: other?.name }, ...kept };
      settle(server, 'resize_migrating', resizeMs, next);
    }
  }

  function attach(id: string, { volumeId }: Json) {
    const server = serverOf(id);
    const volume = volumes.get(String(volumeId));
    if (volume === undefined)
      throw new Refused(404, 'itemNotFound', `Volume ${volumeId} could not be found.`);
    if (volume['status'] !== 'available') {
      const on = (volume['attachments'] as readonly Json[]).map((one) => one['server_id']).join(', ');
      const message =
        on === ''
          ? `Invalid volume: volume ${volumeId} status must be available or in-use. Current status is ${volume['status']}`
          : `Invalid volume: volume ${volumeId} is already attached to instances: ${on}`;
      throw new Refused(400, 'badRequest', message);
    }
    mustBe(server, 'attach_volume', 'ACTIVE', 'SHUTOFF', 'VERIFY_RESIZE');
    volume['status'] = 'reserved';
    const takesMs = world.takesMs('attach', attachMs);
    world.after(takesMs / 2, () => {
      if (volume['status'] === 'reserved') volume['status'] = 'attaching';
    });
    world.after(takesMs, () => {
      Object.assign(volume, { status: 'in-use', attachments: [{ server_id: id, volume_id: volumeId }] });
      attached(server).push({ id: volumeId, delete_on_termination: false, device: '/dev/vdb' });
      world.reached('attach', String(volumeId));
    });
    return { status: 200, body: { volumeAttachment: { id: volumeId, volumeId, serverId: id } } };
  }

  function detach(id: string, volumeId: string) {
    const server = serverOf(id);
    const volume = volumes.get(volumeId);
    const there = attached(server).find((one) => one['id'] === volumeId);
    if (volume === undefined || there === undefined) {
      throw new Refused(404, 'itemNotFound', `Instance ${id} is not attached to volume ${volumeId}`);
    }
    if (there['device'] === '/dev/vda')
      throw new Refused(400, 'badRequest', 'Cannot detach a root device volume');
    if (volume['status'] !== 'in-use') {
      const message = `Invalid volume: Invalid input received: Volume status must be 'in-use'. Currently in: '${volume['status']}'`;
      throw new Refused(400, 'badRequest', message);
    }
    volume['status'] = 'detaching';
    world.after(world.takesMs('detach', attachMs), () => {
      Object.assign(volume, { status: 'available', attachments: [] });
      server[attachedName] = attached(server).filter((one) => one !== there);
      world.reached('detach', volumeId);
    });
    return { status: 202 };
  }
}

const attachedName = 'os-extended-volumes:volumes_attached';

function attached(server: Json): Json[] {
  return server[attachedName] as Json[];
}

function create(world: World, body: FakeCall['body']): { readonly id: string } {
  const asked = body['server'] as Json;
  const flavor = flavors.find(({ id }) => id === asked['flavorRef']);
  if (asked['availability_zone'] !== 'nova') {
    throw new Refused(400, 'badRequest', 'The requested availability zone is not available');
  }
  if (flavor === undefined)
    throw new Refused(400, 'badRequest', `Flavor ${asked['flavorRef']} could not be found.`);
  if (asked['networks'] === undefined)
    throw new Refused(400, 'badRequest', "'networks' is a required property");
  const id = world.id();
  const nowMs = world.clock.now();
  const server: Json = {
    id,
    name: asked['name'],
    status: 'BUILD',
    'OS-EXT-STS:task_state': 'scheduling',
    'OS-EXT-AZ:availability_zone': '',
    flavor: { original_name: flavor.name },
    image: asked['imageRef'] === undefined ? '' : { id: asked['imageRef'] },
    addresses: {},
    [attachedName]: [],
    locked: false,
    metadata: asked['metadata'],
    tags: asked['tags'],
    userData: asked['user_data'],
    created: new Date(nowMs).toISOString(),
    'OS-SRV-USG:launched_at': null,
  };
  world.servers.set(id, server);
  world.after(world.takesMs('launch', buildMs), () => {
    if (!world.servers.has(id) || server['OS-EXT-STS:task_state'] === 'deleting') return;
    const port = world.id();
    const address = `10.20.0.${(world.ports.size % 250) + 2}`;
    world.ports.set(port, {
      id: port,
      device_id: id,
      device_owner: 'compute:nova',
      fixed_ips: [{ ip_address: address }],
    });
    Object.assign(server, {
      status: 'ACTIVE',
      'OS-EXT-STS:task_state': null,
      'OS-EXT-AZ:availability_zone': 'nova',
      'OS-SRV-USG:launched_at': new Date(world.clock.now()).toISOString().replace('Z', '000'),
      addresses: { private: [{ addr: address, 'OS-EXT-IPS:type': 'fixed', version: 4 }] },
    });
    world.reached('launch', id);
    const [disk] = (asked['block_device_mapping_v2'] ?? []) as readonly Json[];
    if (disk !== undefined) {
      const volume = world.id();
      const size = disk['volume_size'] ?? 1;
      attached(server).push({ id: volume, delete_on_termination: true, device: '/dev/vda' });
      world.volumes.set(volume, {
        ...{ id: volume, name: '', size, volume_type: 'lab', availability_zone: 'nova', metadata: {} },
        ...{ status: 'in-use', attachments: [{ server_id: id }], multiattach: false },
      });
    }
  });
  return { id };
}
