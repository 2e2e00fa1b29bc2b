import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { type AlertsError, alertsError } from './alerts-error.ts';

/**
 * One POST, judged with suspicion: only an answer of the 200s counts, a redirect does not (behind it a login page says
 * 200 to everything), and no error shows more of the address than its host.
 */

/** The part of the global `fetch` that is used; Node's own fits, and so does a test's. */
export type Fetch = (
  url: string,
  init: {
    readonly method: string;
    readonly headers: Readonly<Record<string, string>>;
    readonly body: string | null;
    readonly redirect: 'manual';
    readonly signal: AbortSignal;
  },
) => Promise<FetchAnswer>;

/** The part of an answer that is looked at. */
export interface FetchAnswer {
  readonly status: number;
  /** The whole body. */
  text(): Promise<string>;
}

export interface HttpCall {
  readonly url: string;
  readonly method: 'POST' | 'GET';
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly body?: string | undefined;
  readonly fetch: Fetch;
  readonly signal: AbortSignal;
}

/** Makes the call; resolves with the body of an answer of the 200s. */
export function call(options: HttpCall): ResultAsync<string, AlertsError> {
  return new ResultAsync(attempt(options));
}

/** `invalid` unless it is an address of the web without a password in it. */
export function checkUrl(name: string, url: string): Result<string, AlertsError> {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !/^https?:$/.test(parsed.protocol)) {
    return err(alertsError('invalid', `${name} is not an http or https address`));
  }
  if (parsed.username !== '' || parsed.password !== '') {
    return err(alertsError('invalid', `${name} has a user or password in it: use a header`));
  }
  return ok(url);
}

async function attempt(options: HttpCall): Promise<Result<string, AlertsError>> {
  const { url, method, headers = {}, body = null, fetch, signal } = options;
  const host = new URL(url).host;
  try {
    const answer = await fetch(url, { method, headers, body, redirect: 'manual', signal });
    const text = await answer.text();
    return judge(host, answer.status, text);
  } catch (thrown) {
    if (signal.aborted) return err(alertsError('cancelled', `the call to ${host} was ended`));
    return err(alertsError('unreachable', `${host} could not be reached: ${reasonOf(thrown)}`));
  }
}

function judge(host: string, status: number, text: string): Result<string, AlertsError> {
  if (status >= 200 && status < 300) return ok(text);
  const passing = status === 408 || status === 425 || status === 429 || status >= 500;
  const kind = passing ? 'unreachable' : 'refused';
  return err(alertsError(kind, `${host} answered ${status}`, status));
}

/** The code of the socket says it best; messages of `fetch` may hold the whole address and are not used. */
function reasonOf(thrown: unknown): string {
  const cause: unknown = thrown instanceof Error ? (thrown.cause ?? thrown) : thrown;
  const code: unknown = typeof cause === 'object' && cause !== null ? Reflect.get(cause, 'code') : undefined;
  if (typeof code === 'string') return code;
  return cause instanceof Error ? cause.name : 'unknown reason';
}
