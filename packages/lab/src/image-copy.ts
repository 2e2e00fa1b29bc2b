import type { CloudResult } from '@belay/cloud';
import { okAsync, ResultAsync } from 'neverthrow';
import { command } from './command.ts';
import { mountPoints } from './guest-disk.ts';
import { runningProcess } from './instance-process.ts';
import { loopOf } from './loop.ts';
import { diskOf } from './site.ts';
import type { Span } from './span.ts';

/**
 * Copies the image of a volume or a snapshot to a file: by reference where the box's filesystem can, else all that is
 * not a hole. What is mounted is frozen for that time, and thawed by the same shell, so that no death of ours leaves a
 * guest frozen. The caller holds the lock of what is copied.
 */
export function copyImage(span: Span, fromId: string, to: string): CloudResult<void> {
  const from = diskOf(span.site, fromId);
  return frozenPaths(span, fromId, from).andThen((paths) =>
    command(span, ['sh', '-c', script, 'lab-copy', from, to, ...paths]).map(() => undefined),
  );
}

/** `$1` to `$2`, while the mount `$3` stands still. A mount that somebody else has frozen stays as it is. */
const script = `
set -eu
from=$1 to=$2 path=\${3-} frozen=
thaw() {
  if [ -n "$frozen" ]; then fsfreeze --unfreeze "$frozen"; frozen=; fi
}
trap thaw EXIT
if [ -n "$path" ] && fsfreeze --freeze "$path" 2>/dev/null; then frozen=$path; fi
cp --reflink=auto --sparse=always -- "$from" "$to.part"
thaw
mv -- "$to.part" "$to"
`;

/** The box reaches what a guest has mounted through one of its processes. One path is enough for one filesystem. */
function frozenPaths(span: Span, id: string, image: string): CloudResult<readonly string[]> {
  const { site } = span;
  const look = async (): Promise<readonly string[]> => {
    const volume = await site.shelves.volumes.get(id);
    const holder = volume?.attachment?.instanceId;
    const instance = holder === undefined ? undefined : await site.shelves.instances.get(holder);
    const process = instance === undefined ? undefined : await runningProcess(site, instance);
    if (process === undefined) return [];
    const device = await loopOf(span, image);
    if (device.isErr() || device.value === undefined) return [];
    const [point] = mountPoints(await site.machine.mountInfo(process.pid), device.value);
    return point === undefined ? [] : [`/proc/${process.pid}/root${point}`];
  };
  return ResultAsync.fromSafePromise(look()).andThen((paths) => okAsync(paths));
}
