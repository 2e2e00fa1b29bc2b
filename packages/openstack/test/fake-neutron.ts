import {
  authUrl,
  type FakeAnswer,
  type FakeCall,
  imageId,
  type Json,
  pageOf,
  projectId,
  Refused,
  type Route,
  type World,
} from './fake-openstack.ts';

const statusMs = 600;

export function neutronRoutes(world: World): readonly Route[] {
  const { floatingIps, ports } = world;
  const addressOf = (id = ''): Json => {
    const found = floatingIps.get(id);
    if (found === undefined)
      throw new Refused(404, 'FloatingIPNotFound', `Floating IP ${id} could not be found`);
    return found;
  };
  return [
    ['GET', /^\/networks$/, (_, call) => pageOf('networks', [{ id: 'net-public', name: 'public' }], call)],
    [
      'GET',
      /^\/ports$/,
      (_, call) => {
        const device = call.query.get('device_id');
        const ids = call.query.getAll('id');
        const all = [...ports.values()].filter(
          (one) => one['device_id'] === device || ids.includes(String(one['id'])),
        );
        return pageOf('ports', all, call);
      },
    ],
    [
      'GET',
      /^\/floatingips$/,
      (_, call) => {
        const ids = call.query.getAll('id');
        const descriptions = call.query.getAll('description');
        const all = [...floatingIps.values()].filter(
          (one) =>
            (ids.length === 0 || ids.includes(String(one['id']))) &&
            (descriptions.length === 0 || descriptions.includes(String(one['description']))),
        );
        return pageOf('floatingips', all, call);
      },
    ],
    [
      'POST',
      /^\/floatingips$/,
      (_, { body }) => {
        const id = world.id();
        const floatingip: Json = {
          ...(body['floatingip'] as Json),
          ...{ id, port_id: null, port_details: null, status: 'DOWN', tags: [], revision_number: 0 },
          floating_ip_address: `203.0.113.${floatingIps.size + 10}`,
        };
        floatingIps.set(id, floatingip);
        return { status: 201, body: { floatingip } };
      },
    ],
    [
      'PUT',
      /^\/floatingips\/([^/]+)\/tags$/,
      ([id], { body }) => ({ status: 200, body: Object.assign(addressOf(id), body) }),
    ],
    ['PUT', /^\/floatingips\/([^/]+)$/, ([id], call) => move(addressOf(id), call)],
    [
      'DELETE',
      /^\/floatingips\/([^/]+)$/,
      ([id = '']) => {
        addressOf(id);
        floatingIps.delete(id);
        return { status: 204 };
      },
    ],
  ];

  function move(address: Json, { body, headers }: FakeCall): FakeAnswer {
    const revision = /revision_number=(\d+)/.exec(headers['if-match'] ?? '')?.[1];
    if (revision !== undefined && Number(revision) !== address['revision_number']) {
      throw new Refused(412, 'RevisionNumberConstraintFailed', 'Constrained to another revision.');
    }
    const portId = (body['floatingip'] as Json)['port_id'];
    const other = [...floatingIps.values()].find((one) => one !== address && one['port_id'] === portId);
    if (portId !== null && other !== undefined) {
      throw new Refused(409, 'FloatingIPPortAlreadyAssociated', 'Cannot associate floating IP.');
    }
    const port = ports.get(String(portId));
    if (portId !== null && port === undefined)
      throw new Refused(404, 'PortNotFound', `Port ${portId} could not be found.`);
    const owner = { device_owner: 'compute:nova', device_id: port?.['device_id'], status: 'ACTIVE' };
    Object.assign(address, {
      port_id: portId,
      port_details: portId === null ? null : owner,
      status: 'DOWN',
      revision_number: Number(address['revision_number']) + 1,
    });
    world.after(statusMs, () => {
      if (address['port_id'] !== null) address['status'] = 'ACTIVE';
      tellNova(address, ports.get(String(address['port_id']))?.['device_id']);
    });
    return { status: 200, body: { floatingip: address } };
  }

  /** Nova shows a server's addresses as Neutron last told it. */
  function tellNova({ floating_ip_address: addr }: Json, serverId: unknown): void {
    for (const [id, server] of world.servers) {
      // As `fake-nova.ts` made them; a server that is not placed yet has none.
      const { private: shown } = server['addresses'] as { readonly private?: readonly Json[] };
      if (shown === undefined) continue;
      const others = shown.filter((one) => one['addr'] !== addr);
      const floating = { addr, 'OS-EXT-IPS:type': 'floating', version: 4 };
      server['addresses'] = { private: id === serverId ? [...others, floating] : others };
    }
  }
}

export function glanceRoutes(): readonly Route[] {
  const image = { id: imageId, name: 'lab-image', status: 'active', min_disk: 0, size: 3_000, tags: ['lab'] };
  return [
    ['GET', /^\/images$/, () => ({ status: 200, body: { images: [image] } })],
    [
      'GET',
      /^\/images\/([^/]+)$/,
      ([id]) => {
        if (id === imageId) return { status: 200, body: image };
        const message = `No image found with ID ${id}<br /><br />`;
        return { status: 404, body: { code: '404 Not Found', title: 'Not Found', message } };
      },
    ],
  ];
}

/** Tokens for whoever has the password or the secret, good for as long as the world says. */
export function keystone(
  world: World,
  { method, path, body, headers }: FakeCall,
  hasDns: boolean,
): FakeAnswer {
  if (method === 'DELETE') {
    world.tokens.delete(headers['x-subject-token'] ?? '');
    return { status: 204 };
  }
  if (path !== '/auth/tokens' || !JSON.stringify(body).includes(world.password)) {
    const message = 'The request you have made requires authentication.';
    return { status: 401, body: { error: { code: 401, message, title: 'Unauthorized' } } };
  }
  world.tokensGiven += 1;
  const id = `planted-token-${world.tokensGiven}-${world.id()}`;
  const endsAtMs = world.clock.now() + world.tokenMs;
  world.tokens.set(id, endsAtMs);
  const services: readonly (readonly [string, string])[] = [
    ['compute', 'http://nova.test/v2.1'],
    ['volumev3', `http://cinder.test/v3/${projectId}`],
    ['network', 'http://neutron.test'],
    ['image', 'http://glance.test'],
    ...(hasDns ? ([['dns', 'http://designate.test']] as const) : []),
    ['identity', authUrl],
  ];
  const catalog = services.map(([type, url]) => ({
    type,
    endpoints: [{ interface: 'public', region: 'RegionOne', region_id: 'RegionOne', url }],
  }));
  const token = {
    expires_at: new Date(endsAtMs).toISOString(),
    project: { id: projectId, name: 'demo' },
    catalog,
  };
  return { status: 201, body: { token }, headers: { 'x-subject-token': id } };
}
