// A small shop, to be moved about in a lab: an HTTP server that keeps orders in SQLite, and files beside it that change
// all the time. An order is confirmed when it is on the disk.
//
//     node shop.ts serve /srv/shop 80      GET / says that it serves, POST /orders/<id> takes an order
//     node shop.ts fill /srv/shop 10000    so many small files beside it

import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

const filesInOneFolder = 1_000;
const bytesOfOne = 2_048;

const [, , verb, folder = '', word = ''] = process.argv;

if (verb === 'serve') serve(folder, Number(word));
else if (verb === 'fill') fill(folder, Number(word));
else throw new Error('shop.ts serve <folder> <port> | shop.ts fill <folder> <count>');

function serve(home: string, port: number): void {
  const database = new DatabaseSync(join(home, 'shop.db'));
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL) STRICT;
  `);
  const take = database.prepare('INSERT INTO orders (id, at_ms) VALUES (?, ?) ON CONFLICT (id) DO NOTHING');
  const server = createServer((request, response) => {
    const [, id] = /^\/orders\/([\w-]{1,64})$/.exec(request.url ?? '') ?? [];
    request.resume();
    if (request.method === 'POST' && id !== undefined) take.run(id, Date.now());
    else if (request.url !== '/') response.statusCode = 404;
    response.setHeader('connection', 'close');
    response.end('thank you\n');
  });
  const changing = keepChanging(join(home, 'changing'));
  server.listen(port);
  process.on('SIGTERM', () => {
    clearInterval(changing);
    // Whoever has been answered has his order on the disk already.
    server.close(() => {
      database.close();
      process.exit(0);
    });
    server.closeIdleConnections();
    // Whose address has moved away in the middle of a request never comes back to this connection.
    setTimeout(() => server.closeAllConnections(), 500);
  });
}

/** One of fifty files is written anew every fifth of a second. */
function keepChanging(home: string): NodeJS.Timeout {
  mkdirSync(home, { recursive: true });
  let turn = 0;
  return setInterval(() => {
    turn += 1;
    writeFileSync(join(home, `page-${turn % 50}.html`), `visit ${turn} at ${Date.now()}\n`.repeat(20));
  }, 200);
}

function fill(home: string, count: number): void {
  for (let i = 0; i < count; i++) {
    const place = join(home, 'files', String(Math.floor(i / filesInOneFolder)));
    if (i % filesInOneFolder === 0) mkdirSync(place, { recursive: true });
    writeFileSync(join(place, `${i}.txt`), `${i} `.repeat(bytesOfOne).slice(0, bytesOfOne));
  }
}
