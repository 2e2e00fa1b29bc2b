/**
 * The secret that authorises a takeover, as a person gives it: typed without echo, or by a file descriptor or a variable
 * of the environment for whoever is no person. Never an argument: those are seen by everybody on the machine.
 */

import { readFile } from 'node:fs';
import { Secret } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Call } from '../command.ts';

/** The options that say where it comes from. */
export const secretOptions = {
  'secret-fd': {
    type: 'string',
    value: 'N',
    help: 'read the secret of a takeover from this file descriptor',
  },
  'secret-env': { type: 'string', value: 'NAME', help: 'read it from this variable of the environment' },
} as const;

/** Where it comes from. */
export interface SecretGiven {
  readonly fd: string | undefined;
  readonly env: string | undefined;
}

export async function typedSecret(
  { keyboard, env }: Pick<Call, 'keyboard' | 'env'>,
  given: SecretGiven,
  question: string,
): Promise<Result<Secret, string>> {
  if (given.fd !== undefined) {
    const fd = Number(given.fd);
    return Number.isInteger(fd) && fd >= 0
      ? await readFrom(fd)
      : err('--secret-fd is the number of a file descriptor');
  }
  if (given.env !== undefined) {
    const value = env(given.env) ?? '';
    return value === '' ? err(`the environment has no ${given.env}`) : ok(new Secret(value));
  }
  const answer = await keyboard.ask(question, { hidden: true });
  if (answer === undefined) return err('nobody is there to type the secret: --secret-fd or --secret-env');
  return ok(new Secret(answer));
}

function readFrom(fd: number): Promise<Result<Secret, string>> {
  return new Promise((resolve) => {
    readFile(fd, 'utf8', (error, text) => {
      resolve(
        error === null
          ? ok(new Secret(text.replace(/\r?\n$/, '')))
          : err(`file descriptor ${fd} cannot be read`),
      );
    });
  });
}
