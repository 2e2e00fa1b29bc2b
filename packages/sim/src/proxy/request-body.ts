import type { IncomingMessage } from 'node:http';

/**
 * The beginning of a request's body, read before it is decided what becomes of the call. A body above the limit stays
 * where it is, all but its beginning: images of many gigabytes pass through a proxy that keeps none of them.
 */
export interface RequestBody {
  /** What has been read; it still has to be sent on. */
  readonly head: readonly Buffer[];
  /** Is that all of it? */
  readonly whole: boolean;
}

export const unread: RequestBody = { head: [], whole: false };

/** Reads until the end or until there is more than `limit` bytes. `undefined` when the client left before. */
export function readBody(request: IncomingMessage, limit: number): Promise<RequestBody | undefined> {
  return new Promise((resolve) => {
    const head: Buffer[] = [];
    let size = 0;
    const settle = (body: RequestBody | undefined): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      resolve(body);
    };
    const onData = (chunk: Buffer): void => {
      head.push(chunk);
      size += chunk.length;
      if (size <= limit) return;
      request.pause();
      settle({ head, whole: false });
    };
    const onEnd = (): void => settle({ head, whole: true });
    const onClose = (): void => settle(undefined);
    request.on('data', onData).once('end', onEnd).once('close', onClose).once('error', onClose);
  });
}
