import { join } from 'node:path';
import type { CloudResult } from '@belay/cloud';
import { ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { bringUp } from './instance-create.ts';
import { deleteInstance } from './instance-delete.ts';
import { stopInstance } from './instance-power.ts';
import { withLocks } from './locks.ts';
import { deleteSnapshot } from './snapshot.ts';
import type { Span } from './span.ts';
import { settled } from './volume-attach.ts';
import { deleteVolume } from './volume-change.ts';

/**
 * What a process that died left in the middle. A thing whose lock is taken has somebody at it and is left to him. A
 * deletion and a stop are finished; an attach and a detach too; a create goes on where its key tells how, and is
 * otherwise left to the next create under that key.
 */
export function sweep(span: Span): CloudResult<void> {
  const { shelves } = span.site;
  return safeTry(async function* () {
    for (const { id, state, ...rest } of await shelves.instances.all()) {
      if (state === 'running' || state === 'stopped' || !(await isFree(span, id))) continue;
      if (state === 'deleting') yield* swallow(deleteInstance(span, id));
      else if (state === 'stopping') yield* swallow(stopInstance(span, id));
      else yield* swallow(bringUp(span, { id, state, ...rest }));
    }
    for (const { id, state } of await shelves.volumes.all()) {
      if (!(await isFree(span, id))) continue;
      if (state === 'deleting') yield* swallow(deleteVolume(span, id));
      if (state === 'attaching' || state === 'detaching') yield* swallow(settleVolume(span, id));
    }
    for (const { id, state } of await shelves.snapshots.all()) {
      if (state === 'deleting' && (await isFree(span, id))) yield* swallow(deleteSnapshot(span, id));
    }
    return ok(undefined);
  });
}

function settleVolume(span: Span, id: string): CloudResult<unknown> {
  const { volumes } = span.site.shelves;
  return ResultAsync.fromSafePromise(volumes.get(id)).andThen((seen) =>
    withLocks(span, [id, ...(seen?.attachment === undefined ? [] : [seen.attachment.instanceId])], () =>
      ResultAsync.fromSafePromise(volumes.get(id)).andThen((now) =>
        now === undefined ? okAsync(undefined) : settled(span, now),
      ),
    ),
  );
}

/** The lab opens also where one thing in it cannot be settled: whoever works with that thing is told. */
function swallow(work: CloudResult<unknown>): CloudResult<void> {
  return work.map(() => undefined).orElse(() => okAsync(undefined));
}

async function isFree({ site }: Span, name: string): Promise<boolean> {
  const unlock = await site.machine.lock([join(site.folder, 'locks', name)], { wait: false });
  unlock?.();
  return unlock !== undefined;
}
