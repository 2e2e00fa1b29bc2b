/**
 * What is measured, and how each is started: every time in a fresh process, whose whole CPU time counts.
 */

import { spawn } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import type { KeyFiles, Order } from './keys.ts';
import type { Answer } from './subjects/task.ts';

/** What one run of a tool has used. */
export interface Sample {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  /** What of it the kernel used: above all for what lies between a file and the program. */
  readonly systemSeconds: number;
  /** Left out where the tool does not tell; `comm` needs next to none. */
  readonly peakMiB?: number;
  readonly orphans: number;
}

/** Something that finds orphans. */
export interface Tool {
  readonly name: string;
  readonly orders: readonly Order[];
  /** So slow that once is enough. */
  readonly once?: true;
  run(files: KeyFiles, order: Order): Promise<Sample>;
}

const subjects = join(import.meta.dirname, 'subjects');

function inNode(name: string, program: Readonly<Record<Order, string>> | string, once?: true): Tool {
  const programs = typeof program === 'string' ? { sorted: program, unsorted: program } : program;
  return {
    name,
    orders: ['sorted', 'unsorted'],
    ...(once === undefined ? {} : { once }),
    async run({ stored, needed }, order) {
      const path = join(subjects, programs[order]);
      const { said, wallSeconds } = await started(process.execPath, [path, stored, needed, order]);
      return { ...(JSON.parse(said.stdout) as Answer), wallSeconds };
    },
  };
}

/** `comm`, with `sort` before it where the sides come unsorted; the shell tells what its children have used. */
const comm: Tool = {
  name: 'comm',
  orders: ['sorted', 'unsorted'],
  async run({ stored, needed }, order) {
    // One after another: the shell counts the children that it has waited for, and no others.
    const sort = 'sort -S 256M "$1" > "$dir/1"; sort -S 256M "$2" > "$dir/2"; set -- "$dir/1" "$dir/2";';
    const script = [
      'set -e; export LC_ALL=C; dir=$(mktemp -d); trap \'rm -r "$dir"\' EXIT;',
      order === 'sorted' ? '' : sort,
      'comm -23 "$1" "$2" > "$dir/orphans"; wc -l < "$dir/orphans"; times',
    ].join(' ');
    const { said, wallSeconds } = await started('bash', ['-c', script, 'bench', stored, needed]);
    const [orphans, , children] = said.stdout.trim().split('\n');
    const [user = 0, systemSeconds = 0] = secondsOf(children ?? '');
    return { orphans: Number(orphans), cpuSeconds: user + systemSeconds, systemSeconds, wallSeconds };
  },
};

/** In the order of their turns: what is held against one another runs one right after the other. */
export const tools: readonly Tool[] = [
  comm,
  inNode('belay', { sorted: 'belay-merge.ts', unsorted: 'belay-unsorted.ts' }),
  { ...inNode('belay-protocol', 'belay-protocol.ts'), orders: ['sorted'] },
  inNode('duckdb', 'duckdb.ts'),
  inNode('sqlite', 'sqlite.ts', true),
  inNode('set', 'naive-set.ts', true),
];

/**
 * Reads the files once, for nobody. A file that the machine has put out of its memory costs whoever reads it next up to
 * two seconds of the kernel's time in a gigabyte, and it would be chance who that is.
 */
export async function warm({ stored, needed }: KeyFiles): Promise<void> {
  for (const path of [stored, needed]) {
    await new Promise<void>((resolve, reject) => {
      createReadStream(path, { highWaterMark: 1 << 20 })
        .on('end', resolve)
        .on('error', reject)
        .resume();
    });
  }
}

/** `0m1.234s 0m0.100s`, user and system. */
function secondsOf(line: string): readonly number[] {
  return [...line.matchAll(/(\d+)m([\d.]+)s/g)].map(
    ([, minutes, seconds]) => 60 * Number(minutes) + Number(seconds),
  );
}

async function started(
  program: string,
  args: readonly string[],
): Promise<{ readonly said: { readonly stdout: string }; readonly wallSeconds: number }> {
  const startedAt = performance.now();
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-4_000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed:\n${stderr.trim()}`);
  return { said: { stdout }, wallSeconds: (performance.now() - startedAt) / 1000 };
}
