import type { Snapshot as Ec2Snapshot } from '@aws-sdk/client-ec2';
import type { CloudResult, Ref, SnapshotCopySpec } from '@belay/cloud';
import { fail, mustExist } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { createTagged } from './create-tagged.ts';
import type { Ec2Api } from './ec2-api.ts';
import { provider } from './errors.ts';
import { common } from './snapshot-create.ts';
import { TAKEN_AT_TAG, takenAtOf } from './snapshot-mapping.ts';
import { change, read, type Span } from './span.ts';
import { newTags } from './tags.ts';

/** EC2's calls in another region; `undefined` where that one cannot be reached. */
export type ApiAt = (region: string) => Ec2Api | undefined;

/**
 * Copies a snapshot. EC2 does not keep of what a copy is one, so its description says so: by that it is known again.
 * Nor does it keep how old the data is: it shows the time of the copy. So the copy is given the original's time, as a
 * tag in the very call that makes it; an empty one where nobody can tell.
 */
export function copySnapshot(
  span: Span,
  spec: SnapshotCopySpec,
  key: string,
  apiAt: ApiAt,
): CloudResult<Ec2Snapshot> {
  const { from } = spec;
  if (from.provider !== provider) {
    const message = `A snapshot at ${from.provider} cannot be copied to EC2: its data would have to be carried over.`;
    return errAsync(fail(span, 'invalid', message));
  }
  const description = `Copy of ${from.id} in ${from.region}`;
  return createTagged<Ec2Snapshot>({
    ...common(span, key),
    create: () =>
      ageOf(span, from, apiAt).andThen((takenAt) => {
        const tags = { ...spec.tags, [TAKEN_AT_TAG]: takenAt };
        const request = {
          SourceSnapshotId: from.id,
          SourceRegion: from.region,
          Description: description,
          TagSpecifications: newTags('snapshot', key, tags, spec.name),
        };
        return change(span, (api, signal) => api.copySnapshot(request, signal)).map(
          ({ SnapshotId }) => SnapshotId,
        );
      }),
    difference: (made) =>
      made.Description === description
        ? undefined
        : `is "${made.Description ?? ''}" and not "${description}"`,
  });
}

/** Since when the data of the original is fixed; empty where it cannot be seen there. */
function ageOf(span: Span, { id, region }: Ref, apiAt: ApiAt): CloudResult<string> {
  if (region === span.ec2.at.region) return mustExist(span, span.ec2.snapshots, id).map(takenAtOf);
  const there = apiAt(region);
  if (there === undefined) return okAsync('');
  return read(span, (_, signal) => there.describeSnapshots({ SnapshotIds: [id] }, signal))
    .map(({ Snapshots: [original] = [] }) => (original === undefined ? '' : takenAtOf(original)))
    .orElse((error) => (error.kind === 'forbidden' ? okAsync('') : errAsync(error)));
}
