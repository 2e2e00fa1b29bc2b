import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type ProxyError, proxyError } from './error.ts';
import type { Exchange } from './exchange.ts';

/** A port of this machine that is listened on. */
export interface Listener {
  readonly port: number;
  /** Ends every connection and gives the port back. */
  close(): Promise<void>;
}

/** Listens on the loopback address only; on a free port where `port` is 0. */
export async function listen(
  port: number,
  serve: (exchange: Exchange) => Promise<void>,
): Promise<Result<Listener, ProxyError>> {
  // The proxy itself never gives up on a client: every fault is one that somebody asked for.
  const server = createServer({ keepAliveTimeout: 0, headersTimeout: 0, requestTimeout: 0 });
  const begin = (exchange: Exchange): void => {
    // What Node refuses to send on, such as a path that it does not like, ends with this one connection.
    serve(exchange).catch(() => exchange.response.destroy());
  };
  server.on('request', (request, response) => begin({ request, response, waits: false }));
  server.on('checkContinue', (request, response) => begin({ request, response, waits: true }));
  const failure = await started(server, port);
  if (failure !== undefined) return err(failure);
  // A server that listens on a port has an address of this form.
  const { port: given } = server.address() as AddressInfo;
  return ok({ port: given, close: () => closed(server) });
}

function started(server: Server, port: number): Promise<ProxyError | undefined> {
  return new Promise((resolve) => {
    const onError = (thrown: NodeJS.ErrnoException): void => {
      const isTaken = thrown.code === 'EADDRINUSE';
      const what = isTaken ? 'is taken' : 'cannot be listened on';
      const cause = failureOf(thrown, 'listen');
      resolve(proxyError(isTaken ? 'port-taken' : 'failed', `Port ${port} ${what}.`, { cause }));
    };
    server.once('error', onError);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', onError);
      resolve(undefined);
    });
  });
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
