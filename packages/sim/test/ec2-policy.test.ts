// A policy says on what and under which conditions an action is allowed, and the simulated EC2 keeps to all of that: a
// judge that looks at the names of the actions alone would let through what the real one refuses.

import {
  CreateTagsCommand,
  CreateVolumeCommand,
  DeleteVolumeCommand,
  DescribeVolumesCommand,
  StopInstancesCommand,
} from '@aws-sdk/client-ec2';
import { ChangeResourceRecordSetsCommand, ListHostedZonesCommand } from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import type { AccessStatement } from '../src/ec2.ts';
import { codeOf, launched, openEc2, refused, volumeOf, zone } from './ec2-scene.ts';

const unauthorized = 'UnauthorizedOperation';

function allow(Action: string | readonly string[], more: Partial<AccessStatement> = {}): AccessStatement {
  return { Effect: 'Allow', Action, Resource: '*', ...more };
}

const create = (...keys: readonly string[]) =>
  new CreateVolumeCommand({
    AvailabilityZone: zone,
    Size: 1,
    ...(keys.length > 0 && {
      TagSpecifications: [
        { ResourceType: 'volume' as const, Tags: keys.map((Key) => ({ Key, Value: 'x' })) },
      ],
    }),
  });
const tag = (id: string, ...keys: readonly string[]) =>
  new CreateTagsCommand({ Resources: [id], Tags: keys.map((Key) => ({ Key, Value: 'x' })) });

describe('a policy', () => {
  test('allows what it names, with wildcards, and nothing else; taken away, everything is allowed again', async () => {
    const { ec2, levers } = await openEc2();
    levers.allowOnly({ Statement: [allow(['ec2:describe*', 'ec2:CreateVolume'])] });
    const { VolumeId = '' } = await ec2.send(create());
    await ec2.send(new DescribeVolumesCommand({}));
    expect(await codeOf(ec2.send(new DeleteVolumeCommand({ VolumeId })))).toBe(unauthorized);
    expect(levers.refusedActions()).toEqual(['ec2:DeleteVolume']);
    levers.allowOnly();
    await ec2.send(new DeleteVolumeCommand({ VolumeId }));
    expect(levers.refusedActions()).toEqual([]);
  });

  test('answers a dry run as it would answer the call', async () => {
    const { ec2, levers } = await openEc2();
    levers.allowOnly({ Statement: [allow('ec2:CreateVolume')] });
    const dry = (...keys: readonly string[]) =>
      ec2.send(new CreateVolumeCommand({ ...create(...keys).input, DryRun: true }));
    expect(await codeOf(dry())).toBe('DryRunOperation');
    expect(await codeOf(dry('team'))).toBe(unauthorized);
  });

  test('that lets creates write tags lets nobody write them later', async () => {
    const scene = await openEc2();
    const { ec2, levers } = scene;
    const id = await volumeOf(scene);
    const onCreate = { StringEquals: { 'ec2:CreateAction': ['CreateVolume'] } };
    const Statement = [allow('ec2:CreateVolume'), allow('ec2:CreateTags', { Condition: onCreate })];
    levers.allowOnly({ Statement });
    expect((await ec2.send(create('team'))).State).toBe('creating');
    expect(await codeOf(ec2.send(tag(id, 'team')))).toBe(unauthorized);
  });

  test('that lets instances be renamed lets no other tag and no other resource be written', async () => {
    const scene = await openEc2();
    const { ec2, levers } = scene;
    const [instance, volume] = [await launched(scene), await volumeOf(scene)];
    const names = { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Name'] } };
    const Resource = 'arn:*:ec2:*:*:instance/*';
    levers.allowOnly({ Statement: [allow('ec2:CreateTags', { Resource, Condition: names })] });
    await ec2.send(tag(instance, 'Name'));
    expect(await codeOf(ec2.send(tag(instance, 'Name', 'team')))).toBe(unauthorized);
    expect(await codeOf(ec2.send(tag(volume, 'Name')))).toBe(unauthorized);
    const both = new CreateTagsCommand({
      Resources: [instance, volume],
      Tags: [{ Key: 'Name', Value: 'x' }],
    });
    expect(await codeOf(ec2.send(both))).toBe(unauthorized);
  });

  test('for one resource is no right to the next one', async () => {
    const scene = await openEc2();
    const { ec2, levers } = scene;
    const [mine, other] = [await launched(scene), await launched(scene)];
    levers.allowOnly({
      Statement: [allow('ec2:StopInstances', { Resource: `arn:aws:ec2:*:*:instance/${mine}` })],
    });
    await ec2.send(new StopInstancesCommand({ InstanceIds: [mine] }));
    expect(await codeOf(ec2.send(new StopInstancesCommand({ InstanceIds: [mine, other] })))).toBe(
      unauthorized,
    );
    const { message } = await refused(ec2.send(new StopInstancesCommand({ InstanceIds: [other] })));
    expect(message).toContain(`ec2:StopInstances on arn:aws:ec2:us-east-1:123456789012:instance/${other}`);
  });

  test('for one zone of Route 53 is no right to the records of another', async () => {
    const { route53, levers } = await openEc2({ hostedZones: ['shop.example', 'other.example'] });
    const { HostedZones = [] } = await route53.send(new ListHostedZonesCommand({}));
    const [mine = '', other = ''] = ['shop', 'other'].map(
      (name) =>
        HostedZones.find(({ Name }) => Name === `${name}.example.`)
          ?.Id?.split('/')
          .at(-1) ?? '',
    );
    const Resource = `arn:aws:route53:::hostedzone/${mine}`;
    levers.allowOnly({ Statement: [allow('route53:ChangeResourceRecordSets', { Resource })] });
    const put = (HostedZoneId: string, name: string) =>
      route53.send(
        new ChangeResourceRecordSetsCommand({
          HostedZoneId,
          ChangeBatch: {
            Changes: [
              {
                Action: 'UPSERT',
                ResourceRecordSet: {
                  Name: `www.${name}.example`,
                  Type: 'A',
                  TTL: 60,
                  ResourceRecords: [{ Value: '192.0.2.1' }],
                },
              },
            ],
          },
        }),
      );
    expect((await put(mine, 'shop')).ChangeInfo?.Status).toBeDefined();
    expect(await codeOf(put(other, 'other'))).toBe('AccessDenied');
  });

  test('with anything in it that is not modelled is not taken for one that allows less or more', async () => {
    const { levers } = await openEc2();
    const odd: readonly object[] = [
      { Effect: 'Deny', Action: '*', Resource: '*' },
      { Effect: 'Allow', NotAction: 'ec2:*', Resource: '*' },
      allow('*', { Condition: { IpAddress: { 'aws:SourceIp': '192.0.2.0/24' } } }),
    ];
    for (const statement of odd) {
      // What a file may hold is not what the type allows.
      const set = () => levers.allowOnly({ Statement: [statement as AccessStatement] });
      expect(set).toThrow('not modelled');
    }
  });
});
