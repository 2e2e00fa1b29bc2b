import { rm } from 'node:fs/promises';
import type { CloudResult } from '@belay/cloud';
import { err, ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { tryCommand } from './command.ts';
import { withLocks } from './locks.ts';
import { untie } from './loop.ts';
import { powerOff } from './power.ts';
import type { AddressRecord, VolumeRecord } from './records.ts';
import { cableOf, diskOf, homeOf } from './site.ts';
import { begun, fail, type Span } from './span.ts';
import { writeKnownHosts } from './ssh-keys.ts';
import { removeVolume } from './volume-change.ts';
import { inState } from './volume-record.ts';

/** Ends an instance for good. Its volumes come off, but for those that are to go with it; its addresses are free. */
export function deleteInstance(span: Span, id: string): CloudResult<void> {
  return ResultAsync.fromSafePromise(bound(span, id)).andThen(({ volumes, addresses }) => {
    const locks = [...volumes, ...addresses].map((one) => one.id);
    return withLocks(span, [id, ...locks], () =>
      ResultAsync.fromSafePromise(bound(span, id)).andThen((now) => {
        const isWhole = [...now.volumes, ...now.addresses].every((one) => locks.includes(one.id));
        // Something was bound to it before its lock was ours: once more, with the lock of that too.
        return isWhole ? end(span, id, now) : okAsync('again' as const);
      }),
    ).andThen((what) => (what === 'again' ? deleteInstance(span, id) : okAsync(undefined)));
  });
}

interface Bound {
  readonly volumes: readonly VolumeRecord[];
  readonly addresses: readonly AddressRecord[];
}

async function bound({ site }: Span, id: string): Promise<Bound> {
  const volumes = (await site.shelves.volumes.all()).filter(
    ({ attachment }) => attachment?.instanceId === id,
  );
  const addresses = (await site.shelves.addresses.all()).filter(({ instanceId }) => instanceId === id);
  return { volumes, addresses };
}

function end(span: Span, id: string, { volumes, addresses }: Bound): CloudResult<'ended'> {
  const { site } = span;
  const { shelves } = site;
  return safeTry(async function* () {
    const now = await shelves.instances.get(id);
    if (now === undefined) return ok('ended' as const);
    if (now.deletionProtected)
      return err(fail(span, 'protected', `${id} is protected against deletion.`, { lastState: now.state }));
    await shelves.instances.put({ ...now, state: 'deleting' });
    yield* powerOff(span, now, 'hard');
    for (const address of addresses) await shelves.addresses.put({ ...address, instanceId: undefined });
    for (const volume of volumes) {
      if (volume.attachment?.dieWithInstance === true) {
        yield* removeVolume(span, volume);
        continue;
      }
      yield* untie(span, diskOf(site, volume.id));
      await shelves.volumes.put(inState(span, volume, 'available', undefined));
    }
    await tryCommand(span, ['ip', 'link', 'del', 'dev', cableOf(site, now.number)]);
    await rm(homeOf(site, id), { recursive: true, force: true });
    await shelves.instances.remove(id);
    yield* writeKnownHosts(begun(span));
    return ok('ended' as const);
  });
}
