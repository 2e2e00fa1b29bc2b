import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Failure, failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';

/** What may go wrong when a simulated EC2 is started: somebody else has the port, or it may not be listened on. */
export interface Ec2Error extends Failure {
  readonly kind: 'port-taken' | 'not-listening';
}

export interface HttpRequest {
  readonly method: string;
  /** Path and query, as sent. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Fires when the client has gone away. */
  readonly signal: AbortSignal;
}

/** `undefined` where the connection breaks without an answer. */
export type HttpReply =
  | { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }
  | undefined;

/** A port of the loopback interface that answers HTTP. */
export interface Listener {
  readonly port: number;
  /** Answers nobody any more and gives the port back. */
  close(): Promise<void>;
}

/** No request of EC2 or Route 53 is longer. */
const longestBody = 4 * 1024 * 1024;

export function listen(
  port: number,
  answer: (request: HttpRequest) => Promise<HttpReply>,
): Promise<Result<Listener, Ec2Error>> {
  // It never closes an idle connection by itself: every one that breaks is a fault that somebody asked for.
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
    serve(request, response, answer).catch((thrown: unknown) => {
      // A mistake of the simulation is an answer too: a client that waits for ever tells nobody about it.
      const why = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
      if (response.headersSent) response.destroy();
      else response.writeHead(500, { 'content-type': 'text/plain' }).end(`The simulation failed: ${why}\n`);
    });
  });
  return new Promise((resolve) => {
    server.once('error', (thrown: NodeJS.ErrnoException) => {
      const isTaken = thrown.code === 'EADDRINUSE';
      resolve(
        err({
          kind: isTaken ? 'port-taken' : 'not-listening',
          message: isTaken
            ? `Port ${port} is taken.`
            : `Port ${port} cannot be listened on: ${thrown.message}`,
          applied: 'no',
          cause: failureOf(thrown, 'thrown'),
        }),
      );
    });
    server.listen(port, '127.0.0.1', () => {
      // A server that listens on a port has an address of this form.
      const address = server.address() as AddressInfo;
      resolve(
        ok({
          port: address.port,
          close: () =>
            new Promise((closed) => {
              server.close(() => closed());
              server.closeAllConnections();
            }),
        }),
      );
    });
  });
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  answer: (request: HttpRequest) => Promise<HttpReply>,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const body = await readBody(request);
  if (body === undefined) {
    response.destroy();
    return;
  }
  const { method = 'GET', url: target = '/', headers } = request;
  const reply = await answer({ method, target, headers, body, signal: gone.signal });
  if (reply === undefined) {
    response.destroy();
    return;
  }
  const length = { 'content-length': String(Buffer.byteLength(reply.body)) };
  response.writeHead(reply.status, { ...reply.headers, ...length }).end(reply.body);
}

/** The whole body as text; `undefined` where it is too long or its sender is gone. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of request) {
      const bytes: Buffer = Buffer.from(chunk);
      length += bytes.length;
      if (length > longestBody) return undefined;
      chunks.push(bytes);
    }
  } catch {
    return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
