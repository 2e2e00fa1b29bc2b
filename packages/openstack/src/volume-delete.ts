import type { CloudError, CloudResult } from '@belay/cloud';
import { fail } from '@belay/cloud/adapter';
import { deleteOnce } from './delete-once.ts';
import type { Span } from './span.ts';
import { type CinderVolume, isGone } from './volume-mapping.ts';

/** Deletes a volume. Cinder says of all that keeps it from that in one and the same sentence; the volume says more. */
export function deleteVolume(span: Span, id: string): CloudResult<void> {
  const refusal = ({ serverIds, status }: CinderVolume): CloudError | undefined => {
    if (serverIds.length === 0) return undefined;
    const message = `${id} is attached to ${serverIds.join(', ')}, and was kept.`;
    return fail(span, 'busy', message, { lastState: status });
  };
  return deleteOnce(span, id, { batch: span.stack.volumes, call: 'deleteVolume', isGone, refusal });
}
