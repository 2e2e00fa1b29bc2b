import {
  type Approval,
  type Inventory,
  type ItemKey,
  itemKey,
  type OwnerId,
  openScanner,
  openSweeper,
  type Plan,
  type Policy,
  policyOf,
  type Remover,
  type Scanner,
  type ScannerError,
  type ScannerOptions,
  type Sweeper,
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

// A scanner is opened without anything that could delete, and has no verb that does.
declare const options: ScannerOptions;
expectType<Result<Scanner, ScannerError>>(openScanner(options));
expectError(openScanner({ ...options, remover: store.remover }));
declare const scanner: Scanner;
expectError(scanner.sweep);
expectError(scanner.purge);
expectError(scanner.undo);

// A sweeper needs what takes away, and takes a plan: never a query, a prefix or a list of keys.
expectType<Result<Sweeper, ScannerError>>(openSweeper({ ...options, remover: store.remover }));
expectError(openSweeper(options));
declare const sweeper: Sweeper;
declare const plan: Plan;
declare const approvals: readonly Approval[];
sweeper.sweep(plan, approvals);
expectError(sweeper.sweep([key], approvals));
expectError(sweeper.sweep('archives/', approvals));

// A policy comes out of `policyOf` alone: what it reads may be anything.
expectType<Result<Policy, ScannerError>>(policyOf(JSON.parse('{}')));
