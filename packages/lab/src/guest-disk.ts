import type { CloudResult, GuestDisk } from '@belay/cloud';
import { okAsync, ResultAsync } from 'neverthrow';
import { command } from './command.ts';
import { runningProcess } from './instance-process.ts';
import type { LoopDevice } from './loop.ts';
import type { InstanceRecord } from './records.ts';
import type { Span } from './span.ts';

/**
 * A disk in a running guest: a device node, the links under `/dev/disk`, and the serial that `lsblk` tells. A guest
 * that does not run gets its disks when it starts.
 */
export function plug(span: Span, instance: InstanceRecord, disk: Plugged): CloudResult<void> {
  return inGuest(span, instance, ['/etc/lab/disk', 'add', ...diskWords(disk)]);
}

/** Takes node, links and serial away again. Not there is fine. */
export function unplug(span: Span, instance: InstanceRecord, serial: string): CloudResult<void> {
  return inGuest(span, instance, ['/etc/lab/disk', 'remove', serial]);
}

/** A volume and the device that the box has for it. */
export interface Plugged {
  readonly serial: string;
  readonly device: LoopDevice;
}

/** The words that `lab-disk add` takes, and a line of a guest's list of disks. */
export function diskWords({ serial, device }: Plugged): readonly string[] {
  return [serial, device.major, device.minor];
}

/** How the guest finds the disk of this volume. An id has sixteen characters; virtio has room for twenty. */
export function guestDisk(volumeId: string): GuestDisk {
  return { serial: volumeId, byId: [`virtio-${volumeId}`] };
}

/** Where in the guest this device is mounted, by the paths that the guest knows. */
export function mountPoints(mountInfo: string, { major, minor }: LoopDevice): readonly string[] {
  return mountInfo
    .split('\n')
    .map((line) => line.split(' '))
    .filter(([, , device]) => device === `${major}:${minor}`)
    .flatMap(([, , , , point]) => (point === undefined ? [] : [unescaped(point)]));
}

/** The kernel writes blanks and the like as octal numbers. */
function unescaped(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 8)),
  );
}

function inGuest(span: Span, instance: InstanceRecord, argv: readonly string[]): CloudResult<void> {
  return ResultAsync.fromSafePromise(runningProcess(span.site, instance)).andThen((process) => {
    if (process === undefined) return okAsync(undefined);
    const enter = ['nsenter', '--target', String(process.pid), '--mount', '--pid', '--uts', '--'];
    return command(span, [...enter, ...argv]).map(() => undefined);
  });
}
