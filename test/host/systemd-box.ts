// A server whose first process is a real systemd, with its own control groups, units and sshd: what systemd says and does
// is not played here. It shares Debian's programs with the box, and may change nothing of its kernel.

import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { sshdConfig } from './scripts.ts';
import { until } from './story.ts';

export interface SystemdBox {
  readonly address: string;
  inside(...words: readonly string[]): string;
  close(): Promise<void>;
}

/** `units` by name: their text. */
export async function openSystemdBox(
  folder: string,
  keys: string,
  units: Readonly<Record<string, string>>,
): Promise<SystemdBox> {
  const home = join(folder, 'systemd');
  mkdirSync(join(home, 'units'), { recursive: true });
  mkdirSync(join(home, 'root'));
  const all = { ...units, 'sshd.service': sshdUnit, 'belay.target': target(Object.keys(units)) };
  for (const [name, text] of Object.entries(all)) writeFileSync(join(home, 'units', name), text);
  writeFileSync(join(home, 'sshd_config'), sshdConfig('/run', '/etc/ssh'));
  for (const name of ['host', 'user.pub']) writeFileSync(join(home, name), readFileSync(join(keys, name)));
  chmodSync(join(home, 'host'), 0o600);
  writeFileSync(join(home, 'boot'), bootScript);
  const groups = execFileSync('findmnt', ['-n', '-t', 'cgroup2', '-o', 'TARGET'], { encoding: 'utf8' });
  const group = join(
    groups.split('\n')[0] ?? '',
    `belay-systemd-${basename(dirname(folder))}-${basename(folder)}`,
  );
  mkdirSync(group);
  const link = 'belayt61';
  const words = ['--mount', '--pid', '--net', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child=KILL'];
  const enter = 'echo 0 >"$1/cgroup.procs"; shift; exec "$@"';
  const child = spawn('sh', ['-c', enter, 'sh', group, 'unshare', ...words, 'sh', join(home, 'boot'), home], {
    stdio: 'ignore',
    detached: true,
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const close = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    const clear = 'find "$1" -depth -type d -exec rmdir {} + 2>/dev/null; [ ! -e "$1" ]';
    await until('its control groups are gone', () => succeeds('sh', '-c', clear, 'sh', group));
    await until(`${link} is gone`, () => !existsSync(`/sys/class/net/${link}`));
  };
  try {
    const children = `/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`;
    const first = (): string => (existsSync(children) ? readFileSync(children, 'utf8').trim() : '');
    await until('systemd is the first process', () => isSystemd(first()));
    const pid = first();
    const inside = (...argv: readonly string[]): string =>
      execFileSync('nsenter', ['-t', pid, '-m', '-p', '-n', '-u', '-C', '--', ...argv], { encoding: 'utf8' });
    execFileSync('ip', ['link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid]);
    execFileSync('ip', ['address', 'add', '10.213.61.1/30', 'dev', link]);
    execFileSync('ip', ['link', 'set', link, 'up']);
    inside('ip', 'address', 'add', '10.213.61.2/30', 'dev', 'eth0');
    inside('ip', 'link', 'set', 'eth0', 'up');
    await until('all is up', () => {
      try {
        return inside('sh', '-c', 'systemctl is-system-running 2>&1').trim() === 'running';
      } catch {
        // Starting, or degraded.
        return false;
      }
    });
    return { address: '10.213.61.2', inside, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

function isSystemd(pid: string): boolean {
  return (
    pid !== '' &&
    existsSync(`/proc/${pid}/comm`) &&
    readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'systemd'
  );
}

function succeeds(...[command = '', ...words]: readonly string[]): boolean {
  try {
    execFileSync(command, words, { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const sshdUnit = `[Service]
ExecStart=/usr/sbin/sshd -D -e -f /etc/ssh/sshd_config
RuntimeDirectory=sshd
`;

const target = (units: readonly string[]): string => `[Unit]
Requires=basic.target sshd.service
Wants=${units.filter((name) => !name.endsWith('@.service')).join(' ')}
After=basic.target
AllowIsolate=yes
`;

/** `$1` is its folder. What is the kernel's own in /proc/sys is read-only: systemd would set it as it likes. */
const bootScript = `set -eu
home=$1
root=$home/root
mount --make-rprivate /
mount -t tmpfs -o mode=755 root "$root"
cd "$root"
mkdir -p usr proc sys dev run etc/systemd etc/ssh root/.ssh var/log var/lib tmp
chmod 700 root root/.ssh
mount --rbind /usr usr
mount -o remount,bind,ro usr
for name in bin sbin lib lib64; do ln -s "usr/$name" "$name"; done
ln -s ../run var/run
for name in passwd group shadow nsswitch.conf ld.so.cache os-release alternatives; do
  if [ -e "/etc/$name" ]; then cp -a "/etc/$name" etc/; fi
done
cp -r "$home/units" etc/systemd/system
cp "$home/sshd_config" "$home/host" etc/ssh/
cp "$home/user.pub" root/.ssh/authorized_keys
echo 5d0c6f1e2b3a49788695a4b3c2d1e0f9 >etc/machine-id
: >etc/fstab
mount -t proc proc proc
mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t sysfs -o ro sysfs sys
mount -t cgroup2 cgroup sys/fs/cgroup
mount -t tmpfs -o mode=755 run run
mount -t tmpfs -o mode=755 dev dev
mkdir dev/pts dev/shm
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
mount -t tmpfs -o mode=1777 shm dev/shm
cd dev
mknod -m 666 null c 1 3
mknod -m 666 zero c 1 5
mknod -m 666 full c 1 7
mknod -m 666 random c 1 8
mknod -m 666 urandom c 1 9
mknod -m 666 tty c 5 0
ln -s /proc/self/fd fd
cd ..
hostname unit
mkdir .box
pivot_root . .box
umount -l /.box
ip link set lo up
exec env -i container=belay PATH=/usr/sbin:/usr/bin \\
  /usr/lib/systemd/systemd --system --unit=belay.target --show-status=no --log-target=null
`;
