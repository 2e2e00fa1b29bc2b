/**
 * The steps that look at the source, or change no more of it than its labels: the last look before the window, the
 * promise that the volume outlives its instance, and the new name afterwards. The source itself is never stopped or
 * deleted by a move; letting it go is a later run of its own.
 */

import { type HealthProbe, type Host, type Instance, refAt } from '@belay/cloud';
import { type Failure, type Handle, json, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import { type OwnAddresses, type ServedInput, sourcePlace, type World } from './move-input.ts';
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
      return cloud.volumes
        .get(input.volume.id, { signal })
        .andThen((volume) => {
          const others = volume.attachments.filter(({ instanceId }) => instanceId !== input.source.id);
          if (others.length > 0 || volume.attachments.length !== 1) {
            return err(
              refusal(
                'attached-once',
                `volume ${volume.id} must be attached to ${input.source.id} alone; it is attached to ` +
                  (volume.attachments.map(({ instanceId }) => instanceId).join(', ') || 'nothing'),
              ),
            );
          }
          return ok(volume);
        })
        .andThen(() => host.observe({ signal }))
        .andThen((facts) => {
          const mount = facts.mounts.find(({ mountPoint }) => mountPoint === input.volume.mountPoint);
          if (mount?.filesystemUuid !== input.volume.filesystemUuid) {
            return err(
              refusal(
                'right-filesystem',
                `${input.volume.mountPoint} on ${input.source.id} should hold filesystem ` +
                  `${input.volume.filesystemUuid} and holds ${mount?.filesystemUuid ?? 'none'}`,
              ),
            );
          }
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

/**
 * Makes sure that the volume would outlive the source, before anything is moved. Where it would not, it is changed
 * only if the input allows that, and a revert puts back what was there.
 */
export function keepVolumeOfSource(
  g: ScopeBuilder<World>,
  input: ServedInput & { readonly mayKeepVolume: boolean },
): Handle<{ readonly changed: boolean }> {
  const { id } = input.source;
  return g.step('keep-volume', {
    title: 'volume outlives its instance',
    retry: readRetry,
    timeoutMs: 60_000,
    undo: json<{ readonly diedWithInstance: true }>(),
    idempotent: true,
    run: (_, ctx) => {
      const { instances } = ctx.services.clouds.get(sourcePlace(input));
      return instances.get(id, { signal: ctx.signal }).andThen((source): Kept => {
        const dies = diesWithInstance(source, input.volume.id);
        if (dies === undefined) {
          return errAsync(refusal('data-on-own-disk', `${input.volume.id} is no data volume of ${id}`));
        }
        if (!dies) return okAsync({ changed: false });
        if (!input.mayKeepVolume) {
          return errAsync(
            refusal(
              'volume-outlives-instance',
              `volume ${input.volume.id} would be deleted together with ${id}, and the plan may not change that`,
            ),
          );
        }
        return ctx
          .saveUndo({ diedWithInstance: true })
          .andThen(() => instances.keepVolume(id, input.volume.id, true, ctx))
          .map(() => ({ changed: true }));
      });
    },
    probe: (_, { services, signal, undo }) =>
      services.clouds
        .get(sourcePlace(input))
        .instances.get(id, { signal })
        .map((source) =>
          diesWithInstance(source, input.volume.id) === false
            ? { happened: 'yes' as const, output: { changed: undo !== undefined } }
            : { happened: 'no' as const },
        ),
    revert: ({ undo }, ctx) =>
      undo === undefined
        ? undefined
        : ctx.services.clouds.get(sourcePlace(input)).instances.keepVolume(id, input.volume.id, false, ctx),
  });
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
