// The protocol itself: what every action of EC2 has in common, seen by the real SDK and, where that would hide it, raw.

import {
  CreateVolumeCommand,
  DescribeInstancesCommand,
  DescribeTagsCommand,
  DescribeVolumesCommand,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2';
import { describe, expect, test } from 'vitest';
import { startEc2 } from '../src/ec2.ts';
import { createSim, scaledClock } from '../src/index.ts';
import { codeOf, type Ec2Scene, openEc2, refused, zone } from './ec2-scene.ts';

const signed = {
  authorization: `AWS4-HMAC-SHA256 Credential=AK/20261122/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
  'content-type': 'application/x-www-form-urlencoded',
};

/** Sends a form as it is; gives the status, the headers and the XML. */
async function send(scene: Ec2Scene, form: string, headers: Record<string, string> = signed) {
  const response = await fetch(scene.url, { method: 'POST', headers, body: form });
  return { status: response.status, headers: response.headers, xml: await response.text() };
}

/** The code in the raw answer. */
async function rawCode(scene: Ec2Scene, form: string): Promise<string | undefined> {
  return /<Code>(.*?)<\/Code>/.exec((await send(scene, `${form}&Version=2016-11-15`)).xml)?.[1];
}

describe('requests', () => {
  test('a parameter that EC2 does not know is refused, and so is a filter', async () => {
    const scene = await openEc2();
    expect(await rawCode(scene, 'Action=DescribeVolumes&Colour=red')).toBe('UnknownParameter');
    expect(await rawCode(scene, 'Action=DescribeVolumes&VolumeId.first=vol-00000000')).toBe(
      'UnknownParameter',
    );
    expect(await rawCode(scene, 'Action=DescribeVolumes&MaxResults.Size=5')).toBe('UnknownParameter');
    const filter = new DescribeVolumesCommand({ Filters: [{ Name: 'colour', Values: ['red'] }] });
    expect(await codeOf(scene.ec2.send(filter))).toBe('InvalidParameterValue');
  });

  test('what is missing or of the wrong type is refused before anything happens', async () => {
    const scene = await openEc2();
    expect(await rawCode(scene, 'Action=AttachVolume&VolumeId=vol-00000000')).toBe('MissingParameter');
    expect(await rawCode(scene, 'Action=StartInstances')).toBe('MissingParameter');
    expect(await rawCode(scene, 'Action=CreateVolume&AvailabilityZone=us-east-1a&Size=ten')).toBe(
      'InvalidParameterValue',
    );
    expect(
      await rawCode(scene, 'Action=CreateVolume&AvailabilityZone=us-east-1a&Size=5&Encrypted=maybe'),
    ).toBe('InvalidParameterValue');
    expect(Object.keys(scene.sim.world.state().volumes)).toEqual([]);
  });

  test('an action that does not exist, none at all, and another version are refused', async () => {
    const scene = await openEc2();
    expect(await rawCode(scene, 'Action=MakeCoffee')).toBe('InvalidAction');
    expect(await rawCode(scene, 'Size=5')).toBe('MissingAction');
    expect((await send(scene, 'Action=DescribeVolumes&Version=2010-08-31')).xml).toContain('InvalidAction');
  });

  test('ids that cannot be ids are malformed, those that name nothing are not found', async () => {
    const { ec2, ...scene } = await openEc2();
    const volume = (id: string) => codeOf(ec2.send(new DescribeVolumesCommand({ VolumeIds: [id] })));
    const instance = (id: string) => codeOf(ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] })));
    expect(await volume('vol-xyz')).toBe('InvalidVolumeID.Malformed');
    expect(await volume('i-00000000000000000')).toBe('InvalidVolumeID.Malformed');
    expect(await instance('web12')).toBe('InvalidInstanceID.Malformed');
    expect(await rawCode({ ...scene, ec2 }, 'Action=DescribeSnapshots&SnapshotId.1=snap-1')).toBe(
      'InvalidSnapshotID.Malformed',
    );
    expect(await rawCode({ ...scene, ec2 }, 'Action=DescribeImages&ImageId.1=ami')).toBe(
      'InvalidAMIID.Malformed',
    );
    expect(await volume('vol-00000000000000000')).toBe('InvalidVolume.NotFound');
    expect(await instance('i-00000000000000000')).toBe('InvalidInstanceID.NotFound');
  });

  test('one unknown id among several spoils the call, and the refusal names exactly the unknown ones', async () => {
    const { ec2 } = await openEc2();
    const made = await ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
    const [one, two] = ['vol-0000000000000000a', 'vol-0000000000000000b'];
    const { code, message } = await refused(
      ec2.send(new DescribeVolumesCommand({ VolumeIds: [one, made.VolumeId ?? '', two] })),
    );
    expect(code).toBe('InvalidVolume.NotFound');
    expect(message.match(/vol-\w+/g)).toEqual([one, two]);
  });
});

describe('answers', () => {
  test('the id of the request is in the body and in the header', async () => {
    const scene = await openEc2();
    const { headers, xml } = await send(scene, 'Action=DescribeVolumes&Version=2016-11-15');
    const [, inBody] = /<requestId>(.*)<\/requestId>/.exec(xml) ?? [];
    expect(inBody).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/);
    expect(headers.get('x-amzn-requestid')).toBe(inBody);
    const error = await refused(
      scene.ec2.send(new DescribeVolumesCommand({ VolumeIds: ['vol-00000000000000000'] })),
    );
    expect(error.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test('names and tags in any script, with everything that XML has a meaning for, come back as they were', async () => {
    const { ec2 } = await openEc2();
    const tags = [
      { Key: 'Name', Value: 'wéb <12> & "söhne" \'👩‍🚀\'' },
      { Key: 'owner/機械', Value: ']]> &amp; %20+é\ttab' },
      { Key: 'empty', Value: '' },
    ];
    const made = await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: zone,
        Size: 1,
        TagSpecifications: [{ ResourceType: 'volume', Tags: tags }],
      }),
    );
    expect(made.Tags).toEqual(tags);
    const shown = await ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: 'tag:Name', Values: [tags[0]?.Value ?? ''] }] }),
    );
    expect(shown.Volumes?.map(({ VolumeId }) => VolumeId)).toEqual([made.VolumeId]);
  });

  test('what XML cannot say does not spoil the answer', async () => {
    const { ec2, sim } = await openEc2();
    sim.world.seed.volume({ name: 'a\u0001b\rc\uD800d\uFFFF', zone, sizeGiB: 1, diskType: 'gp3' });
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({}));
    expect(Volumes?.[0]?.Tags?.[0]?.Value).toBe('a\uFFFDb\rc\uFFFDd\uFFFD');
  });

  test('a dry run tells whether the call is allowed, and makes nothing', async () => {
    const { ec2, imageId, sim } = await openEc2();
    const run = {
      MinCount: 1,
      MaxCount: 1,
      ImageId: imageId,
      InstanceType: 't3.micro',
      DryRun: true,
    } as const;
    expect(await refused(ec2.send(new RunInstancesCommand(run)))).toMatchObject({
      code: 'DryRunOperation',
      status: 412,
    });
    sim.world.deny(['ec2:RunInstances']);
    expect(await refused(ec2.send(new RunInstancesCommand(run)))).toMatchObject({
      code: 'UnauthorizedOperation',
      status: 403,
    });
    expect(await codeOf(ec2.send(new RunInstancesCommand({ ...run, DryRun: false })))).toBe(
      'UnauthorizedOperation',
    );
    expect(Object.keys(sim.world.state().instances)).toEqual([]);
  });
});

describe('rights', () => {
  test('each action needs its own right and no other; one that brings tags needs the right to write tags', async () => {
    const { ec2, sim } = await openEc2();
    sim.world.deny(['ec2:CreateTags', 'ec2:DescribeInstance*']);
    const create = (
      TagSpecifications?: { ResourceType: 'volume'; Tags: { Key: string; Value: string }[] }[],
    ) => new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1, TagSpecifications });
    const tagged = create([{ ResourceType: 'volume', Tags: [{ Key: 'a', Value: 'b' }] }]);
    expect(await codeOf(ec2.send(tagged))).toBe('UnauthorizedOperation');
    expect((await ec2.send(create())).State).toBe('creating');
    expect(await codeOf(ec2.send(new DescribeInstancesCommand({})))).toBe('UnauthorizedOperation');
    expect((await ec2.send(new DescribeTagsCommand({}))).Tags).toEqual([]);
  });
});

describe('pages', () => {
  test('every volume is on one page and on no other, however many come and go meanwhile', async () => {
    const { ec2, sim } = await openEc2();
    const seed = { name: '', zone, sizeGiB: 1, diskType: 'gp3' };
    const ids = Array.from({ length: 23 }, () => sim.world.seed.volume(seed));
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await ec2.send(new DescribeVolumesCommand({ MaxResults: 5, NextToken: token }));
      expect(page.Volumes?.length).toBeLessThanOrEqual(5);
      seen.push(...(page.Volumes ?? []).map(({ VolumeId = '' }) => VolumeId));
      token = page.NextToken;
      const [last = ''] = seen.slice(-1);
      sim.world.lose(last);
    } while (token !== undefined);
    expect(seen.toSorted()).toEqual(ids.toSorted());
  });

  test('a page has 5 to 1000 resources; single ids cannot be paged; a token is of use only in its own call', async () => {
    const { ec2, sim } = await openEc2();
    const ids = Array.from({ length: 6 }, () =>
      sim.world.seed.volume({ name: '', zone, sizeGiB: 1, diskType: 'gp3' }),
    );
    const volumes = (request: { MaxResults?: number; VolumeIds?: string[]; NextToken?: string }) =>
      ec2.send(new DescribeVolumesCommand(request));
    expect(await codeOf(volumes({ MaxResults: 4 }))).toBe('InvalidParameterValue');
    expect(await codeOf(volumes({ MaxResults: 1001 }))).toBe('InvalidParameterValue');
    expect(await codeOf(volumes({ MaxResults: 5, VolumeIds: ids }))).toBe('InvalidParameterCombination');
    expect(await codeOf(volumes({ MaxResults: 5, NextToken: 'made-up' }))).toBe('InvalidPaginationToken');
    const { NextToken } = await volumes({ MaxResults: 5 });
    expect(await codeOf(ec2.send(new DescribeInstancesCommand({ MaxResults: 5, NextToken })))).toBe(
      'InvalidPaginationToken',
    );
  });
});

describe('filters', () => {
  test('all filters must be met, by any of their values, and * and ? stand for what they stand for', async () => {
    const { ec2, sim } = await openEc2();
    const make = (name: string, tags: Record<string, string>) =>
      sim.world.seed.volume({ name, zone, sizeGiB: 1, diskType: 'gp3', tags });
    const [web, db, star] = [
      make('web-1', { team: 'a' }),
      make('db-1', { team: 'b' }),
      make('w*', { team: 'a' }),
    ];
    const found = async (...Filters: { Name: string; Values: string[] }[]) =>
      (await ec2.send(new DescribeVolumesCommand({ Filters }))).Volumes?.map(
        ({ VolumeId }) => VolumeId,
      ).sort();
    expect(await found({ Name: 'tag:Name', Values: ['w*'] })).toEqual([web, star].sort());
    expect(await found({ Name: 'tag:Name', Values: ['w\\*'] })).toEqual([star]);
    expect(await found({ Name: 'tag:Name', Values: ['d?-1', 'web-1'] })).toEqual([web, db].sort());
    expect(await found({ Name: 'tag:team', Values: ['a'] }, { Name: 'tag:Name', Values: ['*-1'] })).toEqual([
      web,
    ]);
    expect(await found({ Name: 'tag-key', Values: ['nobody'] })).toEqual([]);
    expect(await found({ Name: 'tag:Name', Values: ['web.1'] })).toEqual([]);
  });
});

describe('credentials', () => {
  test('a request without a signature is refused', async () => {
    const scene = await openEc2();
    const { status, xml } = await send(scene, 'Action=DescribeVolumes&Version=2016-11-15', {});
    expect([status, xml.includes('MissingAuthenticationToken')]).toEqual([403, true]);
  });

  test('where keys are named, others are refused, and so is a signature with a wrong secret', async () => {
    const scene = await openEc2({ accessKeys: { AKIDKNOWN: 'right' } });
    const by = (accessKeyId: string, secretAccessKey: string) =>
      scene.client({ credentials: { accessKeyId, secretAccessKey } }).send(new DescribeVolumesCommand({}));
    expect((await by('AKIDKNOWN', 'right')).Volumes).toEqual([]);
    expect(await refused(by('AKIDOTHER', 'right'))).toMatchObject({ code: 'AuthFailure', status: 401 });
    expect(await codeOf(by('AKIDKNOWN', 'wrong'))).toBe('SignatureDoesNotMatch');
  });

  test('requests can be made to count as expired, and keys as deactivated', async () => {
    const { ec2, levers } = await openEc2();
    const look = () => ec2.send(new DescribeVolumesCommand({}));
    levers.expireRequests(true);
    expect(await codeOf(look())).toBe('RequestExpired');
    levers.expireRequests(false);
    levers.refuseKeys(true);
    expect(await codeOf(look())).toBe('AuthFailure');
    levers.refuseKeys(false);
    expect((await look()).Volumes).toEqual([]);
  });

  test('who the caller is can be asked', async () => {
    const scene = await openEc2();
    const { xml } = await send(scene, 'Action=GetCallerIdentity&Version=2011-06-15');
    expect(xml).toContain('<GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/simulated</Arn>');
  });
});

describe('faults', () => {
  test('a lost answer: the connection breaks, and the volume is there', async () => {
    const { ec2, sim } = await openEc2();
    sim.faults.loseReply('volumes.create');
    const { status } = await refused(ec2.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 })));
    expect(status).toBeUndefined();
    expect(Object.values(sim.world.state().volumes)).toHaveLength(1);
  });

  test('a client that tries again under its token gets the volume whose answer was lost', async () => {
    const scene = await openEc2();
    scene.sim.faults.loseReply('volumes.create');
    const patient = scene.client({ maxAttempts: 3 });
    const made = await patient.send(new CreateVolumeCommand({ AvailabilityZone: zone, Size: 1 }));
    expect(Object.keys(scene.sim.world.state().volumes)).toEqual([made.VolumeId]);
  });

  test('throttling is a 503, a lack of machines a 500, a passing fault a 500, each with its code', async () => {
    const { ec2, imageId, sim } = await openEc2();
    const run = () =>
      ec2.send(
        new RunInstancesCommand({ MinCount: 1, MaxCount: 1, ImageId: imageId, InstanceType: 't3.micro' }),
      );
    sim.faults.next('instances.create', { kind: 'throttled' });
    expect(await refused(run())).toMatchObject({ code: 'RequestLimitExceeded', status: 503 });
    sim.faults.next('instances.create', { kind: 'transient' });
    expect(await refused(run())).toMatchObject({ code: 'InternalError', status: 500 });
    sim.faults.outOfStock('t3.micro', zone);
    expect(await refused(run())).toMatchObject({ code: 'InsufficientInstanceCapacity', status: 500 });
  });

  test('an account that asks too often is told so', async () => {
    const { ec2 } = await openEc2({ timeScale: 1, throttle: { perSecond: 1, burst: 2 } });
    const look = () => ec2.send(new DescribeVolumesCommand({}));
    await look();
    await look();
    expect(await refused(look())).toMatchObject({ code: 'RequestLimitExceeded', status: 503 });
  });

  test('an outage breaks every connection', async () => {
    const { ec2, sim } = await openEc2();
    sim.faults.outage(true);
    expect((await refused(ec2.send(new DescribeVolumesCommand({})))).status).toBeUndefined();
    sim.faults.outage(false);
    expect((await ec2.send(new DescribeVolumesCommand({}))).Volumes).toEqual([]);
  });

  test('a call that hangs ends when its client gives up, and has had no effect', async () => {
    const { ec2, imageId, sim } = await openEc2();
    sim.faults.add({ on: 'instances.create', does: { what: 'hangs' } });
    const run = new RunInstancesCommand({
      MinCount: 1,
      MaxCount: 1,
      ImageId: imageId,
      InstanceType: 't3.micro',
    });
    const error = await refused(ec2.send(run, { abortSignal: AbortSignal.timeout(200) }));
    expect(error.code).toBe('AbortError');
    expect(Object.keys(sim.world.state().instances)).toEqual([]);
  });
});

describe('starting', () => {
  test('a port that is taken is an error that says so', async () => {
    const { port } = await openEc2();
    const second = await startEc2({ port });
    expect(second._unsafeUnwrapErr()).toMatchObject({ kind: 'port-taken', applied: 'no' });
  });

  test("a world of one's own is served, with what is in it, and goes on when the server ends", async () => {
    const sim = createSim({ seed: 7, clock: scaledClock(60), zones: [zone], region: 'us-east-1' });
    const id = sim.world.seed.volume({ name: 'mine', zone, sizeGiB: 3, diskType: 'gp3' });
    const server = (await startEc2({ sim }))._unsafeUnwrap();
    const scene = await openEc2();
    const { Volumes } = await scene.client({ endpoint: server.url }).send(new DescribeVolumesCommand({}));
    expect(Volumes?.map(({ VolumeId, Size }) => [VolumeId, Size])).toEqual([[id, 3]]);
    await server.close();
    expect(Object.keys(sim.world.state().volumes)).toEqual([id]);
    sim.close();
  });

  test('a world of another family is a mistake', () => {
    const sim = createSim({ traits: 'openstack', clock: scaledClock(60) });
    expect(() => startEc2({ sim })).toThrow("traits: 'ec2'");
    sim.close();
  });

  test('a protected instance says so with its own code', async () => {
    const { ec2, imageId } = await openEc2();
    const { Instances = [] } = await ec2.send(
      new RunInstancesCommand({
        MinCount: 1,
        MaxCount: 1,
        ImageId: imageId,
        DisableApiTermination: true,
        InstanceType: 't3.micro',
      }),
    );
    const InstanceIds = Instances.map(({ InstanceId = '' }) => InstanceId);
    expect(await codeOf(ec2.send(new TerminateInstancesCommand({ InstanceIds })))).toBe(
      'OperationNotPermitted',
    );
  });
});
