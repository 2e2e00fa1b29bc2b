/**
 * The steps that look at the source, or change no more of it than its labels: the last look before the window, the
 * promise that the volume outlives its instance, and the new name afterwards. The source itself is never stopped or
 * deleted by a move; letting it go is a later run of its own.
 */

import {
  type HealthProbe,
  type Host,
  type Instance,
  type Mount,
  refAt,
  type StorageVolume,
} from '@belay/cloud';
import { type Failure, type Handle, json, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { readsSettleMs } from '../settled.ts';
import { type OwnAddresses, type ServedInput, sourcePlace, volumesIn, type World } from './move-input.ts';
import { oneByOne } from './one-by-one.ts';
import { refusal, worthAnotherTry } from './refusal.ts';

/** What was true of the source just before anything was stopped. */
export interface SourceSeen extends OwnAddresses {
  /** Those of the workload's services that ran, in the order in which they are stopped. */
  readonly running: readonly string[];
}

const readRetry = { attempts: 4, delayMs: 500, when: worthAnotherTry };

/**
 * Looks at the source as the move will find it: the volume attached to it and to nothing else, the right filesystem
 * at the mount point, the workload serving. Its output is what a revert will bring back, so it is kept before
 * anything is stopped.
 */
export function lookAtSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): Handle<SourceSeen> {
  return g.step('look-at-source', {
    title: 'last look at the source',
    after,
    idempotent: true,
    retry: readRetry,
    timeoutMs: 60_000,
    run: (_, { services, signal }) => {
      const cloud = services.clouds.get(sourcePlace(input));
      const host = services.hosts.get(refAt(sourcePlace(input), input.source.id));
      return oneByOne(volumesIn(input), ({ id }) =>
        cloud.volumes.get(id, { signal }).andThen((volume) => attachedAlone(volume, input.source.id)),
      )
        .andThen(() => host.observe({ signal }))
        .andThen((facts) => {
          const wrong = wrongFilesystem(input, facts.mounts);
          if (wrong !== undefined) return err(wrong);
          const states = new Map(facts.services.map(({ name, state }) => [name, state]));
          const unsure = input.services.filter((name) => (states.get(name) ?? 'unknown') === 'unknown');
          if (unsure.length > 0) {
            return err(
              refusal('services-known', `cannot tell whether ${unsure.join(', ')} run on ${input.source.id}`),
            );
          }
          return ok(input.services.filter((name) => states.get(name) === 'active'));
        })
        .andThen((running) =>
          input.sourceMustServe === false
            ? ok(running)
            : serves(host, input.probe, signal).map(() => running),
        )
        .andThen((running) =>
          cloud.instances.get(input.source.id, { signal }).map(
            ({ privateAddresses, publicAddresses }): SourceSeen => ({
              running,
              privateAddresses,
              publicAddresses,
            }),
          ),
        );
    },
  });
}

function attachedAlone({ id, attachments }: StorageVolume, sourceId: string): Result<undefined, Failure> {
  const [only, ...others] = attachments;
  if (only?.instanceId === sourceId && others.length === 0) return ok(undefined);
  const where = attachments.map(({ instanceId }) => instanceId).join(', ') || 'nothing';
  return err(
    refusal(
      'attached-once',
      `volume ${id} must be attached to ${sourceId} alone; it is attached to ${where}`,
    ),
  );
}

function wrongFilesystem(input: ServedInput, mounts: readonly Mount[]): Failure | undefined {
  for (const { mountPoint, filesystemUuid } of volumesIn(input)) {
    const found = mounts.find((mount) => mount.mountPoint === mountPoint)?.filesystemUuid;
    if (found === filesystemUuid) continue;
    const message = `${mountPoint} on ${input.source.id} should hold filesystem ${filesystemUuid} and holds ${found ?? 'none'}`;
    return refusal('right-filesystem', message);
  }
  return undefined;
}

/**
 * Makes sure that the volumes would outlive the source, before anything is moved. Where one would not, it is changed
 * only if the input allows that, and a revert puts back what was there.
 */
export function keepVolumeOfSource(
  g: ScopeBuilder<World>,
  input: ServedInput & { readonly mayKeepVolume: boolean },
): Handle<{ readonly changed: boolean }> {
  const { id } = input.source;
  const mine = volumesIn(input).map((volume) => volume.id);
  return g.step('keep-volume', {
    title: mine.length === 1 ? 'volume outlives its instance' : 'volumes outlive their instance',
    retry: readRetry,
    timeoutMs: 60_000,
    undo: json<{ readonly diedWithInstance: true; readonly volumes?: readonly string[] }>(),
    idempotent: true,
    run: (_, ctx) => {
      const { instances } = ctx.services.clouds.get(sourcePlace(input));
      return instances.get(id, { signal: ctx.signal }).andThen((source): Kept => {
        const stranger = mine.find((each) => diesWithInstance(source, each) === undefined);
        if (stranger !== undefined) {
          return errAsync(refusal('data-on-own-disk', `${stranger} is no data volume of ${id}`));
        }
        // What an earlier attempt has changed already is what it has to put back.
        const dying = [
          ...new Set([
            ...(ctx.undo?.volumes ?? []),
            ...mine.filter((each) => diesWithInstance(source, each)),
          ]),
        ];
        if (dying.length === 0) return okAsync({ changed: false });
        if (!input.mayKeepVolume) {
          return errAsync(
            refusal(
              'volume-outlives-instance',
              `volume ${dying.join(', ')} would be deleted together with ${id}, and the plan may not change that`,
            ),
          );
        }
        return ctx
          .saveUndo({ diedWithInstance: true, volumes: dying })
          .andThen(() =>
            oneByOne(dying, (each) =>
              instances
                .keepVolume(id, each, true, { ...ctx, key: keyOf(ctx, input, each) })
                .mapErr((error): Failure => error),
            ),
          )
          .map(() => ({ changed: true }));
      });
    },
    settleMs: readsSettleMs,
    probe: (_, { services, signal, undo }) =>
      services.clouds
        .get(sourcePlace(input))
        .instances.get(id, { signal })
        .map((source) =>
          mine.every((each) => diesWithInstance(source, each) === false)
            ? { happened: 'yes' as const, output: { changed: undo !== undefined } }
            : { happened: 'no' as const },
        ),
    revert: ({ undo }, ctx) =>
      undo === undefined
        ? undefined
        : oneByOne(undo.volumes ?? [input.volume.id], (each) =>
            ctx.services.clouds
              .get(sourcePlace(input))
              .instances.keepVolume(id, each, false, { ...ctx, key: keyOf(ctx, input, each) })
              .mapErr((error): Failure => error),
          ),
  });
}

/** The first disk has the key of the step itself, as it had when there was only one. */
function keyOf(
  ctx: { readonly key: string; keyFor(part: string): string },
  { volume }: ServedInput,
  id: string,
): string {
  return id === volume.id ? ctx.key : ctx.keyFor(id);
}

/** Gives the source a name that says that it no longer serves. It is kept as it is: the way back leads through it. */
export function renameSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): Handle<{ readonly name: string }> {
  const name = supersededName(input.source.name);
  return g.step('rename-source', {
    title: `source becomes ${name}`,
    after,
    retry: readRetry,
    timeoutMs: 60_000,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(sourcePlace(input))
        .instances.rename(input.source.id, name, ctx)
        .map(() => ({ name })),
    settleMs: readsSettleMs,
    probe: (_, { services, signal }) =>
      services.clouds
        .get(sourcePlace(input))
        .instances.get(input.source.id, { signal })
        .map((source) =>
          source.name === name ? { happened: 'yes' as const, output: { name } } : { happened: 'no' as const },
        ),
    revert: (_, ctx) =>
      ctx.services.clouds.get(sourcePlace(input)).instances.rename(input.source.id, input.source.name, ctx),
  });
}

/** The name of a source that has been replaced and waits to be released. */
export function supersededName(name: string): string {
  return `${name}-superseded`;
}

/** Asks a server whether the workload answers on it; an answer that is not healthy is a failure here. */
export function serves(host: Host, probe: HealthProbe, signal: AbortSignal): ResultAsync<string, Failure> {
  return host
    .check(probe, { signal })
    .mapErr((error): Failure => error)
    .andThen(({ healthy, detail }) => {
      if (healthy) return ok(detail);
      const message = `${probe.name} is not served by ${host.at.id}: ${detail}`;
      return err<string, Failure>({ kind: 'not-serving', message, applied: 'no' });
    });
}

type Kept = ResultAsync<{ changed: boolean }, Failure>;

function diesWithInstance(instance: Instance, volumeId: string): boolean | undefined {
  const disk = instance.volumes.find((volume) => volume.volumeId === volumeId && !volume.isRoot);
  return disk?.deleteOnTermination;
}
