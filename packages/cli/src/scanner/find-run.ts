/**
 * From what a person types to what is meant: a scope by its name, a run by its id or the only beginning of it that fits,
 * a plan by its file, its digest, or the run that it rests on.
 */

import { existsSync } from 'node:fs';
import type { RunId } from '@belay/scanner';
import { err, ok, type Result } from 'neverthrow';
import { exit } from '../exit.ts';
import { guess } from '../nearest.ts';
import { type KeptPlan, plansBeside, plansIn, readPlan } from './kept-plans.ts';
import { type Place, pathIn } from './place.ts';
import { ledgerAt, placeIn, type ScopeCall, scopeNames } from './scope.ts';
import { ofConfig, ofScanner, type Trouble } from './trouble.ts';

/** A run and the scope in whose ledger it stands. */
export interface FoundRun {
  readonly place: Place;
  readonly run: RunId;
}

/** Looks a run up in every ledger of the config. */
export async function findRun(call: ScopeCall, typed: string): Promise<Result<FoundRun, Trouble>> {
  const places = await allPlaces(call);
  if (places.isErr()) return err(places.error);
  const found: FoundRun[] = [];
  const known: string[] = [];
  for (const place of places.value) {
    const runs = runsOf(place);
    if (runs.isErr()) return err(runs.error);
    known.push(...runs.value);
    const exact = runs.value.find((run) => run === typed);
    if (exact !== undefined) return ok({ place, run: exact });
    found.push(...runs.value.filter((run) => run.startsWith(typed)).map((run) => ({ place, run })));
  }
  const [only, another] = found;
  if (only !== undefined && another === undefined) return ok(only);
  const message =
    another === undefined
      ? `no ledger of this config has a run ${typed}.${guess(typed, known)}`
      : `${typed} could be ${found.map(({ run }) => run).join(' or ')}.`;
  return err({ message, code: exit.error });
}

/** The scope that is named, or in whose ledger the named run stands. */
export async function scopeOrRun(
  call: ScopeCall,
  typed: string,
): Promise<Result<{ readonly place: Place; readonly run: RunId | undefined }, Trouble>> {
  const loaded = await call.config();
  if (loaded.isErr()) return err(ofConfig(loaded.error));
  if (scopeNames(loaded.value).includes(typed)) {
    return placeIn(call, loaded.value, typed).map((place) => ({ place, run: undefined }));
  }
  return await findRun(call, typed);
}

/** The plan that is meant: a file, a digest's beginning, or the newest plan of a scan or of a scope. */
export async function findPlan(call: ScopeCall, typed: string): Promise<Result<KeptPlan, Trouble>> {
  if (typed.endsWith('.json') || existsSync(typed)) return await readPlan(typed);
  const places = await allPlaces(call);
  if (places.isErr()) return err(places.error);
  const plans: KeptPlan[] = [];
  for (const place of places.value)
    plans.push(...(await plansIn(plansBeside(pathIn(place, place.section.ledger)))));
  const byDigest = plans.filter(({ plan }) => plan.digest.startsWith(typed));
  const [meant] =
    byDigest.length > 0 ? byDigest : plans.filter(({ run, scope }) => run === typed || scope === typed);
  if (byDigest.length > 1) return err({ message: `several plans begin with ${typed}.`, code: exit.error });
  if (meant !== undefined) return ok(meant);
  const isKnown = (await scopeOrRun(call, typed)).isOk();
  return err({
    message: isKnown ? `${typed} has no plan yet.` : `there is no plan, no scan and no scope ${typed}.`,
    next: isKnown ? [`  belay review ${typed}`] : [],
    code: exit.error,
  });
}

async function allPlaces(call: ScopeCall): Promise<Result<readonly Place[], Trouble>> {
  const loaded = await call.config();
  if (loaded.isErr()) return err(ofConfig(loaded.error));
  const places: Place[] = [];
  for (const name of scopeNames(loaded.value)) {
    const place = placeIn(call, loaded.value, name);
    if (place.isErr()) return err(place.error);
    places.push(place.value);
  }
  return ok(places);
}

/** The runs that a ledger tells of; none where there is no ledger yet. */
function runsOf(place: Place): Result<readonly RunId[], Trouble> {
  if (!existsSync(pathIn(place, place.section.ledger))) return ok([]);
  return ledgerAt(place, false).andThen((ledger) => {
    const lines = ledger.log.all();
    ledger.close();
    return lines
      .map((all) => [
        ...new Set(
          all.flatMap(({ event }) => ('run' in event && event.run !== undefined ? [event.run] : [])),
        ),
      ])
      .mapErr((error) => ofScanner(error, place.scope));
  });
}
