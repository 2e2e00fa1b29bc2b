import type { HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { FarSide, Stream } from './call.ts';
import { onlyPass } from './one-pass.ts';
import type { Marks } from './wrapping.ts';

/**
 * Two programs on two servers that talk to one another, with belay in the middle: rsync is started at the source, and
 * what it starts in place of ssh only says what it would have asked ssh for and passes on every byte. So neither server
 * needs a way to the other, a key for it, or trust in it. Everything goes over the machine that belay runs on.
 */
export interface RelayEnds {
  /** The source's end. */
  readonly client: Marks;
  /** The target's end; absent where it was never started. */
  readonly server?: Marks | undefined;
}

/** What rsync starts in place of ssh: tells its words, then carries bytes both ways. It holds no single quote. */
export const relayShell: string = [
  "sh -c '",
  'shift; ',
  'printf "belay-words %s\\n" "$#" >&4; ',
  'printf "%s\\0" "$@" >&4; ',
  // The end of what comes from the target ends it, as it ends ssh: what goes there is passed on behind its back.
  'exec 5<&0; cat <&5 >&4 3<&- 5<&- & ',
  'exec cat <&3 3<&- 4>&- 5<&-',
  "' belay",
].join('');

const clientScript = 'cd -- "$1" || exit 98; shift; exec 3<&0 4>&1 </dev/null 1>&2; exec "$@"';
const serverScript = `
id=$1
cd -- "$2" || exit 98
shift 2
${onlyPass()}
"$@"
code=$?
rm -f -- "$mark"
exit "$code"
`;

/** A folder on a server. */
export interface RelayEnd {
  readonly far: FarSide;
  readonly path: string;
}

/** What is run at the source. */
interface RelayWork {
  /** Names the two folders: an earlier pass between them ends. */
  readonly id: string;
  readonly words: readonly string[];
  /** Gets what the program says. */
  readonly onText: (text: string) => void;
}

/** Runs the words at the source, and at the target what they ask for. */
export async function relay(
  source: RelayEnd,
  target: RelayEnd,
  { id, words, onText }: RelayWork,
): Promise<Result<RelayEnds, HostError>> {
  const started = await source.far.stream(['sh', '-c', clientScript, 'belay', source.path, ...words]);
  if (started.isErr()) return err(started.error);
  const client = started.value;
  let server: Stream | undefined;
  const { signal } = source.far;
  const onAbort = (): void => {
    void client.end();
    void server?.end();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  client.running.stderr.on('data', (chunk: Buffer) => onText(chunk.toString()));
  try {
    const asked = await readWords(client);
    if (asked === undefined) return ok({ client: await client.ended });
    const program = ['sh', '-c', serverScript, 'belay', id, target.path, ...asked.words];
    const other = await target.far.stream(program);
    if (other.isErr()) {
      await client.end();
      return err(other.error);
    }
    server = other.value;
    if (signal.aborted) onAbort();
    const { running } = server;
    if (asked.rest.length > 0) running.stdin.write(asked.rest);
    client.running.stdout.pipe(running.stdin);
    running.stdout.pipe(client.running.stdin);
    // What the program at the target complains about is told to the source's by rsync itself.
    running.stderr.on('data', (chunk: Buffer) => onText(chunk.toString()));
    const mine = server;
    const afterServer = mine.ended.then(async () => {
      client.running.stdin.end();
      // Nobody takes what still comes: unread, it would keep the source's program from seeing its end.
      client.running.stdout.unpipe(running.stdin);
      client.running.stdout.resume();
      await endLater(source.far, client);
    });
    const afterClient = client.ended.then(async () => {
      running.stdin.end();
      await endLater(target.far, mine);
    });
    const [first, second] = await Promise.all([client.ended, mine.ended, afterServer, afterClient]);
    return ok({ client: first, server: second });
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** How long one program may take to end when the other has. */
const graceMs = 10_000;

async function endLater(far: FarSide, stream: Stream): Promise<void> {
  const done = new AbortController();
  void stream.ended.then(() => done.abort());
  const waited = await far.pause(graceMs, done.signal);
  if (waited.isOk() && !done.signal.aborted) await stream.end();
}

interface Asked {
  readonly words: readonly string[];
  /** What came after them. */
  readonly rest: Buffer;
}

/** The words that the source's program wanted to run at the target; `undefined` where it ended before. */
function readWords({ running }: Stream): Promise<Asked | undefined> {
  const { promise, resolve } = Promise.withResolvers<Asked | undefined>();
  let text = Buffer.alloc(0);
  const onData = (chunk: Buffer): void => {
    text = Buffer.concat([text, chunk]);
    const asked = wordsIn(text);
    if (asked === undefined) return;
    running.stdout.pause();
    running.stdout.off('data', onData);
    resolve(asked);
  };
  running.stdout.on('data', onData);
  void running.ended.then(() => resolve(undefined));
  return promise;
}

/** The words at the beginning, once they are there whole. */
export function wordsIn(text: Buffer): Asked | undefined {
  const newline = text.indexOf('\n');
  const [, count] = /^belay-words (\d+)$/.exec(text.subarray(0, Math.max(0, newline)).toString()) ?? [];
  if (count === undefined) return undefined;
  const words: string[] = [];
  let at = newline + 1;
  while (words.length < Number(count)) {
    const end = text.indexOf(0, at);
    if (end < 0) return undefined;
    words.push(text.subarray(at, end).toString());
    at = end + 1;
  }
  return { words, rest: text.subarray(at) };
}
