/**
 * Everything that a command works with: the config's clouds and servers, the journal, the planner, and the services
 * that runs ask. What is opened here is closed by `close`; runs that are under way here then rest in order.
 */

import { existsSync } from 'node:fs';
import { formatPlace, type Place, type Secret } from '@belay/cloud';
import { firstRunsOf, type World } from '@belay/planner';
import { openRunner, type Runner, sqliteJournal } from '@belay/runner';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call } from '../command.ts';
import type { ConfigError, LoadedConfig } from '../config/loaded-config.ts';
import { type Desk, journalPath, plannerOf } from './desk.ts';
import { openClouds } from './open-clouds.ts';
import { registriesOf } from './opened-cloud.ts';
import { secretsOf } from './secrets.ts';

/** A desk with hands. */
export interface Session extends Desk {
  readonly services: World;
  /** The journal is made where it is not there. */
  readonly hasJournal: boolean;
  /** The name under which this process owns runs. */
  readonly owner: string;
  /** What was typed for a run that must be authorised: kept in memory, for as long as this process lives. */
  readonly typed: Map<string, Secret>;
}

/** Why nobody can look into servers at this place; `undefined` where somebody can. */
export function withoutDoors({ services, loaded }: Session, at: Place): string | undefined {
  if (services.hosts.has(at)) return undefined;
  return `${loaded.name}: hosts: names no cloud at ${formatPlace(at)}: there is no way into its servers, and what is in them is not known`;
}

/** `journal`: `made` where it may not be there yet, and something is about to run. */
export function openSession(
  call: Call,
  options: { readonly journal: 'if-there' | 'made' },
): ResultAsync<Session, ConfigError> {
  return call.config().andThen((loaded) => new ResultAsync(open(call, loaded, options.journal)));
}

async function open(
  call: Call,
  loaded: LoadedConfig,
  how: 'if-there' | 'made',
): Promise<Result<Session, ConfigError>> {
  const source = { loaded, env: call.env, clock: call.clock, signal: call.signal };
  const clouds = await openClouds(source);
  if (clouds.isErr()) return err(clouds.error);
  const { opened, clock, troubles } = clouds.value;
  for (const trouble of troubles) call.out.say(`Warning: ${trouble}`);
  const path = journalPath(loaded);
  const hasJournal = how === 'made' || existsSync(path);
  const planner = plannerOf(loaded);
  const typed = new Map<string, Secret>();
  const journal = sqliteJournal(path);
  const owner = `${call.user}-${process.pid}-${Math.floor(call.clock.now())}`;
  let runner: Runner | undefined;
  const { restores, frontEnds, routeWitness, standbys, backups, soaks } = loaded.config.services ?? {};
  const services: World = {
    ...registriesOf(opened),
    clock,
    secrets: secretsOf(source),
    authorisations: { given: (runId) => typed.get(runId) },
    releases: firstRunsOf(() => {
      if (runner === undefined) throw new Error('an earlier run is asked about before the journal is open');
      return runner;
    }),
    ...(restores !== undefined && { restores }),
    ...(frontEnds !== undefined && { frontEnds }),
    ...(routeWitness !== undefined && { routeWitness }),
    ...(standbys !== undefined && { standbys }),
    ...(backups !== undefined && { backups }),
    ...(soaks !== undefined && { soaks }),
  };
  if (hasJournal) runner = await openRunner({ graphs: planner.graphs, services, journal, clock, owner });
  const close = async (): Promise<void> => {
    await runner?.close();
    await Promise.all(opened.map((one) => one.close()));
  };
  return ok({ clock, planner, runner, journal, loaded, services, hasJournal, owner, typed, close });
}
