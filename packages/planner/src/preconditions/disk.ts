/** Preconditions on the data disks: kind, size, whose they are, and what their cloud allows. */

import type { InstanceVolume, StorageVolume } from '@belay/cloud';
import { volumesKnown } from '../facts.ts';
import {
  change,
  type Finding,
  fails,
  given,
  holds,
  type Precondition,
  type Question,
  same,
  unclear,
} from '../precondition.ts';
import { volumesOf } from '../workload.ts';
import { mountAt } from './inside.ts';

export const sameDiskType: Precondition = {
  name: 'same-disk-type',
  sentence: 'the data disk has the type that is wanted',
  test: ({ facts, target }) =>
    given(facts.volume, ({ diskType }) => same('disk type', diskType, target.diskType)),
};

export const sameDiskSize: Precondition = {
  name: 'same-disk-size',
  sentence: 'the data disk has the size that is wanted',
  test: ({ facts, target }) =>
    given(facts.volume, ({ sizeGiB }) => {
      const finding = same('disk size', sizeGiB, target.sizeGiB, ' GiB');
      const growable = facts.traits.known && facts.traits.value.growInUse;
      return finding.verdict === 'fails' && growable && target.sizeGiB > sizeGiB
        ? {
            ...finding,
            change: change('say', `swap with ${sizeGiB} GiB, then grow the disk while it is in use`),
          }
        : finding;
    }),
};

/** A copy of a disk is never smaller than the disk. */
export const notSmaller: Precondition = {
  name: 'not-smaller',
  sentence: 'the disk that is wanted is at least as big as the one that there is',
  test: ({ facts, target }) =>
    given(facts.volume, ({ sizeGiB }) =>
      target.sizeGiB >= sizeGiB
        ? holds(`disk ${sizeGiB} → ${target.sizeGiB} GiB`)
        : fails(
            `a disk of ${sizeGiB} GiB does not shrink to ${target.sizeGiB}`,
            change('say', `ask for ${sizeGiB} GiB`),
          ),
    ),
};

export const diskDiffers: Precondition = {
  name: 'disk-differs',
  sentence: 'the data disk is wanted bigger or of another type',
  test: ({ facts, target }) =>
    given(facts.volume, ({ sizeGiB, diskType }) => {
      const differs = sizeGiB !== target.sizeGiB || diskType !== target.diskType;
      return differs
        ? holds(`disk ${sizeGiB} GiB ${diskType} → ${target.sizeGiB} GiB ${target.diskType}`)
        : fails('the disk is as it is wanted');
    }),
};

/** What is to change can change while the disk is in use. */
export const changesInUse: Precondition = {
  name: 'changes-in-use',
  sentence: 'the cloud changes the disk while it is in use',
  test: ({ facts, target }) =>
    given(facts.volume, ({ sizeGiB, diskType }) =>
      given(facts.traits, ({ growInUse, retypeInUse }) => {
        if (sizeGiB !== target.sizeGiB && !growInUse)
          return fails('this cloud grows a disk only when it is free');
        if (diskType !== target.diskType && !retypeInUse)
          return fails('this cloud changes the type of a disk only when it is free');
        return holds('the cloud changes it in use');
      }),
    ),
};

/** Only time is missing where this fails. */
export const cooledDown: Precondition = {
  name: 'cooled-down',
  sentence: 'the disk may be modified again',
  test: ({ facts, now }) =>
    given(facts.cooldown, (cooldown) => {
      if (cooldown.kind === 'over') return holds('no modification is in progress');
      if (cooldown.kind === 'at-the-call')
        return holds('the cloud says so at the call, before anything has changed');
      const ends = Date.parse(cooldown.at);
      if (Number.isNaN(ends)) return unclear(`until when it must rest cannot be read: ${cooldown.at}`);
      return ends <= Date.parse(now)
        ? holds(`rested since ${cooldown.at}`)
        : fails(`it was modified lately and must rest`, change('wait', `wait until ${cooldown.at}`));
    }),
};

/** Every data disk of the source belongs to the workload, and none is the root disk. */
export const ownDisk: Precondition = {
  name: 'own-disk',
  sentence: 'the data is on disks of its own, apart from the root disk',
  test: ({ facts }) =>
    given(facts.source, ({ volumes }) => {
      const wanted = volumesOf(facts.workload).map(({ volumeId }) => volumeId);
      for (const id of wanted) {
        const finding = onItsOwn(volumes, id);
        if (finding !== undefined) return finding;
      }
      const more = volumes.filter(({ isRoot, volumeId }) => !isRoot && !wanted.includes(volumeId));
      if (more.length > 0) {
        const others = more.map(({ volumeId }) => volumeId).join(', ');
        return fails(
          `there are more data disks: ${others}`,
          change('say', 'name them as the workload’s, or detach them'),
        );
      }
      return holds(
        wanted.length === 1 ? `${wanted[0]} is the only data disk` : `data disks ${wanted.join(', ')}`,
      );
    }),
};

/**
 * An application that writes to two disks must find both as they were at one moment. No cloud is asked for that: their
 * filesystems are held still together while the pictures are taken, which not every filesystem can.
 */
export const oneMoment: Precondition = {
  name: 'one-moment',
  sentence: 'the pictures of all data disks are of one moment',
  test: ({ facts }) => {
    const disks = volumesOf(facts.workload);
    if (disks.length === 1) return holds('one data disk');
    if (facts.traits.known && !facts.traits.value.snapshotInUse)
      return holds('copied each by itself; the final pass makes one moment of them');
    return given(facts.host, (host) => {
      const moving = disks.find(
        ({ mountPoint }) => !holdsStill.has(mountAt(host, mountPoint)?.filesystemType ?? ''),
      );
      if (moving === undefined) {
        const where = disks.map(({ mountPoint }) => mountPoint).join(' and ');
        return holds(`writes to ${where} wait while ${disks.length === 2 ? 'both' : 'all'} are pictured`);
      }
      const { volumeId, mountPoint } = moving;
      const type = mountAt(host, mountPoint)?.filesystemType ?? 'what is there';
      return unclear(
        `whether ${type} at ${mountPoint} (${volumeId}) can be held still is not known`,
        change('rebuild', `bring what is at ${mountPoint} onto ext4 or XFS`),
      );
    });
  },
};

export const attachedOnce: Precondition = {
  name: 'attached-once',
  sentence: 'each data disk is attached to the source and to nothing else',
  test: ({ facts }) =>
    given(volumesKnown(facts), (volumes) => {
      const findings = volumes.map((volume) => attachedAlone(volume, facts.workload.instance.id));
      return (
        findings.find(({ verdict }) => verdict === 'fails') ??
        findings.find(({ verdict }) => verdict === 'unknown') ??
        findings[0] ??
        unclear('no data disk is known')
      );
    }),
};

export const detachWhileRunning: Precondition = {
  name: 'detach-while-running',
  sentence: 'the cloud detaches a volume while its server runs',
  test: ({ facts }) =>
    given(facts.traits, ({ detachWhileRunning: can }) =>
      can ? holds('detaches while running') : fails('the source would have to be powered off to detach'),
    ),
};

/** A target has room for the root disk and one more whatever it is; for several that must be known. */
export const slotsFree: Precondition = {
  name: 'slots-free',
  sentence: 'the target has room for the data disks',
  test: ({ facts, target }) => {
    const needed = volumesOf(facts.workload).length;
    if (needed === 1 && !facts.offers.known) return holds('any server takes one data disk');
    return given(facts.offers, (offers) => {
      const slots = offers
        .filter(({ zone }) => target.zones.includes(zone))
        .map(({ volumeSlots }) => volumeSlots);
      const known = slots.filter((count) => count !== undefined);
      if (known.some((count) => !(count >= needed)))
        return fails(`${target.instanceType} takes ${Math.min(...known)} data disks, ${needed} are needed`);
      if (needed === 1) return holds('any server takes one data disk');
      return known.length > 0 && known.length === slots.length
        ? holds(`room for ${Math.min(...known)} data disks`)
        : unclear(`how many data disks ${target.instanceType} takes is not known`);
    });
  },
};

export const snapshotInUse: Precondition = {
  name: 'snapshot-in-use',
  sentence: 'the cloud takes a picture of a disk that is in use',
  test: ({ facts }) =>
    given(facts.traits, (traits) => {
      if (traits.snapshotInUse) return holds('snapshots of a disk in use');
      return traits.volumeCopy
        ? holds('copies of a disk in use')
        : fails('neither a snapshot nor a copy in use');
    }),
};

/** Kinds of filesystems that the kernel freezes. */
const holdsStill: ReadonlySet<string> = new Set(['ext3', 'ext4', 'xfs', 'btrfs']);

function onItsOwn(volumes: readonly InstanceVolume[], id: string): Finding | undefined {
  const mine = volumes.filter(({ volumeId }) => volumeId === id);
  if (mine.length === 0) return fails(`${id} is not attached to the source`);
  if (mine.some(({ isRoot }) => isRoot))
    return fails(`${id} is the root disk`, change('rebuild', 'move the data to a disk of its own'));
  return mine.length > 1 ? unclear(`the source lists ${id} ${mine.length} times`) : undefined;
}

function attachedAlone({ id, attachments, state, multiAttach }: StorageVolume, sourceId: string): Finding {
  const others = attachments.filter(({ instanceId }) => instanceId !== sourceId);
  if (others.length > 0) {
    return fails(
      `${id} is also attached to ${others.map(({ instanceId }) => instanceId).join(', ')}`,
      change('configure', 'detach it there'),
    );
  }
  const [only] = attachments;
  if (attachments.length !== 1 || only === undefined)
    return fails(`${id} is attached ${attachments.length} times`);
  if (only.state === 'unknown' || state === 'unknown')
    return unclear('the cloud does not say how it is attached');
  if (only.state !== 'attached' || state !== 'in-use') return fails(`${id} is ${state}, ${only.state}`);
  return holds(
    multiAttach
      ? 'attached once, though it may be more often: looked at again in the window'
      : `attached to ${sourceId} alone`,
  );
}

/** The size of all data disks in GiB; the main one as it is wanted. */
export function wantedGiB({ facts, target }: Pick<Question, 'facts' | 'target'>): number | undefined {
  if (!facts.moreVolumes.known) return undefined;
  return facts.moreVolumes.value.reduce((sum, { sizeGiB }) => sum + sizeGiB, target.sizeGiB);
}
