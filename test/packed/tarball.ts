// What is asked of each tarball before anyone installs it.

import { spawnSync } from 'node:child_process';
import { dirname } from 'node:path';
import type { Check } from './check.ts';
import { npm, tool } from './command.ts';

export interface PackedPackage {
  readonly name: string;
  readonly folder: string;
  /** The built files that its exports name. */
  readonly files: readonly string[];
  /** Its export paths as a consumer writes them: `@belay/runner`, `@belay/runner/svg`. */
  readonly entries: readonly string[];
  /** The commands that it brings: `belay`. */
  readonly commands: readonly string[];
  readonly tarball: string;
}

export function tarballChecks({ name, folder, tarball }: PackedPackage): readonly Check[] {
  return [
    {
      title: `${name}: npm pack`,
      problems: () => npm(folder, ['pack', '--silent', '--pack-destination', dirname(tarball)]),
    },
    { title: `${name}: carries only what it should`, problems: () => wrongFiles(tarball) },
    {
      title: `${name}: publint --strict`,
      problems: () => tool(folder, 'publint/src/cli.js', ['--strict', tarball]),
    },
    {
      title: `${name}: attw --profile esm-only`,
      problems: () =>
        tool(folder, '@arethetypeswrong/cli/dist/index.js', ['--profile', 'esm-only', '--no-color', tarball]),
    },
  ];
}

function wrongFiles(tarball: string): readonly string[] {
  const { stdout, status } = spawnSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  if (status !== 0) return [`tar cannot read ${tarball}`];
  const files = stdout.trim().split('\n');
  const expected = ['package/package.json', 'package/LICENSE', 'package/README.md'];
  const missing = expected.filter((file) => !files.includes(file)).map((file) => `${file} is missing`);
  const extra = files.filter(
    (file) => !expected.includes(file) && !/^package\/(dist|docs|policies)\//.test(file),
  );
  return [...missing, ...extra.map((file) => `${file} should not be published`)];
}
