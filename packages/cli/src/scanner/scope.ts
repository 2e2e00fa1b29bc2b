/**
 * A scope of the config, opened: its ledger, its sides, the scanner over them. What takes away is opened only by the
 * commands that do so, and is never in the hands of one that looks.
 */

import { existsSync } from 'node:fs';
import { alertsForScanner } from '@belay/alerts';
import {
  type Budget,
  type HoldKeeper,
  type Inventory,
  type Ledger,
  openLedger,
  openScanner,
  openSweeper,
  type Policy,
  policyOf,
  type Registry,
  type Remover,
  type Scanner,
  type ScannerError,
  type ScannerOptions,
  type Sweeper,
  scannerError,
  sqliteBudget,
} from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import { openAlertsOf } from '../alerts/open-alerts.ts';
import type { Call } from '../command.ts';
import type { ConfigError, LoadedConfig } from '../config/loaded-config.ts';
import { invalid } from '../config/read.ts';
import type { ScopeSection } from '../config/scanner.ts';
import { exit } from '../exit.ts';
import { guess } from '../nearest.ts';
import { newName } from './chance.ts';
import { clockOf, type Place, pathIn, type Side, wrong } from './place.ts';
import { inventorySide, registrySide, removerSide } from './sides.ts';
import { absentInventory, absentRegistry } from './stand-in.ts';
import { ofConfig, ofScanner, type Trouble } from './trouble.ts';

/** What any command may ask of a scope. */
export type ScopeCall = Pick<Call, 'config' | 'env' | 'clock' | 'signal' | 'user'>;

/** The sides of a scope, opened; nobody has been asked anything yet. */
export interface Sides {
  readonly place: Place;
  readonly inventory: Side<Inventory>;
  readonly registries: readonly [Side<Registry>, ...Side<Registry>[]];
  close(): Promise<void>;
}

/** A scope, open for looking. */
export interface Scope {
  readonly name: string;
  readonly policy: Policy;
  readonly ledger: Ledger;
  readonly scanner: Scanner;
  readonly sides: Sides;
  readonly canSweep: boolean;
  /** Opens what takes away; `around` may stand between it and the store. */
  openSweeper(around?: (remover: Remover) => Remover): Promise<Result<Sweeper, Trouble>>;
  /** Waits until what was raised is told, and closes everything. */
  close(): Promise<Result<void, Trouble>>;
}

/** The names of all scopes. */
export function scopeNames({ config }: LoadedConfig): readonly string[] {
  return Object.keys(config.scanner ?? {});
}

/** Where a scope stands in the config. */
export async function placeOf(call: ScopeCall, name: string): Promise<Result<Place, Trouble>> {
  const loaded = await call.config();
  if (loaded.isErr()) return err(ofConfig(loaded.error));
  return placeIn(call, loaded.value, name);
}

/** The same, in a config that is read. */
export function placeIn(call: ScopeCall, loaded: LoadedConfig, name: string): Result<Place, Trouble> {
  const section: ScopeSection | undefined = loaded.config.scanner?.[name];
  if (section !== undefined) return ok({ call, loaded, field: `scanner.${name}`, scope: name, section });
  const names = scopeNames(loaded);
  const message =
    names.length === 0 ? 'is missing: it names what is scanned' : `has no ${name}.${guess(name, names)}`;
  return err(ofConfig(invalid(loaded.name, 'scanner', message)));
}

/**
 * Opens the sides alone: without a policy they can still say who they are. `mayLack`: in the place of one that cannot be
 * opened there is one that answers nothing.
 */
export async function openSides(
  place: Place,
  policy: Policy | undefined,
  mayLack = false,
): Promise<Result<Sides, Trouble>> {
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const one of closing) await one();
  };
  const kinds = policy?.scope.kinds ?? [];
  const inventory = (await inventorySide(place)).orElse<Side<Inventory>, ConfigError>((error) =>
    mayLack ? ok({ port: absentInventory(place.scope, kinds, error.message) }) : err(error),
  );
  if (inventory.isErr()) return err(ofConfig(inventory.error));
  if (inventory.value.close !== undefined) closing.push(inventory.value.close);
  const registries: Side<Registry>[] = [];
  for (const [name, section] of Object.entries(place.section.registries)) {
    const side = (await registrySide(name, section, policy, place)).orElse<Side<Registry>, ConfigError>(
      (error) => (mayLack ? ok({ port: absentRegistry(name, kinds, error.message) }) : err(error)),
    );
    if (side.isErr()) {
      await close();
      return err(ofConfig(side.error));
    }
    registries.push(side.value);
  }
  const [first, ...others] = registries;
  if (first === undefined) return err(ofConfig(wrong(place, 'registries', 'must name at least one')));
  return ok({ place, inventory: inventory.value, registries: [first, ...others], close });
}

/** Reads the policy of a scope. The error names the field. */
export function policyAt(place: Place): Result<Policy, Trouble> {
  if (place.section.policy === undefined) {
    const message = `is missing. belay scan ${place.scope} --identify shows who the sides are, for its field expect`;
    return err(ofConfig(wrong(place, 'policy', message)));
  }
  return policyOf(place.section.policy).mapErr(({ message }) => {
    const [, at, rest] = /^(policy[\w.[\]-]*):? ?(.*)$/s.exec(message) ?? [];
    return ofConfig(at === undefined ? wrong(place, 'policy', message) : wrong(place, at, rest ?? ''));
  });
}

/**
 * The ledger of a scope. `mayMake`: one that is not there yet is begun; else it is an error. `reseal`: a person says that
 * it is the right one, whatever its seal says.
 */
export function ledgerAt(
  place: Place,
  mayMake: boolean,
  reseal?: { readonly by: string; readonly reason: string },
): Result<Ledger, Trouble> {
  const { section, scope, call } = place;
  const path = pathIn(place, section.ledger);
  if (!mayMake && !existsSync(path)) {
    return err({
      message: `${section.ledger} is not there: ${scope} was never scanned, or its ledger is elsewhere.`,
      code: exit.error,
    });
  }
  return openLedger({
    path,
    id: `${scope}-${newName()}`,
    ...(section.seal !== undefined && { seal: pathIn(place, section.seal) }),
    ...(reseal !== undefined && { reseal: { ...reseal, atMs: call.clock.now() } }),
  }).mapErr((error) => ofScanner(error, scope));
}

/** How a scope is opened. */
export interface ScopeOptions {
  /** A ledger that is not there yet is begun; else it is an error. */
  readonly mayMake?: boolean | undefined;
  /** Also where a side or a pager cannot be opened from here: to stop everything, and to bring things back. */
  readonly mayLack?: boolean | undefined;
}

/** Opens a scope. */
export async function openScope(
  call: ScopeCall,
  name: string,
  { mayMake = false, mayLack = false }: ScopeOptions,
): Promise<Result<Scope, Trouble>> {
  const place = await placeOf(call, name);
  if (place.isErr()) return err(place.error);
  const policy = policyAt(place.value);
  if (policy.isErr()) return err(policy.error);
  const sides = await openSides(place.value, policy.value, mayLack);
  if (sides.isErr()) return err(sides.error);
  const alerts = await openAlertsOf(call, place.value.loaded, { mayLack });
  if (alerts.isErr()) {
    await sides.value.close();
    return err(ofConfig(alerts.error));
  }
  const close = async (): Promise<Result<void, Trouble>> => {
    const closed = await alerts.value.alerts.close();
    await sides.value.close();
    return closed.mapErr(({ message }) => ({ message, code: exit.error }));
  };
  const ledger = ledgerAt(place.value, mayMake);
  if (ledger.isErr()) return (await close()).andThen(() => err(ledger.error));
  const budget = budgetOf(place.value);
  if (budget.isErr()) {
    ledger.value.close();
    return (await close()).andThen(() => err(budget.error));
  }
  const { source } = alerts.value;
  const [registry, ...registries] = sides.value.registries;
  const options: ScannerOptions = {
    name: `belay as ${call.user} at ${source}`,
    policy: policy.value,
    ledger: ledger.value,
    inventory: sides.value.inventory.port,
    registries: [registry.port, ...registries.map(({ port }) => port)],
    alerts: scannerAlerts(alerts.value.alerts, source),
    clock: clockOf(place.value),
    nonce: newName,
    budget: budget.value,
  };
  const closing: (() => Promise<void>)[] = [];
  const closeAll = async (): Promise<Result<void, Trouble>> => {
    for (const one of closing) await one();
    const closed = await close();
    budget.value?.close();
    ledger.value.close();
    return closed;
  };
  const scanner = openScanner(options);
  if (scanner.isErr()) {
    const misfit = ofConfig(invalid(place.value.loaded.name, `scanner.${name}`, scanner.error.message));
    return (await closeAll()).andThen(() => err(misfit));
  }
  return ok({
    name,
    policy: policy.value,
    ledger: ledger.value,
    scanner: scanner.value,
    sides: sides.value,
    canSweep: place.value.section.sweeper !== undefined,
    openSweeper: async (around = (remover) => remover) => {
      const remover = await removerSide(place.value, sides.value.inventory);
      if (remover.isErr()) return err(ofConfig(remover.error));
      if (remover.value.close !== undefined) closing.push(remover.value.close);
      return openSweeper({ ...options, remover: around(remover.value.port) }).mapErr((error) =>
        ofScanner(error, name),
      );
    },
    close: closeAll,
  });
}

/** What several scopes of one store take together, where the section names it. */
function budgetOf(place: Place): Result<(Budget & { close(): void }) | undefined, Trouble> {
  const { budget } = place.section;
  if (budget === undefined) return ok(undefined);
  return sqliteBudget({ path: pathIn(place, budget) }).mapErr((error) => ofScanner(error, place.scope));
}

/** Who keeps holds in this scope, the registries first. */
export function holdKeepers({ registries, inventory }: Sides): readonly HoldKeeper[] {
  return [...registries, inventory].flatMap(({ holds }) => (holds === undefined ? [] : [holds]));
}

/** The alerts of the house, as the scanner's port has them. */
function scannerAlerts(
  alerts: Parameters<typeof alertsForScanner>[0],
  source: string,
): ScannerOptions['alerts'] {
  const port = alertsForScanner(alerts, source);
  const heard = ({ message }: { readonly message: string }): ScannerError => scannerError('unheard', message);
  return {
    raise: (alert) => port.raise(alert).mapErr(heard),
    resolve: (cause) => port.resolve(cause).mapErr(heard),
    standing: () => port.standing().mapErr(heard),
  };
}
