// What the shop has on its disk, read past it: were all confirmed orders kept, is the database whole, are the files?

import type { Order } from './clients.ts';
import type { Guest } from './guest.ts';
import { mountPoint } from './shop-server.ts';

/** What was found on the disk of the server that serves. */
export interface Kept {
  /** The confirmed orders that are not there. */
  readonly lost: readonly Order[];
  /** SQLite's own judgement: `ok`, or what is broken. */
  readonly integrity: string;
  /** One digest of all small files, their names and their contents. */
  readonly files: string;
}

export async function kept(guest: Guest, acknowledged: readonly Order[]): Promise<Kept> {
  const ids = new Set((await sql(guest, 'SELECT id FROM orders')).split('\n'));
  return {
    lost: acknowledged.filter(({ id }) => !ids.has(id)),
    integrity: (await sql(guest, 'PRAGMA integrity_check')).trim(),
    files: await digestOfFiles(guest),
  };
}

/** Two processors read at once; the order of the names makes it one digest. */
export async function digestOfFiles(guest: Guest): Promise<string> {
  const script = `cd ${mountPoint}/files && find . -type f -print0 | xargs -0 -r -n 2000 -P 2 sha256sum | sort | sha256sum`;
  return (await guest('sh', '-c', script)).trim();
}

/** Writes out what is in memory: a shop that has run for a while has done so long ago. */
export async function settle(guest: Guest): Promise<void> {
  await guest('sync', '-f', mountPoint);
}

function sql(guest: Guest, statement: string): Promise<string> {
  return guest('sqlite3', '-readonly', `${mountPoint}/shop.db`, statement);
}
