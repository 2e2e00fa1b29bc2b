import type { CopySpec } from '../host-copy.ts';
import { check } from './check.ts';
import { type HostBench, type HostCase, hostCase, spareUuid } from './host-case.ts';

/** Copies straight from server to server bring the same as relayed ones, and say which way they took. */
export const hostDirectCases: readonly HostCase[] = [
  hostCase(
    {
      id: 'H40',
      group: 'copy',
      title: 'a copy that asks for the direct way brings the same, and says which way it took',
    },
    async (bench) => {
      const { source, data, services, files, must, call, subject } = bench;
      await bench.mountSpare();
      const odd = `${data.mountPoint}/odd/it's a \\ "name" with * and ä`;
      await files.write('source', odd, 'odd');
      await files.write('source', `${data.mountPoint}/goes`, 'one');
      for (const kind of ['rehearsal', 'warm'] as const) {
        const { way, notDirect = '' } = await must(source.copy(direct(bench, kind), call(kind)));
        const isSaid = way === 'direct' ? notDirect === '' : notDirect !== '';
        check(isSaid, `It went ${way}, and says of the direct way: ${notDirect}`);
        check(way === 'direct' || !subject.traits.has('direct-way'), `It was relayed: ${notDirect}`);
        const there = (await files.read('target', odd)) === 'odd';
        check(there === (kind === 'warm'), `After the ${kind} pass the file is ${there ? '' : 'not '}there.`);
      }
      await must(source.services.stop(services, call('stop')));
      await files.remove('source', `${data.mountPoint}/goes`);
      const last = await must(source.copy(direct(bench, 'final'), call('final')));
      check(last.deletedEntries >= 1, 'It deleted nothing.');
      const nothing = await must(source.copy({ ...direct(bench, 'final'), way: 'relayed' }, call('relayed')));
      check(nothing.way === 'relayed' && nothing.notDirect === undefined, `It went ${nothing.way}.`);
      check(nothing.changedFiles === 0, `The other way found ${nothing.changedFiles} files to bring.`);
    },
  ),
  hostCase(
    {
      id: 'H41',
      group: 'copy',
      title: 'where no way leads to the target, a copy is relayed and says why',
      traits: ['direct-way'],
      levers: ['noWay'],
    },
    async (bench) => {
      const { source, target, data, files, must, call, lever } = bench;
      await bench.mountSpare();
      await files.write('source', `${data.mountPoint}/one`, 'one');
      await lever('noWay')();
      const { way, notDirect = '' } = await must(source.copy(direct(bench, 'warm'), call('warm')));
      check(way === 'relayed' && notDirect !== '', `It went ${way}, and says of the other: ${notDirect}`);
      check((await files.read('target', `${data.mountPoint}/one`)) === 'one', 'The file did not arrive.');
      const request = { sampleMs: 0, bandwidthTo: target.at, bandwidthWay: 'direct' } as const;
      const { bandwidth } = await must(source.probe(request, call('probe')));
      check(bandwidth?.known === true && bandwidth.value.way === 'relayed', 'The probe found another way.');
    },
  ),
  hostCase(
    {
      id: 'H42',
      group: 'copy',
      title: 'a direct pass goes on where its connection broke',
      traits: ['direct-way'],
      levers: ['cutOff', 'inCopy'],
    },
    async (bench) => {
      const { source, data, files, must, call, lever, pause } = bench;
      await bench.mountSpare();
      await files.write('source', `${data.mountPoint}/one`, 'one');
      await lever('inCopy')(() => {
        const restore = lever('cutOff')('target');
        void pause(1_500).then(() => restore());
      });
      const report = await must(source.copy(direct(bench, 'warm'), call('warm')));
      check(report.resumed >= 1, 'The connection never broke.');
      check((await files.read('target', `${data.mountPoint}/one`)) === 'one', 'The file did not arrive.');
    },
  ),
  hostCase(
    {
      id: 'H43',
      group: 'copy',
      title: 'a direct pass that is cancelled ends on both servers',
      traits: ['direct-way'],
      levers: ['inCopy'],
    },
    async (bench) => {
      const { source, target, data, mustFail, must, call, lever, pause } = bench;
      await bench.mountSpare();
      const controller = new AbortController();
      await lever('inCopy')(() => controller.abort());
      const { signal } = controller;
      await mustFail(source.copy(direct(bench, 'warm'), call('warm', { signal })), 'cancelled');
      await pause(2_500);
      const open = await must(target.mounts.holders(data.mountPoint, call('holders')));
      check(open.length === 0, `Somebody still writes: ${open.map(({ command }) => command).join(', ')}.`);
    },
  ),
  hostCase(
    {
      id: 'H44',
      group: 'copy',
      title: 'a direct pass ends where its target has booted meanwhile',
      traits: ['direct-way'],
      levers: ['reboot', 'inCopy'],
    },
    async (bench) => {
      const { source, mustFail, call, lever } = bench;
      await bench.mountSpare();
      await lever('inCopy')(() => void lever('reboot')('target'));
      await mustFail(source.copy(direct(bench, 'warm'), call('warm')), 'rebooted');
    },
  ),
  hostCase(
    {
      id: 'H45',
      group: 'facts',
      title: 'a probe measures the direct way to another server',
      traits: ['direct-way'],
    },
    async ({ source, target, must, call }) => {
      const request = { sampleMs: 0, bandwidthTo: target.at, bandwidthWay: 'direct' } as const;
      const { bandwidth } = await must(source.probe(request, call('probe')));
      check(bandwidth?.known === true, `It is not known: ${bandwidth?.known === false ? bandwidth.why : ''}`);
      const { way, notDirect, bytesPerSecond } = bandwidth.value;
      check(way === 'direct', `It measured the ${way} way: ${notDirect ?? ''}`);
      check(bytesPerSecond > 0, 'Nothing goes through.');
    },
  ),
];

function direct({ data, target }: HostBench, pass: CopySpec['pass']): CopySpec {
  return {
    pass,
    way: 'direct',
    from: { path: data.mountPoint, filesystemUuid: data.filesystemUuid },
    to: { host: target.at, path: data.mountPoint, filesystemUuid: spareUuid },
  };
}
