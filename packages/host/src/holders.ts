import type { HostError, OpenFile } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide } from './call.ts';

/**
 * Who has files open on a filesystem, from `/proc`: by the device that an open file lies on and not by its path, as
 * other mount namespaces call it otherwise. Working folders and running programs count as open for reading. Files that
 * are only mapped into memory are not seen.
 */
export const holdersScript: string = `
for point; do
  device=$(stat -c %d -- "$point") || continue
  printf 'point %s\\n' "$point"
  hits=$(
    {
      find -L /proc/[0-9]*/fd -mindepth 1 -maxdepth 1 -printf '%D %p\\n'
      find -L /proc/[0-9]*/cwd /proc/[0-9]*/root /proc/[0-9]*/exe -maxdepth 0 -printf '%D %p\\n'
    } 2>/dev/null | sed -n "s/^$device //p" |
      xargs -r sh -c 'exec find "$@" -maxdepth 0 -printf "open\\t%p\\t%m\\t%l\\n"' find 2>/dev/null
  )
  printf '%s\\n' "$hits"
  printf '%s\\n' "$hits" | sed -n 's|^open.*\\t/proc/\\([0-9]*\\)/[^\\t]*\\t.*|\\1|p' | sort -u | while read -r id; do
    printf 'process %s %s\\n' "$id" "$(cat "/proc/$id/comm" 2>/dev/null)"
    printf 'group %s %s\\n' "$id" "$(sed -n 's/^0:://p;s/^1:name=systemd://p' "/proc/$id/cgroup" 2>/dev/null | tail -n 1)"
  done
done
`;

export async function readHolders(
  far: FarSide,
  mountPoint: string,
): Promise<Result<readonly OpenFile[], HostError>> {
  const output = await far.script(`mountpoint -q -- "$1" || exit 41\n${holdersScript}`, [mountPoint]);
  return output.andThen(({ code, stdout }) => {
    if (code === 41) return err(far.fail('not-found', `Nothing is mounted at ${mountPoint}.`));
    return ok(holdersIn(stdout));
  });
}

export function holdersIn(text: string): readonly OpenFile[] {
  const lines = text.split('\n');
  const commands = new Map<string, string>();
  const services = new Map<string, string>();
  for (const line of lines) {
    const [, id, command] = /^process (\d+) (.*)$/.exec(line) ?? [];
    if (id !== undefined && command !== undefined) commands.set(id, command);
    const [, member, service] = /^group (\d+) .*?([^/]+)\.service(?:\/.*)?$/.exec(line) ?? [];
    if (member !== undefined && service !== undefined) services.set(member, service);
  }
  let mountPoint = '';
  const found: OpenFile[] = [];
  for (const line of lines) {
    if (line.startsWith('point ')) mountPoint = line.slice('point '.length);
    const [tag, link, mode, target] = line.split('\t');
    const [, id] = /^\/proc\/(\d+)\//.exec(link ?? '') ?? [];
    if (tag !== 'open' || id === undefined || target === undefined) continue;
    const deleted = target.endsWith(' (deleted)');
    const service = services.get(id);
    found.push({
      mountPoint,
      path: deleted ? target.slice(0, -' (deleted)'.length) : target,
      processId: Number(id),
      command: commands.get(id) ?? 'unknown',
      ...(service === undefined ? {} : { service }),
      // The links of open files show by their own mode how they were opened: 2 is for writing.
      forWrite: link?.includes('/fd/') === true && (Number.parseInt(mode ?? '0', 8) & 0o200) !== 0,
      ...(deleted ? { deleted } : {}),
    });
  }
  return found;
}
