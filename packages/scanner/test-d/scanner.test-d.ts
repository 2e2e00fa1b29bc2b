import {
  type Inventory,
  type ItemKey,
  itemKey,
  type OwnerId,
  type Remover,
  type ScannerError,
} from '@belay/scanner';
import { memoryStore, stillClock } from '@belay/scanner/memory';
import type { Result } from 'neverthrow';
import { expectAssignable, expectError, expectNotAssignable, expectType } from 'tsd';

expectType<Result<ItemKey, ScannerError>>(itemKey('archives/a.tar'));
// The key of an item is not the id of an owner, and a text is neither.
declare const key: ItemKey;
expectNotAssignable<OwnerId>(key);
expectNotAssignable<ItemKey>('archives/a.tar');

// What lists holds nothing that could delete.
declare const inventory: Inventory;
expectNotAssignable<Remover>(inventory);
expectError(inventory.delete);
declare const store: ReturnType<typeof memoryStore>;
expectAssignable<Inventory>(store.inventory);
expectAssignable<Remover>(store.remover);

// No field that chooses what is looked at has a default.
expectError(memoryStore({ name: 'backups', clock: stillClock() }));
