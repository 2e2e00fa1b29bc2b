/**
 * The last look at a batch: claims are taken in the same transaction as a strong read of every registry, the store is
 * asked for the things themselves, and the rules of the last moment judge each.
 */

import { err, ok, type Result, safeTry } from 'neverthrow';
import type { SideResult } from '../call.ts';
import type { Reference } from '../entry.ts';
import { guarded } from '../guarded.ts';
import type { ItemKey, RunId } from '../key.ts';
import { claimsLeft, forgetClaims, noteClaims } from '../ledger/claims.ts';
import { attempt } from '../ledger/file.ts';
import { flagOn } from '../ledger/flag.ts';
import type { PlanItem } from '../plan.ts';
import { judgeLastLook, type LastLook } from '../rules/just-before.ts';
import { type ScannerError, scannerError } from '../scanner-error.ts';
import { looksIn, referencesIn } from './answers.ts';
import { type Acting, batchItems, type SweepEngine } from './options.ts';

/** How long what was seen may be acted upon. A machine that was suspended meanwhile looks again. */
const freshMs = 60_000;

/** What the last look came to. */
export interface Verified {
  readonly go: readonly PlanItem[];
  readonly stay: readonly { readonly item: PlanItem; readonly reasons: Readonly<Record<string, string>> }[];
  /** The premise was wrong: nothing of the batch goes, and nothing after it. */
  readonly stop: { readonly rule: string; readonly message: string } | undefined;
  /** Is it still just now? Asked again right before the act. */
  stillGood(): Result<void, ScannerError>;
}

/** Claims and looks. Registries that cannot be asked are an error, and end the run. */
export function verify(
  engine: SweepEngine,
  {
    run,
    items,
    storeMs,
  }: { readonly run: RunId; readonly items: readonly PlanItem[]; readonly storeMs: number },
  acting: Acting,
): SideResult<Verified> {
  const { inventory, ledger, policy, clock } = engine;
  const keys = items.map(({ key }) => key);
  const began = { wallMs: clock.now(), steadyMs: clock.monotonicMs() };
  return safeTry(async function* () {
    const references = yield* claimAll(engine, keys, run, acting);
    yield* stillStand(engine, acting);
    const looked = looksIn(yield* guarded(inventory.name, () => inventory.look(keys, acting), acting));
    const looks = yield* attempt('be read', () =>
      items.map(
        (item): LastLook => ({
          item,
          policy,
          references: references.get(item.key) ?? {},
          looked: looked.get(item.key) ?? {
            found: 'unknown',
            key: item.key,
            why: 'The store gave no answer for it.',
          },
          flag: flagOn(ledger.db, item.key),
          storeNowMs: storeMs,
        }),
      ),
    );
    const judged = looks.map((look) => ({ item: look.item, ...judgeLastLook(look) }));
    return ok({
      go: judged.filter(({ stay }) => Object.keys(stay).length === 0).map(({ item }) => item),
      stay: judged
        .filter(({ stay }) => Object.keys(stay).length > 0)
        .map(({ item, stay: reasons }) => ({ item, reasons })),
      stop: judged.find(({ stop }) => stop !== undefined)?.stop,
      stillGood: () => {
        const wallMs = clock.now() - began.wallMs;
        const steadyMs = clock.monotonicMs() - began.steadyMs;
        return Math.abs(wallMs) <= freshMs && steadyMs <= freshMs
          ? ok(undefined)
          : err(scannerError('clock', 'Too much time has passed since the last look.'));
      },
    });
  });
}

/**
 * Are the entries that stood at the last complete scan still there? A table that was truncated since, or a server that
 * was put back to another day, denies everything alike. Of a sample as many may have gone without a record as may
 * vanish between two scans, twice over, since a sample is only one.
 */
export function stillStand(
  { registries, ledger, policy }: SweepEngine,
  { signal }: Acting,
): SideResult<void> {
  return safeTry(async function* () {
    const last = yield* ledger.log.last('scan-completed');
    if (last === undefined) return ok(undefined);
    const lines = yield* ledger.log.ofRun(last.event.run);
    for (const registry of registries) {
      const sample = lines.flatMap(({ event }) =>
        event.kind === 'attested' && event.side === registry.name ? (event.seen.sample ?? []) : [],
      );
      if (sample.length === 0) continue;
      const answers = yield* guarded(registry.name, () => registry.lookUp(sample, { signal }), { signal });
      const standing = new Set([...referencesIn(answers).values()].filter(isThere).map(({ key }) => key));
      const gone = sample.filter((key) => !standing.has(key));
      if (isTooMuch(gone.length, sample.length, policy.belief.vanished.share)) {
        const message = `${registry.name} no longer shows ${gone.length} of ${sample.length} entries that stood at the last complete scan, ${gone[0]} among them.`;
        return err(scannerError('not-believed', message, { source: registry.name }));
      }
    }
    return ok(undefined);
  });
}

/** Its row is there, whatever it says, or its deletion is on record. */
function isThere(reference: Reference): boolean {
  const { verdict } = reference;
  return verdict !== 'not-needed' || reference.entry !== undefined || reference.neededUntil !== undefined;
}

function isTooMuch(gone: number, all: number, share: number): boolean {
  return gone === all || gone > Math.max(2, all * Math.min(0.5, 2 * share));
}

/** What every registry says about each key, with claims taken on all of them. */
export function claimAll(
  { registries, ledger }: SweepEngine,
  keys: readonly ItemKey[],
  run: RunId,
  { fence, signal }: Acting,
): SideResult<ReadonlyMap<ItemKey, Readonly<Record<string, Reference>>>> {
  return safeTry(async function* () {
    const all = new Map<ItemKey, Record<string, Reference>>(keys.map((key) => [key, {}]));
    yield* attempt('note its claims', () => noteClaims(ledger.db, run, keys));
    for (const registry of registries) {
      const claim = () => registry.claim(keys, { run, fence, signal });
      const said = yield* guarded(registry.name, claim, { signal });
      for (const [key, reference] of referencesIn(said)) {
        const of = all.get(key);
        if (of !== undefined) of[registry.name] = reference;
      }
    }
    return ok(all);
  });
}

/** A registry that is silent at the end is not waited for longer than this. */
const releaseMs = 10_000;

/** Gives claims back. A registry that cannot be reached keeps them until the next run: they stay noted. */
export async function releaseAll(
  { registries, ledger, clock }: SweepEngine,
  keys: readonly ItemKey[],
  run: RunId,
  { fence }: Acting,
): Promise<void> {
  let isDone = true;
  for (const registry of registries) {
    // Even after the caller's signal: a claim that stays stops the user's own restores.
    const ending = new AbortController();
    const end = clock.after(releaseMs, () => ending.abort());
    const call = { run, fence, signal: ending.signal };
    const released = await guarded(registry.name, () => registry.release(keys, call), call);
    end();
    isDone &&= released.isOk();
  }
  if (!isDone) return;
  const forgotten = attempt('forget its claims', () => forgetClaims(ledger.db, run, keys));
  // Noted for too long, they are given back twice, which is no error.
  if (forgotten.isErr()) return;
}

/** Gives back what runs before this one have left claimed: they died, or a registry could not be reached. */
export async function releaseLeft(engine: SweepEngine, acting: Acting): Promise<void> {
  const left = attempt('be read', () => claimsLeft(engine.ledger.db));
  if (left.isErr()) return;
  for (const [run, keys] of left.value) {
    for (let start = 0; start < keys.length; start += batchItems) {
      await releaseAll(engine, keys.slice(start, start + batchItems), run, acting);
    }
  }
}
