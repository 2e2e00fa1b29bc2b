import { access, chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CloudResult } from '@belay/cloud';
import { ok, safeTry } from 'neverthrow';
import { command } from './command.ts';
import { diskScript, initScript, serviceScript, sshdConfig, sshdService } from './guest-scripts.ts';
import { imageOf } from './site.ts';
import type { Span } from './span.ts';

/**
 * The layer under the root filesystem of every instance: a skeleton of a Debian whose programs are the box's own,
 * shown read-only, with accounts, configuration and logs of its own. It is made once and weighs a few megabytes.
 */
export function makeImage(span: Span): CloudResult<void> {
  const image = imageOf(span.site);
  return safeTry(async function* () {
    if (await isThere(join(image, made))) return ok(undefined);
    yield* command(span, ['sh', '-c', skeleton, 'lab-image', image]);
    for (const [path, text, mode] of files) await put(image, path, text, mode);
    await put(image, made, '', 0o644);
    return ok(undefined);
  });
}

/** Written last: an image without it is made anew. */
const made = 'etc/lab-image';

const skeleton = `
set -eu
image=$1
rm -rf "$image"
mkdir -p "$image"
cd "$image"
mkdir -p usr proc sys dev run etc/ssh etc/service etc/sv home srv mnt media opt \\
  var/log var/lib/lab var/cache var/spool var/tmp tmp root
chmod 1777 tmp var/tmp
chmod 700 root
ln -s usr/lib lib
ln -s ../run var/run
ln -s ../run/lock var/lock
if [ -d /usr/lib64 ]; then ln -s usr/lib64 lib64; fi
ln -s usr/bin bin
ln -s usr/sbin sbin
cd etc
for name in ld.so.cache ld.so.conf ld.so.conf.d alternatives ssl nsswitch.conf passwd group protocols services \\
  mime.types debian_version os-release localtime timezone login.defs netconfig; do
  if [ -e "/etc/$name" ]; then cp -a "/etc/$name" .; fi
done
sed 's/:.*/:*:19000:0:99999:7:::/' passwd > shadow
chmod 640 shadow
: > fstab
: > resolv.conf
`;

const files: readonly (readonly [string, string, number])[] = [
  ['etc/lab/init', initScript, 0o755],
  ['etc/lab/disk', diskScript, 0o755],
  ['etc/lab/service', serviceScript, 0o755],
  ['etc/service/ssh/run', sshdService, 0o755],
  ['etc/ssh/sshd_config', sshdConfig, 0o644],
];

async function put(image: string, path: string, text: string, mode: number): Promise<void> {
  const file = join(image, path);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(file, text);
  await chmod(file, mode);
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
