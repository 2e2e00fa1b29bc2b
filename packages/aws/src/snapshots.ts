import type { Snapshot as Ec2Snapshot } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, Snapshot, Snapshots, Tags } from '@belay/cloud';
import { fail, findByKey, lookUp, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync, type Result } from 'neverthrow';
import type { Ec2 } from './ec2.ts';
import { pages } from './pages.ts';
import { type ApiAt, copySnapshot } from './snapshot-copy.ts';
import { createSnapshot, idOf, livingUnder } from './snapshot-create.ts';
import { snapshotOf, snapshotState } from './snapshot-mapping.ts';
import { shareSnapshot } from './snapshot-share.ts';
import { beginChange, beginRead, read, repeat, type Span } from './span.ts';
import { hasTags, tagFilters } from './tags.ts';

/** A snapshot of a large disk takes hours until it can be used. */
const readyTimeoutMs = 6 * 3_600_000;

/** The port's snapshots over EBS. */
export function snapshots(ec2: Ec2, apiAt: ApiAt): Snapshots {
  const toSnapshot = (seen: Ec2Snapshot): Snapshot => snapshotOf(seen, ec2.clock.now());
  return {
    get: (id, options) =>
      mustExist(beginRead(ec2, 'snapshots.get', options, id), ec2.snapshots, id).map(toSnapshot),
    find(key, options) {
      const span = beginRead(ec2, 'snapshots.find', options);
      return findByKey({ span, key, look: () => livingUnder(span, key), idOf }).map((found) =>
        found === undefined ? undefined : toSnapshot(found),
      );
    },
    list: (filter, options) => listSnapshots(beginRead(ec2, 'snapshots.list', options), filter?.tags),
    create: (spec, call) =>
      createSnapshot(beginChange(ec2, 'snapshots.create', call, spec.volumeId), spec, call.key).map(
        toSnapshot,
      ),
    copy: (spec, call) =>
      copySnapshot(beginChange(ec2, 'snapshots.copy', call, spec.from.id), spec, call.key, apiAt).map(
        toSnapshot,
      ),
    share: (id, accounts, call) => shareSnapshot(beginChange(ec2, 'snapshots.share', call, id), id, accounts),
    untilReady: (id, options) =>
      untilReady(
        beginRead(ec2, 'snapshots.untilReady', { timeoutMs: readyTimeoutMs, ...options }, id),
        id,
      ).map(toSnapshot),
    delete: (id, call) => deleteSnapshot(beginChange(ec2, 'snapshots.delete', call, id), id),
  };
}

async function* listSnapshots(
  span: Span,
  tags: Tags | undefined,
): AsyncIterable<Result<Snapshot, CloudError>> {
  const isWanted = hasTags(tags ?? {});
  const found = pages<Ec2Snapshot>(
    (token) =>
      read(span, (api, signal) =>
        api.describeSnapshots(
          {
            OwnerIds: ['self'],
            MaxResults: 500,
            ...(tags === undefined ? {} : { Filters: tagFilters(tags) }),
            ...(token === undefined ? {} : { NextToken: token }),
          },
          signal,
        ),
      ).map(({ Snapshots = [], NextToken: next }) => ({
        items: Snapshots.filter((one) => isWanted(one.Tags)),
        next,
      })),
    () => fail(span, 'failed', 'EC2 gave the same page of snapshots twice.'),
  );
  for await (const one of found) yield one.map((seen) => snapshotOf(seen, span.ec2.clock.now()));
}

function untilReady(span: Span, id: string): CloudResult<Ec2Snapshot> {
  return mustExist(span, span.ec2.snapshots, id)
    .andThen(() =>
      wait<Ec2Snapshot | undefined>(span, {
        observe: (signal) => span.ec2.snapshots.get(id, { signal }),
        until(seen) {
          if (seen === undefined) return fail(span, 'not-found', `${id} is gone.`);
          const state = snapshotState(seen);
          if (state === 'failed' || state === 'gone') return gaveUp(span, seen);
          return state === 'ready' ? 'yes' : 'not-yet';
        },
        stateOf: (seen) => seen?.State,
        applied: 'no',
      }),
    )
    .andThen((seen) =>
      seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
    );
}

function gaveUp(span: Span, { SnapshotId, State, StateMessage }: Ec2Snapshot): CloudError {
  const why = StateMessage === undefined || StateMessage === '' ? 'EC2 gives no reason' : StateMessage;
  return fail(span, 'failed', `${SnapshotId} went to ${State}: ${why}.`, { lastState: State });
}

/** A refusal that names nothing there is not yet the proof that it is gone: the reads have to agree. */
function deleteSnapshot(span: Span, id: string): CloudResult<void> {
  return repeat(span, (api, signal) => api.deleteSnapshot({ SnapshotId: id }, signal))
    .map(() => true)
    .orElse((error) => (error.kind === 'not-found' ? okAsync(false) : errAsync(error)))
    .andThen((known) => (known ? untilDeleted(span, id) : lookUp(span, span.ec2.snapshots, id)))
    .andThen((seen) => {
      if (seen === undefined || snapshotState(seen) === 'gone') return okAsync(undefined);
      const message = `EC2 denied knowing ${id}, and shows it as ${seen.State}.`;
      return errAsync(fail(span, 'busy', message, { lastState: seen.State }));
    });
}

function untilDeleted(span: Span, id: string): CloudResult<Ec2Snapshot | undefined> {
  return wait<Ec2Snapshot | undefined>(span, {
    observe: (signal) => span.ec2.snapshots.get(id, { signal }),
    until: (seen) => (seen === undefined || snapshotState(seen) === 'gone' ? 'yes' : 'not-yet'),
    stateOf: (seen) => seen?.State,
    applied: 'unknown',
  });
}
