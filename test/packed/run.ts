// Checks the packages as a stranger would get them: packs each one, lets publint and attw judge the tarball,
// installs all tarballs into an empty project, type-checks a consumer against their types and loads every
// export path with `import` and with `require`. Needs a build. Exits non-zero when anything is wrong.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Check } from './check.ts';
import { consumerChecks } from './consumer.ts';
import { type PackedPackage, tarballChecks } from './tarball.ts';

const root = join(import.meta.dirname, '..', '..');

function packagesOf(packedInto: string): readonly PackedPackage[] {
  const folders = readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name));
  return folders.map((folder) => {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      readonly name: string;
      readonly version: string;
      readonly bin?: Readonly<Record<string, string>>;
      readonly exports: Readonly<
        Record<string, string | { readonly types: string; readonly default: string }>
      >;
    };
    const { name, version, bin = {} } = manifest;
    const paths = Object.entries(manifest.exports).filter(([path]) => path !== './package.json');
    const files = paths.flatMap(([, target]) =>
      typeof target === 'string' ? [target] : [target.types, target.default],
    );
    return {
      name,
      folder,
      files,
      commands: Object.keys(bin),
      entries: paths.map(([path]) => `${name}${path.slice(1)}`),
      tarball: join(packedInto, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`),
    };
  });
}

/** Are all exported files there, and none older than the newest source? */
function isBuilt({ folder, files }: PackedPackage): boolean {
  const changedAt = (path: string) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = readdirSync(join(folder, 'src'), { recursive: true, withFileTypes: true });
  const newest = Math.max(...sources.map((entry) => changedAt(join(entry.parentPath, entry.name))));
  return files.every((file) => changedAt(join(folder, file)) >= newest);
}

function isWell({ title, problems }: Check): boolean {
  const startedAt = performance.now();
  const found = problems();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${found.length === 0 ? 'ok  ' : 'FAIL'} ${title} (${seconds} s)`);
  for (const problem of found) console.log(problem.trimEnd().replace(/^/gm, '       '));
  return found.length === 0;
}

function main(): number {
  const scratch = mkdtempSync(join(tmpdir(), 'belay-packed-'));
  try {
    const packages = packagesOf(scratch);
    const unbuilt = packages.filter((one) => !isBuilt(one)).map(({ name }) => name);
    if (unbuilt.length > 0) {
      console.log(`Not built since the last change: ${unbuilt.join(', ')}. Run \`npm run build\` first.`);
      return 1;
    }
    const checks = [
      ...packages.flatMap(tarballChecks),
      ...consumerChecks(packages, join(scratch, 'consumer')),
    ];
    const failed = checks.filter((check) => !isWell(check)).length;
    console.log(`${checks.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

process.exitCode = main();
