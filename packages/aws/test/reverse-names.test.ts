// A mail server that nobody can look up backwards is taken for a sender of spam: the name of an elastic address is set,
// and comes back, like any other record.

import type { DnsRecord } from '@belay/cloud';
import { expect, it } from 'vitest';
import { must, mustFail, openEc2 } from './open-ec2.ts';

const call = (key: string) => ({ key, timeoutMs: 60_000 });

async function open() {
  const opened = await openEc2({ hostedZones: ['shop.example.'] });
  const { cloud, world } = opened;
  const { address } = await must(cloud.floatingIps.create({}, call('address')));
  const name = `${address.split('.').reverse().join('.')}.in-addr.arpa.`;
  for (const host of ['mail.shop.example.', 'mail2.shop.example.'])
    world.seed.record({ name: host, type: 'A', values: [address], ttlSeconds: 300 });
  const record = (value: string): DnsRecord => ({ name, type: 'PTR', values: [value], ttlSeconds: 600 });
  return { ...opened, name, record, get: () => must(cloud.dns.get(name, 'PTR')) };
}

it('the name of an elastic address is set, read, changed and taken away again', async () => {
  const { cloud, record, get, sent } = await open();
  const [old, later] = [record('mail.shop.example.'), record('mail2.shop.example.')];
  expect(await get()).toBeUndefined();
  for (const [from, to] of [
    [undefined, old],
    [undefined, old],
    [old, later],
    [later, old],
    [old, undefined],
  ] as const) {
    expect(await must(cloud.dns.change({ from, to }, call('change')))).toEqual(to);
    expect((await get())?.values).toEqual(to?.values);
  }
  // What is there already is not asked for again.
  expect(sent('modifyAddressAttribute')).toBe(3);
  expect(sent('resetAddressAttribute')).toBe(1);
});

it('a name that somebody else has given is left alone', async () => {
  const { cloud, record, get } = await open();
  const [mine, theirs] = [record('mail.shop.example.'), record('mail2.shop.example.')];
  await must(cloud.dns.change({ from: undefined, to: theirs }, call('theirs')));
  const error = await mustFail(cloud.dns.change({ from: undefined, to: mine }, call('mine')));
  expect(error).toMatchObject({ kind: 'busy', applied: 'no', lastState: 'mail2.shop.example.' });
  expect((await get())?.values).toEqual(theirs.values);
});

it('a name that does not lead to the address is refused with the reason, and none is there', async () => {
  const { cloud, record, get } = await open();
  const to = record('elsewhere.shop.example.');
  const error = await mustFail(cloud.dns.change({ from: undefined, to }, call('astray')));
  expect(error).toMatchObject({ kind: 'failed', lastState: 'FAILED' });
  expect(error.message).toContain('does not lead to the address');
  expect(await get()).toBeUndefined();
});

it('an address has one name, and one that is not of the account has none here', async () => {
  const { cloud, record, name } = await open();
  const two = { ...record('a.example.'), values: ['a.example.', 'b.example.'] };
  const several = await mustFail(cloud.dns.change({ from: undefined, to: two }, call('two')));
  expect(several).toMatchObject({ kind: 'invalid', applied: 'no' });
  const foreign = await mustFail(cloud.dns.get('1.2.0.192.in-addr.arpa.', 'PTR'));
  expect(foreign).toMatchObject({ kind: 'not-found', resourceId: '1.2.0.192.in-addr.arpa.' });
  expect(await must(cloud.dns.get(name, 'PTR'))).toBeUndefined();
});
