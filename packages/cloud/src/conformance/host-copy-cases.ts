import type { CopySpec } from '../host-copy.ts';
import { check } from './check.ts';
import { type HostCase, hostCase, spareUuid } from './host-case.ts';
import { passOf, troubleCases } from './host-trouble-cases.ts';

/** Copies bring everything, take away what is no more, touch nothing that was not meant, and say what they did. */
export const hostCopyCases: readonly HostCase[] = [
  hostCase(
    {
      id: 'H23',
      group: 'copy',
      title: 'passes bring what is there and what has changed, and take away what is gone',
    },
    async (bench) => {
      const { source, data, services, files, must, call } = bench;
      await bench.mountSpare();
      const at = (name: string): string => `${data.mountPoint}/${name}`;
      await files.write('source', at('stays'), 'one');
      await files.write('source', at('changes'), 'one');
      await files.write('source', at('goes'), 'one');
      const odd = at('odd/it\'s a \\ "name" with * and ä');
      await files.write('source', odd, 'odd');
      const first = await must(source.copy(passOf(bench, 'warm'), call('warm')));
      check(first.changedFiles >= 4 && first.changedBytes > 0, `It brought ${first.changedFiles} files.`);
      check(
        first.entries >= first.changedFiles && first.bytes >= first.changedBytes,
        'Its figures do not fit.',
      );
      check((await files.read('target', at('goes'))) === 'one', 'A file did not arrive.');
      await must(source.services.stop(services, call('stop')));
      await files.write('source', at('changes'), 'another');
      await files.remove('source', at('goes'));
      const last = await must(source.copy(passOf(bench, 'final'), call('final')));
      check(last.deletedEntries >= 1, 'It deleted nothing.');
      check(last.changedFiles < first.changedFiles, `It brought ${last.changedFiles} files again.`);
      const seen = await Promise.all(
        ['stays', 'changes', 'goes'].map((name) => files.read('target', at(name))),
      );
      check(String(seen) === 'one,another,', `The target has ${String(seen)}.`);
      check((await files.read('target', odd)) === 'odd', 'A file with an odd name is not there.');
      const nothing = await must(source.copy(passOf(bench, 'final'), call('nothing')));
      check(nothing.changedFiles === 0 && nothing.scanMs !== undefined, 'There was something left to do.');
    },
  ),
  hostCase(
    { id: 'H24', group: 'copy', title: 'a rehearsal writes nothing and says what there is to do' },
    async (bench) => {
      const { source, data, files, must, call } = bench;
      await bench.mountSpare();
      await files.write('source', `${data.mountPoint}/new`, 'one');
      await files.write('target', `${data.mountPoint}/only-here`, 'one');
      const report = await must(source.copy(passOf(bench, 'rehearsal'), call('rehearsal')));
      check(report.changedFiles >= 1 && report.deletedEntries >= 1, `It found ${report.changedFiles} files.`);
      check(report.scanMs !== undefined && report.scanMs >= 0, 'It does not say how long the scan took.');
      check((await files.read('target', `${data.mountPoint}/new`)) === undefined, 'It brought a file.');
      check((await files.read('target', `${data.mountPoint}/only-here`)) === 'one', 'It deleted a file.');
    },
  ),
  hostCase(
    {
      id: 'H25',
      group: 'copy',
      title: 'a folder on another filesystem than was meant is not copied, nor copied to',
    },
    async (bench) => {
      const { source, data, services, files, must, mustFail, call } = bench;
      await bench.mountSpare();
      await files.write('target', `${data.mountPoint}/precious`, 'one');
      const spec = passOf(bench, 'final');
      const from = { ...spec.from, filesystemUuid: spareUuid };
      const to = { ...spec.to, filesystemUuid: data.filesystemUuid };
      for (const [part, wrong] of [
        ['from', { ...spec, from }],
        ['to', { ...spec, to }],
      ] as const) {
        const error = await mustFail(source.copy(wrong, call(part)), 'wrong-disk');
        check(error.applied === 'no', `It is applied: ${error.applied}.`);
      }
      await must(source.services.stop(services, call('stop')));
      await must(source.mounts.unmount(data.mountPoint, call('unmount')));
      // An empty folder would be a faithful copy of nothing.
      await mustFail(source.copy(spec, call('unmounted')), 'wrong-disk', 'not-found');
      check((await files.read('target', `${data.mountPoint}/precious`)) === 'one', 'The target was emptied.');
    },
  ),
  hostCase(
    {
      id: 'H26',
      group: 'copy',
      title: 'what is left out is neither copied nor deleted, and nothing else is meant by it',
    },
    async (bench) => {
      const { source, data, files, must, call } = bench;
      await bench.mountSpare();
      const at = (name: string): string => `${data.mountPoint}/${name}`;
      for (const name of ['cache/one', 'a*b/one', 'axb/one', 'deep/cache/one']) {
        await files.write('source', at(name), 'source');
      }
      await files.write('target', at('cache/mine'), 'target');
      const spec = { ...passOf(bench, 'warm'), exclude: ['cache', 'a*b'] };
      await must(source.copy(spec, call('copy')));
      const seen = await Promise.all(
        ['cache/one', 'cache/mine', 'a*b/one', 'axb/one', 'deep/cache/one'].map((name) =>
          files.read('target', at(name)),
        ),
      );
      check(String(seen) === ',target,,source,source', `The target has ${String(seen)}.`);
      await files.write('target', at('other'), 'target');
      await must(source.copy({ ...spec, keepOthers: true }, call('keep')));
      check((await files.read('target', at('other'))) === 'target', 'What was to be kept is gone.');
    },
  ),
  hostCase({ id: 'H27', group: 'copy', title: 'a copy can be fetched as well as sent' }, async (bench) => {
    const { target, source, data, files, must, call } = bench;
    await bench.mountSpare();
    await files.write('source', `${data.mountPoint}/one`, 'one');
    const { from, to } = passOf(bench, 'warm');
    const fetch: CopySpec = {
      pass: 'warm',
      from: { ...from, host: source.at },
      to: { path: to.path, filesystemUuid: spareUuid },
    };
    await must(target.copy(fetch, call('fetch')));
    check((await files.read('target', `${data.mountPoint}/one`)) === 'one', 'The file did not arrive.');
  }),
  hostCase({ id: 'H28', group: 'copy', title: 'a copy that makes no sense is invalid' }, async (bench) => {
    const { source, target, mustFail, call } = bench;
    await bench.mountSpare();
    const spec = passOf(bench, 'warm');
    const elsewhere = { ...spec, from: { ...spec.from, host: target.at } };
    await mustFail(source.copy(elsewhere, call('elsewhere')), 'invalid');
    await mustFail(source.copy({ ...spec, to: { ...spec.to, path: 'data' } }, call('relative')), 'invalid');
    await mustFail(source.copy({ ...spec, exclude: ['/'] }, call('everything')), 'invalid');
    const inside = { ...spec, to: { path: `${spec.from.path}/copy` } };
    await mustFail(source.copy(inside, call('inside')), 'invalid');
  }),
  hostCase(
    {
      id: 'H29',
      group: 'copy',
      title: 'a file that vanishes is noted in a warm pass, and fails the final one',
      levers: ['vanish'],
    },
    async (bench) => {
      const { source, data, files, must, mustFail, call, lever } = bench;
      await bench.mountSpare();
      const path = `${data.mountPoint}/vanishes`;
      await files.write('source', path, 'one');
      await lever('vanish')(path);
      const report = await must(source.copy(passOf(bench, 'warm'), call('warm')));
      check(report.vanishedFiles === 1 && report.vanished.length === 1, `${report.vanishedFiles} vanished.`);
      await files.write('source', path, 'two');
      await lever('vanish')(path);
      const error = await mustFail(source.copy(passOf(bench, 'final'), call('final')), 'incomplete');
      check(error.message.includes('vanishes'), `It names no file: ${error.message}`);
    },
  ),
  hostCase(
    {
      id: 'H30',
      group: 'copy',
      title: 'a file that cannot be copied makes every pass incomplete',
      levers: ['spoilFile'],
    },
    async (bench) => {
      const { source, mustFail, call, lever } = bench;
      await bench.mountSpare();
      await lever('spoilFile')();
      await mustFail(source.copy(passOf(bench, 'warm'), call('warm')), 'incomplete');
      await lever('spoilFile')();
      await mustFail(source.copy(passOf(bench, 'final'), call('final')), 'incomplete');
    },
  ),
  ...troubleCases('relayed', { broken: 'H31', rebooted: 'H32', cancelled: 'H33' }),
];
