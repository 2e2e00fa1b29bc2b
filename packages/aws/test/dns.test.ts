import type { DnsRecord } from '@belay/cloud';
import { describe, expect, it } from 'vitest';
import { decodeValue, encodeValue, plainName, sameRecord } from '../src/dns-text.ts';
import { must, mustFail, openEc2 } from './open-ec2.ts';

const hostedZones = ['shop.example.', 'eu.shop.example.'];
const was: DnsRecord = { name: 'www.shop.example.', type: 'A', values: ['192.0.2.1'], ttlSeconds: 300 };
const willBe: DnsRecord = { ...was, values: ['192.0.2.2', '192.0.2.3'], ttlSeconds: 60 };
const call = { key: 'run-1/dns' };

describe('a record', () => {
  it('is put in place of another one, and back again with its old values and TTL', async () => {
    const { cloud, world } = await openEc2({ hostedZones });
    world.seed.record(was);
    expect(await must(cloud.dns.change({ from: was, to: willBe }, call))).toEqual(willBe);
    expect(sameRecord(await must(cloud.dns.get(was.name, 'A')), willBe)).toBe(true);
    await must(cloud.dns.change({ from: willBe, to: was }, { key: 'back' }));
    expect(await must(cloud.dns.get(was.name, 'A'))).toEqual(was);
  });

  it('that is new is made, and goes again', async () => {
    const { cloud } = await openEc2({ hostedZones });
    await must(cloud.dns.change({ from: undefined, to: was }, call));
    await must(cloud.dns.change({ from: was, to: undefined }, { key: 'back' }));
    expect(await must(cloud.dns.get(was.name, 'A'))).toBe(undefined);
    await must(cloud.dns.change({ from: was, to: undefined }, { key: 'back' }));
  });

  it('that is there already is fine, and is waited for until all servers know', async () => {
    const { cloud } = await openEc2({ hostedZones });
    await must(cloud.dns.change({ from: undefined, to: was }, call));
    expect(await must(cloud.dns.change({ from: undefined, to: was }, call))).toEqual(was);
  });

  it('that somebody else has changed is busy, and stays', async () => {
    const { cloud, world } = await openEc2({ hostedZones });
    const theirs = { ...was, values: ['198.51.100.7'] };
    world.seed.record(theirs);
    const error = await mustFail(cloud.dns.change({ from: was, to: willBe }, call));
    expect(error).toMatchObject({ kind: 'busy', applied: 'no', lastState: '198.51.100.7' });
    expect(await must(cloud.dns.get(was.name, 'A'))).toEqual(theirs);
  });

  it('that somebody else changes between the look and the change stays theirs', async () => {
    const theirs = { ...was, values: ['198.51.100.7'] };
    const { cloud, world } = await openEc2({
      hostedZones,
      beforeDnsChange: (edit) => edit.seed.record(theirs),
    });
    world.seed.record(was);
    const error = await mustFail(cloud.dns.change({ from: was, to: willBe }, call));
    expect(error).toMatchObject({ kind: 'busy', applied: 'no' });
    expect(await must(cloud.dns.get(was.name, 'A'))).toEqual(theirs);
  });

  it('is not renamed by a change, and nothing is sent', async () => {
    const { cloud } = await openEc2({ hostedZones });
    const other = { ...willBe, name: 'api.shop.example.' };
    expect((await mustFail(cloud.dns.change({ from: was, to: other }, call))).kind).toBe('invalid');
  });

  it('lies in the zone whose name is the longest end of its own', async () => {
    const { cloud, dnsRequests } = await openEc2({ hostedZones });
    await must(cloud.dns.change({ from: undefined, to: { ...was, name: 'www.eu.shop.example.' } }, call));
    await must(cloud.dns.change({ from: undefined, to: was }, call));
    const zones = dnsRequests().map((one) => Reflect.get(one, 'HostedZoneId'));
    expect(new Set(zones).size).toBe(2);
  });

  it('in nobody’s zone is not found', async () => {
    const { cloud } = await openEc2({ hostedZones });
    const error = await mustFail(cloud.dns.get('www.elsewhere.example.', 'A'));
    expect(error).toMatchObject({ kind: 'not-found', resourceId: 'www.elsewhere.example.' });
    // The end of a name is not the end of a text.
    expect((await mustFail(cloud.dns.get('notshop.example.', 'A'))).kind).toBe('not-found');
  });
});

describe('a text', () => {
  it('comes back as it was, whatever is in it and however long it is', () => {
    for (const text of ['v=spf1 -all', 'say "hi" \\ there', 'x'.repeat(700), '']) {
      expect(decodeValue('TXT', encodeValue('TXT', text))).toBe(text);
    }
    expect(encodeValue('TXT', 'x'.repeat(300)).split(' ')).toHaveLength(2);
  });

  it('of an address or a name is left as it is', () => {
    expect(encodeValue('A', '192.0.2.1')).toBe('192.0.2.1');
    expect(decodeValue('CNAME', 'shop.example.')).toBe('shop.example.');
  });
});

describe('a name', () => {
  it('is the same however it is written', () => {
    expect(plainName('\\052.Shop.Example')).toBe('*.shop.example.');
  });
});

describe('two records', () => {
  it('are the same in any order of their values, and not with another TTL', () => {
    const turned = { ...willBe, values: willBe.values.toReversed() };
    expect(sameRecord(willBe, turned)).toBe(true);
    expect(sameRecord(willBe, { ...willBe, ttlSeconds: 61 })).toBe(false);
    expect(sameRecord(undefined, undefined)).toBe(true);
    expect(sameRecord(was, undefined)).toBe(false);
  });
});
