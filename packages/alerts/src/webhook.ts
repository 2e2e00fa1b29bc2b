import { createHmac } from 'node:crypto';
import { errAsync } from 'neverthrow';
import { call, checkUrl, type Fetch } from './http.ts';
import type { Target } from './target.ts';

/** Where a webhook goes and how it proves who sent it. */
export interface WebhookOptions {
  /** http or https; without user and password. Only its host is ever shown in an error. */
  readonly url: string;
  /** Such as an `authorization`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /**
   * Signs each body: the header `x-belay-signature` is `sha256=` and the HMAC-SHA-256 of the body under this secret,
   * in hexadecimal.
   */
  readonly signingSecret?: string | undefined;
  /** Node's own where absent. */
  readonly fetch?: Fetch | undefined;
}

/** Sends each message as JSON in a POST. Any answer of the 200s is a confirmation; redirects are not followed. */
export function webhook(options: WebhookOptions): Target {
  const { headers, signingSecret, fetch = globalThis.fetch } = options;
  const url = checkUrl('url', options.url);
  return {
    send: (message, { signal }) => {
      if (url.isErr()) return errAsync(url.error);
      const body = JSON.stringify(message);
      const signature = signingSecret && createHmac('sha256', signingSecret).update(body).digest('hex');
      const all = {
        ...headers,
        'content-type': 'application/json',
        ...(signature && { 'x-belay-signature': `sha256=${signature}` }),
      };
      return call({ url: url.value, method: 'POST', headers: all, body, fetch, signal }).map(() => undefined);
    },
  };
}
