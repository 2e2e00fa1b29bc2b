import { describe, expect, it } from 'vitest';
import type { Fetch } from '../src/http.ts';
import { openFake } from './open-fake.ts';

/** Changes what Nova says on one path. */
function saying(path: string, change: (body: string) => string) {
  return (network: Fetch): Fetch =>
    async (url, init) => {
      const answer = await network(url, init);
      if (!new URL(url).pathname.endsWith(path)) return answer;
      const text = change(await answer.text());
      return { status: answer.status, headers: answer.headers, text: async () => text };
    };
}

async function offered(instanceType: string, zone: string, way?: (network: Fetch) => Fetch) {
  const { cloud, clock } = await openFake(way === undefined ? {} : { way });
  return (await clock.run(cloud.instances.offer(instanceType, zone)))._unsafeUnwrap();
}

describe('what can be created', () => {
  it('is unknown at best, for no call tells whether a host has room', async () => {
    expect(await offered('m1.tiny', 'nova')).toEqual({
      instanceType: 'm1.tiny',
      zone: 'nova',
      lifecycle: 'current',
      creatable: 'unknown',
      vcpus: 1,
      memoryMiB: 512,
    });
  });

  it('is nothing of a flavor, a zone or a quota that is not there', async () => {
    expect(await offered('m9.none', 'nova')).toMatchObject({ creatable: 'no', lifecycle: 'unknown' });
    expect(await offered('m1.tiny', 'mars')).toMatchObject({ creatable: 'no', lifecycle: 'current' });
    // 999 of 80 cores.
    expect(await offered('m1.huge', 'nova')).toMatchObject({ creatable: 'no' });
    const full = saying('/limits', (body) =>
      body.replace('"totalInstancesUsed":0', '"totalInstancesUsed":40'),
    );
    expect(await offered('m1.tiny', 'nova', full)).toMatchObject({ creatable: 'no' });
    const closed = saying('/os-availability-zone', (body) => body.replace('true', 'false'));
    expect(await offered('m1.tiny', 'nova', closed)).toMatchObject({ creatable: 'no' });
  });

  it('is nothing of a flavor that the operator has retired', async () => {
    const retired = saying('/flavors/detail', (body) =>
      body.replace('"name":"m1.tiny"', '"name":"m1.tiny","OS-FLV-DISABLED:disabled":true'),
    );
    expect(await offered('m1.tiny', 'nova', retired)).toMatchObject({
      creatable: 'no',
      lifecycle: 'retired',
    });
  });
});

describe('capacity that is kept', () => {
  it('is not to be had for a resize: Nova is not even asked', async () => {
    const { cloud, clock } = await openFake();
    const call = { key: 'resize', reservationId: 'cr-1' };
    const refused = await clock.run(cloud.instances.resize('a-server', 'm1.small', call));
    expect(refused._unsafeUnwrapErr()).toMatchObject({ kind: 'unsupported', applied: 'no' });
  });
});
