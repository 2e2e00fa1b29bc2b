// Dumps of PostgreSQL and MariaDB, taken by Debian's own servers while they are written to, and restored.

import type { DatabaseCopySpec } from '@belay/cloud';
import type { Box } from './box.ts';
import { check, must, refused, type Story, story, until } from './story.ts';

/** A database server inside a box, in the words of its own programs. All of it lies on the data disk. */
interface Server {
  readonly name: string;
  readonly spec: (to: string) => DatabaseCopySpec;
  /** Starts it; ends at once. */
  readonly start: string;
  /** Fails until it answers. */
  readonly isUp: string;
  /** Makes the database with a table of orders, and a large one that takes a while to dump. */
  readonly make: string;
  /** Takes one order after another, and writes each number down when it is confirmed. */
  readonly write: string;
  /** Makes a second database of the dump `$1`, and prints how many orders it has, the last one, and the large rows. */
  readonly restore: string;
}

const rows = 40_000;

const postgres: Server = {
  name: 'PostgreSQL',
  spec: (to) => ({ kind: 'postgres', database: 'shop', to }),
  start: `
mkdir -p -m 1777 /dev/shm
install -d -o postgres -g postgres /run/postgresql /srv/data/postgres
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
runuser -u postgres -- "$bin/initdb" -D /srv/data/postgres --auth=peer >/dev/null
setsid runuser -u postgres -- "$bin/postgres" -D /srv/data/postgres -c listen_addresses= </dev/null >/run/server.log 2>&1 &`,
  isUp: 'runuser -u postgres -- psql -qc "select 1" postgres',
  make: `
runuser -u postgres -- createdb shop
runuser -u postgres -- psql -q -v ON_ERROR_STOP=1 shop -c 'create table orders (id bigint primary key)' \\
  -c "create table large as select n, repeat(md5(n::text), 8) as text from generate_series(1, ${rows}) n"`,
  write: `
seq 1 100000000 | sed 's/.*/insert into orders values (&);\\n\\\\echo &/' |
  runuser -u postgres -- stdbuf -oL psql -q -v ON_ERROR_STOP=1 shop >/srv/data/confirmed 2>/run/writer.log`,
  restore: `
runuser -u postgres -- createdb restored
runuser -u postgres -- pg_restore --exit-on-error -d restored <"$1"
runuser -u postgres -- psql -qtA -F ' ' restored -c 'select count(*), max(id), (select count(*) from large) from orders'`,
};

const mariadb: Server = {
  name: 'MariaDB',
  spec: (to) => ({ kind: 'mysql', database: 'shop', to }),
  start: `
install -d -o mysql -g mysql /run/mysqld /srv/data/mysql
mariadb-install-db --no-defaults --user=mysql --datadir=/srv/data/mysql --auth-root-authentication-method=socket >/dev/null
setsid mariadbd --no-defaults --user=mysql --datadir=/srv/data/mysql --socket=/run/mysqld/mysqld.sock \\
  --pid-file=/run/mysqld/mysqld.pid --skip-networking </dev/null >/run/server.log 2>&1 &`,
  isUp: 'mariadb --no-defaults -e "select 1"',
  make: `
mariadb --no-defaults -e 'create database shop; use shop; create table orders (id bigint primary key) engine=innodb;
create table large engine=innodb as select seq as n, repeat(md5(seq), 8) as text from seq_1_to_${rows}'`,
  write: `
seq 1 100000000 | sed 's/.*/insert into orders values (&); select &;/' |
  mariadb --no-defaults --unbuffered --skip-column-names shop >/srv/data/confirmed 2>/run/writer.log`,
  restore: `
mariadb --no-defaults -e 'create database restored'
mariadb --no-defaults restored <"$1"
mariadb --no-defaults --skip-column-names restored -e 'select concat_ws(" ", count(*), max(id), (select count(*) from large)) from orders'`,
};

export const databaseStories: readonly Story[] = [postgres, mariadb].map((server) =>
  story(`a dump of ${server.name} under writes has all that was confirmed before it`, async (scene) => {
    const box = scene.boxes.source;
    const { name, spec } = server;
    run(box, server.start);
    await until(`${name} answers`, () => succeeds(box, server.isUp));
    run(box, server.make);
    run(box, `setsid sh -c '${server.write.replaceAll("'", String.raw`'\''`)}' </dev/null >/dev/null 2>&1 &`);
    await until('orders are taken', () => confirmed(box) > 100);
    const before = confirmed(box);
    const to = '/srv/data/shop.dump';
    const copy = await must(scene.source.databases.copy(spec(to), { key: 'dump' }));
    const after = confirmed(box);
    check(after > before + 10, `It was written to only from ${before} to ${after}.`);
    check(run(box, 'sha256sum "$1" | cut -d " " -f 1', to).trim() === copy.sha256, 'It is another file.');
    const [count = 0, last = 0, large = 0] = run(box, server.restore, to).trim().split(' ').map(Number);
    check(last >= before, `${before} was confirmed before the dump, whose last order is ${last}.`);
    check(count === last && large === rows, `It has ${count} orders up to ${last}, and ${large} large rows.`);
    const other = { ...spec('/srv/data/other.dump'), database: 'no-such' } as DatabaseCopySpec;
    const { kind, message } = await refused(scene.source.databases.copy(other, { key: 'other' }));
    check(kind === 'failed' && message.includes('no-such'), `It is ${kind}: ${message}`);
    check(run(box, 'ls /srv/data | grep -c other.dump || true').trim() === '0', 'Half a dump is left.');
  }),
);

function run(box: Box, script: string, ...args: readonly string[]): string {
  return box.inside('sh', '-ec', script, 'sh', ...args);
}

function succeeds(box: Box, script: string): boolean {
  try {
    run(box, `${script} >/dev/null 2>&1`);
    return true;
  } catch {
    return false;
  }
}

/** The last order that a customer was told of. */
function confirmed(box: Box): number {
  return Number(run(box, 'tail -n 2 /srv/data/confirmed 2>/dev/null | head -n 1 || true').trim());
}
