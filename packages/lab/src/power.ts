import { join } from 'node:path';
import type { CloudResult } from '@belay/cloud';
import { ok, okAsync, ResultAsync, safeTry } from 'neverthrow';
import { tryCommand } from './command.ts';
import { runningProcess } from './instance-process.ts';
import { loopOf, pause } from './loop.ts';
import type { InstanceRecord } from './records.ts';
import { diskOf, homeOf } from './site.ts';
import type { Span } from './span.ts';
import { endStrays } from './strays.ts';

/** How long services have to end before the instance is switched off hard. */
const politeMs = 15_000;
const pauseMs = 25;
const letGoMs = 5_000;

/**
 * Ends an instance: its first process is asked to stop all services, and killed after fifteen seconds. It has ended
 * when no process of it is left and its disks are let go.
 */
export function powerOff(span: Span, instance: InstanceRecord, how: 'in-order' | 'hard'): CloudResult<void> {
  return ResultAsync.fromSafePromise(runningProcess(span.site, instance)).andThen((process) => {
    if (process === undefined) {
      return endStrays(span, instance)
        .andThen(() => dropGroup(span, instance))
        .andThen(() => untilDisksAreFree(span, instance));
    }
    const { pid } = process;
    return safeTry(async function* () {
      const gone = async () => (await span.site.machine.startOf(pid)) !== process.startedTicks;
      if (how === 'in-order') {
        await tryCommand(span, ['kill', '-TERM', String(pid)]);
        yield* until(span, gone, politeMs);
      }
      if (!(await gone())) {
        await tryCommand(span, ['kill', '-KILL', String(pid)]);
        yield* until(span, gone, letGoMs);
      }
      yield* dropGroup(span, instance);
      return untilDisksAreFree(span, instance);
    });
  });
}

/** Takes away the control groups of an instance that has ended: its root is where they are looked at, for a moment. */
function dropGroup(span: Span, instance: InstanceRecord): CloudResult<void> {
  const words = ['sh', '-c', emptyGroup, 'lab-group', rootOf(span, instance)];
  return ResultAsync.fromSafePromise(tryCommand(span, ['unshare', '--mount', ...words])).map(() => undefined);
}

const emptyGroup = `
home=\${1%/root}
mount -t cgroup2 cgroup "$1" 2>/dev/null || exit 0
for again in 1 2 3 4 5 6 7 8; do
  rmdir "$1/belay-\${home##*/}"/*.service "$1/belay-\${home##*/}" 2>/dev/null
  [ -e "$1/belay-\${home##*/}" ] || exit 0
  sleep 0.05
done
`;

function rootOf({ site }: Span, { id }: InstanceRecord): string {
  return join(homeOf(site, id), 'root');
}

/** A filesystem is unmounted, and so written out, a moment after the last process that saw it has ended. */
function untilDisksAreFree(span: Span, { id }: InstanceRecord): CloudResult<void> {
  const { site } = span;
  return safeTry(async function* () {
    for (const volume of await site.shelves.volumes.all()) {
      if (volume.attachment?.instanceId !== id) continue;
      const device = yield* loopOf(span, diskOf(site, volume.id));
      if (device === undefined) continue;
      yield* until(span, async () => !(await site.machine.isClaimed(device.path)), letGoMs);
    }
    return ok(undefined);
  });
}

function until(span: Span, holds: () => Promise<boolean>, leftMs: number): CloudResult<void> {
  return ResultAsync.fromSafePromise(holds()).andThen((isSo) =>
    isSo || leftMs <= 0
      ? okAsync(undefined)
      : pause(span, pauseMs).andThen(() => until(span, holds, leftMs - pauseMs)),
  );
}
