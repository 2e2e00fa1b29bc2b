/**
 * Two-pass rsync: copy while the source serves, stop, copy what changed, switch. Works between any two clouds, asks
 * only for a way into both servers, and pays for that with the final pass: each file is looked at while nobody serves.
 */

import { downtimeOf, type Phase } from '../downtime.ts';
import type { Parameters } from '../parameters.ts';
import { type Finding, fails, given, holds, type Question, unclear } from '../precondition.ts';
import type { Strategy } from '../strategy.ts';
import { rootReplaceable, routePhase, tailOf } from './volume-swap.ts';

export const rsyncStrategy: Strategy = {
  name: 'rsync',
  title: 'two-pass rsync',
  preconditions: [
    {
      name: 'into-source',
      sentence: 'the inside of the source can be reached',
      test: ({ facts }) => given(facts.host, ({ identity }) => holds(`reached ${identity.hostname}`)),
    },
    {
      name: 'into-target',
      sentence: 'the inside of servers at the target’s place can be reached',
      test: ({ facts }) =>
        given(facts.targetReach, (can) => (can ? holds('it can') : fails('no way in is set up'))),
    },
    {
      name: 'data-found',
      sentence: 'the filesystem that is meant is mounted where the workload says',
      test: ({ facts }) =>
        given(facts.host, ({ mounts }) => {
          const { mountPoint, filesystemUuid } = facts.workload;
          const found = mounts.find((mount) => mount.mountPoint === mountPoint)?.filesystemUuid ?? 'nothing';
          return found === filesystemUuid
            ? holds(`${mountPoint} holds ${filesystemUuid}`)
            : fails(`${mountPoint} holds ${found}, not ${filesystemUuid}`, 'correct the workload');
        }),
    },
    rootReplaceable,
    {
      name: 'fits',
      sentence: 'the target’s disk is 15 % bigger than what is used',
      test: ({ facts, target }) => {
        const usage = dataOf({ facts });
        if (usage?.usedBytes === undefined) return unclear('how much is used is not known');
        const needed = Math.ceil((usage.usedBytes * 1.15) / gib);
        const evidence = `${needed} GiB needed, ${target.sizeGiB} GiB wanted`;
        return target.sizeGiB >= needed ? holds(evidence) : fails(evidence, `ask for ${needed} GiB`);
      },
    },
    { name: 'converges', sentence: 'data changes slower than it can be copied', test: converges },
    {
      name: 'databases-stop',
      sentence: 'no database is copied while it is in use',
      test: ({ facts }) =>
        given(facts.host, ({ databases }) => {
          if (databases === undefined) return unclear('which databases there are is not known');
          if (Object.keys(databases).length === 0) return holds('there is none');
          return facts.workload.services.length > 0
            ? holds('services stop before the final pass')
            : fails('there is a database and no service to stop', 'name the workload’s services');
        }),
    },
  ],
  downtime: rsyncDowntime,
  wayBack: {
    rank: 2,
    until: 'the target accepts its first write; later, going back loses what was written',
    pointOfNoReturn: 'the first write on the target',
  },
  graph: undefined,
};

const gib = 2 ** 30;

function converges({ facts, bandwidth }: Question): Finding {
  return given(facts.host, ({ writeBytesPerSecond }) => {
    if (writeBytesPerSecond === undefined) return unclear('how fast data changes is not known');
    const evidence = `writes ${perSecond(writeBytesPerSecond)}, path ${perSecond(bandwidth.bytesPerSecond)} (${bandwidth.from})`;
    return writeBytesPerSecond < 0.7 * bandwidth.bytesPerSecond
      ? holds(evidence)
      : fails(evidence, 'a wider path, or a quieter hour');
  });
}

/**
 * The final pass looks at every file and copies what changed since the last warm pass began. Repeated warm passes
 * settle at `scan / (1 - writes / path)` between two of them.
 */
function rsyncDowntime({ facts, bandwidth }: Question, parameters: Parameters) {
  const data = dataOf({ facts });
  const writes = facts.host.known ? facts.host.value.writeBytesPerSecond : undefined;
  if (data?.usedInodes === undefined || data.usedBytes === undefined || writes === undefined)
    return undefined;
  const share = writes / bandwidth.bytesPerSecond;
  if (share >= 1) return undefined;
  const { usedInodes, usedBytes } = data;
  const hasDatabase = facts.host.known && Object.keys(facts.host.value.databases ?? {}).length > 0;
  const pass = (secondsPerFile: number, rereadBytes: number, rate: number): number => {
    const scan = usedInodes * secondsPerFile;
    const changed = Math.min((scan / (1 - share)) * writes, usedBytes);
    return scan + changed / bandwidth.bytesPerSecond + rereadBytes / rate;
  };
  const { scanFile, createFile, deltaBytesPerSecond: rate } = parameters;
  // A database's files change as a whole: they are read through again, however little was written.
  const whole = hasDatabase ? usedBytes : 0;
  const final: Phase = {
    name: 'final-pass',
    serving: 'nobody',
    bestSeconds: pass(scanFile.bestSeconds, 0, rate.fast),
    likelySeconds: pass(scanFile.likelySeconds, whole / 4, rate.fast),
    worstSeconds: pass(scanFile.worstSeconds, whole, rate.slow),
    from: hasDatabase ? 'assumed' : scanFile.from,
    note: `${usedInodes} files to look at${hasDatabase ? ', database files to read again' : ''}`,
  };
  const wire = usedBytes / bandwidth.bytesPerSecond;
  const first: Phase = {
    name: 'first-pass',
    serving: 'source',
    bestSeconds: wire + usedInodes * createFile.bestSeconds,
    likelySeconds: wire + usedInodes * createFile.likelySeconds,
    worstSeconds: 2 * wire + usedInodes * createFile.worstSeconds,
    from: 'assumed',
    note: 'every byte and every file once',
  };
  return downtimeOf(
    [
      { name: 'provision-target', serving: 'source', ...parameters.provision },
      { name: 'target-ready', serving: 'source', ...parameters.boot },
      first,
      { name: 'stop-services', serving: 'nobody', ...parameters.stopServices },
      final,
      { name: 'start-services', serving: 'nobody', ...parameters.startServices },
      { name: 'probe-target', serving: 'nobody', ...parameters.probe },
      ...routePhase(facts.workload, parameters),
    ],
    tailOf(facts.workload, facts.records),
  );
}

function dataOf({ facts }: Pick<Question, 'facts'>) {
  if (!facts.host.known) return undefined;
  return facts.host.value.mounts.find(({ mountPoint }) => mountPoint === facts.workload.mountPoint);
}

function perSecond(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB/s`;
}
