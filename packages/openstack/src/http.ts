import { type Clock, type Failure, failureOf } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';

/**
 * One request and its answer, or the reason why there is none. It never throws and never sends twice. The answer is
 * read to its end within the same time limit, and its body is taken for JSON only where the sender says that it is:
 * gateways answer in HTML.
 */
export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
}

/** What came back. */
export interface HttpAnswer {
  readonly status: number;
  /** Parsed; `undefined` where there was none, or where it was no JSON. */
  readonly body: unknown;
  /** As it came, where it was no JSON. */
  readonly text: string;
  header(name: string): string | undefined;
}

/** No answer: the time was over, the caller gave up, or the connection broke. What became of the request is unknown. */
export interface NoAnswer {
  readonly why: 'too-late' | 'cancelled' | 'broken';
  readonly cause?: Failure | undefined;
}

/** The part of `fetch` that is used: Node's own fits, and so does a function of a test. */
export type Fetch = (url: string, init: FetchInit) => Promise<FetchAnswer>;

/** What is handed to `fetch`. */
export interface FetchInit {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly body?: string;
  /** A redirect would carry the token to wherever it leads. */
  readonly redirect: 'manual';
  readonly signal: AbortSignal;
}

/** What `fetch` gives back. */
export interface FetchAnswer {
  readonly status: number;
  /** By name, in any case. */
  readonly headers: Pick<Headers, 'get'>;
  /** The whole body. */
  text(): Promise<string>;
}

export interface HttpLimits {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export async function send(
  fetch: Fetch,
  request: HttpRequest,
  { clock, timeoutMs, signal }: HttpLimits,
): Promise<Result<HttpAnswer, NoAnswer>> {
  if (signal?.aborted === true) return err({ why: 'cancelled' });
  const stop = new AbortController();
  const { promise: stopped, resolve } = Promise.withResolvers<Result<HttpAnswer, NoAnswer>>();
  const end = (why: NoAnswer['why']): void => {
    resolve(err({ why }));
    stop.abort();
  };
  const onAbort = (): void => end('cancelled');
  signal?.addEventListener('abort', onAbort, { once: true });
  const cancelLimit = clock.after(timeoutMs, () => end('too-late'));
  try {
    return await Promise.race([stopped, exchange(fetch, request, stop.signal)]);
  } finally {
    cancelLimit();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function exchange(
  fetch: Fetch,
  { url, method, headers, body }: HttpRequest,
  signal: AbortSignal,
): Promise<Result<HttpAnswer, NoAnswer>> {
  try {
    const answer = await fetch(url, {
      method,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      redirect: 'manual',
      signal,
    });
    const text = await answer.text();
    const json = jsonOf(answer.headers.get('content-type'), text);
    return ok({
      status: answer.status,
      body: json,
      text: json === undefined ? text : '',
      header: (name) => answer.headers.get(name) ?? undefined,
    });
  } catch (thrown) {
    return err({ why: 'broken', cause: failureOf(thrown, 'network') });
  }
}

function jsonOf(contentType: string | null, text: string): unknown {
  if (contentType === null || !/\bjson\b/i.test(contentType) || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // Cut off on its way. Its status still counts.
    return undefined;
  }
}
