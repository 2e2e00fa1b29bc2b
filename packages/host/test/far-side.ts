// A far side without ssh: commands end as a test says, and the line comes and goes.

import { PassThrough } from 'node:stream';
import type { Ending, Machine, Running } from '../src/index.ts';

export interface Reply {
  readonly code: number;
  readonly stdout?: string;
  readonly stderr?: string;
}

export interface FarMachine extends Machine {
  /** What was run there, without what stands around it. */
  readonly commands: string[];
  /** How many lines were opened. */
  readonly opened: () => number;
}

/** `reply` answers a command; `broken` breaks the line in the middle of it. `boot` is who greets a new line. */
export function farMachine(
  reply: (command: string) => Reply | 'broken',
  boot: (line: number) => string | undefined = () => '795629a1-b790-4e86-8429-3183557b904f',
): FarMachine {
  const commands: string[] = [];
  let lines = 0;
  let cut = (): void => undefined;
  return {
    commands,
    opened: () => lines,
    folder: async () => '/nowhere',
    remove: async () => undefined,
    start(words) {
      const command = words.at(-1) ?? '';
      const isMaster = words.includes('ControlMaster=yes');
      const streams = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
      const { promise: ended, resolve } = Promise.withResolvers<Ending>();
      const end = (code: number): void => {
        streams.stdout.end();
        streams.stderr.end();
        setImmediate(() => resolve({ code }));
      };
      const running: Running = { ...streams, ended, kill: () => end(255) };
      if (isMaster) {
        lines += 1;
        const bootId = boot(lines);
        cut = () => end(255);
        if (bootId === undefined) {
          streams.stderr.write('ssh: connect to host web12 port 22: Connection refused\n');
          end(255);
        } else {
          streams.stdout.write(`belay 1 ${bootId} web12\n`);
          streams.stdin.once('finish', () => end(0));
        }
        return running;
      }
      commands.push(command.slice(command.lastIndexOf("'belay' ") + "'belay' ".length));
      const given = reply(command);
      streams.stderr.write('belay-start 42\n');
      if (given === 'broken') {
        cut();
        end(255);
        return running;
      }
      streams.stdout.write(given.stdout ?? '');
      streams.stderr.write(`${given.stderr ?? ''}\nbelay-end ${given.code}\n`);
      end(0);
      return running;
    },
  };
}
