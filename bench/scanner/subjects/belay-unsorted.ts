/**
 * Sides that come in no order: sorted outside memory first, in the order of bytes, and then merged with every check.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [stored = '', needed = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'belay-bench-'));
const require = createRequire(new URL('../../../packages/scanner/package.json', import.meta.url));
const { DuckDBInstance } = (await import(
  pathToFileURL(require.resolve('@duckdb/node-api')).href
)) as typeof import('@duckdb/node-api');

try {
  const quoted = (path: string): string => `'${path.replaceAll("'", "''")}'`;
  const instance = await DuckDBInstance.create(':memory:', {
    memory_limit: '256MB',
    threads: '2',
    temp_directory: folder,
    preserve_insertion_order: 'false',
  });
  const connection = await instance.connect();
  const paths: string[] = [];
  for (const path of [stored, needed]) {
    const sorted = join(folder, `${paths.length}.txt`);
    // VARCHAR compares by the bytes of its UTF-8 where no collation is named.
    await connection.run(
      `COPY (SELECT key FROM read_csv(${quoted(path)}, header = false, columns = {'key': 'VARCHAR'}, delim = '\t', quote = '', escape = '') ORDER BY key)
       TO ${quoted(sorted)} (HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '')`,
    );
    paths.push(sorted);
  }
  connection.closeSync();
  process.argv.splice(2, 2, ...paths);
  await import('./belay-merge.ts');
} finally {
  rmSync(folder, { recursive: true });
}
