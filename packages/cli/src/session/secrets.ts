/** Secrets by name or by place: from the environment, from a file, or from the house's own store. */

import { readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Secret, type SecretError, type SecretStore } from '@belay/cloud';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { LoadedConfig } from '../config/loaded-config.ts';
import type { SecretPlace } from '../config/secrets.ts';

/** Where values come from. */
export interface SecretSource {
  readonly loaded: LoadedConfig;
  readonly env: (name: string) => string | undefined;
}

/** The store that runs ask. Names that `secrets` of the config does not have are asked of the house's own store. */
export function secretsOf(source: SecretSource): SecretStore {
  const { secrets = {}, services } = source.loaded.config;
  return {
    get(ref, options) {
      const place = Object.hasOwn(secrets, ref.secret) ? secrets[ref.secret] : undefined;
      if (place !== undefined && !('secret' in place)) return readSecret(place, ref.secret, source);
      if (services?.secrets !== undefined) return services.secrets.get(ref, options);
      return absent(ref.secret, `there is no secret named ${ref.secret} in ${source.loaded.name}`);
    },
  };
}

/** What lies at a place. */
export function secretAt(place: SecretPlace, source: SecretSource): ResultAsync<Secret, SecretError> {
  if ('secret' in place) return secretsOf(source).get(place);
  return readSecret(place, 'env' in place ? place.env : place.file, source);
}

function readSecret(
  place: Exclude<SecretPlace, { readonly secret: string }>,
  name: string,
  { loaded, env }: SecretSource,
): ResultAsync<Secret, SecretError> {
  if ('env' in place) {
    const value = env(place.env) ?? '';
    return value === '' ? absent(name, `the environment has no ${place.env}`) : okAsync(new Secret(value));
  }
  const path = isAbsolute(place.file) ? place.file : join(loaded.folder, place.file);
  return ResultAsync.fromPromise(
    readFile(path, 'utf8'),
    (): SecretError => ({ kind: 'not-found', message: `${place.file} cannot be read`, secret: name }),
  ).map((text) => new Secret(text.replace(/\r?\n$/, '')));
}

function absent(secret: string, message: string): ResultAsync<Secret, SecretError> {
  return errAsync({ kind: 'not-found', message, secret });
}
