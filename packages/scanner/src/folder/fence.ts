/**
 * The mark of who sweeps a folder. Each raise is a file of its own with the next number, made by a link, which the disk
 * refuses where another one has been there first: a compare-and-set without a lock that could be left behind.
 */

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { Call } from '../call.ts';
import type { FenceMark } from '../remover.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import {
  type Folder,
  inFolder,
  isTaken,
  marks,
  readIfThere,
  readMark,
  textAt,
  valueAt,
  writeWhole,
} from './folder.ts';

interface Stand {
  readonly turn: number;
  readonly mark: FenceMark | undefined;
}

/** The mark as it stands. */
export function fenceOf(folder: Folder, call: Call): ResultAsync<FenceMark | undefined, ScannerError> {
  return inFolder(folder, call, async () => (await standOf(folder)).map(({ mark }) => mark));
}

/** Sets it, if it is still `from`. */
export function raiseFence(
  folder: Folder,
  from: FenceMark | undefined,
  to: FenceMark,
  call: Call,
): ResultAsync<void, ScannerError> {
  return inFolder<void>(folder, call, async () => {
    const now = await standOf(folder);
    if (now.isErr()) return err(now.error);
    const { turn, mark } = now.value;
    const overtaken = scannerError('fenced-out', `${folder.name} carries the mark of another sweeper.`);
    if (!isSame(mark, from)) return err(overtaken);
    const [mine, passed] = [fileOf(folder, turn + 1), fileOf(folder, turn - 1)];
    try {
      await writeWhole(mine, JSON.stringify(to));
    } catch (thrown) {
      if (isTaken(thrown)) return err(overtaken);
      throw thrown;
    }
    // Whoever was slow between the two may have taken a number that had been passed and cleared away.
    const after = await standOf(folder);
    if (after.isErr()) return err(after.error);
    const isLast = after.value.turn === turn + 1;
    await rm(isLast ? passed : mine, { force: true });
    return isLast ? ok(undefined) : err(overtaken);
  });
}

async function standOf(folder: Folder): Promise<Result<Stand, ScannerError>> {
  const there = await readMark(folder);
  if (there.isErr()) return err(there.error);
  const at = join(folder.path, marks, 'sweeper');
  await mkdir(at, { recursive: true });
  const turns = (await readdir(at)).map((name) => Number(/^(\d+)\.json$/.exec(name)?.[1] ?? 0));
  const turn = Math.max(0, ...turns);
  if (turn === 0) return ok({ turn, mark: undefined });
  const text = (await readIfThere(fileOf(folder, turn))) ?? '';
  const [ledger, fence] = [textAt(text, 'ledger'), valueAt(text, 'fence')];
  if (ledger === undefined || typeof fence !== 'number') {
    return err(scannerError('not-believed', `${folder.name}: the mark of who sweeps cannot be read.`));
  }
  const line = valueAt(text, 'line');
  return ok({ turn, mark: { ledger, fence, ...(isLine(line) && { line }) } });
}

function isSame(a: FenceMark | undefined, b: FenceMark | undefined): boolean {
  return a?.ledger === b?.ledger && a?.fence === b?.fence && a?.line?.hash === b?.line?.hash;
}

/** The last line of the ledger, as it was when the mark was set. */
function isLine(value: unknown): value is NonNullable<FenceMark['line']> {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof Reflect.get(value, 'seq') === 'number' &&
    typeof Reflect.get(value, 'hash') === 'string'
  );
}

function fileOf({ path }: Folder, turn: number): string {
  return join(path, marks, 'sweeper', `${turn}.json`);
}
