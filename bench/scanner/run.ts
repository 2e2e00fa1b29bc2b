/**
 * `npm run bench:scanner -- [--json] [--quick] [--rounds <n>] [--only <tool>] [--order <order>] [--strict]`
 *
 * Measures the scanner's merge and its whole protocol beside the tools that one would use in their place, on the same
 * files, in turn. Every tool must find the same orphans. Figures go to stdout, what is being done to stderr.
 * `--quick`: 1e6 keys a side, one round, without the slow ones.
 */

import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { keyFiles, type Order, orphansOf } from './keys.ts';
import { say } from './say.ts';
import { type Sample, type Tool, tools, warm } from './tools.ts';

interface Options {
  readonly json: boolean;
  readonly quick: boolean;
  readonly strict: boolean;
  readonly rounds: number;
  readonly only: readonly string[];
  readonly orders: readonly Order[];
}

/** By tool, order and size: `figures.belay.sorted['1e7']`. */
type Figures = Record<string, Record<string, Record<string, Sample & { readonly samples: number }>>>;

interface Verdict {
  readonly value: number;
  readonly atMost: number;
  readonly holds: boolean;
}

interface Target {
  readonly name: string;
  readonly above: string;
  readonly below: string;
  readonly atMost: number;
}

const targets: readonly Target[] = [
  { name: 'sorted-1e7-cpu/comm', above: 'belay', below: 'comm', atMost: 1.5 },
  { name: 'sorted-1e7-cpu/duckdb', above: 'belay', below: 'duckdb', atMost: 0.5 },
  { name: 'protocol-1e7-cpu/merge', above: 'belay-protocol', below: 'belay', atMost: 2 },
];
const allOrders: readonly Order[] = ['sorted', 'unsorted'];
const root = join(import.meta.dirname, '..', '..');

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    say(options);
    return 2;
  }
  say('building @belay/scanner: what is measured is what users install');
  execFileSync('npm', ['run', 'build', '-w', '@belay/cloud', '-w', '@belay/scanner'], {
    cwd: root,
    stdio: 'pipe',
  });

  const chosen = tools.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const sizes = options.quick ? [1e6] : [1e6, 1e7];
  const samples = new Map<string, Sample[]>();
  for (const size of sizes) {
    for (const order of options.orders) {
      await measure(chosen, order, size, options, samples);
    }
  }
  const report = reportOf(samples, options);
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : table(report));
  return options.strict && Object.values(report.targets).some(({ holds }) => !holds) ? 1 : 0;
}

/** Tools take turns, and every other round turns their order round. */
async function measure(
  chosen: readonly Tool[],
  order: Order,
  size: number,
  options: Options,
  samples: Map<string, Sample[]>,
): Promise<void> {
  const files = keyFiles(size, order);
  // No ratio rests on what comes unsorted, and most of the time would go there.
  const rounds = order === 'sorted' ? options.rounds : Math.min(options.rounds, 3);
  for (let round = 0; round < rounds; round += 1) {
    const turn = chosen
      .filter(({ orders }) => orders.includes(order))
      .filter(({ once }) => once === undefined || (round === 0 && !options.quick));
    for (const tool of round % 2 === 0 ? turn : turn.toReversed()) {
      say(`${size.toExponential(0).replace('+', '')} ${order}: ${tool.name}, round ${round + 1}`);
      await warm(files);
      const sample = await tool.run(files, order);
      if (sample.orphans !== orphansOf(size)) {
        throw new Error(`${tool.name} found ${sample.orphans} orphans of ${orphansOf(size)}`);
      }
      const name = nameOf(tool.name, order, size);
      samples.set(name, [...(samples.get(name) ?? []), sample]);
    }
  }
}

function reportOf(samples: ReadonlyMap<string, readonly Sample[]>, { rounds }: Options) {
  const figures: Figures = {};
  const peakMiB: Record<string, number> = {};
  for (const [name, some] of samples) {
    const [tool = '', order = '', size = ''] = name.split(' ');
    const peaks = some.flatMap(({ peakMiB: peak }) => peak ?? []);
    figures[tool] ??= {};
    figures[tool][order] ??= {};
    figures[tool][order][size] = {
      wallSeconds: median(some.map(({ wallSeconds }) => wallSeconds)),
      cpuSeconds: median(some.map(({ cpuSeconds }) => cpuSeconds)),
      systemSeconds: median(some.map(({ systemSeconds }) => systemSeconds)),
      ...(peaks.length === 0 ? {} : { peakMiB: median(peaks) }),
      orphans: some[0]?.orphans ?? 0,
      samples: some.length,
    };
    if (peaks.length > 0) peakMiB[`${tool}-${order}-${size}`] = median(peaks);
  }
  const ratios: Record<string, number> = {};
  const verdicts: Record<string, Verdict> = {};
  const judge = (name: string, value: number | undefined, atMost: number): void => {
    if (value === undefined || Number.isNaN(value)) return;
    verdicts[name] = { value: Number(value.toPrecision(4)), atMost, holds: value <= atMost };
  };
  for (const { name, above, below, atMost } of targets) {
    const [over, under] = [above, below].map((tool) => samples.get(nameOf(tool, 'sorted', 1e7)) ?? []);
    // Each round's own ratio: the two ran close to one another.
    const each = (over ?? []).flatMap((sample, round) => {
      const other = under?.[round];
      return other === undefined ? [] : [sample.cpuSeconds / other.cpuSeconds];
    });
    if (each.length === 0) continue;
    ratios[name] = median(each);
    judge(name, ratios[name], atMost);
  }
  for (const tool of ['belay', 'belay-protocol']) {
    const [small, large] = [1e6, 1e7].map(
      (size) => peakMiB[nameOf(tool, 'sorted', size).replaceAll(' ', '-')],
    );
    judge(`${tool}-sorted-1e7-peakMiB`, large, 120);
    judge(`${tool}-sorted-peak-1e7/1e6`, (large ?? Number.NaN) / (small ?? Number.NaN), 1.2);
  }
  const about = {
    node: process.versions.node,
    platform: process.platform,
    cpus: availableParallelism(),
    rounds,
  };
  return { figures, ratios, targets: verdicts, peakMiB, about };
}

function nameOf(tool: string, order: string, size: number): string {
  return `${tool} ${order} ${size.toExponential(0).replace('+', '')}`;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('the median of nothing');
  return Number(middle.toPrecision(4));
}

function table({ figures, targets: verdicts }: ReturnType<typeof reportOf>): string {
  const rows = Object.entries(figures).flatMap(([tool, orders]) =>
    Object.entries(orders).flatMap(([order, sizes]) =>
      Object.entries(sizes).map(([size, { wallSeconds, cpuSeconds, peakMiB }]) => {
        const peak = peakMiB === undefined ? '' : `${peakMiB} MiB`;
        return `  ${tool.padEnd(16)} ${order.padEnd(9)} ${size}  ${String(wallSeconds).padStart(8)} s wall ${String(cpuSeconds).padStart(8)} s CPU  ${peak}`;
      }),
    ),
  );
  const held = Object.entries(verdicts).map(
    ([name, { value, atMost, holds }]) =>
      `  ${holds ? 'holds ' : 'MISSED'} ${name.padEnd(34)} ${String(value).padStart(8)}   at most ${atMost}`,
  );
  return `${[...rows, '', ...held].join('\n')}\n`;
}

function readOptions(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        json: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        strict: { type: 'boolean', default: false },
        only: { type: 'string', multiple: true, default: [] },
        rounds: { type: 'string' },
        order: { type: 'string' },
      },
    });
    const stranger = values.only.find((name) => !tools.some((tool) => tool.name === name));
    if (stranger !== undefined)
      return `--only ${stranger}: there are ${tools.map(({ name }) => name).join(', ')}`;
    const rounds = Number(values.rounds ?? (values.quick ? 1 : 5));
    if (!Number.isInteger(rounds) || rounds % 2 !== 1 || rounds < 1) return '--rounds takes an odd number';
    const orders = allOrders.filter((order) => values.order === undefined || values.order === order);
    if (orders.length === 0) return '--order takes sorted or unsorted';
    return { ...values, rounds, orders };
  } catch (thrown) {
    return thrown instanceof Error ? thrown.message : String(thrown);
  }
}

try {
  process.exitCode = await main();
} catch (thrown) {
  say(thrown instanceof Error ? thrown.message : String(thrown));
  process.exitCode = 1;
}
