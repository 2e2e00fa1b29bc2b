/** What carries a rescue out: the graph of the way that was chosen, and the input for it. */

import { type SecretRef, samePlace } from '@belay/cloud';
import type { EmptyDisk, NewDisk } from '../copy/copy-input.ts';
import { uuidOf } from '../digest.ts';
import { volumesKnown } from '../facts.ts';
import type { Acceptance } from '../guards/guard.ts';
import { isSigned } from '../guards/guard.ts';
import type { MoveInput, ServedInput } from '../move/move-input.ts';
import { serverOf } from '../move/move-plan.ts';
import type { FromBackup, FromSnapshot, RecoverInput, StartAgainInput } from '../recover/recover-input.ts';
import type { TakeoverInput } from '../takeover/takeover-input.ts';
import type { Target } from '../target.ts';
import type { RecoveryWayName } from './recovery-way.ts';
import type { RescueFacts } from './rescue-facts.ts';
import { snapshotsKnown } from './snapshot-set.ts';

/** Which graph to run, with which input, under which keys. */
export type RescueRun =
  | { readonly graph: 'recover'; readonly input: RecoverInput; readonly keys: readonly string[] }
  | { readonly graph: 'start-again'; readonly input: StartAgainInput; readonly keys: readonly string[] }
  | { readonly graph: 'takeover'; readonly input: TakeoverInput; readonly keys: readonly string[] };

/** What a run of a rescue is told by people. */
export interface RescueWord {
  /** Who wants it, and why: a takeover is recorded under a name. */
  readonly word?: { readonly by: string; readonly reason: string } | undefined;
  /** Where the password of a takeover is kept. The password itself is asked for by the run, and never written down. */
  readonly password?: SecretRef | undefined;
  readonly accept?: readonly Acceptance[] | undefined;
}

/** May the server be powered off and on without anybody's word? What is off already loses nothing by that. */
export function mayPowerOff({ source, traits }: RescueFacts, accept: readonly Acceptance[] = []): boolean {
  const isOff = source.known && source.value.state === 'stopped';
  const isKept = traits.known && !traits.value.stopMayLoseCapacity;
  return isOff || isKept || accept.some((each) => each.guard === 'capacity-kept' && isSigned(each));
}

/** `undefined` where a person has not said what the run must know, or a fact is missing that it needs. */
export function recoveryRun(
  way: RecoveryWayName,
  facts: RescueFacts,
  target: Target,
  seed: string,
  word: RescueWord,
): RescueRun | undefined {
  const keys = [`node/${facts.workload.name}`];
  const served = servedOf(facts, target.at);
  if (served === undefined) return undefined;
  if (way === 'start-again') {
    const input = startAgainInput(facts, served, word);
    return input && { graph: 'start-again', input, keys };
  }
  if (way === 'promote-standby') return takeoverRun('forced', facts, word);
  const recover = recoverWay(way, facts, target, seed);
  if (recover === undefined) return undefined;
  const move: MoveInput = { ...served, zones: zonesOf(way, facts, target), target: serverOf(target) };
  return { graph: 'recover', input: { ...move, way: recover }, keys };
}

/** The run of a takeover; `planned` asks for the standby's own filesystem, which its report names. */
export function takeoverRun(
  mode: 'planned' | 'forced',
  facts: RescueFacts,
  { word, password }: RescueWord,
): RescueRun | undefined {
  const { standby, workload } = facts;
  if (!standby.known || standby.value === null || word === undefined || password === undefined)
    return undefined;
  const { instance, name, dataAt, filesystemUuid } = standby.value;
  const { provider, account, region, id } = instance;
  const served = servedOf(facts, { provider, account, region });
  if (served === undefined || (mode === 'planned' && filesystemUuid === undefined)) return undefined;
  const input: TakeoverInput = {
    ...served,
    standby: { at: { provider, account, region }, id, name },
    password,
    ...word,
    mode:
      mode === 'planned' && filesystemUuid !== undefined
        ? { kind: 'planned', standbyFilesystemUuid: filesystemUuid, passTimeoutMs }
        : { kind: 'emergency', dataAtLeast: dataAt },
  };
  return { graph: 'takeover', input, keys: [`node/${workload.name}`] };
}

const passTimeoutMs = 3_600_000;

function servedOf({ workload, source }: RescueFacts, at: Target['at']): ServedInput | undefined {
  // One that its cloud has no longer needs a name all the same: for people, and nothing is called by it.
  const name = source.known ? source.value.name : source.absent === true ? workload.name : undefined;
  if (name === undefined) return undefined;
  const { instance, volumeId, mountPoint, filesystemUuid, services, probe, floatingIps, names } = workload;
  const { moreVolumes = [] } = workload;
  const isHere = samePlace(instance, at);
  const { provider, account, region } = instance;
  return {
    at,
    source: {
      id: instance.id,
      name,
      ...(!isHere && { at: { provider, account, region } }),
    },
    volume: { id: volumeId, mountPoint, filesystemUuid },
    ...(moreVolumes.length > 0 && {
      moreVolumes: moreVolumes.map(({ volumeId: id, ...where }) => ({ id, ...where })),
    }),
    services,
    probe,
    floatingIps: isHere ? floatingIps : [],
    names,
    sourceMustServe: false,
  };
}

function startAgainInput(
  facts: RescueFacts,
  served: ServedInput,
  { accept = [] }: RescueWord,
): StartAgainInput | undefined {
  if (!mayPowerOff(facts, accept)) return undefined;
  const taken = accept.find((each) => each.guard === 'capacity-kept' && isSigned(each));
  return {
    ...served,
    acceptedBy: taken?.by ?? 'the plan',
    reason:
      taken?.reason ?? 'nothing is given away by it: the server is off already, or its hardware is kept',
  };
}

function recoverWay(
  way: Exclude<RecoveryWayName, 'start-again' | 'promote-standby'>,
  facts: RescueFacts,
  target: Target,
  seed: string,
): RecoverInput['way'] | undefined {
  if (way === 'surviving-volume') return { kind: way };
  return way === 'from-snapshot' ? fromSnapshot(facts, target) : fromBackup(facts, target, `${seed}/restore`);
}

/** The disks as they were, the main one as it is wanted; one that is gone is as big as its snapshot. */
function fromSnapshot(facts: RescueFacts, target: Target): FromSnapshot | undefined {
  const snapshots = snapshotsKnown(facts);
  if (!snapshots.known) return undefined;
  const [main, ...others] = snapshots.value;
  const more = others.flatMap((snapshot, index) => {
    if (snapshot === null) return [];
    const was = facts.moreVolumes.known ? facts.moreVolumes.value[index] : undefined;
    const { sizeGiB, id: snapshotId } = snapshot;
    const name = was?.name ?? `${facts.workload.name}-data-${index + 2}`;
    return [{ snapshotId, disk: { ...diskOf(facts, target), name, sizeGiB: was?.sizeGiB ?? sizeGiB } }];
  });
  if (main === undefined || main === null || more.length < others.length) return undefined;
  return {
    kind: 'from-snapshot',
    snapshotId: main.id,
    disk: diskOf(facts, target),
    ...(more.length > 0 && { more }),
  };
}

function fromBackup(facts: RescueFacts, target: Target, seed: string): FromBackup | undefined {
  const { backup, moreVolumes } = facts;
  if (!backup.known || backup.value === null || !moreVolumes.known) return undefined;
  const empty = (of: string): EmptyDisk => ({
    kind: 'empty',
    filesystemType: 'ext4',
    filesystemUuid: uuidOf(of),
  });
  const disk = diskOf(facts, target);
  const moreDisks = moreVolumes.value.map(({ id, name, sizeGiB }) => ({
    ...disk,
    name,
    sizeGiB,
    from: empty(`${seed}/${id}`),
  }));
  return {
    kind: 'from-backup',
    backupId: backup.value.id,
    disk: { ...disk, from: empty(seed) },
    ...(moreDisks.length > 0 && { moreDisks }),
    timeoutMs: 24 * 3_600_000,
  };
}

function diskOf(
  { workload, volume }: RescueFacts,
  { sizeGiB, diskType, tags }: Target,
): Omit<NewDisk, 'from'> {
  const name = volume.known ? volume.value.name : `${workload.name}-data`;
  return { name, sizeGiB, diskType, ...(tags !== undefined && { tags }) };
}

/** Disks that survive keep their zone. */
function zonesOf(way: RecoveryWayName, facts: RescueFacts, { zones }: Target): readonly string[] {
  const isFree = facts.traits.known && facts.traits.value.zoneBoundVolumes === false;
  const volumes = volumesKnown(facts);
  if (way !== 'surviving-volume' || isFree || !volumes.known) return zones;
  return zones.filter((zone) => volumes.value.every((volume) => volume.zone === zone));
}
