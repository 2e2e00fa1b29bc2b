/**
 * One opening of the file for one question. The file must be there, be the one that is meant, and be in WAL mode, where
 * a long read keeps nobody from writing.
 */

import { createHash } from 'node:crypto';
import { DatabaseSync, type SQLInputValue, type SQLOutputValue } from 'node:sqlite';
import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';

/** Where a registry lies. */
export interface FileOptions {
  readonly name: string;
  readonly path: string;
  readonly view: string;
  readonly expectedId: string | undefined;
  /** How long another process's write is waited for. */
  readonly timeoutMs: number;
}

export type Row = Record<string, SQLOutputValue>;

/** An open file inside a transaction. */
export class OpenFile {
  readonly db: DatabaseSync;
  readonly identity: SourceIdentity;

  constructor(db: DatabaseSync, identity: SourceIdentity) {
    this.db = db;
    this.identity = identity;
  }

  all(sql: string, ...values: SQLInputValue[]): readonly Row[] {
    return this.db.prepare(sql).all(...values);
  }

  /** A number that a statement gives under the name `n`. */
  number(sql: string, ...values: SQLInputValue[]): number {
    const value = this.db.prepare(sql).get(...values)?.['n'];
    if (typeof value !== 'number') throw new TypeError(`“${sql}” gave no number`);
    return value;
  }
}

/** Opens it and begins a transaction: `DEFERRED` to read one moment, `IMMEDIATE` to change something. */
export function openFile(
  options: FileOptions,
  mode: 'DEFERRED' | 'IMMEDIATE',
): Result<OpenFile, ScannerError> {
  let db: DatabaseSync | undefined;
  try {
    // Not made where it is missing: an empty file in its place would say that nothing is needed.
    db = new DatabaseSync(options.path, { readOnly: mode === 'DEFERRED', timeout: options.timeoutMs });
    db.exec(`BEGIN ${mode}`);
    const problem = problemOf(db, options);
    if (problem !== undefined) {
      db.close();
      return err(scannerError('not-believed', `${options.name} ${problem}.`, { source: options.name }));
    }
    return ok(new OpenFile(db, identityOf(db, options)));
  } catch (thrown) {
    db?.close();
    return err(unavailable(thrown, options.name));
  }
}

/** What SQLite has thrown. */
export function unavailable(thrown: unknown, name: string): ScannerError {
  const cause = failureOf(thrown, 'sqlite');
  return scannerError('unavailable', `${name}: ${cause.message}`, { source: name, cause });
}

/** A name, quoted so that it can mean nothing else. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function problemOf(db: DatabaseSync, options: FileOptions): string | undefined {
  const meta = db.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'belay_meta'").get();
  if (meta === undefined) return 'has none of belay’s tables: it is another file, or a new one';
  const view = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(options.view);
  if (view === undefined) return `has no ${options.view}`;
  if (pragma(db, 'encoding') !== 'UTF-8')
    return `has the encoding ${pragma(db, 'encoding')}, and keys are UTF-8`;
  if (pragma(db, 'journal_mode') !== 'wal')
    return 'is not in WAL mode: a scan would keep the application from writing';
  const { id } = identityOf(db, options);
  if (options.expectedId !== undefined && options.expectedId !== id) {
    return `is ${id}, and ${options.expectedId} was expected`;
  }
  return undefined;
}

function identityOf(db: DatabaseSync, { view }: FileOptions): SourceIdentity {
  const meta = new Map(
    db
      .prepare('SELECT name, value FROM belay_meta')
      .all()
      .map((row) => [row['name'], row['value']]),
  );
  const layout = db.prepare('SELECT sql FROM sqlite_schema WHERE name = ?').get(view)?.['sql'];
  return {
    id: `sqlite:${String(meta.get('id') ?? '')}/${view}`,
    environment: String(meta.get('environment') ?? ''),
    schema: createHash('sha256').update(String(layout)).digest('hex').slice(0, 16),
  };
}

function pragma(db: DatabaseSync, name: 'encoding' | 'journal_mode'): unknown {
  return db.prepare(`PRAGMA ${name}`).get()?.[name];
}
