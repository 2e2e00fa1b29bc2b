import { type ConformanceCase, conformanceCase } from './case.ts';
import { check } from './check.ts';

/** A volume is on one instance at a time, and an attach resolves when the volume itself says so. */
export const attachCases: readonly ConformanceCase[] = [
  conformanceCase(
    { id: '16', group: 'attach', title: 'an attach ends attached and says how the guest finds the disk' },
    async (bench) => {
      const [instance, volume] = [await bench.instance('server'), await bench.volume('data')];
      const pairing = { volumeId: volume.id, instanceId: instance.id };
      const attachment = await bench.must(bench.cloud.volumes.attach(pairing, bench.call('attach')));
      check(attachment.state === 'attached', `It is ${attachment.state}.`);
      check(attachment.disk.serial !== '', 'The disk has no serial.');
      check(
        attachment.volumeId === volume.id && attachment.instanceId === instance.id,
        `It is of ${attachment.volumeId} on ${attachment.instanceId}.`,
      );
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(read.state === 'in-use', `The volume is ${read.state}.`);
      check(
        read.attachments.length === 1 && read.attachments[0]?.instanceId === instance.id,
        'The volume does not name the instance.',
      );
      await bench.eventually('its list names the instance', async () => {
        const listed = (await bench.livingVolumes()).find(({ id }) => id === volume.id);
        return listed?.attachments.some(({ instanceId }) => instanceId === instance.id) === true;
      });
      await bench.mustFail(bench.cloud.volumes.delete(volume.id, bench.call('delete')), 'busy');
      const after = await bench.must(bench.cloud.volumes.get(volume.id));
      check(after.state === 'in-use', `Its deletion was refused, and it is ${after.state}.`);
    },
  ),
  conformanceCase(
    { id: '17', group: 'attach', title: 'an attach to the instance that has the volume already is fine' },
    async (bench) => {
      const instance = await bench.instance('server');
      const volume = await bench.attached('data', instance);
      const pairing = { volumeId: volume.id, instanceId: instance.id };
      const again = await bench.must(bench.cloud.volumes.attach(pairing, bench.call('again')));
      check(again.state === 'attached', `It is ${again.state}.`);
      check(again.disk.serial === volume.attachments[0]?.disk.serial, 'The disk has another serial now.');
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(read.attachments.length === 1, `It has ${read.attachments.length} attachments.`);
    },
  ),
  conformanceCase(
    { id: '18', group: 'attach', title: 'a volume on another instance is refused and stays where it is' },
    async (bench) => {
      const [holder, other] = [await bench.instance('holder'), await bench.instance('other')];
      const volume = await bench.attached('data', holder);
      const pairing = { volumeId: volume.id, instanceId: other.id };
      await bench.mustFail(bench.cloud.volumes.attach(pairing, bench.call('steal')), 'attached-elsewhere');
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(
        read.attachments.length === 1 &&
          read.attachments[0]?.instanceId === holder.id &&
          read.attachments[0].state === 'attached',
        'The first attachment was touched.',
      );
    },
  ),
  conformanceCase(
    {
      id: '19',
      group: 'attach',
      title: 'a missing volume or instance is not found, and the error says which',
    },
    async (bench) => {
      const { missing } = bench.subject;
      const [instance, volume] = [await bench.instance('server'), await bench.volume('data')];
      const noVolume = await bench.mustFail(
        bench.cloud.volumes.attach(
          { volumeId: missing.volumeId, instanceId: instance.id },
          bench.call('no-volume'),
        ),
        'not-found',
      );
      check(noVolume.resourceId === missing.volumeId, `It names ${noVolume.resourceId ?? 'nothing'}.`);
      const noInstance = await bench.mustFail(
        bench.cloud.volumes.attach(
          { volumeId: volume.id, instanceId: missing.instanceId },
          bench.call('no-instance'),
        ),
        'not-found',
      );
      check(noInstance.resourceId === missing.instanceId, `It names ${noInstance.resourceId ?? 'nothing'}.`);
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(read.attachments.length === 0, 'The volume has an attachment all the same.');
    },
  ),
  conformanceCase(
    {
      id: '20',
      group: 'attach',
      title: 'a volume of another zone is a zone mismatch and stays available',
      traits: ['zone-bound-volumes'],
    },
    async (bench) => {
      const [here, there = here] = bench.subject.zones;
      const instance = await bench.instance('server', { zone: here });
      const volume = await bench.volume('data', { zone: there });
      const pairing = { volumeId: volume.id, instanceId: instance.id };
      await bench.mustFail(bench.cloud.volumes.attach(pairing, bench.call('attach')), 'zone-mismatch');
      const read = await bench.must(bench.cloud.volumes.get(volume.id));
      check(read.state === 'available', `The volume is ${read.state}.`);
    },
  ),
  conformanceCase(
    { id: '27', group: 'attach', title: 'two volumes go to one instance side by side, as two disks' },
    async (bench) => {
      const instance = await bench.instance('server');
      const volumes = [await bench.volume('one'), await bench.volume('two')];
      const attachments = await Promise.all(
        volumes.map(({ id }, i) =>
          bench.must(
            bench.cloud.volumes.attach({ volumeId: id, instanceId: instance.id }, bench.call(`attach${i}`)),
          ),
        ),
      );
      check(new Set(attachments.map(({ disk }) => disk.serial)).size === 2, 'Both disks have one serial.');
      const read = await bench.must(bench.cloud.instances.get(instance.id));
      const data = read.volumes.filter(({ isRoot }) => !isRoot);
      check(data.length === 2, `The instance shows ${data.length} data volumes.`);
    },
  ),
  conformanceCase(
    {
      id: '28',
      group: 'attach',
      title: 'a volume on its way off another instance is waited for and then attached',
      traits: ['detach-while-running'],
      levers: ['stickVolume'],
    },
    async (bench) => {
      const [source, target] = [await bench.instance('source'), await bench.instance('target')];
      const { id: volumeId } = await bench.attached('data', source);
      const release = bench.lever('stickVolume')(volumeId);
      const off = bench.cloud.volumes.detach({ volumeId, instanceId: source.id }, bench.call('detach'));
      await bench.eventually('the volume is detaching', async () => {
        const { attachments } = await bench.must(bench.cloud.volumes.get(volumeId));
        return attachments.some(({ state }) => state === 'detaching');
      });
      const on = bench.cloud.volumes.attach({ volumeId, instanceId: target.id }, bench.call('attach'));
      await bench.pause(500);
      release();
      await bench.must(off);
      const attachment = await bench.must(on);
      check(attachment.instanceId === target.id, `It is on ${attachment.instanceId}.`);
    },
  ),
];
