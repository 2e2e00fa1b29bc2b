import { cloudErrorKinds } from '../cloud-error.ts';
import { type ConformanceCase, conformanceCase } from './case.ts';
import { all, check, isPlain } from './check.ts';
import { errorsOfNothing } from './no-answer.ts';

/** What all verbs share: lists that tell the truth, errors as plain values, tags that stay, waits that notice. */
export const plumbingCases: readonly ConformanceCase[] = [
  conformanceCase(
    {
      id: '58',
      group: 'plumbing',
      title: 'a list of many pages gives each volume once',
      levers: ['populate'],
    },
    async (bench) => {
      const { volumeIds, remove } = await bench.lever('populate')(bench.tags);
      bench.atLast(remove);
      await bench.eventually('all of them are listed', async () => {
        const listed = (await bench.livingVolumes()).map(({ id }) => id);
        check(new Set(listed).size === listed.length, `${listed.length} were listed, some of them twice.`);
        const seen = new Set(listed);
        return volumeIds.every((id) => seen.has(id));
      });
      const living = (await bench.livingVolumes()).length;
      check(living === volumeIds.length, `${living} are listed, and ${volumeIds.length} were made.`);
    },
  ),
  conformanceCase(
    {
      id: '62',
      group: 'plumbing',
      title: 'a state that nobody knows is unknown, and is waited over',
      levers: ['strangeState'],
    },
    async (bench) => {
      const { volumes } = bench.cloud;
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      const release = bench.atLast(bench.lever('strangeState')(volumeId));
      const strange = await bench.must(volumes.get(volumeId));
      check(strange.state === 'unknown', `It is ${strange.state}.`);
      check(strange.providerState.length > 0, 'The word of the provider is lost.');
      const listed = (await bench.livingVolumes()).find(({ id }) => id === volumeId);
      check(listed?.state === 'unknown', `Listed it is ${listed?.state ?? 'not there'}.`);
      const on = volumes.attach({ volumeId, instanceId }, bench.call('attach'));
      await bench.pause(700);
      await release();
      const { state } = await bench.must(on);
      check(state === 'attached', `In the end it is ${state}.`);
    },
  ),
  conformanceCase(
    {
      id: '64',
      group: 'plumbing',
      title: 'every error is a plain value with kind, applied, provider, operation and request id',
      levers: ['refuse'],
    },
    async (bench) => {
      const { cloud } = bench;
      const errors = await errorsOfNothing(bench);
      bench.lever('refuse')('volumes.create', 'forbidden', 1);
      const create = cloud.volumes.create(bench.volumeSpec(), bench.call('forbidden'));
      const forbidden = await bench.mustFail(create, 'forbidden');
      check((await bench.livingVolumes()).length === 0, 'What was forbidden was made.');
      const { requestId = '' } = forbidden;
      check(requestId !== '', 'What the provider refused does not carry its request id.');
      for (const [operation, error] of [...errors, ['volumes.create', forbidden] as const]) {
        check(cloudErrorKinds.includes(error.kind), `${error.kind} is no kind.`);
        check(
          error.applied === 'no',
          `${operation} says applied ${error.applied} of what was refused or is not there.`,
        );
        check(error.operation === operation, `${operation} calls itself ${error.operation}.`);
        check(error.provider === cloud.at.provider, `${operation} names the provider ${error.provider}.`);
        check(error.message.length > 0, `${operation} says nothing.`);
        check(isPlain(error), `The error of ${operation} does not survive JSON.`);
      }
    },
  ),
  conformanceCase(
    {
      id: '65',
      group: 'plumbing',
      title: 'a wait notices within a second that the provider is done',
      traits: ['detach-while-running'],
      levers: ['reachedAtMs'],
    },
    async (bench) => {
      const { cloud, subject } = bench;
      const { id: instanceId } = await bench.instance('server');
      const { id: volumeId } = await bench.volume('data');
      const lagsMs: number[] = [];
      const note = async (): Promise<void> => {
        const noticedMs = subject.clock.now();
        lagsMs.push(noticedMs - (await bench.lever('reachedAtMs')(volumeId)));
      };
      const pairing = { volumeId, instanceId };
      await note();
      for (const round of [1, 2]) {
        await bench.must(cloud.volumes.attach(pairing, bench.call(`attach${round}`)));
        await note();
        await bench.must(cloud.volumes.detach(pairing, bench.call(`detach${round}`)));
        await note();
      }
      // One of them may have been held up by the machine that the suite runs on.
      const sorted = lagsMs.toSorted((a, b) => a - b);
      const medianMs = sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
      check(medianMs <= 1_000, `It was noticed after ${lagsMs.join(', ')} ms.`);
      check((sorted[0] ?? -1) >= 0, `It was noticed ${sorted[0]} ms before it was so.`);
    },
  ),
  conformanceCase(
    {
      id: '66',
      group: 'plumbing',
      title: 'tags stay as they are through all changes, those of others too',
      levers: ['tagBehind'],
    },
    async (bench) => {
      const { instances, volumes } = bench.cloud;
      const { id } = await bench.instance('server');
      const foreign = { 'other.owner': 'the shop', 'other.empty-handed': 'no' };
      await bench.lever('tagBehind')(id, foreign);
      const renamed = await bench.must(instances.rename(id, 'conformance, renamed', bench.call('rename')));
      check(renamed.name === 'conformance, renamed', `It is called ${renamed.name}.`);
      await bench.must(instances.stop(id, bench.call('stop')));
      await bench.must(instances.start(id, bench.call('start')));
      const wanted = Object.entries({ ...foreign, ...bench.tags });
      const { tags, name } = await bench.must(instances.get(id));
      check(name === 'conformance, renamed', `Read back it is called ${name}.`);
      for (const [tag, value] of wanted) {
        check(tags[tag] === value, `The instance's tag ${tag} is ${tags[tag] ?? 'gone'}.`);
      }
      // The name was given anew since, but the key and the spec are those of its creation.
      const again = await bench.instance('server');
      check(again.id === id, `Renamed, it was made a second time: ${again.id}.`);
      check(again.name === 'conformance, renamed', `The create of before called it ${again.name} again.`);

      const volume = await bench.volume('data');
      await bench.must(volumes.modify(volume.id, { sizeGiB: 2 }, bench.call('grow')));
      await bench.must(volumes.attach({ volumeId: volume.id, instanceId: id }, bench.call('attach')));
      const read = await bench.must(volumes.get(volume.id));
      for (const [tag, value] of Object.entries(bench.tags)) {
        check(read.tags[tag] === value, `The volume's tag ${tag} is ${read.tags[tag] ?? 'gone'}.`);
      }
      const found = await bench.must(volumes.find(bench.call('data').key));
      check(found?.id === volume.id, 'The volume is no longer found under its key.');
    },
  ),
  conformanceCase(
    {
      id: '67',
      group: 'plumbing',
      title: 'a list shows what was made, with its tags, and hides what was deleted',
    },
    async (bench) => {
      const { cloud } = bench;
      const [kept, lost] = [await bench.volume('kept'), await bench.volume('lost')];
      await bench.eventually('both are listed', async () => (await bench.livingVolumes()).length === 2);
      await bench.must(cloud.volumes.delete(lost.id, bench.call('delete')));
      const after = (await bench.ended(cloud.volumes.get(lost.id))).match(
        ({ state }) => state,
        ({ kind }) => kind,
      );
      check(after === 'gone' || after === 'not-found', `Deleted, it is ${after}.`);
      await bench.eventually('one is listed', async () => (await bench.livingVolumes()).length === 1);
      const [only] = await bench.livingVolumes();
      check(only?.id === kept.id, `${only?.id ?? 'nothing'} is listed.`);
      const [[name, value] = ['', '']] = Object.entries(bench.tags);
      check(only.tags[name] === value, 'It lost its tag.');
      for (const tags of [{ [name]: `${value}.other` }, { ...bench.tags, 'belay.other': 'no' }]) {
        const others = await all(cloud.volumes.list({ tags }));
        check(others.length === 0, `Asked for other tags, it lists ${others[0]?.id}.`);
      }
      for (const id of [lost.id, bench.subject.missing.volumeId]) {
        await bench.must(cloud.volumes.delete(id, bench.call(`delete.${id}`)));
      }
      const gone = await bench.must(cloud.volumes.find(bench.call('lost').key));
      check(gone === undefined, 'The deleted one is still found under its key.');
    },
  ),
];
