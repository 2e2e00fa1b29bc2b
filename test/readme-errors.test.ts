// The pages quote what the compiler and the linter say to a few mistakes, so that a reader finds the quote by the
// words on the screen. Here the mistakes are made, and the words compared.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ESLint } from 'eslint';
import { parser } from 'typescript-eslint';
import { beforeAll, expect, test } from 'vitest';
import { mustUseResult } from './lint/must-use-result.ts';
import { fencesOf } from './readme/blocks.ts';

const root = join(import.meta.dirname, '..');
const folder = join(root, '.cache', 'readme-errors');
const execute = promisify(execFile);

interface Mistake {
  readonly file: string;
  readonly code: string;
  readonly quote: string;
}

/** The part of a page under `You will see this error`. */
function sectionOf(path: string): string {
  const page = readFileSync(join(root, path), 'utf8');
  return page.split(/^## /m).find((section) => section.startsWith('You will see this error')) ?? '';
}

function quotesOf(section: string): readonly string[] {
  return fencesOf(section).flatMap(({ info, body }) => (info[0] === 'text' ? [body.trim()] : []));
}

/** Each block of code with the words that follow it. */
function mistakesOf(section: string): readonly Mistake[] {
  const fences = fencesOf(section);
  return fences.flatMap(({ info, body }, index) => {
    const next = fences[index + 1];
    if (info[0] !== 'ts' || next?.info[0] !== 'text') return [];
    return [{ file: `mistake-${index}.ts`, code: body, quote: next.body.trim() }];
  });
}

/** What stands around the blocks on the page. */
const before = `
import { type GraphBuilder, memoryJournal, openRunner, type Runner, type StepGraph } from '@belay/runner';
import { ok } from 'neverthrow';
interface Volumes { readonly volumes: { create(key: string): { readonly id: string } } }
declare const g: GraphBuilder<Volumes>;
declare const runner: Runner;
declare const move: StepGraph<Volumes, null, void>;
export async function shown(): Promise<void> {
`;

const runnerSection = sectionOf('packages/runner/README.md');
const mistakes = mistakesOf(runnerSection);
const isOfTheCompiler = ({ quote }: Mistake) => quote.startsWith('error TS');

beforeAll(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const compilerOptions = { declaration: false, isolatedDeclarations: false, noUnusedLocals: false };
  const config = { extends: '../../tsconfig.json', compilerOptions, include: ['*.ts'], exclude: [] };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  for (const { file, code } of mistakes) writeFileSync(join(folder, file), `${before}${code}}\n`);
});

test('every error that a page quotes stands beside the code that makes it, in the page of the runner', () => {
  expect(mistakes.map(({ quote }) => quote)).toEqual(quotesOf(runnerSection));
  expect(mistakes.filter(isOfTheCompiler)).toHaveLength(3);
  const inFront = quotesOf(sectionOf('README.md'));
  expect(inFront).toHaveLength(3);
  expect(quotesOf(runnerSection)).toEqual(expect.arrayContaining([...inFront]));
});

test('the first that the compiler says is what is quoted', async () => {
  const said = await compilerSays();
  for (const mistake of mistakes) {
    const own = said.filter((line) => line.startsWith(`${mistake.file}(`));
    const words = own.map((line) => line.replace(/^[^:]*: /, ''));
    // One mistake may lead to another error further down; the reader meets this one first.
    expect(words[0], mistake.code).toBe(isOfTheCompiler(mistake) ? mistake.quote : undefined);
  }
}, 90_000);

test('the lint rule says what is quoted, and nothing else', async () => {
  const eslint = new ESLint({
    cwd: folder,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.ts'],
        languageOptions: {
          parser,
          parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: folder },
        },
        plugins: { belay: { rules: { 'must-use-result': mustUseResult as never } } },
        rules: { 'belay/must-use-result': 'error' },
      },
    ],
  });
  const dropped = mistakes.filter((mistake) => !isOfTheCompiler(mistake));
  expect(dropped).toHaveLength(1);
  for (const { file, quote } of dropped) {
    const reports = await eslint.lintFiles([file]);
    const said = reports.flatMap(({ messages }) => messages.map((each) => `${each.message}  ${each.ruleId}`));
    expect(said).toEqual([quote]);
  }
}, 180_000);

/** The first line of each error, as `file(line,column): error …`. */
async function compilerSays(): Promise<readonly string[]> {
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  const said = await execute(process.execPath, [tsc, '-p', '.', '--pretty', 'false'], { cwd: folder }).catch(
    (thrown: { readonly stdout: string }) => thrown,
  );
  return said.stdout.split('\n').filter((line) => line !== '' && !line.startsWith(' '));
}
