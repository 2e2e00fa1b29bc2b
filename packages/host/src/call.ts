import {
  type Call,
  formatRef,
  type HostError,
  type HostErrorKind,
  type HostResult,
  hostError,
  isStillOurs,
  type Ref,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Line } from './line.ts';
import type { Running } from './machine.ts';
import type { SshServer } from './server.ts';
import type { ServerLine } from './server-line.ts';
import { endGroup, type Marks, readMarks } from './wrapping.ts';

/**
 * One call of the port: its deadline, its end by the caller, and the commands that it runs at the far side. All of
 * them run in one boot of the server: where it has another one by the next command, the call ends as `rebooted`.
 */
export interface FarSide {
  readonly at: Ref;
  readonly signal: AbortSignal;
  /** Runs a command to its end, whatever its code. `changes`: losing it leaves open what has happened. */
  run(words: readonly string[], how?: { readonly changes?: boolean }): Promise<Result<Output, HostError>>;
  /** As `run`, and any code but 0 is `failed`, with what the command said. */
  must(words: readonly string[], how?: { readonly changes?: boolean }): Promise<Result<string, HostError>>;
  /** A constant script with its arguments, as `run`. */
  script(
    script: string,
    args: readonly string[],
    how?: { readonly changes?: boolean },
  ): Promise<Result<Output, HostError>>;
  /**
   * Starts a command whose output is ours, and its input too: that of a `fed` one is what we write, while to one that is
   * `watched` its end means that it is to end.
   */
  stream(words: readonly string[], input?: 'fed' | 'watched'): Promise<Result<Stream, HostError>>;
  /** Waits; less long where `enough` fires. */
  pause(delayMs: number, enough?: AbortSignal): Promise<Result<void, HostError>>;
  fail(kind: HostErrorKind, message: string, applied?: HostError['applied']): HostError;
  /** How the server is reached, once a command has run. */
  server(): SshServer | undefined;
  /** The boot that this call works with, once a command has run. */
  bootId(): string | undefined;
  nowMs(): number;
}

/** What a command wrote, and its code. */
interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that is fed and read while it runs. */
export interface Stream {
  readonly running: Running;
  /** How it ended; `code` is absent where the line broke. */
  readonly ended: Promise<Marks>;
  /** Ends it at the far side, and resolves when that is done or cannot be. */
  end(): Promise<void>;
}

const defaultTimeoutMs = 600_000;
/** How long a command that was told to end is waited for, and how long output is waited for after its end. */
const graceMs = 4_000;
const drainMs = 1_000;
/** More than any listing of ours; a command that writes more is out of its mind. */
const mostBytes = 256 * 2 ** 20;
/** Reads are made again over a new line. */
const readAttempts = 3;

export function openCall<T>(
  line: ServerLine,
  at: Ref,
  operation: string,
  options: Partial<Call> | undefined,
  body: (far: FarSide) => Promise<Result<T, HostError>>,
  usualTimeoutMs: number = defaultTimeoutMs,
): HostResult<T> {
  return new ResultAsync(hold(line, at, operation, options ?? {}, body, usualTimeoutMs));
}

async function hold<T>(
  line: ServerLine,
  at: Ref,
  operation: string,
  options: Partial<Call>,
  body: (far: FarSide) => Promise<Result<T, HostError>>,
  usualTimeoutMs: number,
): Promise<Result<T, HostError>> {
  const { clock } = line;
  const timeoutMs = options.timeoutMs ?? usualTimeoutMs;
  const controller = new AbortController();
  const { signal } = controller;
  let timedOut = false;
  let changed = false;
  let bootId: string | undefined;
  let server: SshServer | undefined;
  const stop = clock.after(timeoutMs, () => {
    timedOut = true;
    controller.abort();
  });
  const onAbort = (): void => controller.abort();
  options.signal?.addEventListener('abort', onAbort, { once: true });
  if (options.signal?.aborted === true) onAbort();

  const fail: FarSide['fail'] = (kind, message, applied = 'no') =>
    hostError(kind, { host: formatRef(at), operation }, message, { applied });
  const ended = (): HostError =>
    fail(
      timedOut ? 'timeout' : 'cancelled',
      `${operation} ${timedOut ? `did not end within ${timeoutMs} ms` : 'was cancelled'}.`,
      changed ? 'unknown' : 'no',
    );
  const connect = async (): Promise<Result<Line, HostError>> => {
    const up = await line.up(signal);
    if (signal.aborted) return err(ended());
    if (up.isErr()) return err(fail(up.error.kind, up.error.message, changed ? 'unknown' : 'no'));
    const boot = up.value.boot.bootId;
    if (bootId !== undefined && bootId !== boot) {
      const message = `${at.id} has booted during ${operation}.`;
      return err(fail('rebooted', message, changed ? 'unknown' : 'no'));
    }
    bootId = boot;
    server = up.value.server;
    return ok(up.value);
  };
  /** Asked before each command that changes something, when all that takes time lies behind it. */
  const refusal = async (): Promise<HostError | undefined> => {
    const isOurs = isStillOurs(options, signal);
    const mayGo = isOurs === true || (await isOurs);
    if (signal.aborted) return ended();
    if (mayGo) return undefined;
    const message = `${operation} was not sent: it is no longer for its caller to do.`;
    return fail('cancelled', message, changed ? 'unknown' : 'no');
  };
  const once = async (
    words: readonly string[],
    changes: boolean,
  ): Promise<Result<Output | 'broken', HostError>> => {
    const giveBack = await line.turn(signal);
    if (giveBack === undefined) return err(ended());
    try {
      const up = await connect();
      if (up.isErr()) return err(up.error);
      const notOurs = changes ? await refusal() : undefined;
      if (notOurs !== undefined) return err(notOurs);
      if (changes) changed = true;
      const running = up.value.start(words, 'watched');
      const taken = await take(running, signal, line);
      if (signal.aborted) return err(ended());
      return ok(taken ?? 'broken');
    } finally {
      giveBack();
    }
  };

  const far: FarSide = {
    at,
    signal,
    fail,
    server: () => server,
    bootId: () => bootId,
    nowMs: () => clock.now(),
    async run(words, { changes = false } = {}) {
      for (let attempt = 1; ; attempt += 1) {
        const output = await once(words, changes);
        if (output.isErr()) return err(output.error);
        if (output.value !== 'broken') return ok(output.value);
        if (changes || attempt === readAttempts) {
          const message = `The connection to ${at.id} broke during ${operation}.`;
          return err(fail('unreachable', message, changed ? 'unknown' : 'no'));
        }
      }
    },
    async must(words, how) {
      const output = await far.run(words, how);
      return output.andThen(({ code, stdout, stderr }) =>
        code === 0
          ? ok(stdout)
          : err(fail('failed', saidBy(words, code, stderr), how?.changes === true ? 'unknown' : 'no')),
      );
    },
    script: (script, args, how) => far.run(['sh', '-c', script, 'belay', ...args], how),
    async stream(words, input = 'fed') {
      const giveBack = await line.turn(signal);
      if (giveBack === undefined) return err(ended());
      const up = await connect();
      const notOurs = up.isErr() ? undefined : await refusal();
      if (up.isErr() || notOurs !== undefined) giveBack();
      if (up.isErr()) return err(up.error);
      if (notOurs !== undefined) return err(notOurs);
      changed = true;
      return ok(streamOf(up.value, up.value.start(words, input), line, giveBack));
    },
    async pause(delayMs, enough) {
      await new Promise<void>((wake) => {
        const cancel = clock.after(delayMs, wake);
        const onEnd = (): void => {
          cancel();
          wake();
        };
        signal.addEventListener('abort', onEnd, { once: true });
        enough?.addEventListener('abort', onEnd, { once: true });
        if (signal.aborted || enough?.aborted === true) onEnd();
      });
      return signal.aborted ? err(ended()) : ok();
    },
  };

  try {
    return await body(far);
  } finally {
    stop();
    options.signal?.removeEventListener('abort', onAbort);
    controller.abort();
  }
}

/** The last line that a command said, for a person. */
export function saidBy(words: readonly string[], code: number, stderr: string): string {
  const said = stderr.trim().split('\n').at(-1) ?? '';
  const name = words[0] === 'sh' ? 'a script' : (words[0] ?? 'a command');
  return said === '' ? `${name} ended with ${code}.` : `${name} ended with ${code}: ${said}`;
}

/** Reads a command to its end. `undefined` where the line broke before that. */
async function take(
  running: Running,
  signal: AbortSignal,
  { clock }: ServerLine,
): Promise<Output | undefined> {
  const out: Buffer[] = [];
  const errors: Buffer[] = [];
  let bytes = 0;
  const marked = Promise.withResolvers<void>();
  const tell = (): Marks => readMarks(Buffer.concat(errors).toString());
  const limit = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > mostBytes) running.kill();
  };
  running.stdout.on('data', (chunk: Buffer) => {
    out.push(chunk);
    limit(chunk);
  });
  running.stderr.on('data', (chunk: Buffer) => {
    errors.push(chunk);
    limit(chunk);
    if (tell().code !== undefined) marked.resolve();
  });
  const cancels: (() => void)[] = [];
  // The end of its input ends it at the far side; what does not come to its end then is cut off here.
  const onAbort = (): void => {
    running.stdin.end();
    cancels.push(clock.after(graceMs, () => running.kill()));
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  await Promise.race([running.ended, marked.promise]);
  // Something that it left behind may hold its output open for ever.
  cancels.push(clock.after(drainMs, () => running.kill()));
  await running.ended;
  signal.removeEventListener('abort', onAbort);
  for (const cancel of cancels) cancel();
  const { code, rest } = tell();
  return code === undefined ? undefined : { code, stdout: Buffer.concat(out).toString(), stderr: rest };
}

function streamOf(line: Line, running: Running, { clock }: ServerLine, giveBack: () => void): Stream {
  let text = '';
  let group: number | undefined;
  running.stderr.on('data', (chunk: Buffer) => {
    // The mark of the beginning and the last words are all that is kept of it.
    text = `${text}${chunk.toString()}`;
    group ??= readMarks(text).group;
    if (text.length > 200_000) text = text.slice(-100_000);
  });
  const ended = running.ended.then(() => {
    giveBack();
    return readMarks(text);
  });
  return {
    running,
    ended,
    async end() {
      running.stdin.end();
      if (group !== undefined && line.isUp()) {
        const killer = line.start(['sh', '-c', endGroup, 'belay', String(group)], 'watched');
        const stop = clock.after(graceMs, () => killer.kill());
        killer.stdout.resume();
        killer.stderr.resume();
        await killer.ended;
        stop();
      }
      running.kill();
      await ended;
    },
  };
}
