import type { DatabaseSync } from 'node:sqlite';

/** All of the work is written, or none of it. What it throws is thrown. Waits for whoever writes to the file now. */
export function inOneTransaction<T>(db: DatabaseSync, work: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const value = work();
    db.exec('COMMIT');
    return value;
  } catch (thrown) {
    // SQLite may have rolled it back by itself.
    if (db.isTransaction) db.exec('ROLLBACK');
    throw thrown;
  }
}
