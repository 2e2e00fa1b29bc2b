import { type Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type ProxyError, proxyError } from './error.ts';
import { passedOn, valuesOf } from './headers.ts';
import type { RequestBody } from './request-body.ts';

/** A call on its way to the service behind the proxy. */
export interface UpstreamCall {
  readonly service: string;
  /** The origin of the service: `http://127.0.0.1:8774`. */
  readonly origin: URL;
  readonly agent: Agent;
  readonly request: IncomingMessage;
  /** What has been read of the request's body already. */
  readonly body: RequestBody;
  /** Headers of the client that the service must not see, in lower case. */
  readonly without: readonly string[];
  /** The connection stands: from here on the service may have heard of the call. */
  readonly onSent: () => void;
  /** The service asks for the body of a client that waits for that. */
  readonly onContinue: () => void;
}

/** Sends it, and gives the answer with its body unread. */
export function callUpstream(call: UpstreamCall): Promise<Result<IncomingMessage, ProxyError>> {
  const { request, origin, agent, without, onSent, onContinue } = call;
  return new Promise((resolve) => {
    const upstream = httpRequest({
      agent,
      host: origin.hostname.replace(/^\[|\]$/g, ''),
      port: origin.port === '' ? 80 : Number(origin.port),
      method: request.method,
      path: request.url,
      headers: [...passedOn(request.rawHeaders, without), ...framing(request)],
    });
    let connected = false;
    upstream.once('socket', (socket) => {
      socket.setNoDelay(true);
      socket.once('connect', () => {
        connected = true;
        onSent();
      });
    });
    upstream.on('continue', onContinue);
    upstream.once('response', (answer) => resolve(ok(answer)));
    upstream.on('error', (thrown) => resolve(err(unreachable(call, thrown, connected))));
    send(upstream, call);
  });
}

/** Says how the body is delimited, as the client said it: Node must not guess. */
function framing({ method, rawHeaders, headers }: IncomingMessage): readonly string[] {
  if (valuesOf(rawHeaders, 'transfer-encoding').length > 0) return ['Transfer-Encoding', 'chunked'];
  const isSaid = headers['content-length'] !== undefined || bodiless.has(method ?? 'GET');
  return isSaid ? [] : ['Content-Length', '0'];
}

/** Methods for which Node sends no body unless told. */
const bodiless: ReadonlySet<string> = new Set(['GET', 'HEAD', 'DELETE', 'OPTIONS', 'TRACE']);

function send(upstream: ClientRequest, { request, body }: UpstreamCall): void {
  for (const chunk of body.head) upstream.write(chunk);
  if (body.whole) upstream.end();
  else request.pipe(upstream);
  // A client that leaves in the middle of its request takes it back. One that leaves later does not: it was heard.
  request.once('close', () => {
    if (!request.complete) upstream.destroy();
  });
}

function unreachable({ service, origin }: UpstreamCall, thrown: unknown, connected: boolean): ProxyError {
  return proxyError('upstream-unreachable', `The service ${service} at ${origin.origin} gave no answer.`, {
    applied: connected ? 'unknown' : 'no',
    cause: failureOf(thrown, 'connection'),
  });
}
