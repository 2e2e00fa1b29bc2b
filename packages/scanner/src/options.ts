/**
 * What a scanner is made of. All of it is handed in, and what does not fit together is refused before anything is
 * read: a registry that the policy demands and nobody gave, a kind that nobody answers for, two sides of one name.
 */

import { err, ok, type Result } from 'neverthrow';
import type { Alerts } from './alerts.ts';
import type { Budget } from './budget.ts';
import type { Clock } from './clock.ts';
import { guardedAlerts } from './guarded.ts';
import type { Inventory } from './inventory.ts';
import type { Ledger } from './ledger.ts';
import { type Policy, registriesFor } from './policy.ts';
import type { Registry } from './registry.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';

/** Everything that reads. Nothing here can delete. */
export interface ScannerOptions {
  /** Of this process, for the ledger: `scanner on backup-3`. */
  readonly name: string;
  readonly policy: Policy;
  readonly ledger: Ledger;
  readonly inventory: Inventory;
  readonly registries: readonly [Registry, ...Registry[]];
  readonly alerts: Alerts;
  readonly clock: Clock;
  /** Where other shards of the same store have ledgers of their own: what all of them take together. */
  readonly budget?: Budget | undefined;
  /** A text that was never given before, of letters, digits and `-`: a UUID. */
  readonly nonce: () => string;
}

/** The options, checked, with what was noted when they were. */
export interface Engine extends ScannerOptions {
  readonly openedAt: { readonly wallMs: number; readonly steadyMs: number };
}

/** Checks the options; `invalid` says what does not fit. */
export function engineOf(options: ScannerOptions): Result<Engine, ScannerError> {
  const problem = misfit(options);
  if (problem !== undefined) return err(scannerError('invalid', problem));
  const { clock, alerts } = options;
  const openedAt = { wallMs: clock.now(), steadyMs: clock.monotonicMs() };
  return ok({ ...options, alerts: guardedAlerts(alerts), openedAt });
}

function misfit({ policy, inventory, registries }: ScannerOptions): string | undefined {
  const names = [inventory.name, ...registries.map(({ name }) => name)];
  if (new Set(names).size < names.length) return 'Two sides have the same name.';
  const stranger = registries.find(({ name }) => policy.expect.registries[name] === undefined);
  if (stranger !== undefined) return `The policy does not expect a registry called ${stranger.name}.`;
  const absent = Object.keys(policy.expect.registries).find((name) => !names.includes(name));
  if (absent !== undefined) return `The policy demands the registry ${absent}, and it was not given.`;
  const unknown = policy.withoutCanaries.find((name) => !names.includes(name));
  if (unknown !== undefined) return `policy.withoutCanaries names ${unknown}, which is no side.`;
  for (const kind of policy.scope.kinds) {
    if (!inventory.kinds.includes(kind)) return `${inventory.name} does not hold items of the kind ${kind}.`;
    const silent = registriesFor(policy, kind).find(
      (name) => !registries.some((one) => one.name === name && one.covers.includes(kind)),
    );
    if (silent !== undefined) return `The registry ${silent} does not answer for the kind ${kind}.`;
  }
  return undefined;
}
