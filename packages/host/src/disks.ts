import type { Disk, Disks, FormatSpec, HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type FarSide, saidBy } from './call.ts';
import type { OpenCall } from './host.ts';
import { type Device, findDevice, partsOf, readStorage } from './storage.ts';

/** Disks by what they say of themselves, and filesystems made on those that carry nothing. */
export function disksOf(open: OpenCall): Disks {
  return {
    list: (options) =>
      open('disks.list', options, async (far) =>
        (await readStorage(far)).map(({ devices }) => devices.map(diskOf)),
      ),
    find: (disk, options) =>
      open('disks.find', options, async (far) =>
        (await readStorage(far)).andThen((storage) =>
          findDevice(storage, disk)
            .map(diskOf)
            .mapErr(({ kind, message }) => far.fail(kind, message)),
        ),
      ),
    format: (spec, call) => open('disks.format', call, (far) => format(far, spec)),
  };
}

export function diskOf({ path: _, links: __, ...disk }: Device): Disk {
  return disk;
}

export const uuidForm: RegExp = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Looks once more, at the disk itself, in the moment before it is written to. */
const formatScript = `
device=$1 type=$2 uuid=$3
blkid -p "$device" >/dev/null
[ $? = 2 ] || exit 41
case $type in
  ext4) mkfs.ext4 -q -U "$uuid" "$device" ;;
  xfs) mkfs.xfs -q -m "uuid=$uuid" "$device" ;;
esac || exit
sync
`;

async function format(far: FarSide, spec: FormatSpec): Promise<Result<Disk, HostError>> {
  const { disk, filesystemType: type, filesystemUuid: uuid } = spec;
  if (!uuidForm.test(uuid)) return err(far.fail('invalid', `${uuid} is no UUID in lower case.`));
  const find = async (): Promise<Result<{ device: Device; parts: readonly Device[] }, HostError>> =>
    (await readStorage(far)).andThen((storage) =>
      findDevice(storage, disk)
        .map((device) => ({ device, parts: partsOf(storage, device) }))
        .mapErr(({ kind, message }) => far.fail(kind, message)),
    );
  const found = await find();
  if (found.isErr()) return err(found.error);
  const { device, parts } = found.value;
  if (device.filesystemUuid === uuid && device.filesystemType === type) return ok(diskOf(device));
  const occupied = (what: string): HostError =>
    far.fail('wrong-disk', `${disk.serial} carries ${what} already.`);
  if (device.filesystemType !== undefined) {
    return err(occupied(`${device.filesystemType} ${device.filesystemUuid ?? ''}`.trim()));
  }
  if (parts.length > 1 || device.mountPoints.length > 0) return err(occupied('partitions or layers'));
  const made = await far.script(formatScript, [device.path, type, uuid], { changes: true });
  if (made.isErr()) return err(made.error);
  if (made.value.code === 41) return err(occupied('something'));
  if (made.value.code !== 0) {
    return err(far.fail('failed', saidBy([`mkfs.${type}`], made.value.code, made.value.stderr), 'unknown'));
  }
  return (await find()).andThen(({ device: now }) =>
    now.filesystemUuid === uuid
      ? ok(diskOf(now))
      : err(far.fail('failed', `${disk.serial} has no filesystem ${uuid} after all.`, 'unknown')),
  );
}
