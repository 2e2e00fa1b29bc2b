/**
 * The tables that are belay's own in a PostgreSQL registry, and how names are written in SQL.
 */

/** The names of one installation, quoted. */
export interface Tables {
  readonly canary: string;
  readonly claim: string;
  readonly hold: string;
  readonly deletion: string;
}

/** The tables in this schema. */
export function tablesIn(schema: string): Tables {
  const own = (name: string): string => `${quoted(schema)}.${name}`;
  return { canary: own('canary'), claim: own('claim'), hold: own('hold'), deletion: own('deletion') };
}

/** A name, or `schema.name`, quoted so that it can mean nothing else. */
export function quoted(name: string): string {
  return name
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/**
 * The SQL that makes belay's own tables, for a migration of yours. Run again it changes nothing.
 *
 * - `canary` is the scanner's: it proves that a read is of this run and of this database.
 * - `claim` is shared: whoever restores, refers to again or holds a key inserts it here, with its own name as `holder`
 *   and no `fence`, *in the transaction that does so*, and deletes it afterwards.
 * - `hold` is the operator's: a key in it is never taken, needed or not.
 * - `deletion` is the application's: one row for each row that it has deleted on purpose. A scan that misses more rows
 *   than were recorded here is not believed. The trigger in the README fills it.
 *
 * The scanner's role needs SELECT on all four and on the view, and INSERT, UPDATE and DELETE on `canary` and `claim`.
 */
export function postgresTables(schema = 'belay'): string {
  const { canary, claim, hold, deletion } = tablesIn(schema);
  return `
CREATE SCHEMA IF NOT EXISTS ${quoted(schema)};
CREATE TABLE IF NOT EXISTS ${canary} (
  key text COLLATE "C", registry text, kind text NOT NULL, nonce text NOT NULL, PRIMARY KEY (registry, key)
);
CREATE TABLE IF NOT EXISTS ${claim} (
  key text COLLATE "C" PRIMARY KEY, holder text NOT NULL, fence bigint, at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${hold} (
  key text COLLATE "C" PRIMARY KEY, by text NOT NULL, reason text NOT NULL, at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE IF NOT EXISTS ${deletion} (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, key text NOT NULL, kind text NOT NULL, owner text,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX IF NOT EXISTS deletion_by_key ON ${deletion} (key);
`;
}
