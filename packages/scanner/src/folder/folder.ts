/**
 * A folder on a local disk as a store: which folder it is, where belay's own files lie in it, and what version a file
 * has. The folder is told from every other one by a mark that an operator has put there once, so that a disk that is not
 * mounted, or another one mounted in its place, is nobody's empty store.
 */

import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { link, lstat, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { failureOf } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call } from '../call.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import type { SourceIdentity } from '../statement.ts';

/** Where belay's own files lie, within the folder. No prefix of a scan may reach into it. */
export const marks = '.belay';

/** The one file there that a remover may take away: its own, to show that it can bring it back. */
export const probeKey: string = `${marks}/probe`;

/** Which folder. */
export interface Folder {
  /** For people and errors. */
  readonly name: string;
  /** An absolute path. */
  readonly path: string;
}

/** What an operator says of a folder, once. */
export interface FolderMark {
  /** Of its own among all stores: `disk-1`. */
  readonly id: string;
  /** `production`, `staging`. */
  readonly environment: string;
}

/** Puts the mark into a folder that has none. One that has is left alone, and that is an error. */
export function markFolder(
  { mark, ...folder }: Folder & { readonly mark: FolderMark },
  call: Call = {},
): ResultAsync<SourceIdentity, ScannerError> {
  return inFolder(folder, call, async () => {
    await lstat(folder.path);
    await mkdir(join(folder.path, marks), { recursive: true });
    await writeWhole(join(folder.path, marks, 'folder.json'), JSON.stringify(mark));
    return ok(sourceOf(mark));
  });
}

/** Who the folder says that it is. `not-believed` where it says nothing. */
export function identityOf(folder: Folder, call: Call): ResultAsync<SourceIdentity, ScannerError> {
  return inFolder(folder, call, async () => readMark(folder));
}

/** Does something in a folder that is there and marked; what the disk says against it becomes an error. */
export function inFolder<T>(
  folder: Folder,
  { signal }: Call,
  work: () => Promise<Result<T, ScannerError>>,
): ResultAsync<T, ScannerError> {
  const source = { source: folder.name };
  const attempt = async (): Promise<Result<T, ScannerError>> => {
    if (signal?.aborted === true) {
      return err(scannerError('cancelled', `${folder.name} was not asked.`, source));
    }
    try {
      return await work();
    } catch (thrown) {
      const cause = failureOf(thrown, 'disk');
      return err(scannerError('unavailable', `${folder.name}: ${cause.message}`, { ...source, cause }));
    }
  };
  return new ResultAsync(attempt());
}

/** The mark, read. Throws what the disk says, save that there is none. */
export async function readMark({ name, path }: Folder): Promise<Result<SourceIdentity, ScannerError>> {
  const text = await readIfThere(join(path, marks, 'folder.json'));
  if (text === undefined) {
    const message = `${name}: ${path} has no mark of belay: it is another folder, or its disk is not mounted.`;
    return err(scannerError('not-believed', message, { source: name }));
  }
  const [id, environment] = [textAt(text, 'id'), textAt(text, 'environment')];
  if (id === undefined || environment === undefined) {
    return err(
      scannerError('not-believed', `${name}: the mark in ${path} cannot be read.`, { source: name }),
    );
  }
  return ok(sourceOf({ id, environment }));
}

/**
 * Where the file of a key is. `undefined` where its name leads nowhere below the folder (`../x`, `a//b`) or among belay's
 * own files: a key may come from a registry or a ledger that somebody else has written.
 */
export function pathOf({ path }: Folder, key: string): string | undefined {
  const isOurs = key.startsWith(`${marks}/`) && key !== probeKey;
  return isBelow(key) && !isOurs ? join(path, key) : undefined;
}

/** Is each part of it the plain name of a file or a folder? */
export function isBelow(key: string): boolean {
  return !key.includes('\0') && key.split('/').every((part) => !['', '.', '..'].includes(part));
}

/** What a file holds, as a word: written anew, or put there anew, it has another one. A rename keeps it. */
export function versionOf({ ino, size, mtimeNs }: BigIntStats): string {
  return `${mtimeNs}-${size}-${ino}`;
}

/** A file as it is now; `undefined` where there is none. */
export async function statOf(path: string): Promise<BigIntStats | undefined> {
  return lstat(path, { bigint: true }).catch((thrown: unknown) => absentOr(thrown));
}

/** The contents of a small file; `undefined` where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((thrown: unknown) => absentOr(thrown));
}

/** Writes a file that is there whole or not at all. Throws `EEXIST` where there is one. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const half = join(dirname(path), `.${fileNameOf(`${path}\n${text}`)}.half`);
  await writeFile(half, text, { flush: true });
  try {
    await link(half, path);
  } finally {
    await rm(half, { force: true });
  }
}

/** A key as the name of a file: of one length, and of no folder. */
export function fileNameOf(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** A field of a small JSON file, where it is a text. */
export function textAt(json: string, field: string): string | undefined {
  const value: unknown = valueAt(json, field);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A field of a small JSON file, whatever it is. */
export function valueAt(json: string, field: string): unknown {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
  } catch {
    return undefined;
  }
}

/** Is it the disk's word for "there is something already"? */
export function isTaken(thrown: unknown): boolean {
  return codeOf(thrown) === 'EEXIST';
}

function absentOr(thrown: unknown): undefined {
  const code = codeOf(thrown);
  if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
  throw thrown;
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
}

function sourceOf({ id, environment }: FolderMark): SourceIdentity {
  return { id: `folder:${id}`, environment, schema: 'folder' };
}
