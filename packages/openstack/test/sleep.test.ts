// A process that sleeps in the middle of a call, and is replaced meanwhile: what it has not sent by then it does not
// send when it wakes up.

import { describe, expect, it } from 'vitest';
import type { Fetch, FetchAnswer } from '../src/http.ts';
import { authUrl } from './fake-openstack.ts';
import { openFake } from './open-fake.ts';

const volume = { name: 'data', zone: 'nova', sizeGiB: 1, diskType: 'lab' };
const isPost = (method: string, path: string): boolean => method === 'POST' && path.endsWith('/volumes');

describe('a create of a process that was replaced', () => {
  it('is not sent where it slept while a token was fetched', async () => {
    let isReplaced = false;
    const way =
      (network: Fetch): Fetch =>
      async (url, init) => {
        const answer = await network(url, init);
        if (url.startsWith(authUrl)) isReplaced = isAsked;
        return answer;
      };
    let isAsked = false;
    const { stack, cloud, clock } = await openFake({ way });
    isAsked = true;
    const stillOurs = (): boolean => {
      // The looks before it had their token; its own has ended by now.
      stack.tokens.clear();
      return !isReplaced;
    };
    const made = await clock.run(cloud.volumes.create(volume, { key: 'k', stillOurs }));
    expect(made._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled' });
    expect(stack.volumes.size).toBe(0);
  });

  it('is not sent again where it slept between two tries', async () => {
    let posts = 0;
    const way =
      (network: Fetch): Fetch =>
      async (url, init): Promise<FetchAnswer> => {
        if (!isPost(init.method, new URL(url).pathname)) return network(url, init);
        posts += 1;
        return { status: 429, headers: { get: () => null }, text: async () => '' };
      };
    const { stack, cloud, clock } = await openFake({ way });
    const made = await clock.run(
      cloud.volumes.create(volume, { key: 'k', stillOurs: async () => posts === 0 }),
    );
    expect(made._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled' });
    expect(posts).toBe(1);
    expect(stack.volumes.size).toBe(0);
  });

  it('is sent where it still is its own to do', async () => {
    const { stack, cloud, clock } = await openFake();
    const made = await clock.run(cloud.volumes.create(volume, { key: 'k', stillOurs: async () => true }));
    expect(made.isOk()).toBe(true);
    expect(stack.volumes.size).toBe(1);
  });
});
