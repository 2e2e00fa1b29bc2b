import { createHash } from 'node:crypto';
import { formatRef, type HostError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { dropKey, knock, makeKey, type NoWay, openDoor } from './one-time-key.ts';
import type { RelayEnd } from './relay.ts';
import { knownHosts, type SshServer } from './server.ts';
import type { Marks } from './wrapping.ts';

/**
 * A program on the source that talks to one on the target over ssh of its own, past the machine that belay runs on. The
 * target shows one of the host keys that belay knows of it, or there is no way; whether there is one is tried before the
 * program is started. It ends with the connection of belay to the source, and the key with it.
 */
export interface DirectEnds {
  /** The source's end. */
  readonly client: Marks;
  /** The code of the target's end; absent where nobody knows. */
  readonly serverCode?: number | undefined;
}

/** What runs on the source: the words from the shell that leads to the target. */
type WordsOver = (shell: string) => readonly string[];

/** What is run between two folders, and what of its output is wanted. */
export interface DirectWork {
  /** Told apart from other work between the same folders. */
  readonly name: string;
  readonly words: WordsOver;
  /** Does the program speak to one that it starts at the target by its own words, as rsync does? */
  readonly asks: boolean;
  readonly onOutput: (text: string) => void;
}

/** 97: no way, and what ssh says of it on standard output. Standard error is the program's. */
const runScript = `
folder=$1 path=$2 shell=$3
shift 3
trap 'rm -rf -- "$folder"' EXIT
trap 'exit 143' TERM HUP INT
cd -- "$path" || exit 98
set -f
said=$($shell belay ${knock} 2>&1 </dev/null) || { printf '%s\\n' "$said"; exit 97; }
set +f
"$@"
`;

/** 97 is no code of ssh or rsync. */
const noWayCode = 97;

export async function runDirect(
  source: RelayEnd,
  target: RelayEnd,
  { name, words, asks, onOutput }: DirectWork,
): Promise<Result<DirectEnds | NoWay, HostError>> {
  const server = target.far.server();
  const strange = server === undefined ? 'Nobody knows where it is.' : unspeakable(server);
  if (server === undefined || strange !== undefined) return ok({ noWay: `${strange ?? ''}` });
  const id = idOf(name, source, target);
  const made = await makeKey(source.far, id, knownHosts(server), source.path, (shell) =>
    asks ? words(shell) : [],
  );
  if (made.isErr()) return err(made.error);
  const key = made.value;
  if ('noWay' in key) return ok(key);
  if (asks && key.asked.length === 0) {
    const noWay = `rsync on ${source.far.at.id} does not say what it wants.`;
    return (await dropKey(source.far, key)).map(() => ({ noWay }));
  }
  const opened = await openDoor(target.far, id, key, target.path);
  const door = opened.unwrapOr({ noWay: '' });
  if ('noWay' in door) {
    const dropped = await dropKey(source.far, key);
    return opened.andThen(() => dropped.map(() => door));
  }
  const shell = shellTo(server, key.folder);
  const started = await source.far.stream(
    ['sh', '-c', runScript, 'belay', key.folder, source.path, shell, ...words(shell)],
    'watched',
  );
  if (started.isErr()) {
    await door.close();
    return err(started.error);
  }
  const client = started.value;
  const onAbort = (): void => {
    void client.end();
    void door.close();
  };
  const { signal } = source.far;
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  let output = '';
  const take = (chunk: Buffer): void => {
    const text = chunk.toString();
    output = `${output}${text}`.slice(-10_000);
    onOutput(text);
  };
  client.running.stdout.on('data', take);
  client.running.stderr.on('data', take);
  const ended = await client.ended;
  signal.removeEventListener('abort', onAbort);
  const serverCode = await door.close();
  if (ended.code === noWayCode) {
    const why = output
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('belay-'))
      .at(-1);
    const message = `No way leads from ${source.far.at.id} to ${target.far.at.id}: ${why?.trim() ?? 'ssh said nothing.'}`;
    return ok({ noWay: message });
  }
  return ok({ client: ended, serverCode });
}

/** The same for the same work between the same folders, so that the next one finds what this one may leave. */
export function idOf(name: string, source: RelayEnd, target: RelayEnd): string {
  const ends = [source, target].map(({ far, path }) => [formatRef(far.at), path]);
  return createHash('sha256')
    .update(JSON.stringify([name, ends]))
    .digest('hex')
    .slice(0, 16);
}

/** These words are taken apart at spaces, by a shell and by rsync. */
function unspeakable({ user = 'root', address, peerAddress = address }: SshServer): string | undefined {
  const odd = [user, peerAddress].find((word) => !/^[\w.:@%-]+$/.test(word) || word.startsWith('-'));
  return odd === undefined ? undefined : `${odd} is no name that can be handed to ssh from there.`;
}

/** ssh on the source, with the key in this folder, up to the name of the server, which is `belay`. */
function shellTo(server: SshServer, folder: string): string {
  const { address, peerAddress = address, port = 22, user = 'root' } = server;
  const options = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `UserKnownHostsFile=${folder}/known_hosts`,
    'GlobalKnownHostsFile=none',
    'UpdateHostKeys=no',
    'ConnectTimeout=10',
    'ServerAliveInterval=5',
    'ServerAliveCountMax=3',
    'LogLevel=ERROR',
    `IdentityFile=${folder}/key`,
    'IdentitiesOnly=yes',
    'IdentityAgent=none',
    // `belay` is also what the server is called in the file of known hosts.
    'HostKeyAlias=belay',
    `HostName=${peerAddress.replaceAll('%', '%%')}`,
  ];
  const words = ['ssh', '-F', 'none', '-T', ...options.flatMap((option) => ['-o', option])];
  return [...words, '-p', String(port), '-l', user].join(' ');
}
