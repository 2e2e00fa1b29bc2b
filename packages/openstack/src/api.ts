import { type Clock, type CloudError, cloudError, type Secret } from '@belay/cloud';
import { mayLeave } from '@belay/cloud/adapter';
import { err, ok, type Result } from 'neverthrow';
import type { EndpointChoice } from './access.ts';
import { type ApiCall, type CallName, callOf, type ServiceName } from './calls.ts';
import { endpointOf } from './catalogue.ts';
import { type Asked, noAnswerError, provider, type Refusal, refusalOf } from './errors.ts';
import { requestIdOf } from './fault.ts';
import { type Fetch, type HttpAnswer, send } from './http.ts';
import type { Token } from './keystone.ts';
import type { Microversions } from './microversion.ts';
import type { Session } from './session.ts';
import { type Wire, wireOf } from './wire.ts';
import { withoutSecrets } from './without-secrets.ts';

/**
 * Sends one call to one service with the project's token. A token that is refused is renewed once; nothing else is
 * ever sent twice here. What comes back is the body, or an error of the port.
 */
export interface Api {
  send(name: CallName, args: CallArgs, asked: Asked, signal: AbortSignal): Promise<Result<Reply, Refusal>>;
}

/** What fills the call in. */
export interface CallArgs {
  /** The parts of the path. */
  readonly path?: Readonly<Record<string, string>> | undefined;
  /** A list gives the name once for each of its values. */
  readonly query?: Readonly<Record<string, string | readonly string[]>> | undefined;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** What in the body must not be seen in an error. */
  readonly secrets?: readonly Secret[] | undefined;
}

/** The body of a success; an empty one where there was none. */
export interface Reply {
  readonly body: Wire;
  readonly requestId: string | undefined;
}

export interface ApiOptions {
  readonly session: Session;
  /** Of the credentials: kept out of errors, whoever repeats them. */
  readonly secrets: readonly Secret[];
  readonly endpoints: EndpointChoice;
  readonly microversions: Microversions;
  readonly fetch: Fetch;
  readonly clock: Clock;
  /** For one request, without the renewal of a token. Nova may hold an attach for a good while. */
  readonly readTimeoutMs: number;
  readonly changeTimeoutMs: number;
}

export function openApi(options: ApiOptions): Api {
  return {
    async send(name, args, asked, signal) {
      const call = callOf(name);
      const token = await options.session.token();
      if (token.isErr()) return err({ error: as(asked, token.error) });
      const first = await exchange(options, call, args, token.value, asked, signal);
      if (first.isErr() || first.value.status !== 401) return replyOf(first, asked);
      const other = await options.session.instead(token.value);
      if (other.isErr()) return err({ error: as(asked, other.error) });
      return replyOf(await exchange(options, call, args, other.value, asked, signal), asked);
    },
  };
}

/** Nothing was sent to the service, whatever kept Keystone from answering. */
function as({ operation, resourceId }: Asked, error: CloudError): CloudError {
  return { ...error, operation, applied: 'no', ...(resourceId === undefined ? {} : { resourceId }) };
}

async function exchange(
  { secrets, endpoints, microversions, fetch, clock, readTimeoutMs, changeTimeoutMs }: ApiOptions,
  call: ApiCall,
  args: CallArgs,
  token: Token,
  asked: Asked,
  signal: AbortSignal,
): Promise<Result<HttpAnswer, Refusal>> {
  const root = endpointOf(token.catalogue, call.service, endpoints);
  if (root.isErr()) return err({ error: as(asked, root.error) });
  const body = args.body === undefined ? undefined : JSON.stringify(args.body);
  const isOurs = mayLeave(signal);
  if (isOurs !== true && !(await isOurs)) return err({ error: noAnswerError({ why: 'cancelled' }, asked) });
  const answer = await send(
    fetch,
    {
      method: call.method,
      url: `${root.value}${pathOf(call, args)}${queryOf(args)}`,
      headers: {
        accept: 'application/json',
        'x-auth-token': token.id.reveal(),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...versionHeaders(call.service, microversions),
        ...args.headers,
      },
      body,
    },
    { clock, timeoutMs: call.changes ? changeTimeoutMs : readTimeoutMs, signal },
  );
  return answer
    .map((found) => withoutSecrets(found, [token.id, ...secrets, ...(args.secrets ?? [])]))
    .mapErr((none) => ({ error: noAnswerError(none, asked) }));
}

function replyOf(answer: Result<HttpAnswer, Refusal>, asked: Asked): Result<Reply, Refusal> {
  if (answer.isErr()) return err(answer.error);
  const { status, body, text } = answer.value;
  if (status < 200 || status > 299) return err(refusalOf(answer.value, asked));
  const requestId = requestIdOf(answer.value);
  if (body !== undefined || text === '') return ok({ body: wireOf(body), requestId });
  // A success that is no JSON, or was cut off, comes from something in between: it proves nothing.
  const message = `${asked.operation} was answered with HTTP ${status} and no JSON.`;
  const more = {
    applied: asked.changes ? 'unknown' : 'no',
    requestId,
    resourceId: asked.resourceId,
  } as const;
  return err({ error: cloudError('transient', { provider, operation: asked.operation }, message, more) });
}

function pathOf({ path }: ApiCall, { path: parts = {} }: CallArgs): string {
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''));
}

function queryOf({ query = {} }: CallArgs): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (typeof value === 'string' ? [value] : value).map((one): [string, string] => [name, one]),
  );
  return pairs.length === 0 ? '' : `?${new URLSearchParams(pairs)}`;
}

function versionHeaders(service: ServiceName, { compute, volume }: Microversions): Record<string, string> {
  if (service === 'compute') {
    // Gateways between here and Nova may know only the older of the two names.
    return { 'openstack-api-version': `compute ${compute}`, 'x-openstack-nova-api-version': compute };
  }
  // Cinder calls itself `volume` here, whatever the catalogue calls it.
  return service === 'volume' ? { 'openstack-api-version': `volume ${volume}` } : {};
}
