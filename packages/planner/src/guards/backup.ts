/** Guards on what is left when everything else fails: a fresh, complete backup that somebody has restored from. */

import { change, type Finding, fails, given, holds, unclear } from '../precondition.ts';
import { volumesOf } from '../workload.ts';
import { changing, type Guard, type Watch } from './guard.ts';

export const backupGuards: readonly Guard[] = [
  {
    name: 'fresh-backup',
    id: 'G6',
    sentence: 'there is a complete, recent copy of the data that is listed now',
    accident: 'in the downtime of 2020 the backup lacked files, and nobody had known',
    phases: ['plan', 'window'],
    before: changing,
    needs: ['backup'],
    mayBeAccepted: true,
    test: fresh,
  },
  {
    name: 'whole-backup',
    id: 'G7',
    sentence: 'the backup holds all that the workload needs',
    accident: 'certificates were in no backup (2020); only one folder was (a takeover of 2019)',
    phases: ['plan', 'window'],
    before: changing,
    needs: ['backup'],
    mayBeAccepted: true,
    test: whole,
  },
  {
    name: 'restored-once',
    id: 'G8',
    sentence: 'something was restored from the backup and looked at',
    accident: 'a restore was broken off half-way, the first time that anybody tried one (2020)',
    phases: ['plan'],
    before: changing,
    needs: ['backup'],
    mayBeAccepted: true,
    onlyWarns: true,
    test: ({ facts }) =>
      given(facts.backup, (backup) => {
        if (backup === null) return fails('no backup is listed');
        return backup.restoredAt === undefined
          ? unclear(`nobody has restored from ${backup.id}`, change('learn', 'rehearse a restore'))
          : holds(`restored at ${backup.restoredAt}`);
      }),
  },
];

/** Five minutes: so far may the cloud's clock be ahead of ours. */
const maxClockSkewHours = 5 / 60;

function fresh({ facts, now, limits }: Watch): Finding {
  return given(facts.backup, (backup) => {
    if (backup === null) return fails('no complete snapshot is listed', change('wait', 'make one'));
    const { id, state, progress, dataAt } = backup;
    if (state === 'making') {
      const far = progress === undefined ? '' : `, ${Math.floor(progress * 100)} % done`;
      return fails(
        `${id} is still being made${far}, and no other is complete`,
        change('wait', 'wait until it is ready'),
      );
    }
    if (state === 'failed') return fails(`${id} has failed`, change('wait', 'make a new one'));
    if (state === 'unknown') return unclear(`whether ${id} is complete is not known`);
    const hours = (Date.parse(now) - Date.parse(dataAt)) / 3_600_000;
    if (Number.isNaN(hours)) return unclear(`${id} does not say when it was taken`);
    if (hours < -maxClockSkewHours) {
      return unclear(`${id} says that it was taken at ${dataAt}, which is yet to come`);
    }
    const evidence = `${id}, ${hours < 1 ? 'less than an hour' : `${Math.floor(hours)} h`} old`;
    return hours <= limits.maxBackupAgeHours
      ? holds(evidence)
      : fails(`${evidence}, more than ${limits.maxBackupAgeHours} h`, change('wait', 'make a new snapshot'));
  });
}

function whole({ facts }: Watch): Finding {
  return given(facts.backup, (backup) => {
    // That there is none is said once, by the guard before.
    if (backup === null) return holds('there is none to look into');
    // A picture of the disk holds what the disk holds.
    if (backup.kind === 'snapshot') {
      const count = volumesOf(facts.workload).length;
      const named = new Set(backup.snapshots).size;
      if (count > 1 && named === count)
        return holds(`${backup.id} is one snapshot of each of ${count} data disks`);
      return count === 1
        ? holds(`${backup.id} is the whole data disk`)
        : fails(`${backup.id} holds one of ${count} data disks`, change('wait', 'make one of all disks'));
    }
    if (backup.lacks === undefined)
      return unclear(`nobody has compared what is in ${backup.id}`, change('learn', 'compare it'));
    return backup.lacks.length === 0
      ? holds(`${backup.id} lacks nothing`)
      : fails(`${backup.id} lacks ${backup.lacks.join(', ')}`, change('configure', 'back these up, too'));
  });
}
