import { type CloudError, cloudErrorKinds } from '../cloud-error.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** What all verbs share: signals, errors as plain values, lists that tell the truth. */
export const plumbingCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '59',
      group: 'plumbing',
      title: 'a call that is throttled three times works in the end, or says that it was throttled',
      levers: ['refuse'],
    },
    async (bench) => {
      bench.lever('refuse')('volumes.create', 'throttled', 3);
      const first = await bench.cloud.volumes.create(bench.volumeSpec(), bench.call('data'));
      if (first.isErr()) {
        check(first.error.kind === 'throttled', `It failed as ${first.error.kind}.`);
        check(first.error.applied === 'no', `It says applied ${first.error.applied}.`);
        await bench.eventually('the create works', async () =>
          (await bench.cloud.volumes.create(bench.volumeSpec(), bench.call('data'))).isOk(),
        );
      }
      check((await bench.livingVolumes()).length === 1, 'Not exactly one volume was made.');
    },
  ),
  conformanceCase(
    {
      id: '61',
      group: 'plumbing',
      title: 'a signal ends a call within a second, and the same call again finishes the work once',
    },
    async (bench) => {
      const { clock } = bench.subject;
      const stop = new AbortController();
      const create = bench.cloud.instances.create(
        bench.instanceSpec(),
        bench.call('server', { signal: stop.signal }),
      );
      const abortedMs = clock.now();
      stop.abort();
      const error = await bench.mustFail(create, 'cancelled');
      const tookMs = clock.now() - abortedMs;
      check(tookMs <= 1_000, `It took ${tookMs} ms to stop.`);
      check(error.applied !== 'yes', 'It claims to know that it happened.');
      const instance = await bench.instance('server');
      const living = await bench.livingInstances();
      check(living.length === 1 && living[0]?.id === instance.id, `There are ${living.length} instances.`);
    },
  ),
  conformanceCase(
    {
      id: '64',
      group: 'plumbing',
      title: 'every error is a plain value with kind, applied, provider and operation',
    },
    async (bench) => {
      const { cloud } = bench;
      const { volumeId, instanceId } = bench.subject.missing;
      const errors: readonly (readonly [string, CloudError])[] = [
        ['volumes.get', await bench.mustFail(cloud.volumes.get(volumeId), 'not-found')],
        ['instances.get', await bench.mustFail(cloud.instances.get(instanceId), 'not-found')],
        [
          'instances.stop',
          await bench.mustFail(cloud.instances.stop(instanceId, bench.call('stop')), 'not-found'),
        ],
        [
          'volumes.attach',
          await bench.mustFail(
            cloud.volumes.attach({ volumeId, instanceId }, bench.call('attach')),
            'not-found',
          ),
        ],
      ];
      for (const [operation, error] of errors) {
        check(cloudErrorKinds.includes(error.kind), `${error.kind} is no kind.`);
        check(
          ['no', 'yes', 'unknown'].includes(error.applied),
          `${operation} does not say whether it applied.`,
        );
        check(
          error.applied === 'no',
          `${operation} says applied ${error.applied} of a resource that is not there.`,
        );
        check(error.operation === operation, `${operation} calls itself ${error.operation}.`);
        check(error.provider === cloud.at.provider, `${operation} names the provider ${error.provider}.`);
        check(error.message.length > 0, `${operation} says nothing.`);
        const copy: unknown = JSON.parse(JSON.stringify(error));
        check(JSON.stringify(copy) === JSON.stringify({ ...error }), `${operation} does not survive JSON.`);
      }
    },
  ),
  conformanceCase(
    {
      id: '67',
      group: 'plumbing',
      title: 'a list shows what was made, with its tags, and hides what was deleted',
    },
    async (bench) => {
      const [kept, lost] = [await bench.volume('kept'), await bench.volume('lost')];
      await bench.eventually('both are listed', async () => (await bench.livingVolumes()).length === 2);
      await bench.must(bench.cloud.volumes.delete(lost.id, bench.call('delete')));
      await bench.eventually('one is listed', async () => (await bench.livingVolumes()).length === 1);
      const [only] = await bench.livingVolumes();
      check(only?.id === kept.id, `${only?.id ?? 'nothing'} is listed.`);
      const [[name, value] = ['', '']] = Object.entries(bench.tags);
      check(only.tags[name] === value, 'It lost its tag.');
    },
  ),
];
