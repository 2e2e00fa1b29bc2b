/**
 * All files under a prefix, in the order of the bytes of their keys, one folder in memory at a time. A name that is no
 * UTF-8, a link, a pipe and another disk end the walk: what cannot be told cannot be compared.
 */

import type { BigIntStats } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Folder, marks, statOf } from './folder.ts';

/** A file and its key. */
export interface Walked {
  readonly key: string;
  readonly stat: BigIntStats;
}

/** What ends a walk. */
export class Unwalkable extends Error {}

/**
 * Walks. `onFolder` is told how many files each folder has under the prefix, as the disk lists them. A file that is gone
 * when it is looked at was taken by somebody else.
 */
export async function* walk(
  folder: Folder,
  prefix: string,
  onFolder: (files: number) => void,
): AsyncGenerator<Walked, void, void> {
  const root = await statOf(folder.path);
  if (root === undefined) throw new Unwalkable(`${folder.path} is not there`);
  const start = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  yield* walkIn(folder, { at: start, prefix, disk: root.dev }, onFolder);
}

interface Place {
  /** Empty, or ends with a slash. */
  readonly at: string;
  readonly prefix: string;
  readonly disk: bigint;
}

async function* walkIn(
  folder: Folder,
  { at, prefix, disk }: Place,
  onFolder: (files: number) => void,
): AsyncGenerator<Walked, void, void> {
  const here = await statOf(join(folder.path, at));
  if (here === undefined) throw new Unwalkable(`the folder ${at || '.'} is not there`);
  if (here.dev !== disk) throw new Unwalkable(`${at} is on another disk, from which nothing can be renamed`);
  const names = await readdir(join(folder.path, at), { withFileTypes: true, encoding: 'buffer' });
  const entries = names.map((one) => ({
    // A folder stands where its slash puts it: `a.b` comes before `a/c`, though `a` comes before `a.b`.
    key: `${at}${textOf(one.name)}${one.isDirectory() ? '/' : ''}`,
    isFile: one.isFile(),
    isFolder: one.isDirectory(),
  }));
  const under = entries
    .filter(({ key }) => key !== `${marks}/` && (key.startsWith(prefix) || prefix.startsWith(key)))
    .sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const stranger = under.find(({ isFile, isFolder }) => !isFile && !isFolder);
  if (stranger !== undefined) throw new Unwalkable(`${stranger.key} is neither a file nor a folder`);
  onFolder(under.filter(({ isFile, key }) => isFile && key.startsWith(prefix)).length);
  for (const { key, isFolder } of under) {
    if (isFolder) {
      yield* walkIn(folder, { at: key, prefix, disk }, onFolder);
    } else if (key.startsWith(prefix)) {
      const stat = await statOf(join(folder.path, key));
      if (stat !== undefined) yield { key, stat };
      else onFolder(-1);
    }
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(name: Buffer): string {
  try {
    return utf8.decode(name);
  } catch {
    throw new Unwalkable(`the name ${JSON.stringify(name.toString('latin1'))} is no UTF-8`);
  }
}
