/**
 * The disk's way in the window of a swap: unmount, detach, attach, mount, one after the other and nothing else between
 * them. Each undoes itself by bringing back the state that it found, so that going back through them leaves the source
 * with its disk, wherever the way out was broken off.
 */

import type { Attachment, GuestDisk, StorageVolume } from '@belay/cloud';
import type { Failure, Handle, Probed, ScopeBuilder } from '@belay/runner';
import { errAsync, type ResultAsync } from 'neverthrow';
import type { DataVolume, ServedInput, TargetServer, World } from '../move/move-input.ts';
import { refusal } from '../move/refusal.ts';
import { backRetry, happenedIf, sourceHost, targetHost, windowRetry } from '../move/services.ts';
import { readsSettleMs } from '../settled.ts';

/** One disk of several, and what its steps have behind their names. */
export interface OneVolume {
  readonly volume: DataVolume;
  readonly suffix: string;
}

export function unmountFromSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
  { volume, suffix }: OneVolume = only(input),
): Handle<undefined> {
  const { mountPoint, filesystemUuid } = volume;
  return g.step(`unmount${suffix}`, {
    title: `unmount ${mountPoint} on the source`,
    after,
    retry: windowRetry,
    timeoutMs: 60_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (_, ctx) =>
      sourceHost(input, ctx.services)
        .mounts.unmount(mountPoint, ctx)
        .map(() => undefined),
    probe: (_, { services, signal }) =>
      sourceHost(input, services)
        .mounts.list({ signal })
        .map((mounts) => happenedIf(!mounts.some((mount) => mount.mountPoint === mountPoint))),
    revert: (_, ctx) =>
      volumeOf(input, volume, ctx).andThen((seen) => {
        const disk = diskOn(seen, input.source.id);
        if (disk === undefined) {
          return errAsync<unknown, Failure>(
            refusal(
              'data-elsewhere',
              `volume ${seen.id} is not on ${input.source.id}, so it is not mounted there`,
            ),
          );
        }
        return sourceHost(input, ctx.services).mounts.mount({ disk, mountPoint, filesystemUuid }, ctx);
      }),
  });
}

export function detachFromSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
  { volume, suffix }: OneVolume = only(input),
): Handle<undefined> {
  const pairing = { volumeId: volume.id, instanceId: input.source.id };
  return g.step(`detach-volume${suffix}`, {
    title: suffix === '' ? 'detach the volume from the source' : `detach ${volume.id} from the source`,
    after,
    retry: windowRetry,
    timeoutMs: 240_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .volumes.detach(pairing, ctx)
        .map(() => undefined),
    settleMs: readsSettleMs,
    probe: (_, ctx) =>
      volumeOf(input, volume, ctx).map(({ attachments }) =>
        happenedIf(!attachments.some(({ instanceId }) => instanceId === input.source.id)),
      ),
    revert: (_, ctx) => ctx.services.clouds.get(input.at).volumes.attach(pairing, ctx),
  });
}

/**
 * Attaches the volume to the target, and looks first that it is on nothing else: a disk that may be attached more
 * than once would let two servers write.
 */
export function attachToTarget(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
  { volume: wanted, suffix }: OneVolume = only(input),
): Handle<Attachment> {
  return g.step(`attach-volume${suffix}`, {
    title: suffix === '' ? 'attach the volume to the target' : `attach ${wanted.id} to the target`,
    needs: { target },
    after,
    retry: windowRetry,
    timeoutMs: 240_000,
    run: ({ target: { id } }, ctx) =>
      volumeOf(input, wanted, ctx).andThen((volume) => {
        const others = volume.attachments.filter(({ instanceId }) => instanceId !== id);
        if (others.length > 0) {
          const where = others.map(({ instanceId }) => instanceId).join(', ');
          return errAsync<Attachment, Failure>(
            refusal('attached-once', `volume ${volume.id} is still on ${where}`),
          );
        }
        return ctx.services.clouds.get(input.at).volumes.attach({ volumeId: volume.id, instanceId: id }, ctx);
      }),
    settleMs: readsSettleMs,
    probe: ({ target: { id } }, ctx) =>
      volumeOf(input, wanted, ctx).map((volume): Probed<Attachment> => {
        const here = volume.attachments.find(({ instanceId }) => instanceId === id);
        // On its way counts as not there yet: the same call again waits for it.
        return here?.state === 'attached' ? { happened: 'yes', output: here } : { happened: 'no' };
      }),
    idempotent: true,
    revertRetry: backRetry,
    revert: ({ needs }, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .volumes.detach({ volumeId: wanted.id, instanceId: needs.target.id }, ctx),
  });
}

/** Mounts on the target, by the disk's serial and the filesystem's UUID: a wrong disk is refused, not mounted. */
export function mountOnTarget(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  attached: Handle<Attachment>,
  after: readonly Handle<unknown>[] = [],
  { volume, suffix }: OneVolume = only(input),
): Handle<undefined> {
  const { mountPoint, filesystemUuid } = volume;
  return g.step(`mount${suffix}`, {
    title: `mount ${mountPoint} on the target`,
    needs: { target, attached },
    after,
    retry: windowRetry,
    timeoutMs: 120_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (needs, ctx) =>
      targetHost(input, ctx.services, needs.target)
        .mounts.mount({ disk: needs.attached.disk, mountPoint, filesystemUuid }, ctx)
        .map(() => undefined),
    probe: (needs, { services, signal }) =>
      targetHost(input, services, needs.target)
        .mounts.list({ signal })
        .map((mounts) =>
          happenedIf(
            mounts.some((at) => at.mountPoint === mountPoint && at.filesystemUuid === filesystemUuid),
          ),
        ),
    revert: ({ needs }, ctx) => targetHost(input, ctx.services, needs.target).mounts.unmount(mountPoint, ctx),
  });
}

function only({ volume }: ServedInput): OneVolume {
  return { volume, suffix: '' };
}

function volumeOf(
  input: ServedInput,
  { id }: DataVolume,
  ctx: { readonly services: World; readonly signal: AbortSignal },
): ResultAsync<StorageVolume, Failure> {
  return ctx.services.clouds.get(input.at).volumes.get(id, { signal: ctx.signal });
}

function diskOn(volume: StorageVolume, instanceId: string): GuestDisk | undefined {
  return volume.attachments.find((at) => at.instanceId === instanceId && at.state === 'attached')?.disk;
}
