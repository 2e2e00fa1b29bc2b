// What is too much for every commit: each way in which a run can go, killed at every point of its journal and once
// more in its recovery; each of the planner's graphs with every death, every sleep, every failing step and some
// thousands of histories; the property tests with many more examples; the deletion scanner through ten thousand
// histories, and through the accident over a real database and a store; and every cloud that can be opened here, real
// OpenStack services among them.
//
//   npm run nightly                      all of it
//   npm run nightly -- crash             only the deaths
//   npm run nightly -- plays             only the planner's graphs; BELAY_HISTORIES says how many, 3,000 where absent
//   npm run nightly -- properties        only the properties; BELAY_RUNS says how many examples, 20,000 where absent
//   npm run nightly -- scanner           only the scanner; the accident needs PostgreSQL, as test/scanner/run.ts says
//   npm run nightly -- peers             only the clouds: needs root and Debian, as test/openstack/run.ts says
//
// A death with something wrong leaves its folder behind, and its name is printed.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { crashMatrix, crashReportText } from '@belay/runner/testkit';
import {
  deathsOfPlanner,
  failuresOfPlanner,
  historiesOfPlanner,
  sleepersOfPlanner,
} from '../simulation/stages.ts';

interface Verdict {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
}

/** The graphs of `packages/runner/test/crash/graphs.ts`, with what the program is told beside the name. */
const variants: readonly (readonly string[])[] = [
  ['moving'],
  ['failing'],
  ['moving', 'revert'],
  ['crossing'],
  ['nested'],
  ['crowded'],
  ['lingering'],
  ['regretting'],
  ['doubting'],
  ['stranded'],
  ['asking', 'release'],
  ['asking', 'cancel'],
];

const only = process.argv[2];
const verdicts: Verdict[] = [];
if (only === undefined || only === 'crash') {
  for (const variant of variants) verdicts.push(await playDeaths(variant));
}
if (only === undefined || only === 'plays') {
  const to = Number(process.env['BELAY_HISTORIES'] ?? 3000);
  verdicts.push(await failuresOfPlanner({ say: print }));
  verdicts.push(await historiesOfPlanner({ from: 1, to }, { say: print }));
  verdicts.push(await deathsOfPlanner({ say: print }));
  verdicts.push(await sleepersOfPlanner({ say: print }));
}
if (only === undefined || only === 'properties') verdicts.push(await playProperties());
if (only === undefined || only === 'scanner') {
  for (const script of ['soak:scanner', 'test:scanner:real']) verdicts.push(await playScript(script));
}
if (only === undefined || only === 'peers') {
  for (const script of ['conformance', 'test:openstack']) verdicts.push(await playScript(script));
}

const passed = verdicts.reduce((sum, each) => sum + each.passed, 0);
const failed = verdicts.reduce((sum, each) => sum + each.failed, 0);
for (const each of verdicts.filter((one) => one.failed > 0)) print(`${each.name}: ${each.failed} failed`);
print(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;

async function playDeaths(variant: readonly string[]): Promise<Verdict> {
  const name = `crash ${variant.join(' ')}`;
  const dir = mkdtempSync(join(tmpdir(), `belay-${variant.join('-')}-`));
  const report = await crashMatrix({
    program: new URL('../../packages/runner/test/crash/program.ts', import.meta.url),
    args: variant,
    execArgv: ['--conditions=@belay/source'],
    dir,
    second: [1, 2, 3],
    parallel: cpus().length,
  });
  if (report.isErr()) {
    print(`${name}: ${report.error.message}`);
    return { name, passed: 0, failed: 1 };
  }
  print(`${name}: ${crashReportText(report.value)}`);
  const wrong = report.value.points.filter(({ problems }) => problems.length > 0).length;
  if (wrong === 0) rmSync(dir, { recursive: true });
  else print(`${name}: what is left of it is in ${dir}`);
  // A point that was not reached this time was not put to the test.
  const passed = report.value.points.filter(({ struck, problems }) => struck && problems.length === 0).length;
  return { name, passed, failed: wrong };
}

async function playProperties(): Promise<Verdict> {
  const folder = mkdtempSync(join(tmpdir(), 'belay-properties-'));
  const results = join(folder, 'results.json');
  const vitest = join(import.meta.dirname, '..', '..', 'node_modules', '.bin', 'vitest');
  const args = ['run', 'property.test', '--testTimeout=7200000', '--reporter=default', '--reporter=json'];
  const child = spawn(vitest, [...args, `--outputFile.json=${results}`], {
    stdio: 'inherit',
    env: { BELAY_RUNS: '20000', ...process.env },
  });
  await once(child, 'exit');
  const counts = existsSync(results) ? JSON.parse(readFileSync(results, 'utf8')) : {};
  rmSync(folder, { recursive: true });
  const passed = Number(counts.numPassedTests ?? 0);
  // A run that left no result, or had nothing to run, did not pass.
  const failed =
    passed === 0 ? 1 : Number(counts.numFailedTests ?? 0) + Number(counts.numFailedTestSuites ?? 0);
  return { name: 'properties', passed, failed };
}

/** A command of the project that says by its exit code whether all is well. */
async function playScript(script: string): Promise<Verdict> {
  const [exitCode] = await once(spawn('npm', ['run', script], { stdio: 'inherit' }), 'exit');
  return exitCode === 0 ? { name: script, passed: 1, failed: 0 } : { name: script, passed: 0, failed: 1 };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
