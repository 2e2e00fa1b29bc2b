// The service of the test's servers: takes an order many times a second, writes it to its database and its log, and
// answers HTTP. It is started with the folder of its data and its port.

import { appendFileSync, openSync } from 'node:fs';
import { createServer } from 'node:http';
import { DatabaseSync } from 'node:sqlite';

const [folder, port] = process.argv.slice(2);
const database = new DatabaseSync(`${folder}/shop.db`);
database.exec(
  'PRAGMA journal_mode = WAL; CREATE TABLE IF NOT EXISTS orders (id INTEGER PRIMARY KEY, text TEXT)',
);
const insert = database.prepare('INSERT INTO orders (text) VALUES (?)');
createServer((request, response) => {
  response.statusCode = request.headers.host === 'shop.example' ? 200 : 404;
  response.end('the shop');
}).listen(Number(port), '0.0.0.0', () => {
  const log = openSync(`${folder}/shop.log`, 'a');
  setInterval(() => {
    insert.run('an order');
    appendFileSync(log, 'an order\n');
  }, 50);
});
process.on('SIGTERM', () => {
  database.close();
  process.exit(0);
});
