import type { BootEntry, Disk, GuestDisk, HostError, HostErrorKind, Mount } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide } from './call.ts';
import { askAll, type Question, readSections } from './sections.ts';

/**
 * Disks, filesystems and mounts as the kernel and the disks themselves show them: `/sys`, `/proc/self/mountinfo`, the
 * links under `/dev/disk/by-id`, and `blkid -p`, which reads the disk and not somebody's memory of it.
 */
export interface Storage {
  readonly devices: readonly Device[];
  readonly mounts: readonly MountedDevice[];
  readonly bootEntries: readonly BootEntry[];
}

/** A disk, and what belay needs beyond what the port shows of it. */
export interface Device extends Disk {
  readonly path: string;
  /** Names under `/dev/disk/by-id`. */
  readonly links: readonly string[];
}

/** A mount, and the device beneath. */
export interface MountedDevice extends Mount {
  readonly device: string;
}

export const storageQuestions: readonly Question[] = [
  {
    name: 'blocks',
    script: `
for sys in /sys/class/block/*; do
  name=\${sys##*/}
  case $name in ram* | zram* | sr* | fd[0-9]*) continue ;; esac
  [ -b "/dev/$name" ] || continue
  read -r sectors <"$sys/size" && [ "$sectors" != 0 ] || continue
  printf 'block %s\\n' "$name"
  printf 'sectors %s\\n' "$sectors"
  printf 'number %s\\n' "$(cat "$sys/dev")"
  for file in "$sys/serial" "$sys/device/serial"; do
    if [ -r "$file" ]; then printf 'serial %s\\n' "$(tr -d '\\0' <"$file")"; break; fi
  done
  if [ -r "$sys/dm/uuid" ]; then printf 'mapper %s\\n' "$(cat "$sys/dm/uuid")"; fi
  if [ -r "$sys/dm/name" ]; then printf 'mapped %s\\n' "$(cat "$sys/dm/name")"; fi
  if [ -d "$sys/md" ]; then echo raid; fi
  if [ -r "$sys/partition" ]; then
    whole=$(readlink -f "$sys/..")
    printf 'within %s\\n' "\${whole##*/}"
  fi
  for below in "$sys"/slaves/*; do
    if [ -e "$below" ]; then printf 'within %s\\n' "\${below##*/}"; fi
  done
  blkid -p -o export "/dev/$name" | sed 's/^/blkid /'
done
true`,
  },
  {
    name: 'links',
    script: `
for link in /dev/disk/by-id/*; do
  if [ -e "$link" ]; then printf '%s\\t%s\\n' "\${link##*/}" "$(readlink -f "$link")"; fi
done`,
  },
  { name: 'mounts', script: 'cat /proc/self/mountinfo' },
  { name: 'space', script: 'df -a -l -B1 --output=size,used,avail,iused,iavail,target' },
  { name: 'fstab', script: 'cat /etc/fstab' },
];

export async function readStorage(far: FarSide): Promise<Result<Storage, HostError>> {
  const output = await far.script(askAll(storageQuestions), []);
  return output.andThen(({ stdout }) => {
    const storage = storageIn((name) => readSections(stdout).get(name)?.text);
    return storage === undefined
      ? err(far.fail('failed', `${far.at.id} does not show its disks.`))
      : ok(storage);
  });
}

/** The storage in the answers; `undefined` where those that matter are missing. */
export function storageIn(answer: (name: string) => string | undefined): Storage | undefined {
  const [blocks, mountinfo] = [answer('blocks'), answer('mounts')];
  if (blocks === undefined || mountinfo === undefined) return undefined;
  const bootEntries = readFstab(answer('fstab') ?? '');
  const bare = readBlocks(blocks, readLinks(answer('links') ?? ''));
  const mounted = readMountinfo(mountinfo, bare);
  const space = readSpace(answer('space') ?? '');
  const devices = bare.map(
    (device): Device => ({
      ...device,
      mountPoints: mounted.filter((one) => one.device === device.name).map(({ mountPoint }) => mountPoint),
    }),
  );
  const mounts = mounted.flatMap(
    ({ mountPoint, device: name, filesystemType, readOnly }): MountedDevice[] => {
      const device = devices.find((one) => one.name === name);
      if (device?.filesystemUuid === undefined) return [];
      const serial = diskBelow(devices, device)?.serial;
      return [
        {
          mountPoint,
          filesystemUuid: device.filesystemUuid,
          filesystemType,
          ...(serial === undefined ? {} : { diskSerial: serial }),
          ...space.get(mountPoint),
          bootEntry: entryOf(bootEntries, mountPoint),
          readOnly,
          device: name,
        },
      ];
    },
  );
  return { devices, mounts, bootEntries };
}

/** The disk that is meant, or why none is. */
export function findDevice(
  storage: Storage,
  { serial, byId }: GuestDisk,
): Result<Device, { readonly kind: HostErrorKind; readonly message: string }> {
  const bySerial = storage.devices.filter((one) => one.kind === 'disk' && one.serial === serial);
  const [found] = bySerial;
  if (bySerial.length > 1) {
    return err({ kind: 'wrong-disk', message: `Two disks say that their serial is ${serial}.` });
  }
  if (found !== undefined) return ok(found);
  const linked = byId.flatMap((link) => storage.devices.find(({ links }) => links.includes(link)) ?? [])[0];
  if (linked === undefined) {
    return err({ kind: 'not-found', message: `No disk with the serial ${serial} is here.` });
  }
  return err({
    kind: 'wrong-disk',
    message: `The link of ${serial} leads to ${linked.name}, whose serial is ${linked.serial ?? 'not told'}.`,
  });
}

/** The device itself and everything that lies on it. */
export function partsOf(storage: Storage, device: Device): readonly Device[] {
  return [
    device,
    ...storage.devices
      .filter(({ within, name }) => within === device.name && name !== device.name)
      .flatMap((part) => partsOf(storage, part)),
  ];
}

function diskBelow(devices: readonly Device[], device: Device): Device | undefined {
  let below = device;
  for (let depth = 0; below.within !== undefined && depth < 10; depth += 1) {
    const next = devices.find(({ name }) => name === below.within);
    if (next === undefined) break;
    below = next;
  }
  return below.kind === 'disk' ? below : undefined;
}

function readBlocks(text: string, links: ReadonlyMap<string, readonly string[]>): readonly Device[] {
  return text
    .split(/^block /m)
    .slice(1)
    .map((block): Device => {
      const [name = '', ...lines] = block.split('\n');
      const value = (key: string): string | undefined =>
        lines
          .find((line) => line.startsWith(`${key} `))
          ?.slice(key.length + 1)
          .trim();
      const mapped = value('mapped');
      const path = `/dev/${name}`;
      const here =
        links.get(path) ?? (mapped === undefined ? [] : (links.get(`/dev/mapper/${mapped}`) ?? []));
      const within = value('within');
      const kind = kindOf(value('mapper'), lines.includes('raid'), within);
      const serial = value('serial') || (kind === 'disk' ? serialIn(here) : undefined);
      const blkid = new Map(
        lines
          .filter((line) => line.startsWith('blkid '))
          .map((line) => line.slice('blkid '.length).split('=', 2))
          .map(([key = '', read = '']) => [key, read] as const),
      );
      const [uuid, type] = [blkid.get('UUID'), blkid.get('TYPE')];
      return {
        name,
        path,
        ...(serial === undefined ? {} : { serial }),
        kind,
        // The kernel counts in sectors of 512 bytes, whatever those of the disk are.
        sizeBytes: Number(value('sectors') ?? 0) * 512,
        ...(within === undefined ? {} : { within }),
        ...(uuid === undefined ? {} : { filesystemUuid: uuid }),
        ...(type === undefined ? {} : { filesystemType: type }),
        mountPoints: [],
        links: here,
      };
    });
}

function kindOf(mapper: string | undefined, isRaid: boolean, within: string | undefined): Disk['kind'] {
  if (isRaid) return 'raid';
  if (mapper?.startsWith('LVM-') === true) return 'lvm';
  if (mapper?.startsWith('CRYPT-') === true) return 'luks';
  if (mapper !== undefined) return 'other';
  return within === undefined ? 'disk' : 'partition';
}

function readLinks(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const [link, path] = line.split('\t');
    if (link === undefined || path === undefined) continue;
    found.set(path, [...(found.get(path) ?? []), link]);
  }
  return found;
}

/** What a link says of the serial of a disk that does not say it itself. */
function serialIn(links: readonly string[]): string | undefined {
  for (const link of links) {
    const [, serial] =
      /^virtio-(.+)$/.exec(link) ??
      /^scsi-0QEMU_QEMU_HARDDISK_(.+)$/.exec(link) ??
      /^nvme-.*_([^_]+)$/.exec(link) ??
      [];
    if (serial !== undefined) return serial;
  }
  return undefined;
}

interface MountLine {
  readonly mountPoint: string;
  readonly device: string;
  readonly filesystemType: string;
  readonly readOnly: boolean;
}

/** By proc(5): what is mounted whole from a device that is here. Binds of folders are left out. */
function readMountinfo(text: string, devices: readonly Device[]): readonly MountLine[] {
  return text.split('\n').flatMap((line): MountLine[] => {
    const words = line.split(' ');
    const dash = words.indexOf('-');
    const [root, mountPoint, options] = words.slice(3);
    const [filesystemType, source] = words.slice(dash + 1);
    if (dash < 6 || mountPoint === undefined || source === undefined || filesystemType === undefined)
      return [];
    const path = unescapeMount(source);
    const device = devices.find(
      (one) => one.path === path || one.links.includes(path.replace('/dev/disk/by-id/', '')),
    );
    const mapped = device ?? devices.find(({ path: one }) => one === resolveMapper(path, devices));
    if (mapped === undefined || root !== '/') return [];
    return [
      {
        mountPoint: unescapeMount(mountPoint),
        device: mapped.name,
        filesystemType,
        readOnly: options?.split(',').includes('ro') === true,
      },
    ];
  });
}

function resolveMapper(path: string, devices: readonly Device[]): string | undefined {
  const name = path.startsWith('/dev/mapper/') ? `dm-name-${path.slice('/dev/mapper/'.length)}` : undefined;
  return name === undefined ? undefined : devices.find(({ links }) => links.includes(name))?.path;
}

/** Space, tab, newline and backslash are written as three octal digits there. */
export function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}

export function escapeMount(text: string): string {
  return text.replace(/[\s\\#]/g, (one) => `\\${one.charCodeAt(0).toString(8).padStart(3, '0')}`);
}

type Space = Pick<Mount, 'sizeBytes' | 'usedBytes' | 'freeBytes' | 'usedInodes' | 'freeInodes'>;

function readSpace(text: string): ReadonlyMap<string, Space> {
  const found = new Map<string, Space>();
  for (const line of text.split('\n')) {
    const [, size, used, free, usedInodes, freeInodes, target] =
      /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+|-)\s+(\d+|-)\s(.+)$/.exec(line) ?? [];
    if (target === undefined) continue;
    found.set(target, {
      sizeBytes: Number(size),
      usedBytes: Number(used),
      freeBytes: Number(free),
      ...(usedInodes === '-' ? {} : { usedInodes: Number(usedInodes) }),
      ...(freeInodes === '-' ? {} : { freeInodes: Number(freeInodes) }),
    });
  }
  return found;
}

/** By fstab(5). */
export function readFstab(text: string): readonly BootEntry[] {
  return text.split('\n').flatMap((line): BootEntry[] => {
    const [spec, point, , options] = line.trim().split(/\s+/);
    if (spec === undefined || point === undefined || spec.startsWith('#') || !point.startsWith('/'))
      return [];
    const [, key, quoted] = /^(UUID|LABEL)=(.*)$/.exec(spec) ?? [];
    return [
      {
        mountPoint: unescapeMount(point),
        by:
          key === 'UUID' ? 'uuid' : key === 'LABEL' ? 'label' : spec.startsWith('/dev/') ? 'device' : 'other',
        names: unescapeMount((quoted ?? spec).replaceAll('"', '')),
        nofail: options?.split(',').includes('nofail') === true,
      },
    ];
  });
}

function entryOf(entries: readonly BootEntry[], mountPoint: string): Mount['bootEntry'] {
  const by = entries.find((entry) => entry.mountPoint === mountPoint)?.by;
  return by === undefined ? 'none' : by === 'other' ? 'device' : by;
}
