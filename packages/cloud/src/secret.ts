import { createHash, timingSafeEqual } from 'node:crypto';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import type { ReadOptions } from './call.ts';
import type { Failure } from './failure.ts';

/**
 * A value that must not be seen. It can be handed about and compared; printing it in any of the ways in which values
 * end up in logs gives `[secret]` or an empty `Secret {}`, and only `reveal()` gives the value.
 * Inputs, outputs and journals never hold a secret, they hold a {@link SecretRef}.
 */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself: call it where it is handed to what needs it, and keep nothing. */
  reveal(): string {
    return this.#value;
  }

  /** Compares in a time that does not depend on where the two differ, nor on their lengths. */
  equals(other: Secret): boolean {
    return timingSafeEqual(digest(this.#value), digest(other.#value));
  }

  /** Never the value. */
  toString(): string {
    return '[secret]';
  }

  /** Never the value. */
  toJSON(): string {
    return '[secret]';
  }
}

/** The name under which a secret is kept. JSON, and allowed wherever an input is. */
export interface SecretRef {
  readonly secret: string;
}

/** The service that steps ask for: `ctx.services.secrets.get(input.password)`. */
export interface Secrets {
  readonly secrets: SecretStore;
}

/** Where secrets are kept. */
export interface SecretStore {
  /** The secret of that name, or an error that names it. */
  get(ref: SecretRef, options?: ReadOptions): ResultAsync<Secret, SecretError>;
}

/** `unreachable`: the store did not answer; the same call may work later. */
export type SecretErrorKind = 'not-found' | 'forbidden' | 'unreachable';

/** Why a secret could not be had. */
export interface SecretError extends Failure {
  readonly kind: SecretErrorKind;
  /** The name that was asked for, never the value. */
  readonly secret: string;
}

/** A store in memory, for tests and for programs that get their secrets from elsewhere. Reads no environment. */
export function secretStore(values: Readonly<Record<string, string>>): SecretStore {
  const secrets = new Map(Object.entries(values).map(([name, value]) => [name, new Secret(value)]));
  return {
    get({ secret }) {
      const found = secrets.get(secret);
      if (found !== undefined) return okAsync(found);
      return errAsync({ kind: 'not-found', message: `There is no secret named ${secret}.`, secret });
    },
  };
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
