import { type AddressPair, rewriteAddress, rewriteAddresses } from './catalogue.ts';
import { valuesOf, withHeader } from './headers.ts';
import { piecesOf, type Reply } from './reply.ts';

/** A catalogue of addresses is some ten kilobytes; what is longer than this is something else, and passes as it is. */
const longestBytes = 8 * 2 ** 20;

/** Replaces addresses in an answer: in its `Location`, and in its body where that is JSON. */
export async function rewriteReply(reply: Reply, pairs: readonly AddressPair[]): Promise<Reply> {
  const moved = withLocation(reply, pairs);
  if (!isJson(reply)) return moved;
  const chunks: Buffer[] = [];
  let size = 0;
  const rest = reply.body[Symbol.asyncIterator]();
  while (size <= longestBytes) {
    const next = await rest.next();
    if (next.done === true) {
      const bytes = Buffer.from(rewriteAddresses(Buffer.concat(chunks).toString('utf8'), pairs));
      const headers = withHeader(moved.headers, 'Content-Length', String(bytes.length));
      return { ...moved, headers, body: piecesOf([bytes]) };
    }
    chunks.push(next.value);
    size += next.value.length;
  }
  return { ...moved, body: joined(chunks, rest) };
}

function withLocation(reply: Reply, pairs: readonly AddressPair[]): Reply {
  const [location] = valuesOf(reply.headers, 'location');
  if (location === undefined) return reply;
  return { ...reply, headers: withHeader(reply.headers, 'Location', rewriteAddress(location, pairs)) };
}

function isJson({ headers }: Reply): boolean {
  const [type = ''] = valuesOf(headers, 'content-type');
  return (
    /^application\/([\w.+-]+\+)?json\b/i.test(type) && valuesOf(headers, 'content-encoding').length === 0
  );
}

async function* joined(head: readonly Buffer[], rest: AsyncIterator<Buffer>): AsyncIterable<Buffer> {
  yield* head;
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
}
