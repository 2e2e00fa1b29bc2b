// A stranger's project: empty but for our tarballs. It lies outside the repository, so that nothing of the
// workspace can be resolved by accident.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { examplesOf } from '../readme/blocks.ts';
import type { Check } from './check.ts';
import { npm, problemsOf, tool } from './command.ts';
import type { PackedPackage } from './tarball.ts';

const root = join(import.meta.dirname, '..', '..');

const strict = {
  strict: true,
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  types: ['node'],
  noEmit: true,
};

/** The module settings under which our types must be readable, in a project that checks libraries too. */
const settings: Readonly<Record<string, object>> = {
  nodenext: { ...strict, module: 'nodenext', skipLibCheck: false },
  bundler: { ...strict, module: 'preserve', moduleResolution: 'bundler', skipLibCheck: false },
};

interface Program {
  readonly title: string;
  readonly file: string;
  readonly code: string;
}

export function consumerChecks(packages: readonly PackedPackage[], folder: string): readonly Check[] {
  const entries = packages.flatMap((one) => one.entries);
  const examples = [join(root, 'README.md'), ...packages.map((one) => join(one.folder, 'README.md'))].flatMap(
    programsOf,
  );
  const programs = [{ file: 'surface.ts', code: surface(entries) }, ...examples];
  return [
    { title: 'consumer: npm install of all tarballs', problems: () => install(packages, programs, folder) },
    ...Object.keys(settings).map((name) => ({
      title: `consumer: type-checks under ${name}`,
      problems: () => tool(folder, 'typescript/bin/tsc', ['-p', `tsconfig.${name}.json`]),
    })),
    ...examples.map(({ title, file }) => ({
      title: `consumer: runs ${title}`,
      problems: () => problemsOf(folder, process.execPath, [file]),
    })),
    ...packages
      .flatMap(({ commands }) => commands)
      .map((command) => ({
        title: `consumer: npx ${command} --help`,
        problems: () => npm(folder, ['exec', '--no', '--', command, '--help']),
      })),
    ...entries.flatMap((entry) => [
      { title: `consumer: import('${entry}')`, problems: () => load(folder, entry, 'mjs') },
      { title: `consumer: require('${entry}')`, problems: () => load(folder, entry, 'cjs') },
    ]),
  ];
}

/** The runnable examples of one README page, as programs of the stranger's project. */
function programsOf(page: string): readonly Program[] {
  if (!existsSync(page)) return [];
  const path = relative(root, page).replaceAll('\\', '/');
  return examplesOf(readFileSync(page, 'utf8')).map(({ line, code }) => ({
    title: `${path}, line ${line}`,
    file: `${path.replace(/\W+/g, '-')}-line-${line}.ts`,
    code,
  }));
}

function install(
  packages: readonly PackedPackage[],
  programs: readonly Pick<Program, 'file' | 'code'>[],
  folder: string,
): readonly string[] {
  mkdirSync(folder, { recursive: true });
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  // Each tarball stands as a dependency of its own, so that a package's wish for its sibling finds it here.
  const dependencies = {
    ...Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${tarball}`])),
    '@types/node': devDependencies['@types/node'],
  };
  write(
    folder,
    'package.json',
    JSON.stringify({ name: 'consumer', private: true, type: 'module', dependencies }),
  );
  for (const { file, code } of programs) write(folder, file, code);
  for (const [name, compilerOptions] of Object.entries(settings)) {
    write(folder, `tsconfig.${name}.json`, JSON.stringify({ compilerOptions, include: ['*.ts'] }));
  }
  return npm(folder, ['install', '--no-audit', '--no-fund', '--loglevel=error']);
}

/** Uses each entry as a value, so that the compiler resolves and reads all of its types. */
function surface(entries: readonly string[]): string {
  const imports = entries.map((entry, index) => `import * as entry${index} from '${entry}';`);
  const names = entries.map((_, index) => `entry${index}`);
  return [...imports, `export const surface: readonly object[] = [${names.join(', ')}];`, ''].join('\n');
}

function load(folder: string, entry: string, kind: 'mjs' | 'cjs'): readonly string[] {
  const file = `load-${entry.replace(/\W+/g, '-')}.${kind}`;
  const loaded = kind === 'mjs' ? `await import('${entry}')` : `require('${entry}')`;
  const complain = `process.exitCode = 1; console.log('it exports no value')`;
  write(folder, file, `const all = ${loaded};\nif (Object.keys(all).length === 0) { ${complain}; }\n`);
  return problemsOf(folder, process.execPath, [file]);
}

function write(folder: string, file: string, text: string): void {
  writeFileSync(join(folder, file), text);
}
