/**
 * One history: a town lives for some days while faults come and go, processes die and people are careless; then the
 * faults end, somebody attends to it, and time passes. Safety is asked after every step, liveness at the end.
 */

import { generateKeyPairSync } from 'node:crypto';
import {
  type Approval,
  approvePlan,
  type Clock,
  type Ledger,
  openLedger,
  openScanner,
  openSweeper,
  type Plan,
  type Policy,
  policyOf,
  type RunId,
  type Scanner,
  type Sweeper,
  scannerError,
} from '@belay/scanner';
import { err } from 'neverthrow';
import { type Chance, chanceOf } from './chance.ts';
import { type Fault, faults } from './faults.ts';
import { hourMs, registrySource, stepMs, storeSource, town } from './town.ts';

/** How a history went. */
export interface Told {
  readonly seed: number;
  /** What must not be; empty where all is well. */
  readonly wrongs: readonly string[];
  readonly deleted: number;
  readonly scans: { readonly complete: number; readonly inconclusive: number };
  /** Step by step, for whoever replays it. */
  readonly lines: readonly string[];
}

const dayMs = 24 * hourMs;
const graceMs = 3 * dayMs;
const windowMs = 2 * dayMs;
const people = ['ann', 'bob'].map((name) => ({ name, ...generateKeyPairSync('ed25519') }));

const policy: Policy = policyOf({
  environment: 'town',
  scope: { prefixes: ['archives/'], kinds: ['archive'] },
  expect: { inventory: storeSource, registries: { registry: registrySource } },
  references: { archive: ['registry'] },
  withoutCanaries: [],
  scans: { count: 3, graceMs, periodMs: dayMs, minAgeMs: dayMs },
  ownerEnded: { graceMs: 2 * dayMs, newOwners: 1 },
  unknownOwners: 'flag',
  belief: {
    clockToleranceMs: 5 * 60_000,
    unknownShare: 0.001,
    shrink: { rows: 4, share: 0.1 },
    growth: { rows: 20, share: 1 },
    vanished: { rows: 3, share: 0.1 },
  },
  caps: { 'no-entry': caps(4), 'owner-ended': caps(8) },
  copies: { archive: { active: 0, ended: 0 } },
  selfDescription: 'required',
  undoWindowMs: windowMs,
  approval: {
    approvers: people.map(({ name, publicKey }) => ({
      name,
      publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString(),
    })),
    twoAbove: { items: 6, bytes: 5_000 },
    planValidMs: dayMs,
  },
})._unsafeUnwrap();

function caps(items: number) {
  const amount = { items, bytes: 100_000 };
  const share = { total: 0.3, owner: 0.5, prefix: 0.3 };
  return { run: amount, day: amount, thirtyDays: amount, share, shareFromItems: 2 };
}

/** After the last fault: the grace and its scans, the window, and two days for what has to be tried again. */
const calmSteps: number = (graceMs + dayMs + windowMs + 2 * dayMs) / stepMs;

/** Tells the history of a seed. */
export async function history(seed: number): Promise<Told> {
  const chance = chanceOf(seed);
  const here = town(chance);
  const ledger = openLedger({ path: ':memory:', id: `town-${seed}` })._unsafeUnwrap();
  const lines: string[] = [];
  const active: { fault: Fault; steps: number }[] = [];
  const scans = { complete: 0, inconclusive: 0 };
  let nonces = 0;
  // The sides keep true time; the scanner's own wall clock can be set.
  let offMs = 0;
  const clock: Clock = { ...here.clock, now: () => here.clock.now() + offMs };
  const setOff = (ms: number): void => {
    offMs += ms;
  };
  let process = born();

  function born(): { scanner: Scanner; sweeper: Sweeper; dieIn(calls: number): void; isDead(): boolean } {
    let callsLeft = Number.POSITIVE_INFINITY;
    const live = (): void => {
      callsLeft -= 1;
      if (callsLeft < 0) throw new Error('the process has died');
    };
    const side = <T extends object>(honest: T, lie: (fault: Fault) => Partial<T> | undefined): T =>
      new Proxy(honest, {
        get(target, name) {
          const verb = Reflect.get(
            active.map(({ fault }) => lie(fault)).find((one) => one && name in one) ?? target,
            name,
          );
          if (typeof verb !== 'function') return verb;
          return (...args: readonly unknown[]) => {
            live();
            return Reflect.apply(verb, target, args);
          };
        },
      });
    const common = {
      name: 'scanner',
      policy,
      ledger: mortal(ledger, () => callsLeft < 0),
      inventory: side(here.store.inventory, (fault) => fault.inventory?.(here.store.inventory, chance)),
      registries: [
        side(here.registry.port, (fault) => fault.registry?.(here.registry.port, chance)),
      ] as const,
      alerts: here.alerts.port,
      clock,
      nonce: () => {
        nonces += 1;
        return `n${nonces}`;
      },
    };
    const remover = side(here.store.remover, (fault) => fault.remover?.(here.store.remover, chance));
    return {
      scanner: openScanner(common)._unsafeUnwrap(),
      sweeper: openSweeper({ ...common, remover })._unsafeUnwrap(),
      dieIn(calls) {
        callsLeft = calls;
      },
      isDead: () => callsLeft < 0,
    };
  }

  const attend = async (counts: 'keep' | 'begin-anew'): Promise<void> => {
    for (const { cause } of here.alerts.raised) here.alerts.acknowledge(cause);
    await process.scanner.closeBreaker({ by: 'ann', reason: 'looked at it', counts }).unwrapOr(undefined);
  };

  const work = async (): Promise<readonly RunId[]> => {
    const scan = await process.scanner.scan();
    if (scan.isOk()) scans[scan.value.outcome] += 1;
    lines.push(
      scan.isErr()
        ? `  scan: ${scan.error.kind}`
        : `  scan: ${scan.value.outcome} ${scan.value.doubts.map(({ rule }) => rule).join(' ')}`,
    );
    if (chance.often(0.8)) await attend('keep');
    const plan = await process.scanner.review();
    if (plan.isOk() && plan.value.items.length > 0) {
      if (chance.often(0.8)) await attend('keep');
      const swept = await process.sweeper.sweep(plan.value, signed(plan.value));
      lines.push(
        `  sweep of ${plan.value.items.length}: ${swept.isErr() ? swept.error.message : swept.value.outcome}`,
      );
    }
    if (here.store.quarantined().length > 0) {
      const purged = await process.sweeper.purge();
      if (purged.isErr()) lines.push(`  purge: ${purged.error.kind}`);
      else if (purged.value.deleted.length > 0) lines.push(`  deleted ${purged.value.deleted.join(' ')}`);
    }
    return scan.isErr() ? [] : scan.value.neededInQuarantine.map(({ run }) => run);
  };

  const check = (): readonly string[] => {
    const wrongs = here.wrongs();
    for (const wrong of wrongs) lines.push(`  WRONG: ${wrong}`);
    return wrongs;
  };

  const told = (wrongs: readonly string[]): Told => {
    const deleted = lines.filter((line) => line.startsWith('  deleted')).length;
    ledger.close();
    return { seed, wrongs, deleted, scans, lines };
  };

  const chaosSteps = 8 + chance.below(14);
  for (let step = 0; step < chaosSteps; step += 1) {
    here.clock.pass(stepMs);
    lines.push(`step ${step}: ${here.live()}`);
    change(active, chance, lines, { ...here, setOff });
    if (chance.often(0.1)) process.dieIn(chance.below(30));
    await work();
    if (process.isDead() || chance.often(0.05)) {
      lines.push('  the process begins anew');
      process = born();
    }
    const wrongs = check();
    if (wrongs.length > 0) return told(wrongs);
  }

  for (const { fault } of active.splice(0)) end(fault, { ...here, setOff });
  here.calm();
  process = born();
  for (let step = 0; step < calmSteps; step += 1) {
    here.clock.pass(stepMs);
    lines.push(`calm ${step}`);
    // A person has looked at the counts, and they are right.
    await attend('begin-anew');
    const needed = await work();
    await bringBack(process.sweeper, needed);
    const wrongs = check();
    if (wrongs.length > 0) return told(wrongs);
  }
  const leftovers = here.leftovers();
  for (const leftover of leftovers) lines.push(`  WRONG: ${leftover}`);
  const chain = ledger.log.verify();
  return told(chain.isErr() ? [...leftovers, chain.error.message] : leftovers);
}

/** What a scan has found to be needed and in quarantine comes back by a person's hand. */
async function bringBack(sweeper: Sweeper, runs: readonly RunId[]): Promise<void> {
  for (const run of new Set(runs)) {
    await sweeper.undo(run, { by: 'ann', reason: 'it is needed' }).unwrapOr(undefined);
  }
}

function signed(plan: Plan): readonly Approval[] {
  return people.slice(0, plan.signatures).map(({ name, privateKey }) => approvePlan(plan, name, privateKey));
}

interface Movable {
  setOff(ms: number): void;
  readonly alerts: { cutOff(isCutOff: boolean): void };
}

/** Faults end and begin. At most two at once, and none for longer than two days. */
function change(
  active: { fault: Fault; steps: number }[],
  chance: Chance,
  lines: string[],
  here: Movable,
): void {
  for (const one of [...active]) {
    one.steps -= 1;
    if (one.steps > 0) continue;
    active.splice(active.indexOf(one), 1);
    end(one.fault, here);
  }
  if (active.length < 2 && chance.often(0.4)) {
    const fault = chance.pick(faults);
    if (active.some((one) => one.fault === fault)) return;
    active.push({ fault, steps: 1 + chance.below(4) });
    if (fault.clockOffMs !== undefined) here.setOff(fault.clockOffMs);
    if (fault.alertsAreDown === true) here.alerts.cutOff(true);
  }
  if (active.length > 0) lines.push(`  faults: ${active.map(({ fault }) => fault.name).join('; ')}`);
}

function end(fault: Fault, here: Movable): void {
  if (fault.clockOffMs !== undefined) here.setOff(-fault.clockOffMs);
  if (fault.alertsAreDown === true) here.alerts.cutOff(false);
}

/** A ledger as a process sees it that may be dead: then nothing more is written. */
function mortal(ledger: Ledger, isDead: () => boolean): Ledger {
  const gone = () => err(scannerError('ledger', 'the process has died'));
  const { log } = ledger;
  return {
    ...ledger,
    log: {
      ...log,
      append: (event, at, within) => (isDead() ? gone() : log.append(event, at, within)),
      takeFence: (holder, atMs) => (isDead() ? gone() : log.takeFence(holder, atMs)),
    },
  };
}
