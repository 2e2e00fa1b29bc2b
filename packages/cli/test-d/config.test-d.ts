import { type Config, defineConfig } from '@belay/cli';
import { expectAssignable, expectError, expectType } from 'tsd';

expectType<Config>(
  defineConfig({ clouds: { fra: { kind: 'aws', account: 'shop', region: 'eu-central-1' } } }),
);
expectAssignable<Config>({ hosts: { fra: { user: 'admin', sudo: true } } });
// A cloud of a kind that nobody has written an adapter for.
expectError(defineConfig({ clouds: { fra: { kind: 'azure' } } }));
// A secret is named, never written down.
expectError(
  defineConfig({
    clouds: {
      fra: {
        kind: 'aws',
        account: 'a',
        region: 'b',
        credentials: { accessKeyId: 'AKIA', secretAccessKey: 'x' },
      },
    },
  }),
);
