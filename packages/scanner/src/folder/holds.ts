/**
 * Holds on files of a folder: one small file each, under belay's own, with who holds it and why. They are asked for at
 * the last look and again at the removal itself.
 */

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type ResultAsync } from 'neverthrow';
import type { Held, HoldKeeper } from '../hold-keeper.ts';
import type { ScannerError } from '../scanner-error.ts';
import {
  type Folder,
  fileNameOf,
  inFolder,
  isTaken,
  marks,
  readIfThere,
  textAt,
  writeWhole,
} from './folder.ts';

/** Who holds a key; `undefined` where nobody does. Throws what the disk says: then nobody knows. */
export async function holdOn({ path }: Folder, key: string): Promise<Held | undefined> {
  const text = await readIfThere(join(path, marks, 'holds', `${fileNameOf(key)}.json`));
  // A hold that cannot be read is a hold.
  return text === undefined ? undefined : { ...heldIn(text), key };
}

/** Keeps the holds of a folder. */
export function folderHolds(folder: Folder): HoldKeeper {
  const at = join(folder.path, marks, 'holds');
  const fileOf = (key: string): string => join(at, `${fileNameOf(key)}.json`);
  return {
    name: folder.name,
    add: (held) =>
      inFolder(folder, {}, async () => {
        await mkdir(at, { recursive: true });
        try {
          await writeWhole(fileOf(held.key), JSON.stringify(held));
          return ok<'added' | 'was-held', ScannerError>('added');
        } catch (thrown) {
          if (isTaken(thrown)) return ok<'added' | 'was-held', ScannerError>('was-held');
          throw thrown;
        }
      }),
    remove: (key) =>
      inFolder(folder, {}, async () => {
        const was = await readIfThere(fileOf(key));
        await rm(fileOf(key), { force: true });
        return ok(was === undefined ? undefined : { ...heldIn(was), key });
      }),
    list: (): ResultAsync<readonly Held[], ScannerError> =>
      inFolder(folder, {}, async () => {
        await mkdir(at, { recursive: true });
        const names = (await readdir(at)).filter((name) => name.endsWith('.json') && !name.startsWith('.'));
        const texts = await Promise.all(names.map((name) => readIfThere(join(at, name))));
        const all = texts.filter((text) => text !== undefined).map(heldIn);
        return ok(all.sort((a, b) => (a.key < b.key ? -1 : 1)));
      }),
  };
}

function heldIn(text: string): Held {
  const field = (name: string): string => textAt(text, name) ?? '(not readable)';
  return { key: field('key'), by: field('by'), reason: field('reason') };
}
