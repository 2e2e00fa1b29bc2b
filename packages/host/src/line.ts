import type { Clock, HostErrorKind } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Machine, Running } from './machine.ts';
import { quoteWords } from './quote.ts';
import { knownHosts, type SshServer, sshWords } from './server.ts';
import { fed, greeting, watched } from './wrapping.ts';

/**
 * One connection to one server, over which all commands go. It is made when it is needed, noticed when it breaks, and
 * made anew by the next command. It ends with the process that holds it, however that ends.
 */
export interface Line {
  readonly server: SshServer;
  readonly boot: Greeting;
  /** Starts a command at the far side; `fed` where its standard input will be written to. */
  start(words: readonly string[], input: 'watched' | 'fed'): Running;
  /** Is it still there? */
  isUp(): boolean;
  close(): Promise<void>;
}

/** Who answered. */
interface Greeting {
  readonly bootId: string;
  readonly hostname: string;
}

/** Why there is no connection. */
export interface NoLine {
  readonly kind: Extract<HostErrorKind, 'unreachable' | 'forbidden' | 'failed'>;
  readonly message: string;
}

/** How long a server may take from the first packet to its greeting. */
const greetingMs = 30_000;

/** Connects, or says why not. `signal` ends the trying, and never a connection that is made. */
export async function openLine(
  server: SshServer,
  {
    machine,
    clock,
    signal,
  }: { readonly machine: Machine; readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Result<Line, NoLine>> {
  if (server.hostKeys.length === 0) {
    return err({ kind: 'forbidden', message: `No host key of ${server.address} is known.` });
  }
  const folder = await machine.folder({ known_hosts: knownHosts(server) });
  const master = machine.start([
    ...sshWords(server, folder, ['ControlMaster=yes', 'ControlPersist=no']),
    farCommand(server, ['sh', '-c', greeting]),
  ]);
  const stop = clock.after(greetingMs, () => master.kill());
  const onAbort = (): void => master.kill();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const stderr = collect(master);
  const greeted = await Promise.race([firstLine(master), master.ended.then(() => undefined)]);
  stop();
  signal.removeEventListener('abort', onAbort);
  const boot = readGreeting(greeted);
  if (boot === undefined) {
    master.kill();
    const ending = await master.ended;
    await machine.remove(folder);
    return err(whyNot(server, `${ending.problem ?? ''}${stderr()}`, greeted));
  }
  let up = true;
  const gone = master.ended.then(async () => {
    up = false;
    await machine.remove(folder);
  });
  return ok({
    server,
    boot,
    start: (words, input) =>
      machine.start([
        // Where the connection is gone, ssh would make one of its own: this one cannot.
        ...sshWords(server, folder, ['ControlMaster=no', 'ProxyCommand=false']),
        farCommand(server, ['sh', '-c', input === 'watched' ? watched : fed, 'belay', ...words]),
      ]),
    isUp: () => up,
    async close() {
      up = false;
      master.stdin.end();
      const kill = clock.after(2_000, () => master.kill());
      await gone;
      kill();
    },
  });
}

function farCommand({ sudo }: SshServer, words: readonly string[]): string {
  return `exec ${quoteWords(sudo === true ? ['sudo', '-n', '--', ...words] : words)}`;
}

function collect({ stderr }: Running): () => string {
  let text = '';
  stderr.on('data', (chunk: Buffer) => {
    text = `${text}${chunk.toString()}`.slice(-4_000);
  });
  return () => text;
}

function firstLine({ stdout }: Running): Promise<string | undefined> {
  return new Promise((resolve) => {
    let text = '';
    stdout.on('data', (chunk: Buffer) => {
      text = `${text}${chunk.toString()}`.slice(0, 1_000);
      const end = text.indexOf('\n');
      if (end >= 0) resolve(text.slice(0, end));
    });
    stdout.once('end', () => resolve(undefined));
  });
}

/** The greeting in a first line; `undefined` where it is none. */
export function readGreeting(line: string | undefined): Greeting | undefined {
  const found = /^belay 1 ([0-9a-f-]{36}) (\S+)$/.exec(line ?? '');
  const [, bootId, hostname] = found ?? [];
  return bootId === undefined || hostname === undefined ? undefined : { bootId, hostname };
}

/** What ssh said, as a kind. Its words are those of OpenSSH in the locale C. */
export function whyNot({ address, user = 'root' }: SshServer, said: string, greeted?: string): NoLine {
  const words = said.trim().split('\n').at(-1)?.trim() ?? '';
  if (/Host key verification failed|host key is known|IDENTIFICATION HAS CHANGED/.test(said)) {
    return { kind: 'forbidden', message: `${address} shows another host key than the one that is known.` };
  }
  if (/Permission denied|Too many authentication failures/.test(said)) {
    return { kind: 'forbidden', message: `${address} does not let ${user} in: ${words}` };
  }
  if (/^sudo: /m.test(said)) {
    return { kind: 'forbidden', message: `${address} lets ${user} in, and not work as root: ${words}` };
  }
  if (greeted !== undefined) {
    const message = `${address} greets with “${greeted}”: its login shell is no POSIX shell, or talks by itself.`;
    return { kind: 'failed', message };
  }
  return { kind: 'unreachable', message: `No connection to ${address}${words === '' ? '.' : `: ${words}`}` };
}
