import type { CloudResult } from '@belay/cloud';
import { err, ok, safeTry } from 'neverthrow';
import { withLocks } from './locks.ts';
import type { VolumeRecord } from './records.ts';
import { fail, type Span } from './span.ts';
import { instanceOrMissing, volumeOrMissing } from './volume-record.ts';

/** Says whether a volume outlives its instance. Until it is said, it does. */
export function keepVolume(
  span: Span,
  instanceId: string,
  volumeId: string,
  keep: boolean,
): CloudResult<VolumeRecord> {
  return withLocks(span, [volumeId], () =>
    safeTry(async function* () {
      yield* instanceOrMissing(span, instanceId);
      const volume = yield* volumeOrMissing(span, volumeId);
      const { attachment } = volume;
      if (attachment?.instanceId !== instanceId) {
        const message = `${volumeId} is not attached to ${instanceId}.`;
        return err(fail(span, 'not-found', message, { resourceId: volumeId }));
      }
      const changed = { ...volume, attachment: { ...attachment, dieWithInstance: !keep } };
      return ok(await span.site.shelves.volumes.put(changed));
    }),
  );
}
