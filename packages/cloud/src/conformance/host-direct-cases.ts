import type { CopySpec } from '../host-copy.ts';
import { check } from './check.ts';
import { type HostBench, type HostCase, hostCase } from './host-case.ts';
import { passOf, troubleCases } from './host-trouble-cases.ts';

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
  ...troubleCases('direct', { broken: 'H42', cancelled: 'H43', rebooted: 'H44' }),
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

function direct(bench: HostBench, pass: CopySpec['pass']): CopySpec {
  return passOf(bench, pass, 'direct');
}
