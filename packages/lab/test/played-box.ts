// A box that is played: it takes the commands of a lab, keeps what they would have made in memory, and answers as the
// real ones do. So the decisions of the lab are put to the test where nobody is root. That the commands do what is
// believed of them is for test:lab to show, on a real box.

import { readFileSync, writeFileSync } from 'node:fs';
import { mkdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Clock, systemClock } from '@belay/cloud';
import type { CommandEnd, Machine } from '../src/machine.ts';

export interface PlayedBox {
  readonly machine: Machine;
  /** The guest mounts this volume, until the returned function is called. */
  hold(volumeId: string): () => void;
  /** All addresses that an instance has beside its own, by its home folder's name. */
  addressesOf(instanceId: string): readonly string[];
  /** Image files that have a loop device. */
  loops(): readonly string[];
  /** How many instances run. */
  running(): number;
  /** The box loses its power: no process, no loop device and no lock is left. */
  powerCut(): void;
}

interface Guest {
  readonly instanceId: string;
  readonly startedTicks: string;
  readonly addresses: Set<string>;
  readonly disks: Set<string>;
  go: boolean;
}

/** Scripts that change nothing that is played. */
const quiet: readonly string[] = ['lab-announce', 'lab-strays', 'lab-transit'];

export function playBox(): PlayedBox {
  const guests = new Map<number, Guest>();
  const loops = new Map<string, number>();
  const claimed = new Set<string>();
  const locks = new Map<string, Promise<void>>();
  let links = new Set<string>();
  let served: readonly string[] = [];
  let lastPid = 1_000;

  const loopPath = (image: string): string => `/dev/loop${loops.get(image)}`;
  const imageAt = (device: string): string | undefined =>
    [...loops.keys()].find((image) => loopPath(image) === device);

  const shell = async (name: string, words: readonly string[]): Promise<string | undefined> => {
    const [first = '', second = ''] = words;
    if (name === 'lab-image') await mkdir(join(first, 'etc/lab'), { recursive: true });
    else if (name === 'lab-copy') {
      // What is on the disks is not played.
      await writeFile(second, '');
      await truncate(second, (await stat(first)).size);
    } else if (name === 'lab-launch') {
      lastPid += 1;
      const instanceId = first.split('/').at(-1) ?? '';
      const startedTicks = String(lastPid * 7);
      const guest: Guest = { instanceId, startedTicks, addresses: new Set(), disks: new Set(), go: false };
      for (const line of readFileSync(join(first, 'disks'), 'utf8').trim().split('\n')) {
        if (line !== '') guest.disks.add(line.split(' ')[0] ?? '');
      }
      guests.set(lastPid, guest);
      await writeFile(join(first, 'pid'), `${lastPid}\n`);
    } else if (name === 'lab-go') {
      const guest = [...guests.values()].find(({ instanceId }) => first.includes(instanceId));
      if (guest !== undefined) guest.go = true;
    } else if (!quiet.includes(name)) return undefined;
    return '';
  };

  const losetup = (words: readonly string[]): string | undefined => {
    const image = words.at(-1) ?? '';
    if (words.includes('--associated')) {
      return loops.has(image) ? `${loopPath(image)}   7:${loops.get(image)}\n` : '';
    }
    if (words[0] === '--find') {
      const taken = new Set(loops.values());
      let number = 0;
      while (taken.has(number)) number += 1;
      loops.set(image, number);
    } else if (words[0] === '--detach') {
      const found = imageAt(image);
      if (found === undefined || claimed.has(found)) return undefined;
      loops.delete(found);
    }
    return '';
  };

  const ip = (words: readonly string[], input: string): string | undefined => {
    if (words[0] === '-batch') {
      for (const [, name] of input.matchAll(/link add name (\S+)/g)) links.add(name ?? '');
      return '';
    }
    const link = words.at(-1) ?? '';
    if (words[0] !== 'link') return '';
    if (words[1] === 'show') return links.has(link) ? link : undefined;
    return links.delete(link) ? '' : undefined;
  };

  const inside = (guest: Guest, words: readonly string[], input: string): string | undefined => {
    const [command, verb, serial = ''] = words;
    if (command === '/etc/lab/disk') {
      if (verb === 'add') guest.disks.add(serial);
      else guest.disks.delete(serial);
      return '';
    }
    if (command === 'sh') return '';
    if (words[1] === '-batch') {
      for (const [, address] of input.matchAll(/addr add (\S+)\/32/g)) guest.addresses.add(address ?? '');
      return '';
    }
    if (words.includes('show')) return [...guest.addresses].map((one) => ` inet ${one}/32 `).join('\n');
    const address = words.find((word) => word.endsWith('/32'))?.replace('/32', '') ?? '';
    if (words.includes('replace')) guest.addresses.add(address);
    else if (words.includes('del')) guest.addresses.delete(address);
    return '';
  };

  const perform = async (argv: readonly string[], input: string): Promise<string | undefined> => {
    const [command = '', ...words] = argv;
    if (command === 'sh') return shell(words[2] ?? '', words.slice(3));
    if (command === 'losetup') return losetup(words);
    if (command === 'ip') return ip(words, input);
    if (command === 'nsenter') {
      const guest = guests.get(Number(words[1]));
      return guest && inside(guest, words.slice(words.indexOf('--') + 1), input);
    }
    if (command === 'kill') return guests.delete(Number(words[1])) ? '' : undefined;
    if (command === 'truncate') {
      const [, bytes, image = ''] = words;
      await writeFile(image, '', { flag: 'a' });
      await truncate(image, Number(bytes));
      return '';
    }
    if (command === 'ssh-keygen') {
      const file = words.at(-1) ?? '';
      await writeFile(file, 'private');
      await writeFile(`${file}.pub`, 'ssh-ed25519 AAAAC3Nza played\n');
      return '';
    }
    if (command === 'mkfifo' || command === 'unshare') return '';
    if (command.startsWith('mkfs.')) return '';
    if (command === 'dnsmasq') {
      served = readFileSync((words[0] ?? '').replace('--conf-file=', ''), 'utf8').split('\n');
      return '';
    }
    return command === 'dig' ? answer(served, words.at(-2) ?? '', words.at(-1) ?? '') : undefined;
  };

  return {
    machine: {
      unfit: async () => undefined,
      async run(argv, input = ''): Promise<CommandEnd> {
        const stdout = await perform(argv, input);
        return stdout === undefined
          ? { code: 1, stdout: '', stderr: `${argv.slice(0, 3).join(' ')}: no` }
          : { code: 0, stdout, stderr: '' };
      },
      lock: (files, how) => takeAll(locks, files, how),
      startOf: async (pid) => guests.get(pid)?.startedTicks,
      isClaimed: async (device) => claimed.has(imageAt(device) ?? ''),
      mountInfo: async () => '',
      answers: async () => [...guests.values()].every(({ go }) => go),
      clock: quickClock(3),
      chance: () => Math.random(),
    },
    hold(volumeId) {
      const image = [...loops.keys()].find((one) => one.includes(volumeId)) ?? '';
      claimed.add(image);
      return () => claimed.delete(image);
    },
    addressesOf: (instanceId) =>
      [...guests.values()]
        .filter((one) => one.instanceId === instanceId)
        .flatMap((one) => [...one.addresses]),
    loops: () => [...loops.keys()],
    running: () => guests.size,
    powerCut() {
      guests.clear();
      loops.clear();
      claimed.clear();
      locks.clear();
      links = new Set();
    },
  };
}

/** As `flock` does, one file after the other, among all labs of this box. */
async function takeAll(
  locks: Map<string, Promise<void>>,
  files: readonly string[],
  { wait, signal }: { readonly wait: boolean; readonly signal?: AbortSignal | undefined },
): Promise<(() => void) | undefined> {
  const ends: (() => void)[] = [];
  const leave = (): void => {
    for (const end of ends.splice(0)) end();
  };
  for (const file of files) {
    for (let before = locks.get(file); before !== undefined; before = locks.get(file)) {
      if (!wait || signal?.aborted === true) {
        leave();
        return undefined;
      }
      const gone = Promise.withResolvers<void>();
      signal?.addEventListener('abort', () => gone.resolve(), { once: true });
      await Promise.race([before, gone.promise]);
    }
    const held = Promise.withResolvers<void>();
    locks.set(file, held.promise);
    ends.push(() => {
      if (locks.get(file) === held.promise) locks.delete(file);
      held.resolve();
    });
  }
  return leave;
}

/** What `dig` would write of dnsmasq's answer. */
function answer(lines: readonly string[], name: string, type: string): string {
  const bare = name.replace(/\.$/, '');
  const rows = lines
    .map((line) => /^host-record=([^,]+),([^,]+),(\d+)$/.exec(line))
    .filter((row) => row !== null && row[1] === bare && (row[2]?.includes(':') ? 'AAAA' : 'A') === type)
    .map((row) => `${name}\t${row?.[3]}\tIN\t${type}\t${row?.[2]}`);
  return [`;; ->>HEADER<<- opcode: QUERY, status: ${rows.length > 0 ? 'NOERROR' : 'NXDOMAIN'}`, ...rows].join(
    '\n',
  );
}

/** Our own time, so many times as fast. */
function quickClock(speed: number): Clock {
  const beganMs = systemClock.now();
  return {
    now: () => beganMs + (systemClock.now() - beganMs) * speed,
    after: (delayMs, callback) => systemClock.after(delayMs / speed, callback),
  };
}

/** Leaves a file as a process that died would have left it. */
export function overwrite(folder: string, kind: string, id: string, more: object): void {
  const file = join(folder, kind, `${id}.json`);
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), ...more }));
}
