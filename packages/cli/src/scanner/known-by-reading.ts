/**
 * Who a side is, for sides that have no call of their own for it: a cloud says so at the end of an answer, an export in
 * the manifest beside it.
 */

import { readFile } from 'node:fs/promises';
import {
  type Inventory,
  keyPrefix,
  type ScannerError,
  type SourceIdentity,
  scannerError,
  scopeOf,
} from '@belay/scanner';
import { err, type Result, ResultAsync } from 'neverthrow';
import * as v from 'valibot';

/** Reads all that an inventory has under `prefix`, and gives who says that this was all. */
export function sourceByReading(
  { read, kinds }: Inventory,
  prefix: string,
  signal: AbortSignal,
): ResultAsync<SourceIdentity, ScannerError> {
  const asked = async (): Promise<Result<SourceIdentity, ScannerError>> => {
    const scope = keyPrefix(prefix).andThen((one) => scopeOf({ prefixes: [one], kinds }));
    if (scope.isErr()) return err(scope.error);
    const answer = read({ scope: scope.value, signal });
    for (;;) {
      const next = await answer.next();
      if (next.done === true) return next.value.map(({ source }) => source);
    }
  };
  return new ResultAsync(asked());
}

/** The source that the manifest of an export names. */
export function sourceInManifest(path: string, name: string): ResultAsync<SourceIdentity, ScannerError> {
  const wrong = (): ScannerError =>
    scannerError('not-believed', `${name}: ${path}.manifest.json names no source.`, { source: name });
  return ResultAsync.fromPromise(
    readFile(`${path}.manifest.json`, 'utf8').then((text) => v.parse(manifest, JSON.parse(text)).source),
    wrong,
  );
}

const manifest = v.object({
  source: v.object({ id: v.string(), environment: v.string(), schema: v.string() }),
});
