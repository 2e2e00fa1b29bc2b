// What snapshots are refused.

import { createSnapshot, deleteSnapshot } from '../../src/snapshots.ts';
import { createVolume } from '../../src/volumes.ts';
import { disk, missing, type Rules, snapshot } from './case.ts';

export const snapshotRules: Rules<
  'no-such-snapshot' | 'snapshot-not-ready' | 'malformed-snapshot-id' | 'snapshot-failed'
> = {
  'no-such-snapshot': [
    {
      when: 'a volume is made of a snapshot that never was',
      ask: async (judge) =>
        judge.ask((world) => createVolume(world, disk({ snapshotId: missing.snapshot }), undefined)),
    },
  ],
  'snapshot-not-ready': [
    {
      when: 'a volume is made of a snapshot that is not ready',
      async ask(judge) {
        const volumeId = judge.volume();
        const snapshotId = judge
          .ask((world) => createSnapshot(world, { name: 's', volumeId, tags: {} }))
          ._unsafeUnwrap();
        return judge.ask((world) => createVolume(world, disk({ snapshotId }), undefined));
      },
    },
  ],
  'malformed-snapshot-id': [
    {
      when: 'a snapshot is deleted by a name that is no id',
      ask: async (judge) => judge.ask((world) => deleteSnapshot(world, 'monday')),
    },
  ],
  'snapshot-failed': [
    {
      when: 'a volume is made of a snapshot that came to nothing',
      async ask(judge) {
        judge.world.faults.rollBack('snapshots.create');
        const snapshotId = await snapshot(judge);
        return judge.ask((world) => createVolume(world, disk({ snapshotId }), undefined));
      },
    },
  ],
};
