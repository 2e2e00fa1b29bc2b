// What users of a cloud find there: projects and users, a catalogue, server and volume types, an image, networks. All
// of it is looked up before it is made, so that it can be done again.

import { setTimeout as pause } from 'node:timers/promises';
import { accessOf } from './access.ts';
import type { Urls } from './configure.ts';
import { type Body, type Session, signIn } from './session.ts';

/** Members of a project of their own name, which has a network with a way out; all with the stack's one password. */
export const members: readonly string[] = ['demo', 'other', 'third'];
const serviceUsers: readonly string[] = ['nova', 'cinder', 'glance', 'neutron', 'placement'];
const flavors = [
  { name: 'm1.tiny', vcpus: 1, ram: 512, disk: 1 },
  { name: 'm1.small', vcpus: 1, ram: 2048, disk: 20 },
  { name: 'm1.medium', vcpus: 2, ram: 4096, disk: 40 },
];

/** Users and catalogue: the services ask for these when they start. */
export async function furnishIdentity(urls: Urls, password: string): Promise<void> {
  const { call } = await session(urls, password, 'admin');
  const { identity } = urls;
  const roles = new Map<string, string>();
  for (const name of ['admin', 'member', 'service'])
    roles.set(name, (await ensure(call, identity, 'roles', 'role', { name })).id);
  const user = async (name: string, projectName: string, roleNames: readonly string[]): Promise<void> => {
    const project = { name: projectName, domain_id: 'default' };
    const { id: projectId } = await ensure(call, identity, 'projects', 'project', project);
    const { id } = await ensure(call, identity, 'users', 'user', { name, domain_id: 'default', password });
    for (const role of roleNames)
      await call('PUT', `${identity}/projects/${projectId}/users/${id}/roles/${roles.get(role)}`);
  };
  for (const name of serviceUsers) await user(name, 'service', ['admin', 'service']);
  for (const name of members) await user(name, name, ['member']);
  for (const [name, type, url] of [
    ['nova', 'compute', urls.compute],
    ['cinderv3', 'volumev3', `${urls.volume}/%(project_id)s`],
    ['glance', 'image', urls.image],
    ['neutron', 'network', urls.network],
    ['placement', 'placement', urls.placement],
  ] as const) {
    const service = await ensure(call, identity, 'services', 'service', { name, type });
    const { body } = await call('GET', `${identity}/endpoints?service_id=${service.id}`);
    if (body.endpoints.length > 0) continue;
    const endpoint = { service_id: service.id, interface: 'public', url, region_id: 'RegionOne' };
    await call('POST', `${identity}/endpoints`, { endpoint });
  }
}

/** All the rest: needs the APIs, and no service that works behind them. */
export async function furnish(urls: Urls, password: string): Promise<void> {
  const { call, projectId } = await session(urls, password, 'admin');
  await Promise.all([
    furnishCompute(call, urls),
    furnishImages(call, urls),
    furnishVolumes(call, `${urls.volume}/${projectId}`),
    furnishNetworks(call, urls, password, projectId),
  ]);
}

async function furnishCompute(call: Session['call'], { compute }: Urls): Promise<void> {
  const { body } = await call('GET', `${compute}/flavors`);
  const names = new Set(body.flavors.map(({ name }: { name: string }) => name));
  for (const flavor of flavors.filter(({ name }) => !names.has(name)))
    await call('POST', `${compute}/flavors`, { flavor });
}

async function furnishImages(call: Session['call'], { image }: Urls): Promise<void> {
  const { body } = await call('GET', `${image}/v2/images?name=empty`);
  const wanted = { name: 'empty', disk_format: 'raw', container_format: 'bare', visibility: 'public' };
  const { id, status } = body.images[0] ?? (await call('POST', `${image}/v2/images`, wanted)).body;
  if (status === 'queued') await call('PUT', `${image}/v2/images/${id}/file`, 'nothing boots from this');
}

async function furnishVolumes(call: Session['call'], url: string): Promise<void> {
  const backend = { volume_backend_name: 'nothing' };
  const specs = { standard: backend, other: backend, shared: { ...backend, multiattach: '<is> True' } };
  const { body } = await call('GET', `${url}/types`);
  const names = new Set(body.volume_types.map(({ name }: { name: string }) => name));
  for (const [name, extra_specs] of Object.entries(specs))
    if (!names.has(name)) await call('POST', `${url}/types`, { volume_type: { name, extra_specs } });
}

async function furnishNetworks(
  call: Session['call'],
  urls: Urls,
  password: string,
  adminId: string,
): Promise<void> {
  const url = `${urls.network}/v2.0`;
  const outside = {
    name: 'public',
    project_id: adminId,
    'router:external': true,
    'provider:network_type': 'flat',
    'provider:physical_network': 'outside',
  };
  const { id: outsideId } = await network(call, url, outside, '203.0.113.0/24');
  for (const name of members) {
    const { projectId: project_id } = await session(urls, password, name);
    const inside = await network(call, url, { name: 'private', project_id }, '10.20.0.0/20');
    const gateway = { external_gateway_info: { network_id: outsideId } };
    const wayOut = { name: 'way-out', project_id, ...gateway };
    const router = await ensure(call, url, 'routers', 'router', wayOut);
    const { body } = await call('GET', `${url}/ports?device_id=${router.id}&network_id=${inside.id}`);
    if (body.ports.length === 0)
      await call('PUT', `${url}/routers/${router.id}/add_router_interface`, { subnet_id: inside.subnetId });
  }
}

async function network(
  call: Session['call'],
  url: string,
  wanted: Body,
  cidr: string,
): Promise<{ readonly id: string; readonly subnetId: string }> {
  const { id } = await ensure(call, url, 'networks', 'network', wanted);
  const { name, project_id } = wanted;
  const subnet = { name, network_id: id, project_id, ip_version: 4, cidr };
  return { id, subnetId: (await ensure(call, url, 'subnets', 'subnet', subnet)).id };
}

/** Waits until every service that works behind an API has reported since then, then has them make something. */
export async function untilItWorks(urls: Urls, password: string, sinceMs: number): Promise<void> {
  const admin = await session(urls, password, 'admin');
  const reported = async (url: string, names: readonly string[]): Promise<boolean> => {
    const { body } = await admin.call('GET', `${url}/os-services`);
    const fresh = (body.services as { binary: string; state: string; updated_at: string | null }[]).filter(
      ({ state, updated_at }) => state === 'up' && Date.parse(`${updated_at}Z`) >= sinceMs - 1_000,
    );
    return names.every((name) => fresh.some(({ binary }) => binary === name));
  };
  const nova = ['nova-conductor', 'nova-scheduler', 'nova-compute'];
  await until('Nova', () => reported(urls.compute, nova));
  const volumes = `${urls.volume}/${admin.projectId}`;
  await until('Cinder', () => reported(volumes, ['cinder-scheduler', 'cinder-volume']));
  await until('a backend that the scheduler knows', async () => {
    const { body } = await admin.call('GET', `${volumes}/scheduler-stats/get_pools`);
    return body.pools.length > 0;
  });
}

/** A server and a volume come up and go again: nothing less shows that the stack works. */
export async function tryIt(urls: Urls, password: string): Promise<void> {
  const { call, projectId } = await session(urls, password, 'demo');
  const first = async (url: string, plural: string): Promise<string> =>
    (await call('GET', url)).body[plural][0].id;
  const server = {
    name: 'trial',
    flavorRef: await first(`${urls.compute}/flavors`, 'flavors'),
    imageRef: await first(`${urls.image}/v2/images?name=empty`, 'images'),
    networks: [{ uuid: await first(`${urls.network}/v2.0/networks?name=private`, 'networks') }],
  };
  const things = [
    [`${urls.compute}/servers`, 'server', server, 'ACTIVE'],
    [`${urls.volume}/${projectId}/volumes`, 'volume', { name: 'trial', size: 1 }, 'available'],
  ] as const;
  await Promise.all(
    things.map(async ([url, kind, wanted, ready]) => {
      const { body } = await call('POST', url, { [kind]: wanted });
      const made = `${url}/${body[kind].id}`;
      const status = async (): Promise<string> => (await call('GET', made)).body[kind]?.status ?? 'gone';
      let now = '';
      await until(`a first ${kind}`, async () => {
        now = await status();
        return now === ready || now.toLowerCase() === 'error';
      });
      await call('DELETE', made);
      if (now !== ready) throw new Error(`The first ${kind} came up in error.`);
      await until(`the end of the first ${kind}`, async () => (await status()) === 'gone');
    }),
  );
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = Date.now() + 120_000;
  while (!(await holds())) {
    if (Date.now() > deadlineMs) throw new Error(`Two minutes were not enough for ${what}.`);
    await pause(300);
  }
}

async function ensure(
  call: Session['call'],
  url: string,
  plural: string,
  singular: string,
  wanted: Body,
): Promise<{ id: string }> {
  const owner = wanted['project_id'] === undefined ? '' : `&project_id=${wanted['project_id']}`;
  const { body } = await call('GET', `${url}/${plural}?name=${wanted['name']}${owner}`);
  return body[plural][0] ?? (await call('POST', `${url}/${plural}`, { [singular]: wanted })).body[singular];
}

/** As the user of this name in the project of the same name. */
function session({ identity }: Urls, password: string, name: string): Promise<Session> {
  return signIn(accessOf(identity, password, name));
}
