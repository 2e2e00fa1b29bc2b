/** Preconditions on copying files from one disk to another: room, names, and a rate at which it ever ends. */

import { wayInWords } from '../copy/copy-way.ts';
import { change, fails, given, holds, type Precondition, type Question, unclear } from '../precondition.ts';
import { databasesFound, hasService, writesOf } from '../probed.ts';
import { volumesOf } from '../workload.ts';
import { wantedGiB } from './disk.ts';
import { mountAt } from './inside.ts';

/** What lies on the data disks, added up. */
export interface DataSize {
  readonly bytes: number;
  readonly files: number;
}

export const fits: Precondition = {
  name: 'fits',
  sentence: 'the target’s disk is 15 % bigger than what is used',
  test: (question) => {
    const bytes = usedOf(question)?.bytes;
    if (bytes === undefined) return unclear('how much is used is not known');
    const wanted = wantedGiB(question);
    if (wanted === undefined) return unclear('how big the further disks are is not known');
    const needed = Math.ceil((bytes * spareRoom) / gib);
    const evidence = `${needed} GiB needed, ${wanted} GiB wanted`;
    return wanted >= needed ? holds(evidence) : fails(evidence, change('pay', `ask for ${needed} GiB`));
  },
};

export const inodesFit: Precondition = {
  name: 'inodes-fit',
  sentence: 'the target’s filesystem can hold 10 % more files than there are',
  test: (question) =>
    given(question.facts.host, (host) => {
      const files = usedOf(question)?.files;
      const type = mountAt(host, question.facts.workload.mountPoint)?.filesystemType;
      if (files === undefined || type === undefined) return unclear('how many files there are is not known');
      // XFS and Btrfs make inodes as they are needed.
      if (type === 'xfs' || type === 'btrfs') return holds(`${type} makes inodes as they are needed`);
      if (!type.startsWith('ext')) return unclear(`how many files a new ${type} holds is not known`);
      const wanted = wantedGiB(question);
      if (wanted === undefined) return unclear('how big the further disks are is not known');
      const room = Math.floor((wanted * gib) / bytesPerInode);
      const evidence = `${Math.ceil(files * spareFiles)} files, room for ${room}`;
      return files * spareFiles <= room
        ? holds(evidence)
        : fails(evidence, change('configure', 'make the filesystem with more inodes'));
    }),
};

/** Hard links, extended attributes, ACLs and holes survive where both sides have the same kind of filesystem. */
export const attributesKept: Precondition = {
  name: 'attributes-kept',
  sentence: 'links, attributes and holes of the files survive the copy',
  test: ({ facts }) =>
    given(facts.host, (host) => {
      const types = volumesOf(facts.workload).map(
        ({ mountPoint }) => mountAt(host, mountPoint)?.filesystemType,
      );
      const strange = types.find((type) => type === undefined || !whole.has(type));
      return types.every((type) => type !== undefined && whole.has(type))
        ? holds(`${[...new Set(types)].join(', ')} on both sides`)
        : unclear(`what survives on ${strange ?? 'a filesystem that is not known'} is not known`);
    }),
};

/** Stands in no way: it tells which way the bytes go, and why. */
export const copyWay: Precondition = {
  name: 'copy-way',
  sentence: 'there is a way for the bytes',
  test: (question) => holds(wayInWords(question)),
};

export const converges: Precondition = {
  name: 'converges',
  sentence: 'data changes slower than it can be copied',
  test: ({ facts, bandwidth }) =>
    given(facts.host, () => {
      const writeBytesPerSecond = writesOf(facts);
      if (writeBytesPerSecond === undefined) return unclear('how fast data changes is not known');
      const evidence = `writes ${perSecond(writeBytesPerSecond)}, path ${perSecond(bandwidth.bytesPerSecond)} (${bandwidth.from})`;
      if (!(writeBytesPerSecond >= 0)) return unclear(evidence);
      return writeBytesPerSecond < safeShare * bandwidth.bytesPerSecond
        ? holds(evidence)
        : fails(evidence, change('wait', 'a wider path, or a quieter hour'));
    }),
};

export const databasesStop: Precondition = {
  name: 'databases-stop',
  sentence: 'no database is copied while it is in use',
  test: ({ facts }) =>
    given(facts.host, ({ databases }) => {
      const files = databasesFound(facts);
      if (databases === undefined && files === undefined)
        return unclear('which databases there are is not known');
      const loose = files?.find(
        ({ openForWrite, service }) =>
          openForWrite && !(service !== undefined && hasService(facts.workload, service)),
      );
      if (loose !== undefined) {
        return loose.service === undefined
          ? unclear(`who has ${loose.path} open is not known`)
          : fails(
              `${loose.path} is in use by ${loose.service}`,
              change('say', `name ${loose.service} as a service of the workload`),
            );
      }
      if (Object.keys(databases ?? {}).length === 0 && (files ?? []).length === 0)
        return holds('there is none');
      return facts.workload.services.length > 0
        ? holds('services stop before the final pass')
        : fails('there is a database and no service to stop', change('say', 'name the workload’s services'));
    }),
};

const gib = 2 ** 30;
const spareRoom = 1.15;
const spareFiles = 1.1;
/** Above this share of the path each warm pass leaves hardly less than the one before. */
const safeShare = 0.7;
/** What mke2fs makes by default. */
const bytesPerInode = 16_384;
const whole: ReadonlySet<string> = new Set(['ext3', 'ext4', 'xfs', 'btrfs']);

/** Bytes and files on all data disks; `undefined` where one of them has not told. */
export function usedOf({ facts }: Pick<Question, 'facts'>): DataSize | undefined {
  const { host, workload } = facts;
  if (!host.known) return undefined;
  let bytes = 0;
  let files = 0;
  for (const { mountPoint } of volumesOf(workload)) {
    const mount = mountAt(host.value, mountPoint);
    if (!isCount(mount?.usedBytes) || !isCount(mount?.usedInodes)) return undefined;
    bytes += mount.usedBytes;
    files += mount.usedInodes;
  }
  return { bytes, files };
}

function isCount(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value) && value >= 0;
}

function perSecond(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB/s`;
}
