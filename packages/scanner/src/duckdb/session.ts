/**
 * DuckDB as a place to sort and read what does not fit into memory. It is loaded when it is first needed, so that who
 * uses no file and sorts nothing does not have to install it.
 */

import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type ScannerError, scannerError } from '../scanner-error.ts';

/** How much DuckDB may take. */
export interface DuckdbOptions {
  /** What is beyond this goes to the disk; 256 where left out. DuckDB's process takes some 20 to 30 % more. */
  readonly memoryLimitMiB?: number | undefined;
  /** For what does not fit into memory; a folder on a local disk with room for the whole side. */
  readonly temporaryFolder: string;
}

/** A database in memory, for one answer. */
export interface Duckdb {
  run(sql: string): Promise<unknown>;
  /** The rows in pieces, each value as DuckDB's JSON has it. */
  rows(sql: string, values?: readonly string[]): AsyncIterable<readonly (readonly unknown[])[]>;
  /** Adds rows of two texts to a table, fast. */
  append(table: string, rows: readonly (readonly [string, string])[]): Promise<void>;
  close(): void;
}

/** Opens one; `unsupported` where DuckDB is not installed. */
export async function openDuckdb(
  options: DuckdbOptions,
  name: string,
): Promise<Result<Duckdb, ScannerError>> {
  const { memoryLimitMiB = 256, temporaryFolder } = options;
  try {
    const { DuckDBInstance } = await import('@duckdb/node-api');
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${memoryLimitMiB}MiB`,
      temp_directory: temporaryFolder,
      threads: '2',
      // Rows in the order of insertion are of no use here, and cost memory.
      preserve_insertion_order: 'false',
    });
    const connection = await instance.connect();
    return ok({
      run: (sql) => connection.run(sql),
      rows: async function* (sql, values = []) {
        const result = await connection.stream(sql, [...values]);
        yield* result.yieldRowsJson();
      },
      append: async (table, rows) => {
        const appender = await connection.createAppender(table);
        for (const [first, second] of rows) {
          appender.appendVarchar(first);
          appender.appendVarchar(second);
          appender.endRow();
        }
        appender.closeSync();
      },
      close: () => {
        connection.closeSync();
        instance.closeSync();
      },
    });
  } catch (thrown) {
    if (isNotInstalled(thrown)) {
      const message = `${name} needs DuckDB: npm install @duckdb/node-api.`;
      return err(scannerError('unsupported', message, { source: name }));
    }
    const cause = failureOf(thrown, 'duckdb');
    return err(scannerError('unavailable', `${name}: ${cause.message}`, { source: name, cause }));
  }
}

/** A text in SQL. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function isNotInstalled(thrown: unknown): boolean {
  return thrown instanceof Error && Reflect.get(thrown, 'code') === 'ERR_MODULE_NOT_FOUND';
}
