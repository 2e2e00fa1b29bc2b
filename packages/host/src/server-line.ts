import type { Clock, ReadOptions, Ref } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type Line, type NoLine, openLine } from './line.ts';
import type { Machine } from './machine.ts';
import type { SshServer } from './server.ts';

/**
 * The connection of one server through all its lives: opened once for all who ask at the same time, opened anew when
 * it has broken, and asked anew each time where the server is, as addresses move.
 */
export interface ServerLine {
  readonly clock: Clock;
  /** The line as it is, or a new one. */
  up(signal: AbortSignal): Promise<Result<Line, NoLine>>;
  /** How the server is reached, without connecting; `undefined` where nobody can say. */
  find(signal: AbortSignal): Promise<SshServer | undefined>;
  /** Waits for one of the few sessions that a server grants; the returned function gives it back. */
  turn(signal: AbortSignal): Promise<(() => void) | undefined>;
  close(): Promise<void>;
}

export interface ServerLineParts {
  readonly at: Ref;
  readonly machine: Machine;
  readonly clock: Clock;
  readonly reach: (
    server: Ref,
    options: ReadOptions,
  ) => Promise<SshServer | undefined> | SshServer | undefined;
}

/** sshd grants ten sessions where nobody says otherwise; one of them keeps the line. */
const sessionsAtOnce = 8;

export function serverLine({ at, machine, clock, reach }: ServerLineParts): ServerLine {
  let line: Line | undefined;
  let opening: Promise<Result<Line, NoLine>> | undefined;
  let free = sessionsAtOnce;
  const waiting: (() => void)[] = [];
  const closing = new AbortController();

  const find = async (signal: AbortSignal): Promise<SshServer | undefined> => {
    if (line?.isUp() === true) return line.server;
    try {
      return await reach(at, { signal });
    } catch {
      // Why nobody can say is told by the connection that is tried next.
      return undefined;
    }
  };
  const open = async (): Promise<Result<Line, NoLine>> => {
    // Others may wait for the same line: it does not end with the call that asked first.
    const { signal } = closing;
    let server: SshServer | undefined;
    try {
      server = await reach(at, { signal });
    } catch (thrown) {
      const why = thrown instanceof Error ? thrown.message : String(thrown);
      return err({ kind: 'unreachable', message: `Nobody can say where ${at.id} is: ${why}` });
    }
    if (server === undefined) {
      return err({ kind: 'unreachable', message: `Nobody knows how to reach ${at.id}.` });
    }
    const opened = await openLine(server, { machine, clock, signal });
    if (opened.isOk()) line = opened.value;
    return opened;
  };

  return {
    clock,
    find,
    async up(signal) {
      if (line?.isUp() === true) return ok(line);
      opening ??= open().finally(() => {
        opening = undefined;
      });
      const { promise: ended, resolve } = Promise.withResolvers<Result<Line, NoLine>>();
      const onAbort = (): void => resolve(err({ kind: 'unreachable', message: 'Nobody waits any more.' }));
      signal.addEventListener('abort', onAbort, { once: true });
      if (signal.aborted) onAbort();
      return Promise.race([opening, ended]).finally(() => signal.removeEventListener('abort', onAbort));
    },
    async turn(signal) {
      while (free === 0 && !signal.aborted) {
        await new Promise<void>((resolve) => {
          waiting.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        });
      }
      if (signal.aborted) {
        waiting.shift()?.();
        return undefined;
      }
      free -= 1;
      return () => {
        free += 1;
        waiting.shift()?.();
      };
    },
    async close() {
      const open = line;
      line = undefined;
      await open?.close();
    },
  };
}
