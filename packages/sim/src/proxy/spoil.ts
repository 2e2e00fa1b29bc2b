import type { Clock } from '@belay/cloud';
import type { ProxyFault } from './fault.ts';
import { withHeader } from './headers.ts';
import { pause } from './pause.ts';
import { lengthOf, type Reply } from './reply.ts';

/** Spoils an answer as the fault says; faults that do not concern the way of an answer's body leave it as it is. */
export function spoil(reply: Reply, fault: ProxyFault | undefined, clock: Clock, signal: AbortSignal): Reply {
  switch (fault?.kind) {
    case 'drip': {
      const { bytes = 16, everyMs = 10 } = fault;
      return { ...reply, body: dripped(reply.body, bytes, everyMs, clock, signal) };
    }
    case 'cut':
      return { ...reply, body: firstBytes(reply.body, bytesBeforeCut(reply, fault.afterBytes)), isCut: true };
    case 'content-type':
      return {
        ...reply,
        headers: withHeader(reply.headers, 'Content-Type', fault.contentType ?? 'text/html'),
      };
    default:
      return reply;
  }
}

function bytesBeforeCut(reply: Reply, afterBytes: number | undefined): number {
  const length = lengthOf(reply);
  if (length === undefined) return afterBytes ?? 0;
  return Math.min(afterBytes ?? Math.floor(length / 2), length - 1);
}

async function* dripped(
  body: AsyncIterable<Buffer>,
  bytes: number,
  everyMs: number,
  clock: Clock,
  signal: AbortSignal,
): AsyncIterable<Buffer> {
  for await (const chunk of body) {
    for (let at = 0; at < chunk.length; at += bytes) {
      yield chunk.subarray(at, at + bytes);
      if (!(await pause(clock, everyMs, signal))) return;
    }
  }
}

async function* firstBytes(body: AsyncIterable<Buffer>, bytes: number): AsyncIterable<Buffer> {
  let left = bytes;
  if (left === 0) return;
  for await (const chunk of body) {
    yield chunk.subarray(0, left);
    left -= chunk.length;
    if (left <= 0) return;
  }
}
