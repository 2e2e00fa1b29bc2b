// Runs the examples of our README pages, so that what a newcomer copies works. Each example becomes a file in a
// folder that git ignores, inside the tree, where it sees the packages as a reader's project would.

import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Example, examplesOf } from './readme/blocks.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'readme');
const execute = promisify(execFile);

interface Page {
  readonly path: string;
  readonly examples: readonly Example[];
}

const pages: readonly Page[] = ['README.md', ...readdirSync(join(root, 'packages')).map(readmeOf)]
  .filter((path) => existsSync(join(root, path)))
  .map((path) => ({ path, examples: examplesOf(readFileSync(join(root, path), 'utf8')) }));

function readmeOf(name: string): string {
  return `packages/${name}/README.md`;
}

function fileOf({ path }: Page, { line }: Example): string {
  return join(folder, `${path.replaceAll('/', '-').replace('.md', '')}-line-${line}.ts`);
}

async function run(
  args: readonly string[],
): Promise<{ readonly code: number; readonly stdout: string; readonly all: string }> {
  const env = { ...process.env, NO_COLOR: '1' };
  try {
    const { stdout, stderr } = await execute(process.execPath, args, { cwd: root, env, timeout: 180_000 });
    return { code: 0, stdout, all: stdout + stderr };
  } catch (thrown) {
    const { code, stdout, stderr } = thrown as { code?: unknown; stdout: string; stderr: string };
    return { code: typeof code === 'number' ? code : 1, stdout, all: stdout + stderr };
  }
}

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { declaration: false, isolatedDeclarations: false, noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  for (const page of pages) {
    for (const example of page.examples) writeFileSync(fileOf(page, example), example.code);
  }
});

describe('finding examples', () => {
  const fence = '```';

  test('takes the blocks that say run, with the output that follows', () => {
    const page = [
      '# A',
      `${fence}ts run`,
      'a();',
      fence,
      'prints',
      `${fence}text output`,
      '1',
      fence,
      '',
    ].join('\n');
    expect(examplesOf(page)).toEqual([{ line: 2, code: 'a();\n', output: '1\n' }]);
  });

  test('takes a first line that says run, and leaves every other block', () => {
    const page = [
      `${fence}ts`,
      '// run',
      'b();',
      fence,
      `${fence}ts`,
      'c();',
      fence,
      `${fence}text`,
      'x',
      fence,
    ];
    expect(examplesOf(page.join('\n')).map(({ line, output }) => [line, output])).toEqual([[1, undefined]]);
  });
});

describe('README examples', () => {
  test('type-check', async () => {
    if (pages.every(({ examples }) => examples.length === 0)) return;
    const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
    const { code, all } = await run([tsc, '-p', join(folder, 'tsconfig.json')]);
    expect(code, all).toBe(0);
  }, 90_000);

  for (const page of pages) {
    for (const example of page.examples) {
      test(`${page.path}, line ${example.line}`, async () => {
        const { code, stdout, all } = await run(['--conditions=@belay/source', fileOf(page, example)]);
        expect(code, all).toBe(0);
        if (example.output !== undefined) expect(stdout.trimEnd()).toBe(example.output.trimEnd());
      }, 180_000);
    }
  }
});
