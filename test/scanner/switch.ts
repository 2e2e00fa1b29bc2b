// A switch in the wire between the scanner and its database: it leads to one server or to another, cuts the wire, or
// swallows what is sent as a firewall does.

import { connect, createServer, type Socket } from 'node:net';

/** The switch. */
export interface WireSwitch {
  readonly port: number;
  /** From now on it leads there. What is connected is cut off. */
  lead(port: number): void;
  /** Everything is cut off, and nobody gets through. */
  cut(): void;
  /** Nothing is answered any more; nothing is closed either. */
  swallow(): void;
  close(): Promise<void>;
}

export async function wireSwitch(first: number): Promise<WireSwitch> {
  let target: number | 'cut' | 'swallow' = first;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
  };
  const server = createServer((inner) => {
    keep(inner);
    if (target === 'cut') return void inner.destroy();
    if (target === 'swallow') return;
    const outer = connect(target, '127.0.0.1');
    keep(outer);
    inner.on('data', (part) => {
      if (target !== 'swallow') outer.write(part);
    });
    outer.on('data', (part) => {
      if (target !== 'swallow') inner.write(part);
    });
    inner.on('close', () => outer.destroy());
    outer.on('close', () => {
      if (target !== 'swallow') inner.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    lead: (port) => {
      target = port;
      cutAll();
    },
    cut: () => {
      target = 'cut';
      cutAll();
    },
    swallow: () => {
      target = 'swallow';
    },
    close: async () => {
      cutAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
