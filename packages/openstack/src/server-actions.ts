import type { CloudResult } from '@belay/cloud';
import { okAsync } from 'neverthrow';
import { read, type Span } from './span.ts';
import { listAt, objectAt, textAt } from './wire.ts';

/**
 * What Nova remembers of the last action of this name on a server: the parts of it that failed, by their names. Why
 * they did it tells operators only; that the search for a host failed, and not the host, is seen from the name.
 */
export function failedEvents(span: Span, id: string, action: string): CloudResult<readonly string[]> {
  return read(span, 'listActions', { path: { id } }).andThen(({ body }) => {
    const last = listAt(body, 'instanceActions').find((one) => textAt(one, 'action') === action);
    const request = last === undefined ? undefined : textAt(last, 'request_id');
    if (request === undefined) return okAsync<readonly string[]>([]);
    return read(span, 'getAction', { path: { id, request } }).map((found) =>
      listAt(objectAt(found.body, 'instanceAction'), 'events')
        .filter((event) => textAt(event, 'result') === 'Error')
        .flatMap((event) => textAt(event, 'event') ?? []),
    );
  });
}

/** Nova's conductor looks for a host; all later parts are the work of one. */
export function foundNoHost(events: readonly string[]): boolean {
  return events.some((name) => name.startsWith('conductor_'));
}
