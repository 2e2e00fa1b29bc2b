import type { InstanceId } from '../ref.ts';
import type { Bench } from './bench.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { all, check } from './check.ts';

/** An address moves from where it was expected to be, and from nowhere else. */
export const floatingIpCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '54',
      group: 'floating-ip',
      title: 'an address moves from one instance to the other and back; a repeated move changes nothing',
      traits: ['floating-ips'],
    },
    async (bench) => {
      const { floatingIps } = bench.cloud;
      const [a, b] = [await bench.instance('a'), await bench.instance('b')];
      const { id, address } = await bench.floatingIp('address');
      const ways = [
        { from: undefined, to: a.id },
        { from: a.id, to: b.id },
        { from: a.id, to: b.id },
        { from: b.id, to: a.id },
        { from: a.id, to: undefined },
      ];
      for (const [i, way] of ways.entries()) {
        const moved = await bench.must(floatingIps.move(id, way, bench.call(`move${i}`)));
        check(
          moved.instanceId === way.to,
          `After move ${i + 1} it is bound to ${moved.instanceId ?? 'nothing'}.`,
        );
        const read = await bench.must(floatingIps.get(id));
        check(read.instanceId === way.to, `Read back it is bound to ${read.instanceId ?? 'nothing'}.`);
        // A cloud may take a while to tell its instances: the first two moves are enough to see that it does.
        if (i < 2 && way.to !== undefined) await isShown(bench, way.to, address, true);
      }
    },
  ),
  conformanceCase(
    {
      id: '55',
      group: 'floating-ip',
      title: 'an address that is bound to a third instance is left there',
      traits: ['floating-ips'],
    },
    async (bench) => {
      const { floatingIps } = bench.cloud;
      const [a, b, third] = [
        await bench.instance('a'),
        await bench.instance('b'),
        await bench.instance('third'),
      ];
      const { id } = await bench.floatingIp('address');
      await bench.must(floatingIps.move(id, { from: undefined, to: third.id }, bench.call('bind')));
      for (const from of [a.id, undefined]) {
        const move = floatingIps.move(id, { from, to: b.id }, bench.call(`from-${from ?? 'nothing'}`));
        await bench.mustFail(move, 'attached-elsewhere');
        const read = await bench.must(floatingIps.get(id));
        check(read.instanceId === third.id, `It is bound to ${read.instanceId ?? 'nothing'} now.`);
      }
    },
  ),
  conformanceCase(
    {
      id: '56',
      group: 'floating-ip',
      title: 'a bound address is not given back, nor with its instance; a free one is, and may be twice',
      traits: ['floating-ips'],
    },
    async (bench) => {
      const { floatingIps } = bench.cloud;
      const { id: instanceId } = await bench.instance('server');
      const { id, address } = await bench.floatingIp('address');
      for (const [part, isOn] of [
        ['bind', true],
        ['off', false],
        ['bind-again', true],
      ] as const) {
        const way = { from: isOn ? undefined : instanceId, to: isOn ? instanceId : undefined };
        await bench.must(floatingIps.move(id, way, bench.call(part)));
        if (part !== 'bind-again') await isShown(bench, instanceId, address, isOn);
      }
      await bench.mustFail(floatingIps.delete(id, bench.call('early')), 'busy');
      const still = await bench.must(floatingIps.get(id));
      check(
        still.instanceId === instanceId,
        `Not given back, it is bound to ${still.instanceId ?? 'nothing'}.`,
      );
      await bench.must(bench.cloud.instances.delete(instanceId, bench.call('server-delete')));
      await bench.eventually('its instance is gone, and it is free', async () => {
        const { instanceId: holder } = await bench.must(floatingIps.get(id));
        return holder === undefined;
      });
      await bench.must(floatingIps.move(id, { from: instanceId, to: undefined }, bench.call('free')));
      const others = await all(floatingIps.list({ tags: { ...bench.tags, 'belay.other': 'no' } }));
      check(others.length === 0, `Asked for other tags, it lists ${others[0]?.id}.`);
      await bench.must(floatingIps.delete(id, bench.call('delete')));
      const left = await all(floatingIps.list({ tags: bench.tags }));
      check(left.length === 0, 'Given back, it is still listed.');
      await bench.must(floatingIps.delete(id, bench.call('again')));
      await bench.must(floatingIps.delete(bench.subject.missing.floatingIpId, bench.call('missing')));
    },
  ),
];

/** An instance may learn a moment later which addresses lead to it. */
async function isShown(bench: Bench, id: InstanceId, address: string, wanted: boolean): Promise<void> {
  await bench.eventually(`${address} is ${wanted ? 'a' : 'no'} public address of ${id}`, async () => {
    const { publicAddresses } = await bench.must(bench.cloud.instances.get(id));
    return publicAddresses.includes(address) === wanted;
  });
}
