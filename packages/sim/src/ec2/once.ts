import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';
import { rememberToken, replayOf, type TokenUse } from '../tokens.ts';
import type { World } from '../world.ts';

/**
 * A create under a client token: the same request again gives what it made before, another request is refused, and so
 * is every request whose resource has died since.
 */
export function once(
  world: World,
  use: TokenUse,
  create: () => Result<string, Refusal>,
): Result<string, Refusal> {
  if (use.token !== undefined && !tokenShape.test(use.token)) {
    return err({
      rule: 'bad-parameter',
      code: 'InvalidParameterValue',
      message: 'A client token has 1 to 64 ASCII characters.',
    });
  }
  return replayOf(world, use).andThen((known) => {
    if (known !== undefined) return ok(known);
    return create().map((made) => {
      rememberToken(world, use, made);
      return made;
    });
  });
}

const tokenShape = /^[\u0020-\u007E]{1,64}$/;
