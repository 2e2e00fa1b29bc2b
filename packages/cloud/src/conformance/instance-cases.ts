import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** Starting, stopping and deleting can be asked for twice, and capacity that is not there leaves nothing behind. */
export const instanceCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '46',
      group: 'instance',
      title: 'stop, start and delete can be repeated; a missing instance is deleted already',
    },
    async (bench) => {
      const { instances } = bench.cloud;
      const { id, state } = await bench.instance('server');
      check(state === 'running', `After its creation it is ${state}.`);
      for (const part of ['stop', 'stop-again']) {
        const stopped = await bench.must(instances.stop(id, bench.call(part)));
        check(stopped.state === 'stopped', `After ${part} it is ${stopped.state}.`);
      }
      for (const part of ['start', 'start-again']) {
        const started = await bench.must(instances.start(id, bench.call(part)));
        check(started.state === 'running', `After ${part} it is ${started.state}.`);
      }
      for (const part of ['delete', 'delete-again']) {
        await bench.must(instances.delete(id, bench.call(part)));
      }
      check((await bench.livingInstances()).length === 0, 'It is still listed as living.');
      await bench.must(instances.delete(bench.subject.missing.instanceId, bench.call('missing')));
    },
  ),
  conformanceCase(
    {
      id: '47',
      group: 'instance',
      title: 'no capacity is out of stock, asked for once, with nothing left behind',
      levers: ['refuse'],
    },
    async (bench) => {
      const calls = bench.subject.levers.calls;
      const before = calls?.('instances.create') ?? 0;
      bench.lever('refuse')('instances.create', 'out-of-stock', 1);
      const create = bench.cloud.instances.create(bench.instanceSpec(), bench.call('server'));
      await bench.mustFail(create, 'out-of-stock');
      const asked = (calls?.('instances.create') ?? 1) - before;
      check(calls === undefined || asked === 1, `The provider was asked ${asked} times.`);
      check((await bench.livingInstances()).length === 0, 'Something was left behind.');

      const { id } = await bench.instance('server');
      await bench.must(bench.cloud.instances.stop(id, bench.call('stop')));
      bench.lever('refuse')('instances.start', 'out-of-stock', 1);
      await bench.mustFail(bench.cloud.instances.start(id, bench.call('start')), 'out-of-stock');
      const { state } = await bench.must(bench.cloud.instances.get(id));
      check(state === 'stopped', `After the start that failed it is ${state}.`);
    },
  ),
  conformanceCase(
    { id: '48', group: 'instance', title: 'a protected instance is not deleted', levers: ['protect'] },
    async (bench) => {
      const { id } = await bench.instance('server');
      const protect = bench.lever('protect');
      await protect(id, true);
      await bench.mustFail(bench.cloud.instances.delete(id, bench.call('delete')), 'protected');
      const { state } = await bench.must(bench.cloud.instances.get(id));
      await protect(id, false);
      check(state === 'running', `It is ${state}.`);
    },
  ),
];
