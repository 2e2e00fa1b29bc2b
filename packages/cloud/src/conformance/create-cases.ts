import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** What a create makes, and what it refuses before it makes anything. */
export const createCases: readonly ConformanceCase[] = [
  conformanceCase(
    { id: '1', group: 'create', title: 'a new volume has its size and zone and is available' },
    async (bench) => {
      const volume = await bench.volume('data', { sizeGiB: 2 });
      check(volume.sizeGiB >= 2, `It has ${volume.sizeGiB} GiB, and 2 were asked for.`);
      check(volume.zone === bench.subject.zones[0], `It is in ${volume.zone}.`);
      check(volume.state === 'available', `It is ${volume.state}.`);
      check(volume.attachments.length === 0, 'It is attached to something.');
      check(volume.name === 'conformance', `It is called ${volume.name}.`);
      check(volume.diskType === bench.subject.diskType, `It is of the type ${volume.diskType}.`);
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(read.id === volume.id && read.state === 'available', `Read back it is ${read.state}.`);
    },
  ),
  conformanceCase(
    { id: '2', group: 'create', title: 'the same key and spec give the same volume again' },
    async (bench) => {
      const first = await bench.volume('data');
      const second = await bench.volume('data');
      check(first.id === second.id, `There are two: ${first.id} and ${second.id}.`);
      const found = await bench.must(bench.cloud.volumes.find(bench.call('data').key));
      check(found?.id === first.id, `Looked up by key it is ${found?.id ?? 'not there'}.`);
      const other = await bench.must(bench.cloud.volumes.find(bench.call('other').key));
      check(other === undefined, `Under a key that made nothing there is ${other?.id}.`);
      await bench.onlyVolume(first.id);
    },
  ),
  conformanceCase(
    { id: '3', group: 'create', title: 'the same key with another size is a mismatch, and nothing is made' },
    async (bench) => {
      const { id } = await bench.volume('data');
      const other = bench.cloud.volumes.create(bench.volumeSpec({ sizeGiB: 3 }), bench.call('data'));
      await bench.mustFail(other, 'idempotency-mismatch');
      await bench.onlyVolume(id);
      const { sizeGiB } = await bench.must(bench.cloud.volumes.get(id));
      check(sizeGiB < 3, `It has ${sizeGiB} GiB now.`);
    },
  ),
  conformanceCase(
    {
      id: '9',
      group: 'create',
      title: 'what was made a moment ago and cannot be read yet, or no more, is waited for',
      levers: ['hideNew'],
    },
    async (bench) => {
      bench.lever('hideNew')(2);
      const volume = await bench.volume('data');
      check(volume.state === 'available', `It is ${volume.state}.`);
      await bench.onlyVolume(volume.id);
      // Another replica answers, and has not heard of it.
      bench.lever('hideNew')(2, 1);
      const flickering = await bench.volume('more-data');
      check(flickering.state === 'available', `What was hidden again is ${flickering.state}.`);
    },
  ),
  conformanceCase(
    { id: '11', group: 'create', title: 'a key whose volume was deleted makes a new one at once' },
    async (bench) => {
      const first = await bench.volume('data');
      await bench.must(bench.cloud.volumes.delete(first.id, bench.call('delete')));
      const second = await bench.volume('data');
      check(first.id !== second.id, 'The deleted volume was given again.');
      check(second.state === 'available', `The new one is ${second.state}.`);
    },
  ),
  conformanceCase(
    {
      id: '12',
      group: 'create',
      title: 'long names and tags, also in other scripts than Latin, come back as they were given',
    },
    async (bench) => {
      const name = `conformance ${'größer 大きい больше '.repeat(20)}`.slice(0, 254).concat('.');
      const tags = {
        ...bench.tags,
        'belay.long': `${'é'.repeat(254)}.`,
        'belay.signs': 'größe 大 б + - = . _ : / @',
        [`belay.${'n'.repeat(100)}`]: 'a long name',
      };
      const spec = bench.volumeSpec({ name, tags });
      const { id } = await bench.must(bench.cloud.volumes.create(spec, bench.call('data')));
      const volume = await bench.must(bench.cloud.volumes.get(id));
      check(volume.name === name, `It is called ${volume.name}.`);
      for (const [tag, value] of Object.entries(tags)) {
        check(volume.tags[tag] === value, `Its tag ${tag} is ${volume.tags[tag] ?? 'gone'}.`);
      }
      const again = await bench.must(bench.cloud.volumes.create(spec, bench.call('data')));
      check(again.id === id, `There are two: ${id} and ${again.id}.`);
      const server = await bench.must(
        bench.cloud.instances.create(bench.instanceSpec({ name, tags }), bench.call('server')),
      );
      const instance = await bench.must(bench.cloud.instances.get(server.id));
      check(instance.name === name, `The instance is called ${instance.name}.`);
      const { 'belay.signs': signs } = instance.tags;
      check(signs === tags['belay.signs'], `The instance has the tag ${signs ?? 'no more'}.`);
    },
  ),
  conformanceCase(
    { id: '13', group: 'create', title: 'a zone that does not exist is refused, and nothing is made' },
    async (bench) => {
      const { cloud } = bench;
      const zone = 'no-such-zone';
      const creates = [
        cloud.volumes.create(bench.volumeSpec({ zone }), bench.call('data')),
        cloud.instances.create(bench.instanceSpec({ zone }), bench.call('server')),
      ];
      for (const create of creates) {
        const error = await bench.mustFail(create, 'invalid', 'zone-mismatch');
        check(error.applied === 'no', `${error.operation} says applied ${error.applied}.`);
      }
      check((await bench.livingVolumes()).length === 0, 'A volume was made.');
      check((await bench.livingInstances()).length === 0, 'An instance was made.');
    },
  ),
  conformanceCase(
    {
      id: '14',
      group: 'create',
      title: 'a volume is made of a snapshot or of a volume that exists, and not smaller than that',
      traits: ['snapshots'],
    },
    async (bench) => {
      const { volumes, snapshots } = bench.cloud;
      const { missing } = bench.subject;
      const source = await bench.volume('source', { sizeGiB: 2 });
      const snapshot = await bench.snapshot('picture', source.id);
      await bench.must(snapshots.untilReady(snapshot.id, bench.call('ready')));
      const made = await bench.volume('of-snapshot', { sizeGiB: 2, snapshotId: snapshot.id });
      check(made.state === 'available' && made.sizeGiB >= 2, `It is ${made.state}, ${made.sizeGiB} GiB.`);
      check(made.snapshotId === snapshot.id, `It says that it was made of ${made.snapshotId ?? 'nothing'}.`);
      const small = bench.volumeSpec({ sizeGiB: 1, snapshotId: snapshot.id });
      await bench.mustFail(volumes.create(small, bench.call('small')), 'invalid');
      const nothing = bench.volumeSpec({ sizeGiB: 2, snapshotId: missing.snapshotId });
      await bench.mustFail(volumes.create(nothing, bench.call('nothing')), 'not-found');
      if (bench.has('volumeCopy')) {
        const copySpec = { name: 'conformance', volumeId: source.id, tags: bench.tags };
        const copy = await bench.must(volumes.copy(copySpec, bench.call('copy')));
        check(copy.id !== source.id, 'The copy is the source.');
        check(copy.state === 'available' && copy.sizeGiB >= 2, `It is ${copy.state}, ${copy.sizeGiB} GiB.`);
        check(copy.zone === source.zone, `The copy is in ${copy.zone}.`);
        check(copy.name === copySpec.name, `The copy is called ${copy.name}.`);
        const again = await bench.must(volumes.copy(copySpec, bench.call('copy')));
        check(again.id === copy.id, `There are two copies: ${copy.id} and ${again.id}.`);
        const ofNothing = { ...copySpec, volumeId: missing.volumeId };
        await bench.mustFail(volumes.copy(ofNothing, bench.call('copy-nothing')), 'not-found');
      }
      const wanted = bench.has('volumeCopy') ? 3 : 2;
      const living = (await bench.livingVolumes()).length;
      check(living === wanted, `There are ${living} volumes and not ${wanted}.`);
    },
  ),
];
