// ESLint is here for the two rules that need types; formatting and everything else is Biome's.

import { parser, plugin } from 'typescript-eslint';
import { mustUseResult } from './test/lint/must-use-result.ts';

export default [
  // Type tests hold errors on purpose; tsd reads them, against the built declarations.
  {
    ignores: [
      '**/node_modules/**',
      '**/dist/**',
      '**/.cache/**',
      'docs/api/**',
      'test/lint/fixtures/**',
      '**/test-d/**',
    ],
  },
  {
    files: ['packages/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts', 'test/**/*.ts'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    languageOptions: {
      parser,
      parserOptions: { project: ['./tsconfig.json'], tsconfigRootDir: import.meta.dirname },
    },
    plugins: { '@typescript-eslint': plugin, belay: { rules: { 'must-use-result': mustUseResult } } },
    rules: {
      'belay/must-use-result': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { checkThenables: true }],
    },
  },
];
