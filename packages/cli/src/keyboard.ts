/** A person at a terminal: asked for a line, with or without echo, or listened to key by key. */

import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { ReadStream } from 'node:tty';
import type { Keyboard } from './command.ts';

/** Over standard input and the stream that people read. */
export function keyboardOn(input: ReadStream, people: NodeJS.WriteStream): Keyboard {
  const isThere = input.isTTY === true && people.isTTY === true;
  return {
    isThere,
    ask: async (question, { hidden = false } = {}) =>
      isThere ? await askedOn(input, people, question, hidden) : undefined,
    keys(listener) {
      if (!isThere) return () => undefined;
      const hear = (bytes: Buffer): void => listener(bytes.toString('utf8'));
      input.setRawMode(true);
      input.on('data', hear);
      input.resume();
      return () => {
        input.off('data', hear);
        input.setRawMode(false);
        input.pause();
      };
    },
  };
}

function askedOn(
  input: ReadStream,
  people: NodeJS.WriteStream,
  question: string,
  hidden: boolean,
): Promise<string | undefined> {
  // Readline echoes what is typed to its output: a hidden answer gets an output that shows nothing.
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  people.write(question);
  const lines = createInterface({ input, output: hidden ? nowhere : people, terminal: true });
  return new Promise((resolve) => {
    let answer: string | undefined;
    lines.once('line', (line) => {
      answer = line;
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => {
      if (hidden || answer === undefined) people.write('\n');
      resolve(answer);
    });
  });
}
