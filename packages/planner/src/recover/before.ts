/** What is looked at before a server that does not answer is given up. */

import { type Failure, refAt, type SnapshotId } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync, type ResultAsync } from 'neverthrow';
import type { DiskInput, PictureTaken } from '../copy/copy-input.ts';
import { targetFilesystem } from '../copy/data-disk.ts';
import {
  type ServedInput,
  sourcePlace,
  type TargetServer,
  volumesIn,
  type World,
} from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import type { FromBackup } from './recover-input.ts';
import type { Restored } from './restores.ts';

/**
 * The source still does not serve. One that has come back by itself is better than any successor, so that ends the run
 * before it is touched. That nobody can tell counts as "does not serve": this run began because of it.
 */
export function stillDown(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  const server = refAt(sourcePlace(input), input.source.id);
  return g.step('still-down', {
    title: `${input.source.name} still does not serve`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      services.hosts
        .get(server)
        .check(input.probe, { signal, timeoutMs: 30_000 })
        .map(({ healthy }) => healthy)
        .orElse(() => okAsync<boolean, Failure>(false))
        .andThen((serves) =>
          serves
            ? err(refusal('source-down', `${input.source.name} serves again: nothing needs to replace it`))
            : ok(undefined),
        ),
  });
}

/** The snapshot that a new disk is made of is whole. */
export function snapshotWhole(
  g: ScopeBuilder<World>,
  input: ServedInput,
  snapshotId: SnapshotId,
  suffix: string,
): Handle<PictureTaken> {
  return g.step(`snapshot-whole${suffix}`, {
    title: `the snapshot ${snapshotId} can be used`,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      services.clouds
        .get(input.at)
        .snapshots.get(snapshotId, { signal })
        .mapErr((error): Failure => error)
        .andThen(({ state, providerState }) =>
          state === 'ready'
            ? ok<PictureTaken, Failure>({ snapshotId, frozen: false })
            : err<PictureTaken, Failure>(refusal('snapshot-whole', `${snapshotId} is ${providerState}`)),
        ),
  });
}

/** The files of the backup are on one of the target's disks. Nothing to undo: the disk goes with the step that made it. */
export function restoreBackup(
  g: ScopeBuilder<World>,
  input: DiskInput & { readonly suffix: string },
  { backupId, timeoutMs }: Pick<FromBackup, 'backupId' | 'timeoutMs'>,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): Handle<Restored> {
  const { mountPoint: path } = input.volume;
  const without = volumesWithin(input, path);
  return g.step(`restore-backup${input.suffix}`, {
    title: `put the files of ${backupId} back${input.suffix === '' ? '' : ` at ${path}`}`,
    needs: { target },
    after,
    idempotent: true,
    retry: { attempts: 5, delayMs: 5000, maxDelayMs: 60_000, when: worthAnotherTry },
    timeoutMs,
    weight: 10,
    run: (needs, ctx): ResultAsync<Restored, Failure> => {
      const { restores } = ctx.services;
      if (restores === undefined) {
        return errAsync(
          refusal('service-given', 'services.restores is missing: nobody can put a backup back'),
        );
      }
      const filesystemUuid = targetFilesystem(input);
      const to = refAt(input.at, needs.target.id);
      return restores.restore(
        {
          backupId,
          to,
          path,
          filesystemUuid,
          ...(without.length > 0 && { without }),
          onProgress: (share) => ctx.progress(Math.min(0.99, share)),
        },
        { ...ctx, timeoutMs },
      );
    },
  });
}

/** Where disks of the workload are mounted beneath this one. */
function volumesWithin(input: Pick<ServedInput, 'volume' | 'moreVolumes'>, path: string): readonly string[] {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return volumesIn(input).flatMap(({ mountPoint }) => (mountPoint.startsWith(folder) ? [mountPoint] : []));
}
