import type { CopySpec, CopyWay } from '../host-copy.ts';
import { check } from './check.ts';
import { type HostBench, type HostCase, hostCase, spareUuid } from './host-case.ts';

/** The numbers of the three promises, which stay with them for ever. */
export interface TroubleIds {
  readonly broken: string;
  readonly rebooted: string;
  readonly cancelled: string;
}

/** What becomes of a pass in the middle of which something happens: the same, whichever way it takes. */
export function troubleCases(way: CopyWay, ids: TroubleIds): readonly HostCase[] {
  const a = way === 'direct' ? 'a direct pass' : 'a pass';
  const traits = way === 'direct' ? (['direct-way'] as const) : [];
  const warm = (bench: HostBench): CopySpec => passOf(bench, 'warm', way);
  return [
    hostCase(
      {
        id: ids.broken,
        group: 'copy',
        title: `${a} goes on where its connection broke`,
        traits,
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
        const report = await must(source.copy(warm(bench), call('warm')));
        check(report.resumed >= 1, 'The connection never broke.');
        check((await files.read('target', `${data.mountPoint}/one`)) === 'one', 'The file did not arrive.');
      },
    ),
    hostCase(
      {
        id: ids.rebooted,
        group: 'copy',
        title: `${a} ends where a server has booted meanwhile`,
        traits,
        levers: ['reboot', 'inCopy'],
      },
      async (bench) => {
        const { source, mustFail, call, lever } = bench;
        await bench.mountSpare();
        await lever('inCopy')(() => void lever('reboot')('target'));
        const error = await mustFail(source.copy(warm(bench), call('warm')), 'rebooted');
        check(error.applied !== 'no', 'It is said to have done nothing.');
      },
    ),
    hostCase(
      {
        id: ids.cancelled,
        group: 'copy',
        title: `${a} that is cancelled ends, and nothing goes on behind it`,
        traits,
        levers: ['inCopy'],
      },
      async (bench) => {
        const { source, target, data, mustFail, must, call, lever, pause } = bench;
        await bench.mountSpare();
        const controller = new AbortController();
        await lever('inCopy')(() => controller.abort());
        const { signal } = controller;
        await mustFail(source.copy(warm(bench), call('warm', { signal })), 'cancelled');
        await pause(2_500);
        const open = await must(target.mounts.holders(data.mountPoint, call('holders')));
        check(open.length === 0, `Somebody still writes: ${open.map(({ command }) => command).join(', ')}.`);
      },
    ),
  ];
}

/** One pass from the data of the source to the spare disk of the target. */
export function passOf(
  { data, target }: HostBench,
  pass: CopySpec['pass'],
  way: CopyWay = 'relayed',
): CopySpec {
  return {
    pass,
    ...(way === 'direct' && { way }),
    from: { path: data.mountPoint, filesystemUuid: data.filesystemUuid },
    to: { host: target.at, path: data.mountPoint, filesystemUuid: spareUuid },
  };
}
