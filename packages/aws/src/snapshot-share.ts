import type { CreateVolumePermission } from '@aws-sdk/client-ec2';
import type { CloudResult } from '@belay/cloud';
import { fail, mustExist, stillInDoubt, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { read, repeat, type Span } from './span.ts';

/**
 * Sets with whom a snapshot is shared. EC2 takes what is added and what is removed in two calls: the removals go
 * first, so that at no moment more accounts can see it than before or after. A snapshot that was public is so no more.
 */
export function shareSnapshot(span: Span, id: string, accounts: readonly string[]): CloudResult<void> {
  const odd = accounts.find((account) => !/^\d{12}$/.test(account));
  if (odd !== undefined) {
    return errAsync(fail(span, 'invalid', `${odd} is no account of AWS: these are twelve digits.`));
  }
  const wanted = new Set(accounts);
  return mustExist(span, span.ec2.snapshots, id)
    .andThen(() => sharedWith(span, id))
    .andThen((now) => {
      const leaving = [...now.accounts].filter((account) => !wanted.has(account));
      const coming = [...wanted].filter((account) => !now.accounts.has(account));
      const isFewer = leaving.length > 0 || now.isPublic;
      return modify(span, id, 'remove', leaving, now.isPublic ? ['all'] : []).andThen(() =>
        // The removals have taken place, whatever becomes of the additions.
        modify(span, id, 'add', coming, []).mapErr((error) => stillInDoubt(error, isFewer)),
      );
    })
    .andThen(() =>
      wait<Sharing>(span, {
        observe: () => sharedWith(span, id),
        until: ({ isPublic, accounts: seen }) =>
          !isPublic && seen.size === wanted.size && [...seen].every((account) => wanted.has(account))
            ? 'yes'
            : 'not-yet',
        stateOf: ({ accounts: seen }) => `shared with ${[...seen].join(', ') || 'nobody'}`,
        applied: 'yes',
      }),
    )
    .map(() => undefined);
}

interface Sharing {
  readonly accounts: ReadonlySet<string>;
  readonly isPublic: boolean;
}

function sharedWith(span: Span, id: string): CloudResult<Sharing> {
  const request = { SnapshotId: id, Attribute: 'createVolumePermission' } as const;
  return read(span, (api, signal) => api.describeSnapshotAttribute(request, signal)).map(
    ({ CreateVolumePermissions = [] }) => ({
      accounts: new Set(
        CreateVolumePermissions.flatMap(({ UserId }: CreateVolumePermission) => UserId ?? []),
      ),
      isPublic: CreateVolumePermissions.some(({ Group }) => Group === 'all'),
    }),
  );
}

function modify(
  span: Span,
  SnapshotId: string,
  OperationType: 'add' | 'remove',
  UserIds: string[],
  GroupNames: string[],
): CloudResult<void> {
  if (UserIds.length === 0 && GroupNames.length === 0) return okAsync(undefined);
  const request = {
    SnapshotId,
    Attribute: 'createVolumePermission',
    OperationType,
    ...(UserIds.length === 0 ? {} : { UserIds }),
    ...(GroupNames.length === 0 ? {} : { GroupNames }),
  } as const;
  return (
    repeat(span, (api, signal) => api.modifySnapshotAttribute(request, signal))
      .map(() => undefined)
      // EC2 says so of a snapshot that is encrypted with the account's default key: nobody else could read it.
      .mapErr((error) => (error.kind === 'protected' ? { ...error, kind: 'invalid' as const } : error))
  );
}
