import type { Clock, CloudError } from '@belay/cloud';
import { ok, type Result } from 'neverthrow';
import type { Access } from './access.ts';
import type { Fetch } from './http.ts';
import { authenticate, type Token } from './keystone.ts';

/**
 * The token that all calls share. However many find it expired at once, Keystone is asked once; who was refused with
 * an old token gets the new one that is there already. It is renewed a quarter of an hour before its end, so that no
 * outage window begins with a token that ends in it, or half-way where tokens live shorter than half an hour.
 */
export interface Session {
  /** The token to use now. */
  token(): Promise<Result<Token, CloudError>>;
  /** A service refused this token: another one. */
  instead(refused: Token): Promise<Result<Token, CloudError>>;
}

export interface SessionOptions {
  readonly access: Access;
  readonly fetch: Fetch;
  readonly clock: Clock;
  readonly timeoutMs: number;
}

const earlyMs = 15 * 60_000;
/** Where the renewal of a token that is still good has failed. */
const againMs = 30_000;

export function openSession({ access, fetch, clock, timeoutMs }: SessionOptions): Session {
  let current: Token | undefined;
  let renewAtMs = Number.NEGATIVE_INFINITY;
  let underWay: Promise<Result<Token, CloudError>> | undefined;
  const renew = async (): Promise<Result<Token, CloudError>> => {
    const askedMs = clock.now();
    const answer = await authenticate(fetch, access, { clock, timeoutMs });
    underWay = undefined;
    if (answer.isErr()) return answer;
    current = answer.value;
    renewAtMs = Math.max(current.expiresAtMs - earlyMs, (askedMs + current.expiresAtMs) / 2);
    return ok(current);
  };
  const shared = (): Promise<Result<Token, CloudError>> => {
    underWay ??= renew();
    return underWay;
  };
  return {
    token() {
      const nowMs = clock.now();
      if (current === undefined || nowMs >= current.expiresAtMs) return shared();
      if (nowMs < renewAtMs) return Promise.resolve(ok(current));
      // Still good: the work goes on with it, and if Keystone cannot be reached just now, it is asked again a little later.
      renewAtMs = nowMs + againMs;
      void shared();
      return Promise.resolve(ok(current));
    },
    instead: (refused) =>
      current === undefined || current === refused ? shared() : Promise.resolve(ok(current)),
  };
}
