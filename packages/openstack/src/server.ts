import type { InstanceState, Tags } from '@belay/cloud';
import { flagAt, listAt, objectAt, tableAt, textAt, textsAt, timeAt, type Wire } from './wire.ts';

/** A server as Nova shows it: the fields that are used, and no others. */
export interface Server {
  readonly id: string;
  readonly name: string;
  /** `ACTIVE`, `SHUTOFF`, … */
  readonly status: string;
  /** What is being done to it: a status is final only where this is absent. */
  readonly task: string | undefined;
  readonly zone: string;
  /** The name of its flavor: from 2.47 on Nova gives no id. */
  readonly flavor: string;
  /** Absent where it boots from a volume. */
  readonly imageId: string | undefined;
  readonly addresses: readonly { readonly address: string; readonly isFloating: boolean }[];
  readonly volumes: readonly { readonly id: string; readonly deleteOnTermination: boolean }[];
  readonly locked: boolean;
  readonly metadata: Tags;
  readonly tags: readonly string[];
  readonly createdAt: string | undefined;
  /** Has it ever run? */
  readonly wasLaunched: boolean;
  /** Why its last operation came to nothing. */
  readonly fault: string | undefined;
}

export function serverOf(wire: Wire): Server {
  const flavor = objectAt(wire, 'flavor');
  return {
    id: textAt(wire, 'id') ?? '',
    name: textAt(wire, 'name') ?? '',
    status: textAt(wire, 'status') ?? 'unknown',
    task: textAt(wire, 'OS-EXT-STS:task_state'),
    zone: textAt(wire, 'OS-EXT-AZ:availability_zone') ?? '',
    flavor: textAt(flavor, 'original_name') ?? textAt(flavor, 'id') ?? '',
    // An empty text where it boots from a volume.
    imageId: textAt(objectAt(wire, 'image'), 'id'),
    addresses: Object.values(objectAt(wire, 'addresses')).flatMap((network) =>
      listAt({ network }, 'network').flatMap((one) => {
        const address = textAt(one, 'addr');
        const isFloating = textAt(one, 'OS-EXT-IPS:type') === 'floating';
        return address === undefined ? [] : [{ address, isFloating }];
      }),
    ),
    volumes: listAt(wire, 'os-extended-volumes:volumes_attached').map((one) => ({
      id: textAt(one, 'id') ?? '',
      deleteOnTermination: flagAt(one, 'delete_on_termination') ?? false,
    })),
    locked: flagAt(wire, 'locked') ?? false,
    metadata: tableAt(wire, 'metadata'),
    tags: textsAt(wire, 'tags'),
    createdAt: timeAt(wire, 'created'),
    wasLaunched: timeAt(wire, 'OS-SRV-USG:launched_at') !== undefined,
    fault: textAt(objectAt(wire, 'fault'), 'message'),
  };
}

/** In Nova's words, for messages: `ACTIVE`, or `ACTIVE (powering-off)` while something is done to it. */
export function wordOf({ status, task }: Server): string {
  return task === undefined ? status : `${status} (${task})`;
}

export function serverState({ status, task }: Server): InstanceState {
  // Past saving, and seen as gone by everybody who would use it.
  if (task === 'deleting' || task === 'soft-deleting') return 'gone';
  if (task === undefined || harmless.test(task)) return states[status] ?? 'unknown';
  if (status === 'ERROR') return 'failed';
  if (status === 'DELETED' || status === 'SOFT_DELETED') return 'gone';
  return tasks.find(([pattern]) => pattern.test(task))?.[1] ?? 'pending';
}

/** Neither running nor stopped, until somebody wakes it by calls that the port does not have. */
export function isAsleep({ status, task }: Server): boolean {
  return task === undefined && asleep.test(status);
}

const asleep = /^(?:PAUSED|SUSPENDED|SHELVED|SHELVED_OFFLOADED|RESCUE)$/;

/** What is done to a server without any change of its state. */
const harmless = /^image_/;

const states: Readonly<Record<string, InstanceState>> = {
  BUILD: 'pending',
  REBUILD: 'pending',
  REBOOT: 'pending',
  HARD_REBOOT: 'pending',
  PASSWORD: 'pending',
  ACTIVE: 'running',
  SHUTOFF: 'stopped',
  RESIZE: 'resizing',
  REVERT_RESIZE: 'resizing',
  MIGRATING: 'resizing',
  VERIFY_RESIZE: 'resized',
  ERROR: 'failed',
  DELETED: 'gone',
  SOFT_DELETED: 'gone',
};

const tasks: readonly (readonly [RegExp, InstanceState])[] = [
  [/^powering-off$/, 'stopping'],
  [/^resize_|^migrating$/, 'resizing'],
];
