import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/**
 * Sessions as Keystone has them: whoever shows its credentials gets a token, and every call carries one until the
 * provider knows it no more. EC2 has none: there every request is signed for itself.
 */
export interface Sessions {
  /** A new token, or the refusal of the credentials. */
  open(world: World): Result<string, Refusal>;
  /** Refuses a token that is over, or unknown. */
  admit(world: World, token: string): Result<void, Refusal>;
  /** All sessions end now. */
  endAll(): void;
  /** No session is opened or known until the returned function is called. */
  refuseAll(): () => void;
  /** How many were opened so far. */
  opened(): number;
}

/** As long as Keystone's tokens usually last. */
const lastsMs = 3_600_000;

export function sessionBook(): Sessions {
  const untilMs = new Map<string, number>();
  let count = 0;
  let refused = 0;
  const unknown = (): Result<never, Refusal> =>
    err({ rule: 'no-session', message: 'The request you have made requires authentication.' });
  return {
    open(world) {
      if (refused > 0) return unknown();
      count += 1;
      const token = `session-${count}`;
      untilMs.set(token, world.nowMs + lastsMs);
      return ok(token);
    },
    admit(world, token) {
      return refused === 0 && (untilMs.get(token) ?? 0) > world.nowMs ? ok() : unknown();
    },
    endAll: () => untilMs.clear(),
    refuseAll() {
      refused += 1;
      let isOn = true;
      return () => {
        if (isOn) refused -= 1;
        isOn = false;
      };
    },
    opened: () => count,
  };
}
