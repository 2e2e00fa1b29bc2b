import { type CloudError, type KeyTurns, keyTurns } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type Api, type ApiOptions, openApi } from '../api.ts';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';

/**
 * What one adapter has for itself, as a process would: its way to the provider, with the session that it has there,
 * and the turns of creates that share a key.
 */
export interface Adapter extends Api {
  readonly turns: KeyTurns;
}

export function openAdapter(world: World, options: ApiOptions = {}): Adapter {
  const api = openApi(world, options);
  return { ...(world.profile.hasSessions ? withSession(api) : api), turns: keyTurns() };
}

/**
 * Carries the token of a session in every call. One that is not known any more is renewed: once for all callers that
 * met the same refusal, and once for each call, for credentials that are refused twice are not good.
 */
function withSession(api: Api): Api {
  let token: string | undefined;
  let opening: Promise<Result<string, CloudError>> | undefined;

  const open = (): Promise<Result<string, CloudError>> => {
    // Nobody's own signal: the session is for all.
    opening ??= api
      .change('session.open', new AbortController().signal, (inside) => inside.sessions.open(inside))
      .then((opened) => {
        opening = undefined;
        token = opened.isOk() ? opened.value : undefined;
        return opened;
      });
    return opening;
  };
  /** The token that there is, or a new one. */
  const session = async (): Promise<Result<string, CloudError>> =>
    token === undefined ? (await open()).mapErr((error) => ({ ...error, applied: 'no' })) : ok(token);
  const through =
    (send: Api['read']): Api['read'] =>
    async (operation, signal, effect) => {
      for (let renewed = false; ; renewed = true) {
        const mine = await session();
        if (mine.isErr()) return err(mine.error);
        const answer = await send(operation, signal, (inside) => admitted(inside, mine.value, effect));
        if (answer.isOk() || answer.error.kind !== 'unauthenticated' || renewed) return answer;
        // Somebody else may have renewed it in the meantime.
        if (token === mine.value) token = undefined;
      }
    };
  return { read: through(api.read), change: through(api.change) };
}

function admitted<T>(
  world: World,
  token: string,
  effect: (world: World) => Result<T, Refusal>,
): Result<T, Refusal> {
  return world.sessions.admit(world, token).andThen(() => effect(world));
}
