import type { CloudError, Dns, DnsChange, DnsRecord } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { changeRecord, describeRecord, type RecordValues, sameValues } from '../dns.ts';
import type { DnsEntry } from '../state.ts';
import type { World } from '../world.ts';
import type { Adapter } from './adapter.ts';
import { ensure, type Verdict } from './ensure.ts';
import { runTask, type Task } from './task.ts';

/** DNS of the port: a change takes place only where what is there is what was expected. */
export function dnsPort(world: World, api: Adapter): Dns {
  return {
    get: (name, type, options) =>
      runTask(world, api, 'dns.get', options, async (task) =>
        (await read(task, name, type)).map((entry) => recordOf(name, type, entry?.served)),
      ),
    change: (change, call) => runTask(world, api, 'dns.change', call, (task) => put(task, change)),
  };
}

async function put(task: Task, { from, to }: DnsChange): Promise<Result<DnsRecord | undefined, CloudError>> {
  const subject = to ?? from;
  if (subject === undefined) return ok(undefined);
  if (from !== undefined && to !== undefined && (from.name !== to.name || from.type !== to.type)) {
    return err(task.fail('invalid', 'A change keeps the name and the type of its record.'));
  }
  const { name, type } = subject;
  const changed = await ensure<DnsEntry | undefined>(task, {
    look: () => read(task, name, type),
    judge(entry): Verdict {
      if (sameValues(entry?.wanted, to)) return entry?.pending === true ? 'wait' : 'done';
      if (sameValues(entry?.wanted, from)) return entry?.pending === true ? 'wait' : 'act';
      return task.fail('busy', `Somebody else changed ${name} ${type}; it was left as it is.`, {
        resourceId: `${name} ${type}`,
        lastState: entry?.wanted?.values.join(' ') ?? 'absent',
      });
    },
    act: () => task.change((inside) => changeRecord(inside, { name, type, remove: from, create: to })),
    stateOf: (entry) => (entry?.pending === true ? 'PENDING' : 'INSYNC'),
    resourceId: `${name} ${type}`,
  });
  return changed.map((entry) => recordOf(name, type, entry?.served));
}

function read(
  task: Task,
  name: string,
  type: DnsRecord['type'],
): Promise<Result<DnsEntry | undefined, CloudError>> {
  return task.read('dns.get', (inside) => describeRecord(inside, name, type));
}

function recordOf(
  name: string,
  type: DnsRecord['type'],
  values: RecordValues | undefined,
): DnsRecord | undefined {
  return values === undefined
    ? undefined
    : { name, type, values: values.values, ttlSeconds: values.ttlSeconds };
}
