import type { HostError, Settled } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type FarSide, saidBy } from './call.ts';

/**
 * Takes work out of the unmount to come. The kernel needs 5 to 10 microseconds there for each file and folder that it
 * remembers, and twice that where it has the file's contents in memory too: after a backup of some hundred thousand
 * files that is seconds in which nobody serves.
 *
 * First everything dirty is written out (syncfs). Where the kernel remembers many files, it is told to forget those that
 * nobody uses (`drop_caches`, 2). A kernel from 5.17 on goes on remembering a file for as long as something of its
 * contents is in memory; where very many are remembered for that, contents go as well (3): what is open stays open, what
 * is mapped or dirty stays in memory, the rest is read from the disk again. The target will read it anew in any case.
 *
 * A kernel knows one memory: servers that share one, as containers do, share what it forgets.
 */
export const settleScript = `
point=$1 many=$2 tooMany=$3
mountpoint -q -- "$point" || exit 41
sync -f -- "$point" || exit
count() { cut -f 1 /proc/sys/fs/inode-nr 2>/dev/null; }
forget() { echo "$1" 2>/dev/null >/proc/sys/vm/drop_caches; }
before=$(count) || exit 0
[ "$before" -ge "$many" ] || { echo "$before $before nothing"; exit 0; }
forget 2 || { echo "$before $before forbidden"; exit 0; }
after=$(count) what=files
if [ "$after" -ge "$tooMany" ] && forget 3; then after=$(count) what=contents; fi
echo "$before $after $what"
`;

/** Fewer files are gone in less time than the asking takes. */
const many = 10_000;
/** So many files make half a second of an unmount, or more: worth some reading from the disk. */
const tooMany = 50_000;

export async function settle(far: FarSide, mountPoint: string): Promise<Result<Settled, HostError>> {
  const args = [mountPoint, String(many), String(tooMany)];
  const done = await far.script(settleScript, args, { changes: true });
  return done.andThen(({ code, stdout, stderr }) => {
    if (code === 41) return err(far.fail('not-found', `Nothing is mounted at ${mountPoint}.`));
    if (code !== 0) return err(far.fail('failed', saidBy(['sync'], code, stderr), 'unknown'));
    return ok({ mountPoint, ...readSettled(stdout) });
  });
}

/** What the script says; nothing where the kernel does not count. */
export function readSettled(text: string): Omit<Settled, 'mountPoint'> {
  const [, before, after, what] = /^(\d+) (\d+) (\w+)$/.exec(text.trim()) ?? [];
  if (before === undefined || after === undefined) {
    return { forgot: 'nothing', because: 'its kernel does not say how many files it remembers' };
  }
  const remembered = { before: Number(before), after: Number(after) };
  if (what === 'files' || what === 'contents') return { remembered, forgot: what };
  const because = 'its kernel takes no word from this user';
  return { remembered, forgot: 'nothing', ...(what === 'forbidden' && { because }) };
}
