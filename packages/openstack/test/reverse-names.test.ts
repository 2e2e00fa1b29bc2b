// A mail server that nobody can look up backwards is taken for a sender of spam: the name of a floating address moves,
// and comes back, like any other record.

import type { DnsRecord } from '@belay/cloud';
import { expect, it } from 'vitest';
import { openFake } from './open-fake.ts';

const call = (key: string) => ({ key, timeoutMs: 60_000 });

async function open() {
  const fake = await openFake({ dns: true });
  const { cloud, clock } = fake;
  const { address } = (await clock.run(cloud.floatingIps.create({}, call('address'))))._unsafeUnwrap();
  const name = `${address.split('.').reverse().join('.')}.in-addr.arpa.`;
  const record = (value: string, ttlSeconds = 600): DnsRecord => ({
    ...{ name, type: 'PTR', values: [value], ttlSeconds },
  });
  return { ...fake, name, record };
}

it('the name of a floating address is set, read, changed and taken away again', async () => {
  const { cloud, clock, name, record } = await open();
  const [old, later] = [record('mail.shop.example.'), record('mail2.shop.example.', 60)];
  const get = async () => (await clock.run(cloud.dns.get(name, 'PTR')))._unsafeUnwrap();
  expect(await get()).toBeUndefined();
  for (const [from, to] of [
    [undefined, old],
    [undefined, old],
    [old, later],
    [later, old],
    [old, undefined],
  ] as const) {
    const changed = await clock.run(cloud.dns.change({ from, to }, call('change')));
    expect(changed._unsafeUnwrap()).toEqual(to);
    expect(await get()).toEqual(to);
  }
});

it('a name that somebody else has given is left alone', async () => {
  const { cloud, clock, name, record } = await open();
  const [mine, theirs] = [record('mail.shop.example.'), record('other.example.')];
  (await clock.run(cloud.dns.change({ from: undefined, to: theirs }, call('theirs'))))._unsafeUnwrap();
  const error = (
    await clock.run(cloud.dns.change({ from: undefined, to: mine }, call('mine')))
  )._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'busy', applied: 'no' });
  expect(error.message).toContain('other.example.');
  expect((await clock.run(cloud.dns.get(name, 'PTR')))._unsafeUnwrap()).toEqual(theirs);
});

it('an address has one name, and one that is not of the project has none here', async () => {
  const { cloud, clock, name, record } = await open();
  const two = { ...record('a.example.'), values: ['a.example.', 'b.example.'] };
  const several = await clock.run(cloud.dns.change({ from: undefined, to: two }, call('two')));
  expect(several._unsafeUnwrapErr()).toMatchObject({ kind: 'invalid', applied: 'no' });
  const foreign = await clock.run(cloud.dns.get('1.2.0.192.in-addr.arpa.', 'PTR'));
  expect(foreign._unsafeUnwrapErr()).toMatchObject({
    kind: 'not-found',
    resourceId: '1.2.0.192.in-addr.arpa.',
  });
  expect((await clock.run(cloud.dns.get(name, 'PTR')))._unsafeUnwrap()).toBeUndefined();
});
