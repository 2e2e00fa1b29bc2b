import type {
  Accounts,
  ChangedFile,
  DatabaseFound,
  KernelFacts,
  OpenFile,
  OsRelease,
  RecentChanges,
  WriteRate,
} from '@belay/cloud';
import type { MountedDevice } from './storage.ts';

/** What the answers of a probe mean. Each gives `undefined` where the answer is not what it should be. */

/** By os-release(5). */
export function readOs(text: string): OsRelease | undefined {
  const value = (key: string): string | undefined =>
    new RegExp(`^${key}=(.*)$`, 'm').exec(text)?.[1]?.replace(/^(["'])(.*)\1$/, '$2');
  const id = value('ID');
  return id === undefined ? undefined : { id, versionId: value('VERSION_ID') ?? 'unknown' };
}

export function readKernel(text: string): KernelFacts | undefined {
  const [release, architecture, firmware] = text.split('\n');
  if (release === undefined || architecture === undefined) return undefined;
  return {
    release,
    architecture,
    firmware: firmware === 'uefi' || firmware === 'bios' ? firmware : 'unknown',
  };
}

/** What waits to be written, and what is on its way. */
export function readDirtyBytes(text: string): number | undefined {
  const counts = [...text.matchAll(/^(?:Dirty|Writeback):\s+(\d+) kB$/gm)].map(
    ([, count]) => Number(count) * 1024,
  );
  return counts.length === 2 ? counts.reduce((sum, one) => sum + one, 0) : undefined;
}

export function readAccounts(users: string, groups: string): Accounts | undefined {
  const numbers = (text: string): Record<string, number> =>
    Object.fromEntries(
      text.split('\n').flatMap((line) => {
        const [name, number] = line.split(':');
        return name !== undefined && /^\d+$/.test(number ?? '') ? [[name, Number(number)] as const] : [];
      }),
    );
  const found = { users: numbers(users), groups: numbers(groups) };
  return Object.keys(found.users).length === 0 ? undefined : found;
}

/** Two looks at `/proc/diskstats`, whose tenth word is the sectors that were written. */
export function readWrites(text: string, mounts: readonly MountedDevice[]): readonly WriteRate[] | undefined {
  const looks = text.split(/^then$/m).map((look) => {
    const [uptime, ...lines] = look.trim().split('\n');
    const sectors = new Map(
      lines.map((line) => {
        const words = line.trim().split(/\s+/);
        return [words[2] ?? '', Number(words[9])] as const;
      }),
    );
    return { atMs: Number(uptime) * 1000, sectors };
  });
  const [before, after] = looks;
  if (before === undefined || after === undefined || !(after.atMs > before.atMs)) return undefined;
  const overMs = Math.round(after.atMs - before.atMs);
  return mounts.flatMap(({ mountPoint, device }): WriteRate[] => {
    const [from, to] = [before.sectors.get(device), after.sectors.get(device)];
    if (from === undefined || to === undefined) return [];
    return [{ mountPoint, bytesPerSecond: Math.round(((to - from) * 512 * 1000) / overMs), overMs }];
  });
}

/** For each mount point: when it began, the total, the largest files, when it ended. */
export function readChanges(text: string, withinMs: number): readonly RecentChanges[] | undefined {
  const found: RecentChanges[] = [];
  for (const block of text.split(/^point /m).slice(1)) {
    const [mountPoint = '', began, ...lines] = block.trimEnd().split('\n');
    const ended = lines.pop();
    const [, files, bytes] =
      lines.map((line) => /^total (\d+) (\d+)$/.exec(line)).find((one) => one !== null) ?? [];
    const scanMs = Math.round((Number(ended) - Number(began)) * 1000);
    if (files === undefined || bytes === undefined || !Number.isFinite(scanMs)) return undefined;
    const largest = lines.flatMap((line): ChangedFile[] => {
      const [, size, path] = /^file (\d+) (.+)$/.exec(line) ?? [];
      return size === undefined || path === undefined ? [] : [{ path, bytes: Number(size) }];
    });
    found.push({ mountPoint, withinMs, files: Number(files), bytes: Number(bytes), largest, scanMs });
  }
  return found;
}

/** Databases by their files, with who has them open. */
export function readDatabases(
  text: string,
  versions: string,
  open: readonly OpenFile[],
): readonly DatabaseFound[] {
  const installed = new Map(
    [...versions.matchAll(/^(\w+) .*?(\d+(?:\.\d+)+)/gm)].map(
      ([, name, version]) => [name ?? '', version ?? ''] as const,
    ),
  );
  const found = new Map<string, DatabaseFound>();
  for (const block of text.split(/^point /m).slice(1)) {
    const [mountPoint = '', ...lines] = block.split('\n');
    for (const line of lines) {
      const [kind, word, path] = line.split('\t');
      if (path === undefined || !isKind(kind) || found.has(path)) continue;
      const users = open.filter((file) => file.path === path || file.path.startsWith(`${path}/`));
      const service = users.find((file) => file.service !== undefined)?.service;
      const version = kind === 'postgres' ? word : installed.get(kind);
      found.set(path, {
        kind,
        path,
        mountPoint,
        ...(kind !== 'postgres' && /^\d+$/.test(word ?? '') ? { bytes: Number(word) } : {}),
        ...(version === undefined ? {} : { version }),
        ...(service === undefined ? {} : { service }),
        openForWrite: users.some(({ forWrite }) => forWrite),
      });
    }
  }
  return [...found.values()];
}

function isKind(word: string | undefined): word is 'sqlite' | 'postgres' | 'mysql' | 'redis' {
  return word === 'sqlite' || word === 'postgres' || word === 'mysql' || word === 'redis';
}
