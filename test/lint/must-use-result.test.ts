import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { parser } from 'typescript-eslint';
import { expect, test } from 'vitest';
import { mustUseResult } from './must-use-result.ts';

const root = join(import.meta.dirname, '..', '..');
const fixture = join(import.meta.dirname, 'fixtures', 'results.ts');

test('reports every dropped Result of the fixture and nothing else', async () => {
  const eslint = new ESLint({
    cwd: root,
    overrideConfigFile: true,
    overrideConfig: [
      {
        files: ['**/*.ts'],
        languageOptions: { parser, parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: root } },
        plugins: { belay: { rules: { 'must-use-result': mustUseResult as never } } },
        rules: { 'belay/must-use-result': 'error' },
      },
    ],
  });
  const reports = await eslint.lintFiles([fixture]);

  const reported = new Set(reports.flatMap((report) => report.messages).map(({ line }) => line));
  const messages = reports.flatMap((report) => report.messages).map(({ ruleId }) => ruleId);
  expect(new Set(messages)).toEqual(new Set(['belay/must-use-result']));

  const lines = readFileSync(fixture, 'utf8').split('\n');
  const red = lines.flatMap((line, index) => (line.endsWith('// red') ? [index + 1] : []));
  expect([...reported].sort((a, b) => a - b)).toEqual(red);
}, 60_000);
