// What a test does behind the adapter's back: a plain client of the services that knows nothing of belay.

import type { Levers } from '@belay/cloud/conformance';

/** Who signs in, by the names that all clients of OpenStack know. */
export type OsEnvironment = Readonly<Record<string, string | undefined>>;

export interface Behind {
  readonly projectId: string;
  /** Where each service of the catalogue is: `http://127.0.0.1:8774`, by its type. */
  readonly origins: Readonly<Record<string, string>>;
  readonly call: (service: string, method: string, path: string, body?: object) => Promise<ApiAnswer>;
  /** Ends this token, and resolves when the services know. */
  readonly revoke: (token: string) => Promise<void>;
}

interface ApiAnswer {
  readonly status: number;
  // Whatever the API says; each reader knows what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of other people's making, read by tests only
  readonly body: any;
}

export async function signIn(environment: OsEnvironment): Promise<Behind> {
  const authUrl = environment['OS_AUTH_URL'] ?? '';
  const domain = { name: environment['OS_USER_DOMAIN_NAME'] ?? 'Default' };
  const user = { name: environment['OS_USERNAME'], domain, password: environment['OS_PASSWORD'] };
  const project = { name: environment['OS_PROJECT_NAME'], domain };
  const auth = { identity: { methods: ['password'], password: { user } }, scope: { project } };
  const signed = await ask(`${authUrl}/auth/tokens`, 'POST', { auth });
  const token = signed.headers.get('x-subject-token') ?? '';
  const { token: said } = (await signed.json()) as {
    token: {
      project: { id: string };
      catalog: { type: string; endpoints: { interface: string; url: string }[] }[];
    };
  };
  const rootOf = (service: string): string => {
    const entry = said.catalog.find(({ type }) => type === service);
    const url = entry?.endpoints.find((one) => one.interface === 'public')?.url;
    if (url === undefined) throw new Error(`There is no ${service} in the catalogue.`);
    return url.replace(/\/$/, '');
  };
  return {
    projectId: said.project.id,
    origins: Object.fromEntries(said.catalog.map(({ type }) => [type, new URL(rootOf(type)).origin])),
    async call(service, method, path, body) {
      const version = service === 'compute' ? { 'openstack-api-version': 'compute 2.79' } : {};
      const answer = await ask(`${rootOf(service)}${path}`, method, body, {
        'x-auth-token': token,
        ...version,
      });
      const text = await answer.text();
      if (!answer.ok && answer.status !== 404) {
        throw new Error(`${method} ${path} was answered ${answer.status}: ${text.slice(0, 300)}`);
      }
      return { status: answer.status, body: text.startsWith('{') ? JSON.parse(text) : undefined };
    },
    async revoke(old) {
      const headers = { 'x-auth-token': token, 'x-subject-token': old };
      await ask(`${authUrl}/auth/tokens`, 'DELETE', undefined, headers);
      // The services remember for a while that it was good.
      for (const url of [`${rootOf('volumev3')}/volumes?limit=1`, `${rootOf('compute')}/flavors?limit=1`]) {
        while ((await ask(url, 'GET', undefined, { 'x-auth-token': old })).status !== 401) await pause(300);
      }
    },
  };
}

function ask(
  url: string,
  method: string,
  body?: object,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(url, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

/** The levers that are calls of the real services. */
export function leversBehind(behind: Behind, operator: Behind | undefined): Levers {
  const volume = async (id: string): Promise<ApiAnswer['body']> =>
    (await behind.call('volumev3', 'GET', `/volumes/${id}`)).body.volume;
  const makeVolume = async (like: object): Promise<string> => {
    const made = await behind.call('volumev3', 'POST', '/volumes', { volume: like });
    const { id } = made.body.volume;
    while ((await volume(id)).status === 'creating') await pause(200);
    return id;
  };
  return {
    async twin(volumeId) {
      const { name, size, metadata, volume_type, availability_zone } = await volume(volumeId);
      return makeVolume({ name, size, metadata, volume_type, availability_zone });
    },
    async tagBehind(instanceId, metadata) {
      await behind.call('compute', 'POST', `/servers/${instanceId}/metadata`, { metadata });
    },
    async populate(metadata) {
      const made = await Promise.all(
        Array.from({ length: populationSize }, () => makeVolume({ name: 'conformance', size: 1, metadata })),
      );
      return {
        volumeIds: made,
        async remove() {
          for (const id of made) await behind.call('volumev3', 'DELETE', `/volumes/${id}`);
          for (const id of made) {
            while ((await behind.call('volumev3', 'GET', `/volumes/${id}`)).status !== 404) await pause(200);
          }
        },
      };
    },
    async protect(instanceId, on) {
      await behind.call(
        'compute',
        'POST',
        `/servers/${instanceId}/action`,
        on ? { lock: null } : { unlock: null },
      );
    },
    ...(operator === undefined
      ? {}
      : {
          async userDataOf(instanceId) {
            const { body } = await operator.call('compute', 'GET', `/servers/${instanceId}`);
            const data: string | null = body.server['OS-EXT-SRV-ATTR:user_data'];
            return data === null ? undefined : Buffer.from(data, 'base64').toString();
          },
        }),
  };
}

/** With pages of five that is three of them, and others' volumes besides. */
const populationSize = 11;

function pause(durationMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, durationMs));
}
