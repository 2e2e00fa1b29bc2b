import type { Call } from './call.ts';
import type { HostResult } from './host-error.ts';

/** Copies of databases while they are in use, made by the database itself: its files are never copied as they lie. */

/** The databases of a server. */
export interface Databases {
  /**
   * Makes a copy that is one moment of the database, checks that it can be read, and puts it under the name asked for
   * only when it is whole. What is there already under that name is replaced.
   */
  copy(spec: DatabaseCopySpec, call: Call): HostResult<DatabaseCopy>;
}

/** Which database is copied where, on the same server. Who may read it there needs no password from us. */
export type DatabaseCopySpec =
  | {
      /** By its backup call: whoever writes meanwhile goes on. */
      readonly kind: 'sqlite';
      /** Absolute path of the database. */
      readonly file: string;
      /** Absolute path of the copy, a database again. */
      readonly to: string;
    }
  | {
      /** A dump in PostgreSQL's custom format, in one transaction. */
      readonly kind: 'postgres';
      readonly database: string;
      readonly to: string;
      /** The account of the server that may connect; `postgres` where absent. */
      readonly account?: string | undefined;
    }
  | {
      /** A dump as SQL, in one transaction: one moment for tables of InnoDB. */
      readonly kind: 'mysql';
      readonly database: string;
      readonly to: string;
    };

/** A copy that is whole. */
export interface DatabaseCopy {
  readonly to: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  /** What was found when it was read back, such as `integrity_check: ok`. */
  readonly check: string;
  readonly tookMs: number;
}
