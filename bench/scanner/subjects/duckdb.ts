/**
 * DuckDB's anti-join over the two files as CSV of one column, with 1 GB and two threads. One direction only.
 */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { answer } from './task.ts';

const [stored = '', needed = ''] = process.argv.slice(2);
// It is the scanner's own optional peer, and is installed for that package.
const require = createRequire(new URL('../../../packages/scanner/package.json', import.meta.url));
const { DuckDBInstance } = (await import(
  pathToFileURL(require.resolve('@duckdb/node-api')).href
)) as typeof import('@duckdb/node-api');

const instance = await DuckDBInstance.create(':memory:', { memory_limit: '1GB', threads: '2' });
const connection = await instance.connect();
const keys = (path: string): string =>
  `read_csv('${path.replaceAll("'", "''")}', header = false, columns = {'key': 'VARCHAR'}, delim = '\t', quote = '', escape = '')`;
const reader = await connection.runAndReadAll(
  `SELECT count(*) FROM ${keys(stored)} AS stored ANTI JOIN ${keys(needed)} AS needed USING (key)`,
);
answer({ orphans: Number(reader.getRows()[0]?.[0]) });
