// A plain client of OpenStack's APIs for what a test does besides the adapter: furnishing the stack, and looking and
// acting behind the adapter's back. It knows nothing of belay.

export interface Session {
  readonly projectId: string;
  /** Where a service of this type is, by the catalogue: `compute`, `volumev3`, `network`, `image`. */
  urlOf(type: string): string;
  /** Fails unless the call succeeds; that something is not found is an answer. */
  call(method: string, url: string, body?: Body | string, headers?: Record<string, string>): Promise<Answer>;
}

export type Body = Record<string, unknown>;

interface Answer {
  readonly status: number;
  // Whatever the API says; each reader knows what it asked for.
  // biome-ignore lint/suspicious/noExplicitAny: JSON of other people's making, read by tests only
  readonly body: any;
  readonly headers: Headers;
}

/** Who signs in, by the names that all clients of OpenStack know; the domain is Default where none is named. */
export type Access = Readonly<Record<`OS_${string}`, string | undefined>>;

export async function signIn(access: Access): Promise<Session> {
  const user = {
    name: access['OS_USERNAME'],
    domain: { name: access['OS_USER_DOMAIN_NAME'] ?? 'Default' },
    password: access['OS_PASSWORD'],
  };
  const project = {
    name: access['OS_PROJECT_NAME'],
    domain: { name: access['OS_PROJECT_DOMAIN_NAME'] ?? 'Default' },
  };
  const { headers, body } = await send('POST', `${access['OS_AUTH_URL']}/auth/tokens`, {
    auth: { identity: { methods: ['password'], password: { user } }, scope: { project } },
  });
  const token = headers.get('x-subject-token') ?? '';
  return {
    projectId: body.token.project.id,
    urlOf(type) {
      const service = body.token.catalog.find((one: { type: string }) => one.type === type);
      const found = service?.endpoints.find(
        (one: { interface: string; region: string }) =>
          one.interface === 'public' && one.region === (access['OS_REGION_NAME'] ?? one.region),
      );
      if (found === undefined) throw new Error(`There is no ${type} in the catalogue.`);
      return found.url.replace(/\/$/, '');
    },
    call: (method, url, data, more) => send(method, url, data, { ...more, 'x-auth-token': token }),
  };
}

async function send(
  method: string,
  url: string,
  body?: Body | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const isText = typeof body === 'string';
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      'content-type': isText ? 'application/octet-stream' : 'application/json',
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(90_000),
  });
  const text = await response.text();
  if (!response.ok && response.status !== 404)
    throw new Error(`${method} ${url} was answered ${response.status}: ${text.slice(0, 400)}`);
  return {
    status: response.status,
    body: text.startsWith('{') ? JSON.parse(text) : undefined,
    headers: response.headers,
  };
}
