// What many looks by key share, with answers of EC2 that the strict one of the simulator does not give by itself.

import type { DescribeVolumesRequest, DescribeVolumesResult } from '@aws-sdk/client-ec2';
import { describePaces, KEY_TAG, systemClock } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import type { Ec2Api } from '../src/ec2-api.ts';
import { ec2Client } from '../src/ec2-client.ts';
import { keyLooks } from '../src/key-looks.ts';
import { must, openEc2, zones } from './open-ec2.ts';

describe('thirty launches at once', () => {
  it('look for their keys in one call, and none is asked for its protection', async () => {
    const { cloud, imageId, requests, sent } = await openEc2();
    const spec = { name: 'web', zone: zones[0], instanceType: 't3.micro', imageId };
    const made = await Promise.all(
      Array.from({ length: 30 }, (_, i) => cloud.instances.create(spec, { key: `web-${i}` })),
    );
    expect(new Set(made.map((one) => one._unsafeUnwrap().id)).size).toBe(30);
    expect(requests('describeInstances').filter((one) => 'Filters' in one)).toHaveLength(1);
    expect(sent('describeInstanceAttribute')).toBe(0);
  });

  it('find each its own where another process was first, and ask what has become of it', async () => {
    const { cloud, open, imageId, sent } = await openEc2();
    const spec = { name: 'web', zone: zones[0], instanceType: 't3.micro', imageId };
    const keys = Array.from({ length: 30 }, (_, i) => `web-${i}`);
    const create = async (by: typeof cloud): Promise<readonly string[]> => {
      const made = await Promise.all(keys.map((key) => must(by.instances.create(spec, { key }))));
      return made.map(({ id }) => id);
    };
    const first = await create(open());
    expect(await create(cloud)).toEqual(first);
    expect(sent('runInstances')).toBe(30);
    expect(sent('describeInstanceAttribute')).toBe(30);
  });
});

describe('a look by key', () => {
  it('reads on after a page with nothing on it, as EC2 gives them where there is a filter', async () => {
    const volume = { VolumeId: 'vol-1', Tags: [{ Key: KEY_TAG, Value: 'run/data' }] };
    const { looks, asked } = answering({ Volumes: [], NextToken: 'more' }, { Volumes: [volume] });
    expect((await looks.volumes.get('run/data'))._unsafeUnwrap()).toEqual([volume]);
    expect(asked.map(({ NextToken }) => NextToken)).toEqual([undefined, 'more']);
  });

  it('fails where EC2 goes round in circles: what is not on the pages may yet be there', async () => {
    const page = { Volumes: [], NextToken: 'more' };
    const { looks } = answering(page, page, page);
    expect((await looks.volumes.get('run/data'))._unsafeUnwrapErr().kind).toBe('failed');
  });

  it('takes no text in a key for a wildcard', async () => {
    const { looks, asked } = answering({ Volumes: [] });
    expect((await looks.volumes.get('run/*?'))._unsafeUnwrap()).toBe(undefined);
    expect(asked[0]?.Filters).toEqual([{ Name: `tag:${KEY_TAG}`, Values: ['run/\\*\\?'] }]);
  });
});

/** Looks that get these answers, one after the other. */
function answering(...answers: readonly DescribeVolumesResult[]) {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'not-a-secret' };
  const asked: DescribeVolumesRequest[] = [];
  const api: Ec2Api = {
    ...ec2Client({ region: 'us-east-1', credentials }),
    async describeVolumes(request) {
      asked.push(request);
      return answers[asked.length - 1] ?? {};
    },
  };
  const pace = () => describePaces().looks;
  const paces = {
    instances: pace(),
    volumes: pace(),
    snapshots: pace(),
    addresses: pace(),
    reservations: pace(),
  };
  return { looks: keyLooks(api, systemClock, paces), asked };
}
