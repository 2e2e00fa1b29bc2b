/**
 * What an export says of itself. A file that merely ends has not said that it is whole: the program that writes it puts
 * a manifest beside it when it is done, and that is the statement of this side.
 */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';

/** The manifest: JSON beside the file, under its name with `.manifest.json` after it. */
export interface Manifest {
  readonly source: SourceIdentity;
  /** How many rows the file has, counted by who wrote it. */
  readonly rows: number;
  /** Of the file's bytes, in hex. */
  readonly sha256: string;
  /** When the export began and ended, by the clock of the source. ISO. */
  readonly startedAt: string;
  readonly endedAt: string;
}

/** Reads the manifest and holds the file against it. */
export async function manifestOf(path: string, name: string): Promise<Result<Manifest, ScannerError>> {
  const wrong = (message: string) =>
    err(scannerError('not-believed', `${name}: ${message}.`, { source: name }));
  try {
    const manifest = parse(await readFile(`${path}.manifest.json`, 'utf8'));
    if (manifest === undefined) return wrong(`${path}.manifest.json is no manifest`);
    const hash = createHash('sha256');
    for await (const part of createReadStream(path)) hash.update(part);
    const found = hash.digest('hex');
    if (found !== manifest.sha256.toLowerCase())
      return wrong(`${path} is not the file that its manifest is about`);
    return ok(manifest);
  } catch (thrown) {
    const cause = failureOf(thrown, 'file');
    return err(scannerError('unavailable', `${name}: ${cause.message}`, { source: name, cause }));
  }
}

function parse(text: string): Manifest | undefined {
  const value: unknown = JSON.parse(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const field = (of: unknown, key: string): unknown =>
    typeof of === 'object' && of !== null ? Reflect.get(of, key) : undefined;
  const source = field(value, 'source');
  const words = [
    field(source, 'id'),
    field(source, 'environment'),
    field(source, 'schema'),
    field(value, 'sha256'),
  ];
  const times = [field(value, 'startedAt'), field(value, 'endedAt')];
  const rows = field(value, 'rows');
  const isWhole =
    words.every((word) => typeof word === 'string' && word !== '') &&
    times.every((time) => typeof time === 'string' && !Number.isNaN(Date.parse(time))) &&
    Number.isSafeInteger(rows);
  // Every field was looked at just now.
  return isWhole ? (value as Manifest) : undefined;
}
