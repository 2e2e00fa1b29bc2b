// Node's own fetch, with a memory of what a lever needs: the last request of a kind that took effect, and the token.

import type { Fetch, FetchInit } from '@belay/openstack';

export interface Eavesdropper {
  readonly fetch: Fetch;
  /** Sends the last request with this method and such a path once more. */
  repeat(method: string, path: RegExp): Promise<void>;
  /** The token that Keystone gave last. */
  token(): string;
}

interface Sent extends FetchInit {
  readonly url: string;
}

export function eavesdrop(): Eavesdropper {
  const done: Sent[] = [];
  let token: string | undefined;
  return {
    async fetch(url, init) {
      const answer = await fetch(url, init);
      if (answer.ok && init.method !== 'GET') done.push({ ...init, url });
      token = answer.headers.get('x-subject-token') ?? token;
      return answer;
    },
    async repeat(method, path) {
      const last = done.findLast((one) => one.method === method && path.test(new URL(one.url).pathname));
      if (last === undefined) throw new Error(`No ${method} ${path} has taken effect yet.`);
      await fetch(last.url, { ...last, signal: AbortSignal.timeout(60_000) });
    },
    token() {
      if (token === undefined) throw new Error('Keystone has given no token yet.');
      return token;
    },
  };
}
