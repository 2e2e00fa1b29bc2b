// The tree as the tidy tests see it: every file that people wrote, by its path from the root, with `/` between.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root: string = join(import.meta.dirname, '..', '..');

const skippedFolders: ReadonlySet<string> = new Set(['node_modules', 'dist', '.git', '.cache', 'coverage']);
const skippedFiles = /(^docs\/api\/)|\.(db|db-shm|db-wal|tgz|log|png|jpg|gif|ico|woff2)$/;

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

/** Reads the whole tree once; a few hundred small files take a few milliseconds. */
export function readTree(): readonly SourceFile[] {
  return pathsUnder('')
    .filter((path) => !skippedFiles.test(path))
    .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
}

function pathsUnder(folder: string): readonly string[] {
  const entries = readdirSync(join(root, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isFile()) return [path];
    return entry.isDirectory() && !skippedFolders.has(entry.name) ? pathsUnder(path) : [];
  });
}

/** The folder name of the package that a path lies in: `packages/aws/src/x.ts` is in `aws`. */
export function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

export function isPackageSource(path: string): boolean {
  return /^packages\/[^/]+\/src\/.+\.ts$/.test(path);
}

/** The line on which an offset of a text lies, counted from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
