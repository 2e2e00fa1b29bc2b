// What the shop has on its disk, read past it: were all confirmed orders kept, is the database whole, are the files?

import { inGuest, mountPoint } from './stage.ts';

/** The confirmed orders that are not there. */
export function lostOrders(
  folder: string,
  instanceId: string,
  acknowledged: readonly string[],
): readonly string[] {
  const kept = new Set(sql(folder, instanceId, 'SELECT id FROM orders').split('\n'));
  return acknowledged.filter((id) => !kept.has(id));
}

/** SQLite's own judgement: `ok`, or what is broken. */
export function integrity(folder: string, instanceId: string): string {
  return sql(folder, instanceId, 'PRAGMA integrity_check').trim();
}

/** One digest of all small files, their names and their contents. */
export function checksum(folder: string, instanceId: string): string {
  const script = `cd ${mountPoint}/files && find . -type f -print0 | sort -z | xargs -0 sha256sum | sha256sum`;
  return inGuest(folder, instanceId, 'sh', '-c', script).trim();
}

function sql(folder: string, instanceId: string, statement: string): string {
  return inGuest(folder, instanceId, 'sqlite3', '-readonly', `${mountPoint}/shop.db`, statement);
}
