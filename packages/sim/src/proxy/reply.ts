import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { passedOn, type RawHeaders, valuesOf } from './headers.ts';
import type { MadeUp } from './made-up.ts';

/**
 * An answer on its way to the client, as a value: each stage of the way takes one and gives another. Its body is read
 * only while it is sent, so that nothing large is ever held.
 */
export interface Reply {
  readonly status: number;
  readonly statusMessage?: string;
  readonly headers: RawHeaders;
  readonly body: AsyncIterable<Buffer>;
  /** The body ends before its end: the connection closes where the rest should come. */
  readonly isCut?: boolean;
}

/** The service's own answer. */
export function replyOf(answer: IncomingMessage): Reply {
  const { statusCode = 502, statusMessage = '', rawHeaders } = answer;
  // RFC 9110, 8.6: such an answer has no length. Some services say one all the same.
  const headers = passedOn(rawHeaders, statusCode === 204 ? ['content-length'] : []);
  return { status: statusCode, statusMessage, headers, body: answer };
}

/** An answer of the proxy's own making. */
export function madeUpReply({ status, headers, body }: Pick<MadeUp, 'status' | 'headers' | 'body'>): Reply {
  const bytes = Buffer.from(body);
  const all = [...Object.entries(headers).flat(), 'Content-Length', String(bytes.length)];
  return { status, headers: status === 204 ? [] : all, body: piecesOf([bytes]) };
}

/** An answer in JSON. */
export function jsonReply(status: number, value: unknown): Reply {
  const headers = { 'Content-Type': 'application/json' };
  return madeUpReply({ status, headers, body: JSON.stringify(value) });
}

/** How long the body is said to be; `undefined` where nobody said it. */
export function lengthOf({ headers }: Reply): number | undefined {
  const [length] = valuesOf(headers, 'content-length');
  return length === undefined ? undefined : Number(length);
}

/** Can there be a body at all? */
export function hasBody(reply: Reply, method: string | undefined): boolean {
  return method !== 'HEAD' && reply.status !== 204 && reply.status !== 304 && lengthOf(reply) !== 0;
}

/** Sends it. Resolves when the last byte is with the network, or when one of the two sides has left. */
export async function send(reply: Reply, response: ServerResponse): Promise<void> {
  const { status, statusMessage = '', headers, body, isCut = false } = reply;
  response.sendDate = false;
  response.writeHead(status, statusMessage, [...headers]);
  response.flushHeaders();
  try {
    await pipeline(body, response, { end: !isCut });
    if (isCut) response.socket?.destroySoon();
  } catch {
    // The service or the client went away in the middle. What is left to do is the same for the other one.
    response.destroy();
  }
}

export async function* piecesOf(chunks: readonly Buffer[]): AsyncIterable<Buffer> {
  yield* chunks;
}
