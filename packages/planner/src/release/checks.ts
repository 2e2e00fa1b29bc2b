/**
 * What must be true before a source is given up: the run that left it stands, the target serves and is found, the
 * source does nothing any more, and what would go with it is exactly what was named. What cannot be seen counts as no.
 */

import { type Failure, type Instance, refAt } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { type OwnAddresses, sourcePlace, type TargetServer, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { serves, supersededName } from '../move/source-side.ts';
import { targetOf } from '../move/target-side.ts';
import { leadsTo } from '../route/confirm-route.ts';
import type { FirstRuns } from './first-run.ts';
import type { ReleaseInput } from './release-input.ts';

/** Looks at everything once more; after a hold a second time, under another name. */
export function checkRelease(
  g: ScopeBuilder<World>,
  input: ReleaseInput,
  after: readonly Handle<unknown>[],
  name: 'check-release' | 'check-release-again',
): Handle<OwnAddresses> {
  const { move, target } = input;
  return g.step(name, {
    title: 'the target serves, and nothing needs the source',
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 120_000,
    run: (_, { services, signal }) =>
      firstRunStands(input, services)
        .andThen(() => serves(services.hosts.get(refAt(move.at, target.id)), move.probe, signal))
        .andThen(() => leadsTo(move, target, services, signal))
        .andThen(() => sourceRests(input, services, signal))
        .andThen(() => volumesAreFree(input, services, signal))
        .andThen(() =>
          services.clouds
            .get(sourcePlace(move))
            .instances.get(move.source.id, { signal })
            .mapErr((error): Failure => error),
        )
        .andThen((source) => mayGo(source, input))
        .map(({ privateAddresses, publicAddresses }) => ({ privateAddresses, publicAddresses })),
  });
}

/** The server that serves, as its cloud shows it now. */
export function findTarget(
  g: ScopeBuilder<World>,
  { move, target }: ReleaseInput,
  seen: Handle<OwnAddresses>,
): Handle<TargetServer> {
  return g.step('find-target', {
    title: 'the server that serves',
    after: [seen],
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      services.clouds.get(move.at).instances.get(target.id, { signal }).map(targetOf),
  });
}

/** The service, or the failure that says that it was not given. */
export function firstRunsIn({ releases }: World): Result<FirstRuns, Failure> {
  return releases === undefined
    ? err(refusal('first-run-known', 'services.releases is missing: nobody can be asked about the first run'))
    : ok(releases);
}

/** The run that is to be sealed ended well. */
export function firstRunStands(
  { firstRunId }: Pick<ReleaseInput, 'firstRunId'>,
  services: World,
): ResultAsync<undefined, Failure> {
  return firstRunsIn(services)
    .asyncAndThen((runs) => runs.get(firstRunId))
    .andThen(({ state }) =>
      state === 'success'
        ? ok(undefined)
        : err(refusal('first-run-stands', `run ${firstRunId} is ${state}: its source may still be needed`)),
    );
}

/** Nothing runs on it that could serve or write. */
function sourceRests(
  { move }: ReleaseInput,
  { hosts }: World,
  signal: AbortSignal,
): ResultAsync<undefined, Failure> {
  return hosts
    .get(refAt(sourcePlace(move), move.source.id))
    .services.list({ signal })
    .mapErr((error): Failure => error)
    .andThen((states) => {
      const rests = (name: string) =>
        states.some((each) => each.name === name && each.state !== 'active' && each.state !== 'unknown');
      const busy = move.services.filter((name) => !rests(name));
      return busy.length === 0
        ? ok(undefined)
        : err(refusal('source-rests', `${busy.join(', ')} may run on ${move.source.id}`));
    });
}

/** What is to be deleted is on nothing but the source, and is not what the target works on. */
function volumesAreFree(
  { move, target, volumes }: ReleaseInput,
  { clouds }: World,
  signal: AbortSignal,
): ResultAsync<undefined, Failure> {
  return oneByOne(
    volumes,
    (id): ResultAsync<undefined, Failure> =>
      clouds
        .get(sourcePlace(move))
        .volumes.get(id, { signal })
        .mapErr((error): Failure => error)
        .andThen(({ attachments }) => {
          const others = attachments.filter(({ instanceId }) => instanceId !== move.source.id);
          return others.length === 0
            ? okAsync(undefined)
            : errAsync(
                refusal(
                  'volume-unused',
                  `volume ${id} is on ${others.map(({ instanceId }) => instanceId).join(', ')}` +
                    (others.some(({ instanceId }) => instanceId === target.id) ? ', which serves' : ''),
                ),
              );
        }),
  ).map(() => undefined);
}

/** It is the one that was left behind, and takes nothing with it that nobody named. */
function mayGo(source: Instance, { move, target, volumes }: ReleaseInput): Result<Instance, Failure> {
  const wanted = supersededName(move.source.name);
  if (source.id === target.id)
    return err(refusal('source-is-not-target', `${source.id} is the one that serves`));
  if (source.name !== wanted) {
    return err(refusal('source-superseded', `${source.id} is called ${source.name}, not ${wanted}`));
  }
  const lost = source.volumes.filter(
    ({ volumeId, isRoot, deleteOnTermination }) =>
      !isRoot && deleteOnTermination && !volumes.includes(volumeId),
  );
  if (lost.length === 0) return ok(source);
  const which = lost.map(({ volumeId }) => volumeId).join(', ');
  return err(
    refusal('volume-outlives-instance', `${which} would be deleted with ${source.id}, and nobody named it`),
  );
}
