import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../../refusal.ts';
import {
  copySnapshot,
  createSnapshot,
  deleteSnapshot,
  describeSnapshot,
  listSnapshots,
  shareSnapshot,
} from '../../snapshots.ts';
import type { SnapshotRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { ownerId, time } from '../account.ts';
import { type Action, action, done } from '../action.ts';
import { booksOf } from '../books.ts';
import { type FilterTable, filtered, filters } from '../filters.ts';
import { named } from '../found.ts';
import { paged, pageParameters } from '../pages.ts';
import {
  choice,
  flag,
  group,
  id,
  list,
  required,
  text,
  unmodelled,
  type ValuesOf,
  whole,
} from '../parameters.ts';
import { allTags, tagSet, tagSpecifications, tagsFor } from '../tags.ts';
import type { XmlFields } from '../xml.ts';

const permission = group({ UserId: text, Group: choice('all') });

const sharing = {
  SnapshotId: required(id('snapshot')),
  Attribute: choice('createVolumePermission', 'productCodes'),
  CreateVolumePermission: group({ Add: list(permission), Remove: list(permission) }),
  OperationType: choice('add', 'remove'),
  UserId: list(text),
  UserGroup: list(text),
} as const;

/** Snapshots: taken, copied, shown to other accounts. None of these calls takes a token. */
export const snapshotActions: readonly Action[] = [
  action({
    name: 'CreateSnapshot',
    operation: 'snapshots.create',
    changes: true,
    parameters: {
      VolumeId: required(id('volume')),
      Description: text,
      TagSpecification: tagSpecifications,
      Location: unmodelled,
    },
    perform: (world, { VolumeId: volumeId, Description: description = '', TagSpecification }) =>
      tagsFor(TagSpecification, 'snapshot')
        .andThen(({ name, tags }) => createSnapshot(world, { name, tags, volumeId }))
        .andThen((made) => {
          booksOf(world).snapshots[made] = { description };
          const snapshot = world.state.snapshots[made];
          return ok(snapshot === undefined ? {} : snapshotFields(world, snapshot));
        }),
  }),
  action({
    name: 'CopySnapshot',
    operation: 'snapshots.copy',
    changes: true,
    parameters: {
      SourceRegion: required(text),
      SourceSnapshotId: required(id('snapshot')),
      Description: text,
      DestinationRegion: text,
      PresignedUrl: unmodelled,
      Encrypted: flag,
      KmsKeyId: text,
      CompletionDurationMinutes: whole,
      TagSpecification: tagSpecifications,
    },
    perform: (world, asked) =>
      tagsFor(asked.TagSpecification, 'snapshot')
        .andThen(({ name, tags }) =>
          copySnapshot(world, {
            name,
            tags,
            fromRegion: asked.SourceRegion,
            snapshotId: asked.SourceSnapshotId,
          }),
        )
        .map((made) => {
          booksOf(world).snapshots[made] = { description: asked.Description ?? '' };
          const snapshot = world.state.snapshots[made];
          return { snapshotId: made, tagSet: snapshot === undefined ? [] : tagSet(allTags(snapshot)) };
        }),
  }),
  action({
    name: 'DescribeSnapshots',
    operation: ({ SnapshotId }) => (SnapshotId.length > 0 ? 'snapshots.get' : 'snapshots.list'),
    changes: false,
    parameters: {
      SnapshotId: list(id('snapshot')),
      Owner: list(text),
      RestorableBy: list(text),
      Filter: filters,
      ...pageParameters,
    },
    perform(world, asked) {
      const mine = [ownerId(world), world.at.account, 'self'];
      const isOurs = asked.Owner.length === 0 || asked.Owner.some((owner) => mine.includes(owner));
      const found: Result<readonly SnapshotRecord[], Refusal> =
        asked.SnapshotId.length > 0
          ? named(asked.SnapshotId, (one) => describeSnapshot(world, one), 'snapshot')
          : ok(isOurs ? listSnapshots(world) : []);
      return found
        .andThen((all) => filtered(all, asked.Filter, snapshotFilters(world), allTags))
        .andThen((all) =>
          paged(all, asked, {
            of: 'DescribeSnapshots',
            idOf: (one) => one.id,
            named: ['snapshotIdsSet', asked.SnapshotId.length > 0],
          }),
        )
        .map(({ items, nextToken }) => ({
          snapshotSet: items.map((snapshot) => snapshotFields(world, snapshot)),
          nextToken,
        }));
    },
  }),
  action({
    name: 'DeleteSnapshot',
    operation: 'snapshots.delete',
    changes: true,
    parameters: { SnapshotId: required(id('snapshot')) },
    perform: (world, { SnapshotId }) => deleteSnapshot(world, SnapshotId).map(() => done),
  }),
  action({
    name: 'ModifySnapshotAttribute',
    operation: 'snapshots.share',
    changes: true,
    parameters: sharing,
    perform: (world, asked) =>
      shareChange(asked).andThen((change) => shareSnapshot(world, asked.SnapshotId, change).map(() => done)),
  }),
  action({
    name: 'DescribeSnapshotAttribute',
    operation: 'snapshots.get',
    changes: false,
    parameters: {
      SnapshotId: required(id('snapshot')),
      Attribute: required(choice('createVolumePermission', 'productCodes')),
    },
    perform: (world, { SnapshotId, Attribute }) =>
      describeSnapshot(world, SnapshotId).map(({ sharedWith }) => ({
        snapshotId: SnapshotId,
        ...(Attribute === 'productCodes'
          ? { productCodes: [] }
          : {
              createVolumePermission: sharedWith.map((account) =>
                account === everybody ? { group: account } : { userId: account },
              ),
            }),
      })),
  }),
];

/** Stands among the accounts for all of them. */
const everybody = 'all';

/** There are two ways to say it: what to add and to remove, or one of the two with a list of accounts. */
function shareChange({
  CreateVolumePermission: permissions,
  OperationType: way,
  UserId,
  UserGroup,
}: ValuesOf<typeof sharing>): Result<{ add: readonly string[]; remove: readonly string[] }, Refusal> {
  const listed = [...UserId, ...UserGroup];
  const accounts = (
    given: readonly { UserId: string | undefined; Group: string | undefined }[] = [],
  ): string[] => given.flatMap((one) => one.UserId ?? one.Group ?? []);
  const add = [...accounts(permissions?.Add), ...(way === 'add' ? listed : [])];
  const remove = [...accounts(permissions?.Remove), ...(way === 'remove' ? listed : [])];
  if (add.length + remove.length === 0) {
    return err({
      rule: 'bad-parameter',
      code: 'MissingParameter',
      message: 'The request must contain the parameter CreateVolumePermission.',
    });
  }
  const strange = [...add, ...remove].find((account) => account !== everybody && !/^\d{12}$/.test(account));
  if (strange === undefined) return ok({ add, remove });
  return err({
    rule: 'bad-parameter',
    code: 'InvalidUserID.Malformed',
    message: `Invalid user id: "${strange}"`,
  });
}

function snapshotFields(world: World, snapshot: SnapshotRecord): XmlFields {
  return {
    snapshotId: snapshot.id,
    volumeId: snapshot.volumeId,
    status: snapshot.state,
    startTime: time(snapshot.begunAtMs),
    completionTime: time(snapshot.readyAtMs),
    progress: `${progressOf(world, snapshot)}%`,
    ownerId: ownerId(world),
    volumeSize: snapshot.sizeGiB,
    description: booksOf(world).snapshots[snapshot.id]?.description ?? '',
    encrypted: false,
    storageTier: 'standard',
    tagSet: tagSet(allTags(snapshot)),
  };
}

function progressOf(world: World, { state, begunAtMs, dueAtMs }: SnapshotRecord): number {
  if (state === 'completed') return 100;
  const share = (world.nowMs - begunAtMs) / Math.max(1, dueAtMs - begunAtMs);
  return Math.min(99, Math.max(0, Math.floor(share * 100)));
}

function snapshotFilters(world: World): FilterTable<SnapshotRecord> {
  return {
    description: (one) => [booksOf(world).snapshots[one.id]?.description ?? ''],
    encrypted: () => [false],
    'owner-id': () => [ownerId(world)],
    progress: (one) => [`${progressOf(world, one)}%`],
    'snapshot-id': (one) => [one.id],
    'start-time': ({ begunAtMs }) => [time(begunAtMs)],
    status: ({ state }) => [state],
    'storage-tier': () => ['standard'],
    'volume-id': ({ volumeId }) => [volumeId],
    'volume-size': ({ sizeGiB }) => [sizeGiB],
  };
}
