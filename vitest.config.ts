import { defineConfig, type ViteUserConfig } from 'vitest/config';

// One configuration for the whole house. Siblings load from their sources through the
// `@belay/source` export condition, so no test needs a build.
const config: ViteUserConfig = defineConfig({
  ssr: { resolve: { conditions: ['@belay/source', 'node', 'import', 'default'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      '**/dist/**',
      '**/.cache/**',
      'test/aws/**',
      'test/packed/**',
      'test/nightly/**',
    ],
    execArgv: ['--conditions=@belay/source'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    maxWorkers: 2,
    passWithNoTests: false,
  },
});

export default config;
