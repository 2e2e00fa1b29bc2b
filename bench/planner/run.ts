/**
 * `npm run bench:planner -- [--json] [--quick]`
 *
 * How many plans a second: every strategy judged, every guard asked, the graph of the chosen one built and the whole
 * sealed by its digest; and, beside it, the judging alone. No two questions are the same. The figures go to stdout;
 * what is being done goes to stderr.
 */

import { availableParallelism, loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { judge, plan } from '@belay/planner';
import { say } from '../runner/say.ts';
import { observedShops, type Question } from './shops.ts';

/** What was measured in one round. */
interface Round {
  readonly plansPerSecond: number;
  readonly judgementsPerSecond: number;
  /** Of this process's own time on the processor: what others do on the machine leaves it alone. */
  readonly cpuMicrosPerPlan: number;
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { json: { type: 'boolean', default: false }, quick: { type: 'boolean', default: false } },
  });
  const [count, rounds] = values.quick ? [60, 2] : [600, 5];
  const [loadBefore = 0] = loadavg();
  say(`${count} questions, ${rounds} rounds`);
  const { questions, now } = await observedShops(count);
  const strategies: Record<string, number> = {};
  // The first round warms the compiler up, and counts for the strategies alone.
  for (const { facts, target } of questions) {
    const { strategy } = plan(facts, target, { now });
    strategies[strategy] = (strategies[strategy] ?? 0) + 1;
  }
  const measured = Array.from({ length: rounds }, () => roundOf(questions, now));
  const best = measured.reduce((a, b) => (a.plansPerSecond >= b.plansPerSecond ? a : b));
  const report = {
    plansPerSecond: Math.round(best.plansPerSecond),
    judgementsPerSecond: Math.round(best.judgementsPerSecond),
    cpuMicrosPerPlan: Math.round(Math.min(...measured.map(({ cpuMicrosPerPlan }) => cpuMicrosPerPlan))),
    rounds: measured.map(({ plansPerSecond }) => Math.round(plansPerSecond)),
    strategies,
    about: {
      node: process.versions.node,
      platform: process.platform,
      cpus: availableParallelism(),
      loadAverage: [loadBefore, loadavg()[0]],
      questions: count,
    },
  };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report, null, 2)}\n`
      : `plans a second       ${report.plansPerSecond}\njudgements a second  ${report.judgementsPerSecond}\nprocessor a plan     ${report.cpuMicrosPerPlan} µs\n`,
  );
  return 0;
}

function roundOf(questions: readonly Question[], now: string): Round {
  const cpu = process.cpuUsage();
  const plansPerSecond = rateOf(questions, ({ facts, target }) => plan(facts, target, { now }));
  const { user, system } = process.cpuUsage(cpu);
  const judgementsPerSecond = rateOf(questions, ({ facts, target }) => judge(facts, target, { now }));
  return { plansPerSecond, judgementsPerSecond, cpuMicrosPerPlan: (user + system) / questions.length };
}

function rateOf(questions: readonly Question[], answer: (question: Question) => object): number {
  const began = performance.now();
  let answered = 0;
  for (const question of questions) if (Object.keys(answer(question)).length > 0) answered += 1;
  return (answered * 1000) / (performance.now() - began);
}

try {
  process.exitCode = await main();
} catch (thrown) {
  say(thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown));
  process.exitCode = 1;
}
