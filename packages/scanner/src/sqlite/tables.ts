/**
 * The tables that are belay's own in an SQLite registry.
 *
 * - `belay_meta` says which file this is, and of which environment.
 * - `belay_canary` and `belay_planted` are the scanner's: they prove that a read is of this run, and that the file was not
 *   put back to an earlier day meanwhile.
 * - `belay_claim` is shared: whoever restores, refers to again or holds a key inserts it here, with its own name as
 *   `holder` and no `fence`, *in the transaction that does so*, and deletes it afterwards.
 * - `belay_hold` is the operator's: a key in it is never taken, needed or not.
 * - `belay_deletion` is the application's: one row for each row that it has deleted on purpose.
 */

/** The SQL that makes them, for a migration of yours. Run again it changes nothing, the environment neither. */
export function sqliteTables(environment: string): string {
  return `
CREATE TABLE IF NOT EXISTS belay_meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS belay_planted (generation INTEGER PRIMARY KEY, nonce TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS belay_canary (
  registry TEXT NOT NULL, key TEXT NOT NULL, kind TEXT NOT NULL, nonce TEXT NOT NULL, PRIMARY KEY (registry, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS belay_claim (
  key TEXT PRIMARY KEY, holder TEXT NOT NULL, fence INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS belay_hold (
  key TEXT PRIMARY KEY, by TEXT NOT NULL, reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS belay_deletion (
  id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, kind TEXT NOT NULL, owner TEXT,
  at TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
) STRICT;
CREATE INDEX IF NOT EXISTS belay_deletion_by_key ON belay_deletion (key);
INSERT OR IGNORE INTO belay_meta (name, value) VALUES
  ('id', lower(hex(randomblob(16)))), ('environment', '${environment.replaceAll("'", "''")}');
`;
}
