import { type HostError, type Mount, type MountSpec, type Mounts, repeatedFilesystems } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type FarSide, saidBy } from './call.ts';
import { uuidForm } from './disks.ts';
import { freeze, thaw } from './freeze.ts';
import { readHolders } from './holders.ts';
import type { OpenCall } from './host.ts';
import { settle } from './settle.ts';
import {
  escapeMount,
  findDevice,
  type MountedDevice,
  partsOf,
  readStorage,
  type Storage,
} from './storage.ts';

/** Filesystems by what the disks themselves carry. How things are afterwards is read back before a call resolves. */
export function mountsOf(open: OpenCall): Mounts {
  return {
    list: (options) =>
      open('mounts.list', options, async (far) =>
        (await readStorage(far)).map(({ mounts }) => mounts.map(mountOf)),
      ),
    mount: (spec, call) => open('mounts.mount', call, (far) => mount(far, spec)),
    unmount: (mountPoint, call) => open('mounts.unmount', call, (far) => unmount(far, mountPoint)),
    settle: (mountPoint, call) => open('mounts.settle', call, (far) => settle(far, mountPoint)),
    holders: (mountPoint, options) => open('mounts.holders', options, (far) => readHolders(far, mountPoint)),
    freeze: (spec, call) => open('mounts.freeze', call, (far) => freeze(far, spec)),
    thaw: (mountPoint, call) => open('mounts.thaw', call, (far) => thaw(far, mountPoint)),
    grow: (mountPoint, call) => open('mounts.grow', call, (far) => grow(far, mountPoint)),
  };
}

export function mountOf({ device: _, ...mount }: MountedDevice): Mount {
  return mount;
}

/** Looks once more at the disk in the moment before it is mounted; 41 says that it is another one. */
const mountScript = `
device=$1 point=$2 uuid=$3 entry=$4
[ "$(blkid -p -o value -s UUID "$device")" = "$uuid" ] || exit 41
if ! mountpoint -q -- "$point"; then
  mkdir -p -- "$point" && mount -- "$device" "$point" || exit
fi
[ -n "$entry" ] || exit 0
if [ -s /etc/fstab ] && [ -n "$(tail -c 1 /etc/fstab)" ]; then printf '\\n' >>/etc/fstab || exit; fi
printf '%s\\n' "$entry" >>/etc/fstab && sync /etc/fstab
`;

async function mount(far: FarSide, spec: MountSpec): Promise<Result<Mount, HostError>> {
  const { disk, mountPoint, filesystemUuid: uuid } = spec;
  if (!mountPoint.startsWith('/') || /[\n]/.test(mountPoint)) {
    return err(far.fail('invalid', `${mountPoint} is no mount point.`));
  }
  if (!uuidForm.test(uuid)) return err(far.fail('invalid', `${uuid} is no UUID in lower case.`));
  const storage = await readStorage(far);
  if (storage.isErr()) return err(storage.error);
  const meant = findPart(storage.value, spec);
  if (meant.isErr()) return err(far.fail(meant.error.kind, meant.error.message));
  const part = meant.value;
  if (repeatedFilesystems(storage.value.devices).includes(uuid)) {
    return err(far.fail('wrong-disk', `Two disks carry the filesystem ${uuid}: a boot would mount either.`));
  }
  const there = storage.value.mounts.filter((one) => one.mountPoint === mountPoint).at(-1);
  if (there !== undefined && there.device !== part.name) {
    return err(far.fail('busy', `Something else is mounted at ${mountPoint}: ${there.filesystemUuid}.`));
  }
  const hasEntry = storage.value.bootEntries.some((entry) => entry.mountPoint === mountPoint);
  const type = part.filesystemType ?? 'auto';
  const entry = hasEntry ? '' : `UUID=${uuid} ${escapeMount(mountPoint)} ${type} defaults,nofail 0 2`;
  if (there !== undefined && hasEntry) return ok(mountOf(there));
  const done = await far.script(mountScript, [part.path, mountPoint, uuid, entry], { changes: true });
  if (done.isErr()) return err(done.error);
  if (done.value.code === 41)
    return err(far.fail('wrong-disk', `${disk.serial} does not carry ${uuid} any more.`));
  if (done.value.code !== 0) {
    return err(far.fail('failed', saidBy(['mount'], done.value.code, done.value.stderr), 'unknown'));
  }
  return (await readStorage(far)).andThen(({ mounts }) => {
    const now = mounts.find((one) => one.mountPoint === mountPoint && one.filesystemUuid === uuid);
    return now === undefined
      ? err(far.fail('failed', `${uuid} is not mounted at ${mountPoint} after all.`, 'unknown'))
      : ok(mountOf(now));
  });
}

/** The disk, or the part of it, that carries the filesystem. */
function findPart(storage: Storage, { disk, filesystemUuid }: MountSpec): ReturnType<typeof findDevice> {
  return findDevice(storage, disk).andThen((device) => {
    const parts = partsOf(storage, device);
    const part = parts.find((one) => one.filesystemUuid === filesystemUuid);
    if (part !== undefined) return ok(part);
    const carries = parts.flatMap((one) => one.filesystemUuid ?? []).join(', ') || 'no filesystem';
    return err({
      kind: 'wrong-disk' as const,
      message: `${disk.serial} carries ${carries}, not ${filesystemUuid}.`,
    });
  });
}

/** 42: in use; 0 also where nothing is mounted. */
const unmountScript = `
point=$1
mountpoint -q -- "$point" || exit 0
[ -e "/run/belay/frozen-$(stat -c %d -- "$point")" ] && exit 43
sync -f -- "$point" || exit
umount -- "$point" && exit 0
code=$?
mountpoint -q -- "$point" && [ "$code" = 32 ] && exit 42
exit "$code"
`;

async function unmount(far: FarSide, mountPoint: string): Promise<Result<void, HostError>> {
  const done = await far.script(unmountScript, [mountPoint], { changes: true });
  if (done.isErr()) return err(done.error);
  const { code, stderr } = done.value;
  if (code === 0) return ok();
  if (code === 43) return err(far.fail('busy', `${mountPoint} is frozen.`));
  if (code !== 42 || !/busy/.test(stderr))
    return err(far.fail('failed', saidBy(['umount'], code, stderr), 'unknown'));
  const holders = (await readHolders(far, mountPoint)).unwrapOr([]);
  const names = [
    ...new Set(holders.map(({ service, command, processId }) => service ?? `${command} (${processId})`)),
  ];
  const who = names.length === 0 ? 'something that shows no open file' : names.slice(0, 5).join(', ');
  return err(far.fail('busy', `${mountPoint} is held open by ${who}.`));
}

const growScript = `
case $1 in
  ext2 | ext3 | ext4) resize2fs "$2" ;;
  xfs) xfs_growfs "$3" ;;
  *) exit 41 ;;
esac
`;

async function grow(far: FarSide, mountPoint: string): Promise<Result<Mount, HostError>> {
  const find = async (): Promise<Result<{ mounted: MountedDevice; storage: Storage }, HostError>> =>
    (await readStorage(far)).andThen((storage) => {
      const mounted = storage.mounts.find((one) => one.mountPoint === mountPoint);
      return mounted === undefined
        ? err(far.fail('not-found', `Nothing is mounted at ${mountPoint}.`))
        : ok({ mounted, storage });
    });
  const found = await find();
  if (found.isErr()) return err(found.error);
  const { mounted, storage } = found.value;
  const device = storage.devices.find(({ name }) => name === mounted.device);
  if (device?.kind !== 'disk') {
    const what = device?.kind ?? 'unknown device';
    return err(far.fail('unsupported', `${mountPoint} lies on a ${what}, which has to be grown first.`));
  }
  const done = await far.script(growScript, [mounted.filesystemType, device.path, mountPoint], {
    changes: true,
  });
  if (done.isErr()) return err(done.error);
  if (done.value.code === 41) {
    return err(
      far.fail('unsupported', `Nobody here can grow ${mounted.filesystemType} while it is mounted.`),
    );
  }
  if (done.value.code !== 0) {
    return err(far.fail('failed', saidBy(['grow'], done.value.code, done.value.stderr), 'unknown'));
  }
  return (await find()).map(({ mounted: now }) => mountOf(now));
}
