import { type Config, defineConfig, type ScopeSection } from '@belay/cli';
import type { Inventory, Registry } from '@belay/scanner';
import { expectAssignable, expectError } from 'tsd';

declare const inventory: Inventory;
declare const registry: Registry;

const orders = { kind: 'sqlite', path: 'shop.db', view: 'needed', covers: ['archive'] } as const;
const store = {
  kind: 'folder',
  path: 'store',
  keys: [{ match: 'archives/{owner}/{rest}', kind: 'archive' }],
} as const;

expectAssignable<ScopeSection>({ ledger: 'ledger.db', inventory: store, registries: { orders } });
// Sides of your own, from a TypeScript config.
expectAssignable<Config>(
  defineConfig({
    scanner: {
      offsite: {
        ledger: 'ledger.db',
        inventory: { kind: 'own', inventory },
        registries: { orders: { kind: 'own', registry } },
      },
    },
  }),
);
// What takes away from a bucket has credentials of its own.
expectError<ScopeSection>({ ledger: 'l', inventory: store, registries: { orders }, sweeper: { kind: 's3' } });
// The address of a switch is a secret: it is named, not written.
expectError<Config>({
  alerts: { targets: {}, chain: { rungs: [] }, heartbeat: { url: 'https://switch.example/abc' } },
});
