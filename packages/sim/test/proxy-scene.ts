// A small service that remembers what it was asked, a proxy before it, and a client that shows what came over the wire.

import {
  type Agent,
  createServer,
  type IncomingHttpHeaders,
  request,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo, Server as TcpServer } from 'node:net';
import { expect, onTestFinished } from 'vitest';
import { type FaultProxy, type FaultProxyOptions, openFaultProxy } from '../src/proxy.ts';

/** What the service was asked, in the order in which it did it. */
export interface Heard {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Service {
  readonly url: string;
  readonly heard: readonly Heard[];
}

/** A service that answers `did 1`, `did 2`, … where nothing else is said. */
export async function openService(
  answer: (response: ServerResponse, heard: Heard, count: number) => void = (response, _, count) =>
    response.end(`did ${count}`),
): Promise<Service> {
  const heard: Heard[] = [];
  const server = createServer((incoming, response) => {
    const { method = '', url = '', headers } = incoming;
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.once('end', () => {
      const one: Heard = { method, url, headers, body: Buffer.concat(chunks).toString() };
      heard.push(one);
      answer(response, one, heard.length);
    });
  });
  return { ...(await listening(server)), heard };
}

/** Lets a server of the test's own listen, until the test is over. */
export async function listening(server: Server | TcpServer): Promise<Service> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  );
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, heard: [] };
}

/** A proxy before one service, closed when the test is over. */
export async function openProxy(
  upstream: Service,
  more: Omit<FaultProxyOptions<'api'>, 'upstreams'> = {},
): Promise<FaultProxy<'api'> & { readonly url: string }> {
  const proxy = must(await openFaultProxy({ upstreams: { api: upstream.url }, ...more }));
  onTestFinished(() => proxy.close());
  return { ...proxy, url: proxy.urls.api };
}

export function must<T>(result: { isOk(): boolean; _unsafeUnwrap(): T }): T {
  return result._unsafeUnwrap();
}

/** What becomes true by itself, however busy the machine is. */
export const soon: typeof expect.poll = (look, options) => expect.poll(look, { timeout: 20_000, ...options });

export interface Asking {
  readonly method?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly agent?: Agent;
  /** When the client leaves. */
  readonly leave?: AbortSignal;
}

/** What came over the wire. */
export interface Answer {
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** What arrived of the body. */
  readonly body: string;
  /** In how many pieces it arrived. */
  readonly pieces: number;
  /** Why the answer, or the rest of its body, did not come. */
  readonly broke?: string;
}

/** Asks, and tells what came; never rejects. */
export function ask(url: string, asking: Asking = {}): Promise<Answer> {
  const {
    method = asking.body === undefined ? 'GET' : 'POST',
    body = '',
    headers = {},
    agent,
    leave,
  } = asking;
  return new Promise((resolve) => {
    const none = { status: 0, headers: {}, body: '', pieces: 0 };
    const isFramed = body === '' || headers['transfer-encoding'] !== undefined;
    const length = isFramed ? {} : { 'content-length': String(Buffer.byteLength(body)) };
    const client = request(url, { method, headers: { ...length, ...headers }, ...(agent && { agent }) });
    leave?.addEventListener('abort', () => client.destroy(), { once: true });
    client.once('error', (thrown) => resolve({ ...none, broke: thrown.message }));
    client.once('response', (response) => {
      const chunks: Buffer[] = [];
      const tell = (broke: { readonly broke?: string }): void => {
        const text = Buffer.concat(chunks).toString();
        resolve({
          ...{ status: response.statusCode ?? 0, headers: response.headers },
          ...{ body: text, pieces: chunks.length, ...broke },
        });
      };
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => tell({}));
      response.once('error', (thrown) => tell({ broke: thrown.message }));
    });
    client.end(body);
  });
}
