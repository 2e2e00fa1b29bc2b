import type { CopyProgress, CopyReport, CopySpec } from '@belay/cloud';

/**
 * What belay says to rsync, and what it understands of the answer. Paths of either end are never among the words: both
 * programs are started in the folder that is meant. Meanings of codes and lines are those of rsync(1), 3.2 and later.
 */

/**
 * The words of one pass; `shell` is what rsync starts in place of ssh. Where it is told what to run in its own protocol
 * no shell reads it; `said` where it shall stand in the open, to be compared: paths are not among the words.
 */
export function rsyncWords(
  spec: CopySpec,
  shell: string,
  words: 'in-protocol' | 'said' = 'in-protocol',
): readonly string[] {
  const { pass, exclude = [], attributes = true, owners = 'numbers', inPlace = false } = spec;
  return [
    'rsync',
    '--archive',
    '--hard-links',
    '--one-file-system',
    words === 'said' ? '--no-s' : '-s',
    '--stats',
    '--info=progress2',
    '--no-human-readable',
    '--outbuf=L',
    '--timeout=300',
    ...(attributes ? ['--acls', '--xattrs'] : []),
    ...(owners === 'numbers' ? ['--numeric-ids'] : []),
    ...(inPlace ? ['--inplace'] : ['--sparse', '--partial-dir=.belay-partial']),
    ...(spec.keepOthers === true ? [] : ['--delete-delay']),
    ...(pass === 'rehearsal' ? ['--dry-run'] : []),
    ...(spec.limitBytesPerSecond === undefined
      ? []
      : [`--bwlimit=${Math.max(1, Math.floor(spec.limitBytesPerSecond / 1024))}`]),
    ...exclude.map((path) => `--exclude=${literalPattern(path)}`),
    `--rsh=${shell}`,
    './',
    'belay:./',
  ];
}

/** A path from the folder that is copied, as a pattern that means it and nothing else. */
export function literalPattern(path: string): string {
  const clean = path.replace(/^\/+|\/+$/g, '');
  // Only where a pattern has a wildcard is a backslash one that escapes.
  const isPlain = !/[*?[]/.test(clean);
  return `/${isPlain ? clean : clean.replace(/[*?[\\]/g, String.raw`\$&`)}`;
}

/** What is read from rsync while it runs. */
export interface RsyncReader {
  push(text: string): void;
  readonly vanished: readonly string[];
  vanishedFiles(): number;
  /** What it complained about, the last lines. */
  complaints(): readonly string[];
  counts(): Counts | undefined;
}

type Counts = Pick<
  CopyReport,
  'entries' | 'bytes' | 'changedFiles' | 'changedBytes' | 'createdEntries' | 'deletedEntries' | 'sentBytes'
>;

const mostNames = 100;
const mostComplaints = 20;

/** Reads lines as they come; a line of progress ends with a carriage return. */
export function rsyncReader(onProgress?: (progress: CopyProgress) => void): RsyncReader {
  let rest = '';
  let gone = 0;
  const vanished: string[] = [];
  const complaints: string[] = [];
  const numbers = new Map<string, number>();
  const line = (text: string): void => {
    const progress = readProgress(text);
    if (progress !== undefined) return onProgress?.(progress);
    const [, path] = /^file has vanished: "(.*)"$/.exec(text) ?? [];
    if (path !== undefined) {
      gone += 1;
      if (vanished.length < mostNames) vanished.push(path);
      return;
    }
    const [, name, count] = /^([A-Z][A-Za-z ]+): ([\d,]+)/.exec(text) ?? [];
    if (name !== undefined && count !== undefined) {
      numbers.set(name, Number(count.replaceAll(',', '')));
    } else if (/^(rsync|IO error|ERROR|cannot|sh:|WARNING)/i.test(text)) {
      complaints.push(text);
      if (complaints.length > mostComplaints) complaints.shift();
    }
  };
  return {
    push(text) {
      const lines = `${rest}${text}`.split(/[\r\n]/);
      rest = lines.pop() ?? '';
      for (const one of lines) line(one);
    },
    vanished,
    vanishedFiles: () => gone,
    complaints: () => [...complaints],
    counts() {
      const number = (name: string): number => numbers.get(name) ?? 0;
      if (!numbers.has('Number of files')) return undefined;
      return {
        entries: number('Number of files'),
        bytes: number('Total file size'),
        changedFiles: number('Number of regular files transferred'),
        changedBytes: number('Total transferred file size'),
        createdEntries: number('Number of created files'),
        deletedEntries: number('Number of deleted files'),
        sentBytes: number('Total bytes sent') + number('Total bytes received'),
      };
    },
  };
}

const factors: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
};

/** `  1234567  12%   10.00MB/s    0:00:12`; `undefined` for any other line. */
export function readProgress(line: string): CopyProgress | undefined {
  const [, bytes, percent, rate, unit] = /^\s*([\d,]+)\s+(\d+)%\s+([\d.]+)([kMGT]?)B\/s/.exec(line) ?? [];
  if (bytes === undefined || percent === undefined || rate === undefined) return undefined;
  return {
    bytes: Number(bytes.replaceAll(',', '')),
    share: Math.min(1, Number(percent) / 100),
    bytesPerSecond: Math.round(Number(rate) * (factors[unit ?? ''] ?? 1)),
  };
}

/** Files that could not be read or written. */
export const partialCode = 23;
/** Files that were there when they were listed and not when they were read. */
export const vanishedCode = 24;

/** Codes of a connection that broke: protocol, socket, or no answer in time. */
const brokenCodes: ReadonlySet<number> = new Set([10, 12, 30, 35, 255]);

export function isBroken(code: number | undefined): boolean {
  return code === undefined || brokenCodes.has(code);
}
