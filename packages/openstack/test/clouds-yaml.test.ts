import { describe, expect, it } from 'vitest';
import { configOf } from '../src/cloud-config.ts';
import { findCloud, inRegion } from '../src/clouds-yaml.ts';

function source(files: Readonly<Record<string, string>>, environment: Readonly<Record<string, string>> = {}) {
  const read: string[] = [];
  return {
    read,
    environment,
    folder: '/here',
    home: '/home/me',
    async readText(path: string) {
      read.push(path);
      return files[path];
    },
  };
}

const shop = `
clouds:
  shop:
    profile: acme
    auth: { username: demo, project_name: shop, user_domain_name: Default, project_domain_name: Default }
    regions: [west, { name: east, values: { interface: internal } }]
  other:
    auth: { auth_url: "https://other", username: x, password: "1234", project_id: 77, user_domain_id: default }
`;
const acme = 'public-clouds: { acme: { auth: { auth_url: "https://acme/v3" }, interface: public } }';
const secret = 'clouds: { shop: { auth: { password: planted-password } } }';
const all = {
  '/home/me/.config/openstack/clouds.yaml': shop,
  '/etc/openstack/clouds-public.yaml': acme,
  '/home/me/.config/openstack/secure.yaml': secret,
};

describe('clouds.yaml', () => {
  it('is looked for here, then in the user’s configuration, then in the machine’s', async () => {
    const nowhere = source({});
    expect((await findCloud(nowhere, 'shop')).isErr()).toBe(true);
    const clouds = nowhere.read.filter((path) => path.endsWith('/clouds.yaml'));
    expect(clouds).toEqual([
      '/here/clouds.yaml',
      '/home/me/.config/openstack/clouds.yaml',
      '/etc/xdg/openstack/clouds.yaml',
      '/etc/openstack/clouds.yaml',
    ]);
    const named = source({}, { OS_CLIENT_CONFIG_FILE: '/x/mine.yaml', XDG_CONFIG_HOME: '/xdg' });
    expect((await findCloud(named, 'shop')).isErr()).toBe(true);
    expect(named.read[0]).toBe('/x/mine.yaml');
    expect(named.read).toContain('/xdg/openstack/clouds.yaml');
  });

  it('is one file: the first that there is, with what secure.yaml adds', async () => {
    const both = source({
      ...all,
      '/here/clouds.yaml': 'clouds: { mine: { auth: { auth_url: "https://mine" } } }',
    });
    const found = await findCloud(both, 'other');
    expect(found._unsafeUnwrapErr().message).toBe('There is no cloud other; clouds.yaml has: mine, shop.');
  });

  it('lies over its provider’s profile, and secure.yaml over it', async () => {
    const found = (await findCloud(source(all), 'shop'))._unsafeUnwrap();
    const config = configOf(inRegion(found.entry, undefined).entry)._unsafeUnwrap();
    expect(config.access.authUrl).toBe('https://acme/v3');
    expect(config.access.project).toEqual({ name: 'shop', domain: { name: 'Default' } });
    expect(config.access.credentials).toMatchObject({ method: 'password', user: { name: 'demo' } });
    const { credentials } = config.access;
    expect(credentials.method === 'password' && credentials.password.reveal()).toBe('planted-password');
  });

  it('says of a region what is true of that region only', async () => {
    const { entry } = (await findCloud(source(all), 'shop'))._unsafeUnwrap();
    expect(inRegion(entry, undefined).region).toBe('west');
    const east = inRegion(entry, 'east');
    expect(east.region).toBe('east');
    expect(configOf(east.entry)._unsafeUnwrap().endpoints.interface).toBe('internal');
    expect(configOf(inRegion(entry, 'west').entry)._unsafeUnwrap().endpoints.interface).toBe('public');
  });

  it('may hold numbers where texts are meant', async () => {
    const { entry } = (await findCloud(source(all), 'other'))._unsafeUnwrap();
    expect(configOf(entry)._unsafeUnwrap().access.project).toEqual({ id: '77' });
  });

  it('is not quoted in an error: a line of it may be a password', async () => {
    const broken = source({
      '/here/clouds.yaml': 'clouds:\n  shop: { auth: { password: "planted-password\n',
    });
    const error = (await findCloud(broken, 'shop'))._unsafeUnwrapErr();
    expect(error.message).toContain('/here/clouds.yaml is not YAML');
    expect(JSON.stringify(error)).not.toContain('planted-password');
  });
});

describe('which cloud', () => {
  const environment = { OS_AUTH_URL: 'https://env', OS_USERNAME: 'demo' };

  it('is the one that is named, then OS_CLOUD, then the environment, then the only one of the file', async () => {
    const name = async (wanted: string | undefined, more: Readonly<Record<string, string>>) =>
      (await findCloud(source(all, more), wanted)).match(
        (found) => found.name,
        (error) => error.message,
      );
    expect(await name('other', { ...environment, OS_CLOUD: 'shop' })).toBe('other');
    expect(await name(undefined, { ...environment, OS_CLOUD: 'shop' })).toBe('shop');
    expect(await name(undefined, environment)).toBe('envvars');
    expect(await name(undefined, { OS_REGION_NAME: 'r' })).toMatch(/^Which cloud\?.*other, shop/);
    const one = source({ '/here/clouds.yaml': 'clouds: { mine: {} }' });
    expect((await findCloud(one, undefined))._unsafeUnwrap().name).toBe('mine');
  });

  it('from the environment knows the old names too, and no word of the files', async () => {
    const tenant = { ...environment, OS_PASSWORD: 'p', OS_TENANT_NAME: 't', OS_DEFAULT_DOMAIN: 'default' };
    const { entry } = (await findCloud(source(all, tenant), undefined))._unsafeUnwrap();
    const { access } = configOf(entry)._unsafeUnwrap();
    expect(access).toMatchObject({
      authUrl: 'https://env',
      project: { name: 't', domain: { id: 'default' } },
      credentials: { user: { name: 'demo', domain: { id: 'default' } } },
    });
  });
});

describe('what a cloud is told by', () => {
  const base = {
    auth_url: 'https://k',
    username: 'u',
    password: 'p',
    user_domain_name: 'D',
    project_id: 'x',
  };

  it.each([
    [{}, 'names no auth_url'],
    [{ ...base, auth_url: 'shop:5000' }, 'auth_url is not an address that begins with http'],
    [{ ...base, auth_url: 'keystone.shop.example' }, 'auth_url is not an address that begins with http'],
    [{ ...base, compute_endpoint_override: 'nova:8774' }, 'compute_endpoint_override is not an address'],
    [{ ...base, password: undefined }, 'names no password'],
    [{ ...base, user_domain_name: undefined }, 'names no user_domain_name'],
    [{ ...base, project_id: undefined }, 'project_id'],
    [{ ...base, system_scope: 'all' }, 'scoped to the system'],
    [{ ...base, auth_type: 'v3oidcpassword' }, 'v3oidcpassword is not one that belay speaks'],
    [{ auth_url: 'https://k', auth_type: 'v3applicationcredential' }, 'application_credential_secret'],
  ])('%o is refused with the field', (entry, says) => {
    expect(configOf(entry)._unsafeUnwrapErr().message).toContain(says);
  });

  it.each(['auth_url', 'block_storage_endpoint_override'])(
    'holds no password in its %s, which errors may show',
    (name) => {
      const error = configOf({ ...base, [name]: 'https://me:planted-password@k/v3' })._unsafeUnwrapErr();
      expect(error).toMatchObject({ kind: 'invalid', operation: 'connect' });
      expect(error.message).toContain(name);
      expect(JSON.stringify(error)).not.toContain('planted-password');
    },
  );

  it('is an application credential where its secret is there, and then takes no project', () => {
    const entry = {
      auth: { auth_url: 'https://k', application_credential_id: 'a', application_credential_secret: 's' },
    };
    const { access } = configOf(entry)._unsafeUnwrap();
    expect(access.credentials.method).toBe('application-credential');
    expect(access.project).toBeUndefined();
  });

  it('chooses interface, addresses and certificates', () => {
    const entry = {
      ...base,
      endpoint_type: 'internalURL',
      block_storage_endpoint_override: 'https://cinder/v3/x',
      cacert: '/ca.pem',
      insecure: 'true',
    };
    const { endpoints, tls } = configOf(entry)._unsafeUnwrap();
    expect(endpoints).toEqual({ interface: 'internal', overrides: { volume: 'https://cinder/v3/x' } });
    expect(tls).toMatchObject({ verify: false, caFile: '/ca.pem' });
  });
});
