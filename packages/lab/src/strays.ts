import type { CloudResult } from '@belay/cloud';
import { command } from './command.ts';
import { homeOf } from './site.ts';
import type { Span } from './span.ts';

/**
 * Ends every boot of an instance that no record tells of: whoever began it was killed before its first process was
 * written down. Resolves when nothing of them runs. To be called under the instance's lock.
 */
export function endStrays(span: Span, { id }: { readonly id: string }): CloudResult<void> {
  return command(span, ['sh', '-c', ending, 'lab-strays'], `${homeOf(span.site, id)}\n`).map(() => undefined);
}

/**
 * A boot is known by its home, which is one of its arguments. Here it comes by the input, not to be found itself. How
 * grep ends says nothing: processes come and go while it reads.
 */
const ending = `
read -r home
for again in 1 2 3 4 5 6 7 8 9 10; do
  found=$(printf '%s\\n' "$home" | grep -lzFxf - /proc/[0-9]*/cmdline 2>/dev/null)
  [ -n "$found" ] || exit 0
  for each in $found; do
    pid=\${each#/proc/}
    pid=\${pid%/cmdline}
    kill -KILL $(cat "/proc/$pid/task/$pid/children" 2>/dev/null) "$pid" 2>/dev/null
  done
  sleep 0.05
done
echo 'A boot that nobody knows of does not end.' >&2
exit 1
`;
