/**
 * Takes files of a folder away: into `.belay/trash/<run>`, by one rename on the same disk, and back by a link, which
 * never writes over a file that has come meanwhile. A disk does not compare versions by itself: what was moved is looked
 * at afterwards, and put back where it is another file than the one that was judged.
 */

import { link, mkdir, rename, rm, unlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { err, ok, type Result } from 'neverthrow';
import type { SideResult } from '../call.ts';
import { type ItemKey, itemKey, itemKind, runId } from '../key.ts';
import type { Quarantined, Removal, RemovalCall, Removed, Remover, Whereabouts } from '../remover.ts';
import type { ScannerError } from '../scanner-error.ts';
import { fenceOf, raiseFence } from './fence.ts';
import {
  type Folder,
  fileNameOf,
  inFolder,
  isTaken,
  marks,
  pathOf,
  probeKey,
  readMark,
  statOf,
  versionOf,
  writeWhole,
} from './folder.ts';
import { holdOn } from './holds.ts';

/** A remover for a folder on a local disk. The user under whom it runs may rename in it; the scanner's may not. */
export function folderRemover(folder: Folder): Remover {
  const each = <I extends Removal, A>(
    items: readonly I[],
    call: RemovalCall,
    work: (item: I, path: string) => Promise<A>,
    failed: (item: I, message: string, applied: 'no' | 'unknown') => A,
  ): SideResult<readonly A[]> =>
    inFolder(folder, call, async () => {
      const mark = await readMark(folder);
      if (mark.isErr()) return err<readonly A[], ScannerError>(mark.error);
      const answers: A[] = [];
      for (const item of items) {
        const path = pathOf(folder, item.key);
        answers.push(
          path === undefined
            ? failed(item, 'No file of this folder can have that name.', 'no')
            : await work(item, path).catch((thrown: unknown) =>
                failed(item, thrown instanceof Error ? thrown.message : String(thrown), 'unknown'),
              ),
        );
      }
      return ok(answers);
    });
  const failed = ({ key }: Removal, message: string, applied: 'no' | 'unknown'): Removed =>
    applied === 'no' ? refused(key, 'failed', message) : { key, outcome: 'unknown', message };
  return {
    name: folder.name,
    traits: { conditional: false, quarantine: 'native' },
    prove: (call) => inFolder(folder, call, () => prove(folder)),
    fence: (call) => fenceOf(folder, call),
    raiseFence: (from, to, call) => raiseFence(folder, from, to, call),
    quarantine: (items, call) =>
      each(items, call, (item, path) => putAside(folder, { ...item, path }, call), failed),
    restore: (items, call) => each(items, call, (item, path) => bringBack(folder, { ...item, path }), failed),
    delete: (items, call) => each(items, call, (item, path) => deleteOne(folder, { ...item, path }), failed),
    find: (items, call) =>
      each(
        items,
        call,
        (item, path) => whereIs(folder, { ...item, path }, call),
        ({ key }, message): Whereabouts => ({ key, at: 'unknown', message }),
      ),
  };
}

/** What is to be done with, and where its file is. */
type At<I extends Removal> = I & { readonly path: string };

async function putAside(
  folder: Folder,
  { key, version, path: from }: At<Removal>,
  call: RemovalCall,
): Promise<Removed> {
  const token = tokenOf(call.run, key);
  const to = trashOf(folder, token);
  const there = await statOf(from);
  if (there === undefined) return refused(key, 'absent', 'It is not there.');
  if (!there.isFile() || versionOf(there) !== version)
    return refused(key, 'version', 'It is another file now.');
  const held = await holdOn(folder, key);
  if (held !== undefined) return refused(key, 'held', `${held.by} holds it: ${held.reason}`);
  if ((await statOf(to)) !== undefined)
    return refused(key, 'failed', 'This run has put it aside once before.');
  await mkdir(dirname(to), { recursive: true });
  // For a person who finds the trash without the ledger.
  await writeFile(`${to}.json`, JSON.stringify({ key, version, run: call.run }), { flush: true });
  await rename(from, to);
  const moved = await statOf(to);
  if (moved !== undefined && versionOf(moved) === version) return { key, outcome: 'done', token };
  await link(to, from);
  await unlink(to);
  return refused(key, 'version', 'It was written anew at that moment, and was put back.');
}

async function bringBack(folder: Folder, { key, token, path: to }: At<Quarantined>): Promise<Removed> {
  const from = trashOf(folder, token);
  const kept = await statOf(from);
  if (kept === undefined) return refused(key, 'absent', 'It is not in the trash.');
  await mkdir(dirname(to), { recursive: true });
  try {
    await link(from, to);
  } catch (thrown) {
    if (!isTaken(thrown)) throw thrown;
    // An earlier try may have ended between its two steps.
    if ((await statOf(to))?.ino !== kept.ino) {
      return refused(key, 'version', 'There is a newer file under its name: move that away first.');
    }
  }
  await unlink(from);
  await rm(`${from}.json`, { force: true });
  return { key, outcome: 'done', token };
}

async function deleteOne(folder: Folder, { key, token, path }: At<Quarantined>): Promise<Removed> {
  const at = trashOf(folder, token);
  const kept = await statOf(at);
  if (kept === undefined) return refused(key, 'absent', 'It is not in the trash.');
  if ((await statOf(path))?.ino === kept.ino) {
    return refused(key, 'version', 'It has been brought back.');
  }
  await unlink(at);
  await rm(`${at}.json`, { force: true });
  return { key, outcome: 'done', token };
}

async function whereIs(
  folder: Folder,
  { key, path, token: known }: At<Removal> & { readonly token?: string },
  { run }: RemovalCall,
): Promise<Whereabouts> {
  const token = known ?? tokenOf(run, key);
  const [stored, kept] = [await statOf(path), await statOf(trashOf(folder, token))];
  if (kept !== undefined && kept.ino !== stored?.ino) {
    return { key, at: 'quarantine', version: versionOf(kept), token };
  }
  return stored === undefined ? { key, at: 'gone' } : { key, at: 'stored', version: versionOf(stored) };
}

/** On a file of its own: put aside under a wrong version, then under the right one, then brought back. */
async function prove(
  folder: Folder,
): Promise<Result<{ readonly conditional: boolean; readonly restores: boolean }, ScannerError>> {
  const mark = await readMark(folder);
  if (mark.isErr()) return err(mark.error);
  // A key under belay's own, where nobody else's can be.
  const key = itemKey(probeKey)._unsafeUnwrap();
  const path = join(folder.path, key);
  await rm(path, { force: true });
  await writeWhole(path, 'probe');
  const call: RemovalCall = { run: runId('probe')._unsafeUnwrap(), fence: 0 };
  await rm(trashOf(folder, tokenOf(call.run, key)), { force: true });
  const stat = await statOf(path);
  const probe = { key, path, kind: itemKind('probe')._unsafeUnwrap(), version: stat ? versionOf(stat) : '' };
  const wrong = await putAside(folder, { ...probe, version: '0-0-0' }, call);
  const aside = await putAside(folder, probe, call);
  const back = aside.outcome === 'done' ? await bringBack(folder, { ...probe, token: aside.token }) : aside;
  const again = await statOf(path);
  const restores = back.outcome === 'done' && again !== undefined && versionOf(again) === probe.version;
  await rm(path, { force: true });
  // The version is compared by belay a moment before, never by the disk itself.
  return ok({ conditional: false, restores: restores && wrong.outcome === 'refused' });
}

/** Of a run and a key: found again without the ledger's word. */
function tokenOf(run: string, key: string): string {
  return `${fileNameOf(run).slice(0, 16)}/${fileNameOf(key)}`;
}

/** Throws where the token is none of ours: it leads nobody knows where. */
function trashOf({ path }: Folder, token: string): string {
  if (!/^[0-9a-f]{16}\/[0-9a-f]{64}$/.test(token)) throw new Error(`${token} is no token of this remover`);
  return join(path, marks, 'trash', token);
}

function refused(
  key: ItemKey,
  because: Extract<Removed, { readonly outcome: 'refused' }>['because'],
  message: string,
): Removed {
  return { key, outcome: 'refused', because, message };
}
