// Where the tests work: what the cloud that they were given has, looked up and not assumed.

import type { Cloud } from '@belay/cloud';
import { type ConnectOptions, connectOpenstack } from '@belay/openstack';
import { type Access, type Session, signIn } from './stack/session.ts';

export interface Place {
  readonly access: Access;
  readonly session: Session;
  readonly zone: string;
  readonly instanceType: string;
  readonly otherInstanceType: string;
  readonly imageId: string;
  readonly diskType: string;
  readonly otherDiskType?: string | undefined;
  readonly networkId: string;
}

/** The smallest two server types, the first image, a volume type for one server at a time, the project's network. */
export async function lookAround(access: Access): Promise<Place> {
  const session = await signIn(access);
  const get = async (type: string, path: string, list: string): Promise<readonly Named[]> =>
    (await session.call('GET', `${session.urlOf(type)}${path}`)).body[list];
  const flavors = await get('compute', '/flavors/detail', 'flavors');
  const [small, larger] = flavors.toSorted((a, b) => (a.ram ?? 0) - (b.ram ?? 0));
  const [image] = await get('image', '/v2/images?status=active', 'images');
  const types = await get('volumev3', '/types', 'volume_types');
  const [type, otherType] = types.filter(
    ({ name, extra_specs }) => name !== '__DEFAULT__' && !extra_specs?.['multiattach'],
  );
  const networks = await get('network', '/v2.0/networks?router:external=false', 'networks');
  const zones = await get('compute', '/os-availability-zone', 'availabilityZoneInfo');
  return {
    access,
    session,
    zone: named('zone', zones[0]?.zoneName),
    instanceType: named('server type', small?.name),
    otherInstanceType: named('second server type', larger?.name),
    imageId: named('image', image?.id),
    diskType: named('volume type', type?.name),
    otherDiskType: otherType?.name,
    networkId: named('network', networks[0]?.id),
  };
}

interface Named {
  readonly id?: string;
  readonly name?: string;
  readonly ram?: number;
  readonly zoneName?: string;
  readonly extra_specs?: Readonly<Record<string, string>>;
}

function named(what: string, found: string | undefined): string {
  if (found === undefined) throw new Error(`The cloud has no ${what} that the tests could use.`);
  return found;
}

/** The adapter to this cloud, told where it is as its users tell it; another `authUrl` leads it through a proxy. */
export async function openCloud(
  { access }: Pick<Place, 'access'>,
  { authUrl, ...options }: Omit<ConnectOptions, 'source'> & { readonly authUrl?: string } = {},
): Promise<Cloud> {
  const environment = authUrl === undefined ? access : { ...access, OS_AUTH_URL: authUrl };
  // No files: nothing but what the tests were told may lead to a cloud.
  const source = { environment, folder: '/', home: '/', readText: async () => undefined };
  const manners = isOwn(access) ? ownServices : {};
  const opened = await connectOpenstack({
    account: 'test',
    zoneBoundVolumes: false,
    ...manners,
    ...options,
    source,
  });
  if (opened.isErr()) throw new Error(opened.error.message);
  return opened.value;
}

/**
 * Services on this very machine have nobody else to serve. But each look at a server costs Neutron two calls: more of them
 * would be in the way of the work.
 */
const ownServices = { settleMs: 4_000, readsPerSecond: 3 };

function isOwn(access: Access): boolean {
  return new URL(access['OS_AUTH_URL'] ?? '').hostname === '127.0.0.1';
}
