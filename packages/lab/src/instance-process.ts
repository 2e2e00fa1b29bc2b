import type { InstanceRecord, RunningProcess } from './records.ts';
import type { Site } from './site.ts';

/** The first process of an instance while it lives. The record alone proves nothing: it may have been killed. */
export async function runningProcess(
  { machine }: Site,
  { process }: InstanceRecord,
): Promise<RunningProcess | undefined> {
  if (process === undefined) return undefined;
  return (await machine.startOf(process.pid)) === process.startedTicks ? process : undefined;
}

/** The record as it is true now: an instance whose first process is gone does not run, whoever ended it. */
export async function asItIs(site: Site, record: InstanceRecord): Promise<InstanceRecord> {
  if (record.state !== 'running' || (await runningProcess(site, record)) !== undefined) return record;
  return { ...record, state: 'stopped', process: undefined };
}
