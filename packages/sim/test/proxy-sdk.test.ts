// The real SDK of AWS, the proxy, and a simulated EC2 behind it: what they make of one another over real sockets.

import { CreateVolumeCommand, DescribeVolumesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { startEc2 } from '../src/ec2.ts';
import { type FaultProxy, openFaultProxy } from '../src/proxy.ts';
import { must } from './proxy-scene.ts';

let proxy: FaultProxy<'ec2'>;
let client: EC2Client;
let volumes: () => number;

beforeEach(async () => {
  const quick = [0, 0, 0] as const;
  const latencies = { read: quick, write: quick, visibility: quick, 'volumes.create': quick };
  const ec2 = must(await startEc2({ world: { latencies } }));
  onTestFinished(() => ec2.close());
  proxy = must(await openFaultProxy({ upstreams: { ec2: ec2.url } }));
  onTestFinished(() => proxy.close());
  const credentials = { accessKeyId: 'test', secretAccessKey: 'planted-secret' };
  client = new EC2Client({
    region: ec2.sim.at.region,
    endpoint: proxy.urls.ec2,
    credentials,
    maxAttempts: 2,
  });
  onTestFinished(() => client.destroy());
  volumes = () => Object.keys(ec2.sim.world.state().volumes).length;
});

const create = (ClientToken?: string) =>
  client.send(
    new CreateVolumeCommand({ AvailabilityZone: 'us-east-1a', Size: 8, ...(ClientToken && { ClientToken }) }),
  );

test('a create whose reply was dropped is sent again by the SDK, and its token makes one volume of both', async () => {
  proxy.inject({ action: 'CreateVolume', fault: { kind: 'drop-reply' } });
  const { VolumeId } = await create('once');
  expect(VolumeId).toMatch(/^vol-/);
  expect(proxy.calls({ action: 'CreateVolume' })).toEqual({ asked: 2, forwarded: 2, struck: 1 });
  expect(volumes()).toBe(1);
});

test('a create that was refused on its way was made by the second call alone', async () => {
  proxy.inject({ action: 'CreateVolume', fault: { kind: 'refuse' } });
  await create();
  expect(proxy.calls({ action: 'CreateVolume' })).toEqual({ asked: 2, forwarded: 1, struck: 1 });
  expect(volumes()).toBe(1);
});

test('answers that break off or are HTML reach the caller as errors, and the next call is well', async () => {
  proxy.inject({ action: 'DescribeVolumes', times: 2, fault: { kind: 'cut' } });
  await expect(client.send(new DescribeVolumesCommand())).rejects.toThrow('aborted');
  proxy.inject({ action: 'DescribeVolumes', times: 2, fault: { kind: 'gateway-error' } });
  await expect(client.send(new DescribeVolumesCommand())).rejects.toMatchObject({
    $response: { statusCode: 503 },
  });
  const { Volumes = [] } = await client.send(new DescribeVolumesCommand());
  expect(Volumes).toEqual([]);
});

test('what the SDK signs is not in the log', async () => {
  await create('planted-token');
  const told = JSON.stringify(proxy.log());
  expect(told).toContain('CreateVolume');
  expect(told).not.toMatch(/planted|Signature|AWS4/);
});
