// Route 53 with the real SDK: record sets change together or not at all, and all servers know only after a while.

import {
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  GetHostedZoneCommand,
  ListHostedZonesByNameCommand,
  ListHostedZonesCommand,
  ListResourceRecordSetsCommand,
  type RRType,
} from '@aws-sdk/client-route-53';
import { describe, expect, test } from 'vitest';
import { codeOf, type Ec2Scene, openEc2, quick, refused } from './ec2-scene.ts';

const slow = [600_000, 600_000, 600_000] as const;

interface Change {
  readonly Action: 'CREATE' | 'DELETE' | 'UPSERT';
  readonly name: string;
  readonly values: readonly string[];
  readonly Type?: RRType;
  readonly TTL?: number;
}

async function zoneIdOf({ route53 }: Ec2Scene, DNSName = 'shop.example'): Promise<string> {
  const { HostedZones } = await route53.send(new ListHostedZonesByNameCommand({ DNSName }));
  return HostedZones?.[0]?.Id ?? '';
}

async function change(scene: Ec2Scene, ...changes: readonly Change[]) {
  const HostedZoneId = await zoneIdOf(scene);
  const Changes = changes.map(({ Action, name, values, Type = 'A', TTL = 300 }) => ({
    Action,
    ResourceRecordSet: { Name: name, Type, TTL, ResourceRecords: values.map((Value) => ({ Value })) },
  }));
  return scene.route53.send(
    new ChangeResourceRecordSetsCommand({ HostedZoneId, ChangeBatch: { Comment: 'move & <go>', Changes } }),
  );
}

async function records(scene: Ec2Scene): Promise<readonly string[]> {
  const HostedZoneId = await zoneIdOf(scene);
  const { ResourceRecordSets = [] } = await scene.route53.send(
    new ListResourceRecordSetsCommand({ HostedZoneId }),
  );
  return ResourceRecordSets.map(
    ({ Name, Type, TTL, ResourceRecords }) =>
      `${Name} ${Type} ${TTL} ${ResourceRecords?.map(({ Value }) => Value).join(',')}`,
  );
}

const open = (more: Parameters<typeof openEc2>[0] = {}) =>
  openEc2({ hostedZones: ['shop.example'], ...more });

describe('changes', () => {
  test('a change is PENDING until all servers know, and INSYNC from then on', async () => {
    const scene = await open({
      timeScale: 1,
      world: { latencies: quick({ 'dns.change': [200, 200, 200] }) },
    });
    const { ChangeInfo } = await change(scene, {
      Action: 'UPSERT',
      name: 'www.shop.example',
      values: ['192.0.2.1'],
    });
    expect(ChangeInfo).toMatchObject({ Status: 'PENDING', Comment: 'move & <go>' });
    expect(ChangeInfo?.SubmittedAt).toBeInstanceOf(Date);
    const status = async () =>
      (await scene.route53.send(new GetChangeCommand({ Id: ChangeInfo?.Id ?? '' }))).ChangeInfo?.Status;
    expect(await status()).toBe('PENDING');
    expect(scene.sim.world.state().dns['www.shop.example. A']?.served).toBeUndefined();
    await scene.until(status, (word) => word === 'INSYNC');
    expect(scene.sim.world.state().dns['www.shop.example. A']?.served?.values).toEqual(['192.0.2.1']);
  });

  test('a record set whose last change is under way takes no other', async () => {
    const scene = await open({ world: { latencies: quick({ 'dns.change': slow }) } });
    const put = (address: string) =>
      change(scene, { Action: 'UPSERT', name: 'www.shop.example', values: [address] });
    await put('192.0.2.1');
    expect(await codeOf(put('192.0.2.2'))).toBe('PriorRequestNotComplete');
  });

  test('DELETE names exactly what is there, CREATE wants nothing there, UPSERT takes either', async () => {
    const scene = await open();
    const www = { name: 'www.shop.example', values: ['192.0.2.1'] };
    await change(scene, { Action: 'CREATE', ...www });
    const again = await refused(change(scene, { Action: 'CREATE', ...www }));
    expect([again.code, again.status]).toEqual(['InvalidChangeBatch', 400]);
    expect(await codeOf(change(scene, { Action: 'DELETE', ...www, TTL: 60 }))).toBe('InvalidChangeBatch');
    await change(scene, { Action: 'UPSERT', ...www, TTL: 60 });
    expect(await records(scene)).toEqual(['www.shop.example. A 60 192.0.2.1']);
    await change(scene, { Action: 'DELETE', ...www, TTL: 60 });
    expect(await records(scene)).toEqual([]);
  });

  test('a batch takes place as a whole or not at all', async () => {
    const scene = await open();
    await change(scene, { Action: 'CREATE', name: 'old.shop.example', values: ['192.0.2.1'] });
    const half = change(
      scene,
      { Action: 'DELETE', name: 'old.shop.example', values: ['192.0.2.1'] },
      { Action: 'DELETE', name: 'never.shop.example', values: ['192.0.2.9'] },
    );
    expect(await codeOf(half)).toBe('InvalidChangeBatch');
    await change(
      scene,
      { Action: 'DELETE', name: 'old.shop.example', values: ['192.0.2.1'] },
      { Action: 'CREATE', name: 'new.shop.example', values: ['2001:db8::1'], Type: 'AAAA' },
    );
    expect(await records(scene)).toEqual(['new.shop.example. AAAA 300 2001:db8::1']);
  });

  test('what cannot stand in a zone is refused', async () => {
    const scene = await open();
    const put = (name: string, values: readonly string[], Type: RRType = 'A') =>
      codeOf(change(scene, { Action: 'UPSERT', name, values, Type }));
    expect(await put('www.elsewhere.example', ['192.0.2.1'])).toBe('InvalidChangeBatch');
    expect(await put('www.shop.example', ['2001:db8::1'])).toBe('InvalidChangeBatch');
    expect(await put('www.shop.example', ['192.0.2.1', '192.0.2.1'])).toBe('InvalidChangeBatch');
    expect(await put('shop.example', ['other.example'], 'CNAME')).toBe('InvalidChangeBatch');
    expect(await put('www.shop.example', ['no quotes'], 'TXT')).toBe('InvalidChangeBatch');
    expect(await put('www.shop.example', ['10 mail.shop.example'], 'MX')).toBe('InvalidInput');
    expect(await records(scene)).toEqual([]);
  });

  test('a lost answer: the connection breaks, and the record is there', async () => {
    const scene = await open();
    scene.sim.faults.loseReply('dns.change');
    const put = { Action: 'UPSERT', name: 'www.shop.example', values: ['192.0.2.1'] } as const;
    expect((await refused(change(scene, put))).status).toBeUndefined();
    expect(await records(scene)).toEqual(['www.shop.example. A 300 192.0.2.1']);
  });
});

describe('lists', () => {
  test('zones are those that were named and those of the records that are there', async () => {
    const scene = await open();
    scene.sim.world.seed.record({
      name: 'www.web12.example.',
      type: 'A',
      values: ['192.0.2.7'],
      ttlSeconds: 60,
    });
    const { HostedZones } = await scene.route53.send(new ListHostedZonesCommand({}));
    expect(
      HostedZones?.map(({ Name, ResourceRecordSetCount }) => [Name, ResourceRecordSetCount]).sort(),
    ).toEqual([
      ['shop.example.', 0],
      ['web12.example.', 1],
    ]);
    const Id = await zoneIdOf(scene, 'web12.example');
    expect((await scene.route53.send(new GetHostedZoneCommand({ Id }))).HostedZone?.Name).toBe(
      'web12.example.',
    );
  });

  test('record sets come in pages, each once, in the order of their names from the right', async () => {
    const scene = await open();
    const names = ['b', 'a', 'www', 'c', 'a.b'];
    for (const name of names) {
      await change(scene, { Action: 'CREATE', name: `${name}.shop.example`, values: ['192.0.2.1'] });
    }
    const HostedZoneId = await zoneIdOf(scene);
    const seen: (string | undefined)[] = [];
    let next: { StartRecordName?: string; StartRecordType?: RRType } | undefined = {};
    while (next !== undefined) {
      const page: Awaited<ReturnType<typeof list>> = await list(next);
      seen.push(...(page.ResourceRecordSets ?? []).map(({ Name }) => Name?.replace('.shop.example.', '')));
      const { IsTruncated, NextRecordName, NextRecordType } = page;
      next =
        IsTruncated === true && NextRecordName !== undefined && NextRecordType !== undefined
          ? { StartRecordName: NextRecordName, StartRecordType: NextRecordType }
          : undefined;
    }
    expect(seen).toEqual(['a', 'b', 'a.b', 'c', 'www']);

    function list(from: { StartRecordName?: string; StartRecordType?: RRType }) {
      return scene.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId, MaxItems: 2, ...from }));
    }
  });

  test('a zone or a change that does not exist is not found', async () => {
    const { route53 } = await open();
    const zone = await refused(route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: 'ZNOTHING' })));
    expect([zone.code, zone.status]).toEqual(['NoSuchHostedZone', 404]);
    expect(zone.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(await codeOf(route53.send(new GetChangeCommand({ Id: 'C0NOTHING' })))).toBe('NoSuchChange');
  });

  test('rights and credentials are those of the account', async () => {
    const scene = await open();
    scene.sim.world.deny(['route53:ChangeResourceRecordSets']);
    const put = { Action: 'UPSERT', name: 'www.shop.example', values: ['192.0.2.1'] } as const;
    expect(await refused(change(scene, put))).toMatchObject({ code: 'AccessDenied', status: 403 });
    scene.levers.refuseKeys(true);
    expect(await codeOf(scene.route53.send(new ListHostedZonesCommand({})))).toBe('InvalidClientTokenId');
  });
});
