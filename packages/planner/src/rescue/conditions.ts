/** What must be true of what is left: of the server, its disk, a new server, and the way to the workload. */

import type { Snapshot, StorageVolume } from '@belay/cloud';
import { volumesKnown } from '../facts.ts';
import { isSigned } from '../guards/guard.ts';
import { change, type Finding, fails, given, holds, unclear } from '../precondition.ts';
import { volumesOf } from '../workload.ts';
import type { RescueCondition, RescueQuestion } from './recovery-way.ts';
import { snapshotsKnown } from './snapshot-set.ts';

/** Somebody may have looked at the wrong moment: a workload that is served needs no rescue. */
export const notServed: RescueCondition = {
  name: 'not-served',
  sentence: 'the workload is not served',
  test: ({ facts }) =>
    // A server that does not answer is what a rescue is for: silence is no finding against it.
    facts.health.known && facts.health.value.healthy
      ? fails(`it is served: ${facts.health.value.detail}`)
      : holds(facts.health.known ? facts.health.value.detail : `no answer: ${facts.health.why}`),
};

export const sourceThere: RescueCondition = {
  name: 'source-there',
  sentence: 'the cloud still has the server',
  test: ({ facts }) =>
    given(facts.source, ({ state, providerState }) => {
      if (state === 'gone' || state === 'failed') return fails(`the cloud says ${providerState}`);
      return state === 'unknown' ? unclear(`the cloud says ${providerState}`) : holds(`it is ${state}`);
    }),
};

/** The accident that gave this its place: the hardware of a stopped server had been given away, for good. */
export const mayStartAgain: RescueCondition = {
  name: 'may-start-again',
  sentence: 'the server finds hardware to start on',
  test: ({ facts }) =>
    given(facts.source, ({ state }) => {
      if (state === 'running') return holds('it runs on its hardware, and is started anew there');
      return given(facts.sourceOffer, ({ lifecycle, creatable, instanceType }) => {
        if (lifecycle === 'retired')
          return fails(`${instanceType} is retired: hardware that was given away does not come back`);
        if (creatable === 'no') return fails(`${instanceType} is not to be had`);
        const mayLose = !facts.traits.known || facts.traits.value.stopMayLoseCapacity;
        return mayLose && creatable !== 'yes'
          ? unclear(`nobody says whether there is a ${instanceType} for it`)
          : holds(mayLose ? `${instanceType} is to be had` : 'its hardware is kept');
      });
    }),
};

/** To fence is to take away what it would serve with: by the cloud, as the server itself does not answer. */
export const canBeFenced: RescueCondition = {
  name: 'can-be-fenced',
  sentence: 'the cloud can stop the source and say that it has',
  test: ({ facts }) => {
    if (!facts.source.known && facts.source.absent === true) return holds('the cloud has it no longer');
    return given(facts.source, ({ state, providerState }) =>
      state === 'unknown'
        ? unclear(`the cloud says ${providerState}`)
        : holds(`it is ${state}, by the cloud`),
    );
  },
};

export const volumeSurvives: RescueCondition = {
  name: 'volume-survives',
  sentence: 'every data disk is there, on the source or on nothing',
  test: ({ facts }) =>
    given(volumesKnown(facts), (volumes) =>
      worst(volumes.map((volume) => survives(volume, facts.workload.instance.id))),
    ),
};

export const volumeReachesTarget: RescueCondition = {
  name: 'volume-reaches-target',
  sentence: 'every disk can be attached where the new server will stand',
  test: ({ facts, target }) => {
    if (facts.traits.known && facts.traits.value.zoneBoundVolumes === false)
      return holds('disks are free of zones');
    return given(volumesKnown(facts), (volumes) => {
      const zones = [...new Set(volumes.map(({ zone }) => zone))];
      const [zone = ''] = zones;
      if (zones.length > 1) {
        const where = volumes.map((volume) => `${volume.id} in ${volume.zone}`).join(', ');
        return fails(`no server reaches all of them: ${where}`);
      }
      return target.zones.includes(zone)
        ? holds(`zone ${zone}`)
        : fails(
            `${volumes.length === 1 ? 'the disk is' : 'the disks are'} in ${zone}`,
            change('say', `let the new server stand in ${zone}`),
          );
    });
  },
};

/** How many a type takes is not told by every cloud; too many show when they are attached, and that is taken back. */
export const roomForDisks: RescueCondition = {
  name: 'room-for-disks',
  sentence: 'the new server has room for all data disks',
  test: ({ facts, target }) => {
    const needed = volumesOf(facts.workload).length;
    if (needed === 1) return holds('any server takes one data disk');
    return given(facts.offers, (offers) => {
      const slots = offers
        .filter(({ zone }) => target.zones.includes(zone))
        .flatMap(({ volumeSlots }) => volumeSlots ?? []);
      if (slots.length > 0 && slots.every((count) => count < needed))
        return fails(
          `${target.instanceType} takes ${Math.max(...slots)} data disks, ${needed} are needed`,
          change('say', 'choose a type that takes more'),
        );
      return holds(
        slots.length > 0
          ? `room for ${Math.max(...slots)} data disks`
          : 'shows when they are attached, which can be taken back',
      );
    });
  },
};

/** Of a disk that nobody has any more, only somebody who knows can say how big a new one must be. */
export const disksSized: RescueCondition = {
  name: 'disks-sized',
  sentence: 'it is known how big every new disk must be',
  test: ({ facts, target }) =>
    given(facts.moreVolumes, (more) =>
      holds([target.sizeGiB, ...more.map(({ sizeGiB }) => sizeGiB)].map((size) => `${size} GiB`).join(', ')),
    ),
};

export const serverToBeHad: RescueCondition = {
  name: 'server-to-be-had',
  sentence: 'there is a server of the wanted type to be had, and its image is ready',
  test: ({ facts, target }) =>
    given(facts.offers, (offers) =>
      given(facts.image, ({ name, state }) => {
        const open = offers.filter(
          ({ zone, creatable, lifecycle }) =>
            target.zones.includes(zone) && creatable !== 'no' && lifecycle !== 'retired',
        );
        if (open.length === 0)
          return fails(
            `${target.instanceType} is not to be had`,
            change('say', 'choose another type or zone'),
          );
        if (state !== 'available')
          return state === 'unknown' ? unclear(`how ${name} is, is not known`) : fails(`${name} is ${state}`);
        return holds(`${target.instanceType} in ${open.map(({ zone }) => zone).join(', ')}, ${name}`);
      }),
    ),
};

export const intoNewServer: RescueCondition = {
  name: 'into-new-server',
  sentence: 'servers at the target’s place can be reached from inside',
  test: ({ facts }) =>
    given(facts.targetReach, (can) => (can ? holds('they can') : fails('no way in is set up'))),
};

/** Without this nobody would find the new server. */
export const routeMoves: RescueCondition = {
  name: 'route-moves',
  sentence: 'what leads to the workload can be led elsewhere',
  test: ({ facts }) => {
    const { floatingIps, names } = facts.workload;
    if (floatingIps.length === 0 && names.length === 0)
      return fails('neither an address nor a name is given');
    const addresses =
      floatingIps.length === 0 ? holds('') : given(facts.addresses, () => holds('the address moves'));
    if (addresses.verdict !== 'holds') return addresses;
    return names.length === 0 ? addresses : given(facts.records, () => holds('the names can be changed'));
  },
};

export const snapshotReady: RescueCondition = {
  name: 'snapshot-ready',
  sentence: 'there is a snapshot of every disk that a new one can be made of',
  test: ({ facts }) =>
    given(snapshotsKnown(facts), (snapshots) =>
      worst(snapshots.map((snapshot, index) => usable(snapshot, volumesOf(facts.workload)[index]?.volumeId))),
    ),
};

/**
 * An application that writes to two disks must find both as they were at one moment: a database's log of an hour later
 * than its tables is worse than either. Snapshots do not tell; whoever took them may, or a person who knows that each
 * disk can stand alone.
 */
export const oneMoment: RescueCondition = {
  name: 'one-moment',
  sentence: 'the snapshots of all data disks are of one moment',
  test: ({ facts, accept = [] }) => {
    if (volumesOf(facts.workload).length === 1) return holds('one data disk');
    return given(snapshotsKnown(facts), (snapshots) => {
      const signed = accept.find((each) => each.guard === 'one-moment' && isSigned(each));
      if (signed !== undefined) return holds(`${signed.by} takes it: ${signed.reason}`);
      const vouched = facts.backup.known ? (facts.backup.value?.snapshots ?? []) : [];
      if (snapshots.every((snapshot) => snapshot !== null && vouched.includes(snapshot.id)))
        return holds('whoever took them vouches for it');
      const told = snapshots.flatMap((one) =>
        one === null ? [] : [`${one.id} of ${one.takenAt || 'no known time'}`],
      );
      return unclear(
        `nobody says so of ${told.join(' and ')}`,
        change('learn', 'accept one-moment with a name and a reason, where each disk can stand alone'),
      );
    });
  },
};

export const backupReady: RescueCondition = {
  name: 'backup-ready',
  sentence: 'there is a complete backup of the files',
  test: ({ facts }) =>
    given(facts.backup, (backup) => {
      if (backup === null) return fails('none is listed');
      if (backup.kind === 'snapshot') return fails('the only backup is the snapshot');
      if (backup.state !== 'ready') return fails(`${backup.id} is ${backup.state}`);
      if (backup.lacks === undefined) return unclear(`nobody has compared what is in ${backup.id}`);
      return backup.lacks.length === 0
        ? holds(`${backup.id} of ${backup.dataAt}`)
        : fails(`${backup.id} lacks ${backup.lacks.join(', ')}`);
    }),
};

export const standbyReady: RescueCondition = {
  name: 'standby-ready',
  sentence: 'there is a standby whose last import went well',
  test: ({ facts }: RescueQuestion): Finding =>
    given(facts.standby, (standby) => {
      if (standby === null) return fails('there is none');
      const { name, import: last, dataAt, health } = standby;
      if (last.state === 'failed')
        return fails(`the last import on ${name} failed: ${last.log.at(-1) ?? 'no log'}`);
      if (last.state === 'overwritten')
        return fails(
          `a takeover has copied over ${name} and come to no end: ${last.log.at(-1) ?? 'no log'}`,
          change('wait', 'let the next import end'),
        );
      if (last.state !== 'done') return unclear(`the import on ${name} is ${last.state}`);
      if (health !== undefined && !health.healthy) return fails(`${name} does not answer: ${health.detail}`);
      return Number.isNaN(Date.parse(dataAt))
        ? unclear(`${name} does not say from when its data is`)
        : holds(`${name} has data of ${dataAt}`);
    }),
};

function survives({ id, state, providerState, attachments }: StorageVolume, sourceId: string): Finding {
  if (state === 'gone' || state === 'failed' || state === 'deleting')
    return fails(`${id} is ${providerState}`);
  if (state === 'unknown') return unclear(`the cloud says ${providerState}`);
  const others = attachments.filter(({ instanceId }) => instanceId !== sourceId);
  return others.length > 0
    ? fails(`${id} is attached to ${others.map(({ instanceId }) => instanceId).join(', ')}`)
    : holds(`${id} is ${state}`);
}

function usable(snapshot: Snapshot | null, volumeId: string | undefined): Finding {
  if (snapshot === null) return fails(`none of ${volumeId ?? 'the disk'} is listed`);
  if (snapshot.state !== 'ready')
    return fails(`${snapshot.id} is ${snapshot.state}`, change('wait', 'wait until it is ready'));
  return Number.isNaN(Date.parse(snapshot.takenAt))
    ? unclear(`${snapshot.id} does not say when it was taken`)
    : holds(`${snapshot.id} of ${snapshot.takenAt}`);
}

/** What fails of several, else what is not known, else all that was seen. */
function worst(findings: readonly Finding[]): Finding {
  const open =
    findings.find(({ verdict }) => verdict === 'fails') ??
    findings.find(({ verdict }) => verdict === 'unknown');
  return open ?? holds(findings.map(({ evidence }) => evidence).join(', '));
}
