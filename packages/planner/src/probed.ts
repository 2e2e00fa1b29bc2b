/**
 * What a close look inside the source has found, in the planner's own terms: one fact of the probe as a fact like the
 * others. What the probe could not learn is unknown with its reason, and so is everything where there was no probe.
 */

import type { DatabaseFound, HostProbe, IsoTime, OpenFile, Probed, RecentChanges } from '@belay/cloud';
import type { Facts } from './facts.ts';
import { type Known, known, unknown } from './known.ts';
import { volumesOf, type Workload } from './workload.ts';

/** Facts of a probe that say by themselves whether they are known. */
export type ProbeName = {
  readonly [K in keyof HostProbe]-?: NonNullable<HostProbe[K]> extends Probed<unknown> ? K : never;
}[keyof HostProbe];

/** What is behind a fact of a probe. */
export type ProbedOf<K extends ProbeName> = NonNullable<HostProbe[K]> extends Probed<infer T> ? T : never;

/** One fact of the probe. */
export function probed<K extends ProbeName>({ probe }: Pick<Facts, 'probe'>, name: K): Known<ProbedOf<K>> {
  if (!probe.known) return probe;
  // The type of a fact by its name is what `ProbedOf` says; the compiler does not follow it through the index.
  const fact = probe.value[name] as Probed<ProbedOf<K>> | undefined;
  if (fact === undefined) return unknown('it was not asked for', probe);
  const learned: { readonly at: IsoTime; readonly source: string } = { at: fact.at, source: fact.method };
  return fact.known ? known(fact.value, learned) : unknown(fact.why, learned);
}

/** Bytes a second written to the data disks: an upper bound of what changes. The close look counts before the quick one. */
export function writesOf(facts: Facts): number | undefined {
  const { workload, host } = facts;
  const rates = probed(facts, 'writes');
  if (rates.known) {
    const mine = rates.value.filter(({ mountPoint }) => isOurs(workload, mountPoint));
    if (mine.length === volumesOf(workload).length)
      return mine.reduce((sum, { bytesPerSecond }) => sum + bytesPerSecond, 0);
  }
  return host.known ? host.value.writeBytesPerSecond : undefined;
}

/** What has changed lately on the data disks, added up; `undefined` where one of them was not looked at. */
export function changesOf(facts: Facts): Changes | undefined {
  const changes = probed(facts, 'changes');
  if (!changes.known) return undefined;
  const mine = changes.value.filter(({ mountPoint }) => isOurs(facts.workload, mountPoint));
  if (mine.length < volumesOf(facts.workload).length) return undefined;
  const sum = (of: (change: RecentChanges) => number) => mine.reduce((total, each) => total + of(each), 0);
  return {
    scanSeconds: sum(({ scanMs }) => scanMs) / 1000,
    filesPerSecond: sum(({ files, withinMs }) => (files / withinMs) * 1000),
    bytesPerSecond: sum(({ bytes, withinMs }) => (bytes / withinMs) * 1000),
  };
}

/** How much changes, and how long it takes to look. */
export interface Changes {
  /** So long it took to look at every file once, on the source. */
  readonly scanSeconds: number;
  readonly filesPerSecond: number;
  readonly bytesPerSecond: number;
}

/** Databases whose files lie on the data disks; `undefined` where nobody has looked for them. */
export function databasesFound(facts: Facts): readonly DatabaseFound[] | undefined {
  const databases = probed(facts, 'databases');
  if (!databases.known) return undefined;
  return databases.value.filter(({ mountPoint }) => isOurs(facts.workload, mountPoint));
}

/** Who may write to the data disks now, and belongs to none of the workload's services. */
export function strangeWriters(facts: Facts): readonly OpenFile[] | undefined {
  const open = probed(facts, 'openForWrite');
  if (!open.known) return undefined;
  return open.value.filter(
    ({ mountPoint, service }) =>
      isOurs(facts.workload, mountPoint) && !(service !== undefined && hasService(facts.workload, service)),
  );
}

/** Services are named with or without what kind of unit they are. */
export function hasService({ services }: Workload, name: string): boolean {
  const plain = name.replace(/\.service$/, '');
  return services.some((service) => service.replace(/\.service$/, '') === plain);
}

function isOurs(workload: Workload, mountPoint: string): boolean {
  return volumesOf(workload).some((volume) => volume.mountPoint === mountPoint);
}
