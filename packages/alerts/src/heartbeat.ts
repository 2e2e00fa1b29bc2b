import { errAsync, type ResultAsync } from 'neverthrow';
import type { AlertsError } from './alerts-error.ts';
import { call, checkUrl, type Fetch } from './http.ts';

/**
 * A sign of life to a dead-man's switch that somebody else runs: a host that is dead cannot say so, but the switch
 * notices the silence. It is sent only while all is well here: the store answers and every alert reaches somebody.
 */
export interface Heartbeat {
  /** How often; the switch should wait for at least three times as long. A minute where absent. */
  readonly everyMs?: number | undefined;
  /** One sign of life. Never rejects. */
  beat(options: { readonly signal: AbortSignal }): ResultAsync<void, AlertsError>;
}

/** Where the switch listens. */
export interface DeadManSwitchOptions {
  /** The address that the switch gave out; a secret, since whoever knows it can keep the switch quiet. */
  readonly url: string;
  readonly method?: 'GET' | 'POST' | undefined;
  readonly everyMs?: number | undefined;
  /** Node's own where absent. */
  readonly fetch?: Fetch | undefined;
}

/** A switch that takes a plain HTTP call as the sign of life, as most of them do. GET where no method is named. */
export function deadManSwitch(options: DeadManSwitchOptions): Heartbeat {
  const { method = 'GET', everyMs, fetch = globalThis.fetch } = options;
  const url = checkUrl('url', options.url);
  return {
    everyMs,
    beat: ({ signal }) =>
      url.isErr()
        ? errAsync(url.error)
        : call({ url: url.value, method, fetch, signal }).map(() => undefined),
  };
}
