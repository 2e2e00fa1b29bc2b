// Where the tests work: what the cloud that they were given has, looked up and not assumed.

import { type Cloud, Secret, systemClock } from '@belay/cloud';
import {
  type Access as AdapterAccess,
  type Fetch,
  type OpenstackSettings,
  openstackCloud,
} from '@belay/openstack';
import { type Access, type Session, signIn } from './stack/session.ts';

export interface Place {
  readonly access: Access;
  readonly session: Session;
  readonly region: string;
  readonly zone: string;
  readonly instanceType: string;
  readonly otherInstanceType: string;
  readonly imageId: string;
  readonly diskType: string;
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
  const type = types.find(({ name, extra_specs }) => name !== '__DEFAULT__' && !extra_specs?.['multiattach']);
  const networks = await get('network', '/v2.0/networks?router:external=false', 'networks');
  const zones = await get('compute', '/os-availability-zone', 'availabilityZoneInfo');
  return {
    access,
    session,
    region: access['OS_REGION_NAME'] ?? 'RegionOne',
    zone: named('zone', zones[0]?.zoneName),
    instanceType: named('server type', small?.name),
    otherInstanceType: named('second server type', larger?.name),
    imageId: named('image', image?.id),
    diskType: named('volume type', type?.name),
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

/** The adapter to this cloud; another `authUrl` leads it through a proxy. */
export async function openCloud(
  { access, region }: Pick<Place, 'access' | 'region'>,
  options: OpenstackSettings & { readonly authUrl?: string; readonly fetch?: Fetch } = {},
): Promise<Cloud> {
  const {
    authUrl = named('OS_AUTH_URL', access['OS_AUTH_URL']),
    fetch = globalThis.fetch,
    ...settings
  } = options;
  const opened = await openstackCloud({
    account: 'test',
    access: adapterAccess(access, authUrl),
    endpoints: { region, interface: 'public' },
    fetch,
    clock: systemClock,
    chance: Math.random,
    zoneBoundVolumes: false,
    ...settings,
  });
  if (opened.isErr()) throw new Error(opened.error.message);
  return opened.value;
}

function adapterAccess(access: Access, authUrl: string): AdapterAccess {
  const domain = { name: access['OS_USER_DOMAIN_NAME'] ?? 'Default' };
  return {
    authUrl,
    credentials: {
      method: 'password',
      user: { name: named('OS_USERNAME', access['OS_USERNAME']), domain },
      password: new Secret(named('OS_PASSWORD', access['OS_PASSWORD'])),
    },
    project: {
      name: named('OS_PROJECT_NAME', access['OS_PROJECT_NAME']),
      domain: { name: access['OS_PROJECT_DOMAIN_NAME'] ?? 'Default' },
    },
  };
}
