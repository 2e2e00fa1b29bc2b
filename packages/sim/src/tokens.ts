import { err, ok, type Result } from 'neverthrow';
import { fingerprint } from './random.ts';
import type { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/**
 * Idempotency tokens as the provider keeps them: a repeated request gives the first one's resource, another request
 * under the same token is refused, and a token whose resource has died is spent for ever.
 */
export interface TokenUse {
  /** Absent: the request carries none, or this cloud knows none. */
  readonly token: string | undefined;
  /** Where the token counts: some are remembered zone by zone. */
  readonly scope: string;
  /** Everything that was asked for. */
  readonly request: unknown;
  readonly isAlive: (resourceId: string) => boolean;
}

/** The id that this token made before; `undefined` for one that is new here. */
export function replayOf(world: World, use: TokenUse): Result<string | undefined, Refusal> {
  const name = nameOf(world, use);
  const known = name === undefined ? undefined : world.state.tokens[name];
  if (known === undefined) return ok(undefined);
  if (known.fingerprint !== fingerprintOf(use)) {
    return err({
      rule: 'token-mismatch',
      message: 'The client token was used before, with other parameters.',
      resourceId: known.resourceId,
    });
  }
  if (!use.isAlive(known.resourceId)) {
    return err({
      rule: 'token-spent',
      message: `The client token belongs to ${known.resourceId}, which is already deleted.`,
      resourceId: known.resourceId,
      lastState: 'deleted',
    });
  }
  return ok(known.resourceId);
}

export function rememberToken(world: World, use: TokenUse, resourceId: string): void {
  const name = nameOf(world, use);
  if (name !== undefined) world.state.tokens[name] = { fingerprint: fingerprintOf(use), resourceId };
}

function nameOf(world: World, { token, scope }: TokenUse): string | undefined {
  return token === undefined || !world.profile.traits.idempotencyTokens ? undefined : `${scope}/${token}`;
}

function fingerprintOf({ request }: TokenUse): string {
  return fingerprint(JSON.stringify(request));
}
