import type {
  Volume as Ec2Volume,
  ModifyVolumeRequest,
  VolumeModification,
  VolumeType,
} from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, VolumeChange } from '@belay/cloud';
import { fail, mustExist, pause, stillInDoubt, wait } from '@belay/cloud/adapter';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { change, type Span } from './span.ts';

/**
 * Grows a volume or changes its type. EC2 allows few modifications a day and takes no token for them, so one is asked
 * for only where the volume is not as it should be and no modification to that end is under way; whatever is asked
 * for twice burns a slot. Done as soon as EC2 says `optimizing`: from then on the new size can be used.
 */
export function modifyVolume(span: Span, id: string, wanted: VolumeChange): CloudResult<Ec2Volume> {
  return new ResultAsync(modify(span, id, wanted));
}

/** Each round looks, asks and waits; only lost answers and states that pass lead to another one. */
const maxRounds = 10;

async function modify(span: Span, id: string, wanted: VolumeChange): Promise<Result<Ec2Volume, CloudError>> {
  let inDoubt = false;
  for (let round = 1; ; round++) {
    const ready = await mustExist(span, span.ec2.volumes, id).andThen((volume) =>
      planOf(span, volume, wanted),
    );
    if (ready.isErr()) return err(stillInDoubt(ready.error, inDoubt));
    const { volume, plan, lastState } = ready.value;
    if (plan === 'done') return ok(volume);
    if (plan === 'under-way') return untilUsable(span, id, wanted);
    const asked = await change(span, (api, signal) => api.modifyVolume({ VolumeId: id, ...plan }, signal));
    if (asked.isOk()) return untilUsable(span, id, wanted);
    const { error } = asked;
    // EC2 takes the next modification only when it has done with the last one, and optimizing takes hours.
    const passes = error.kind === 'transient' || (error.kind === 'busy' && lastState !== 'optimizing');
    if (!passes || round === maxRounds) return err(stillInDoubt(error, inDoubt));
    inDoubt ||= error.applied !== 'no';
    await pause(span, round);
  }
}

interface Ready {
  readonly volume: Ec2Volume;
  readonly plan: 'done' | 'under-way' | Request;
  /** Of the modification before. */
  readonly lastState: VolumeModification['ModificationState'];
}

type Request = Pick<ModifyVolumeRequest, 'Size' | 'VolumeType'>;

function planOf(span: Span, volume: Ec2Volume, wanted: VolumeChange): CloudResult<Ready> {
  return span.ec2.modifications
    .get(volume.VolumeId ?? '', { signal: span.signal })
    .mapErr((error) => ({ ...error, operation: span.operation }))
    .andThen((last) =>
      judge(span, volume, last, wanted).map((plan) => ({ volume, plan, lastState: last?.ModificationState })),
    );
}

/** What is to be asked for, if anything. A disk does not shrink: that is refused before anything is sent. */
function judge(
  span: Span,
  volume: Ec2Volume,
  last: VolumeModification | undefined,
  wanted: VolumeChange,
): Result<Ready['plan'], CloudError> {
  const { VolumeId: id, Size = 0 } = volume;
  const lastState = last?.ModificationState;
  const isThere = isAsWanted(volume, wanted) && lastState !== 'modifying';
  if (isThere) return ok('done');
  // A modification that leads there and is not seen on the volume yet is not asked for a second time.
  if (last !== undefined && lastState !== 'failed' && isToward(last, wanted)) return ok('under-way');
  if (wanted.sizeGiB !== undefined && wanted.sizeGiB < Size) {
    const message = `${id} has ${Size} GiB, and a disk does not shrink to ${wanted.sizeGiB}.`;
    return err(fail(span, 'invalid', message));
  }
  if (lastState === 'modifying') {
    const message = `${id} is being modified to something else, and that has to end first.`;
    return err(fail(span, 'busy', message, { lastState }));
  }
  return ok(requestOf(volume, wanted));
}

function requestOf({ Size, VolumeType: type }: Ec2Volume, { sizeGiB, diskType }: VolumeChange): Request {
  return {
    ...(sizeGiB === undefined || sizeGiB === Size ? {} : { Size: sizeGiB }),
    // The list of types in the SDK is as old as the SDK; EC2 judges the name.
    ...(diskType === undefined || diskType === type ? {} : { VolumeType: diskType as VolumeType }),
  };
}

function isToward({ TargetSize, TargetVolumeType }: VolumeModification, wanted: VolumeChange): boolean {
  return (
    (wanted.sizeGiB === undefined || wanted.sizeGiB === TargetSize) &&
    (wanted.diskType === undefined || wanted.diskType === TargetVolumeType)
  );
}

/** The modification says when it can be used, the volume what has become of it: both have to be seen. */
async function untilUsable(
  span: Span,
  id: string,
  wanted: VolumeChange,
): Promise<Result<Ec2Volume, CloudError>> {
  const seen = await wait<Seen>(span, {
    observe: (signal) =>
      ResultAsync.combine([
        span.ec2.volumes.get(id, { signal }),
        span.ec2.modifications.get(id, { signal }),
      ]).map(([volume, modification]) => ({ volume, modification })),
    until({ volume, modification }, elapsedMs) {
      if (volume === undefined || modification === undefined) return 'not-yet';
      const state = modification.ModificationState;
      if (!isToward(modification, wanted)) {
        // An old read may show the one before; after the window of visibility it is somebody else's.
        return elapsedMs > span.ec2.visibilityMs ? supplanted(span, id) : 'not-yet';
      }
      if (state === 'failed') return gaveUp(span, id, modification);
      const isUsable = state === 'optimizing' || state === 'completed';
      return isUsable && isAsWanted(volume, wanted) ? 'yes' : 'not-yet';
    },
    stateOf: ({ modification }) => modification?.ModificationState,
    applied: 'yes',
  });
  return seen.andThen(({ volume }) =>
    volume === undefined ? err(fail(span, 'not-found', `${id} is gone.`)) : ok(volume),
  );
}

interface Seen {
  readonly volume: Ec2Volume | undefined;
  readonly modification: VolumeModification | undefined;
}

function isAsWanted({ Size, VolumeType: type }: Ec2Volume, { sizeGiB, diskType }: VolumeChange): boolean {
  return (sizeGiB === undefined || sizeGiB === Size) && (diskType === undefined || diskType === type);
}

function supplanted(span: Span, id: string): CloudError {
  const message = `EC2 took the modification of ${id} and shows another one.`;
  return fail(span, 'failed', message, { applied: 'unknown' });
}

function gaveUp(span: Span, id: string, { StatusMessage }: VolumeModification): CloudError {
  const why = StatusMessage === undefined || StatusMessage === '' ? 'EC2 gives no reason' : StatusMessage;
  return fail(span, 'failed', `The modification of ${id} failed: ${why}.`, { lastState: 'failed' });
}
