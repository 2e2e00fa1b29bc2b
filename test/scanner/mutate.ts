// npm run mutate:scanner: switches off one safety rule of the scanner at a time and runs the scanner's tests. A mutant
// that no test notices is a survivor: either a test is missing, or the change makes no difference and
// `mutation/same.ts` says why.
//
//   npm run mutate:scanner                        rules, sweep, scan, merge, ledger, and what decides beside them
//   npm run mutate:scanner -- --only rules/ripe   files whose path contains this
//   npm run mutate:scanner -- --list              says which mutants there are, and runs nothing
//   npm run mutate:scanner -- --slow              asks the slowest tests too, of which each takes seconds
//   npm run mutate:scanner -- --again out.txt     only those that an earlier run has printed as survivors
//   npm run mutate:scanner -- --only sqlite/ --tests sides/sqlite
//                                                 any other part of the sources, by the tests of these files alone
//   npm run mutate:scanner -- --package alerts    all sources of another package, by its own tests
//   npm run mutate:scanner -- --at-most-ms 3000   a look in a hurry: no mutant is tried for longer than about this
//
// All mutants are switches in one copy of the sources, thrown one at a time in one process, so that each takes
// milliseconds; tools that start a test runner for every mutant take hours here. Types are not looked at: a change that
// the compiler would refuse is tried all the same.

import { fork } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openHost } from './mutation/host.ts';
import { instrument, type Mutant } from './mutation/instrument.ts';
import { sameAs } from './mutation/same.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    list: { type: 'boolean', default: false },
    slow: { type: 'boolean', default: false },
    again: { type: 'string' },
    tests: { type: 'string' },
    package: { type: 'string', default: 'scanner' },
    'at-most-ms': { type: 'string', default: 'Infinity' },
    /** Set by this program for its child: the ids to be tried. */
    try: { type: 'string' },
    /** And where the copy is. */
    copy: { type: 'string' },
  },
});

const house = join(import.meta.dirname, '../..');
const home = join(house, 'packages', values.package);
// Inside the house, so that the copy finds the same node_modules.
const copy = values.copy ?? join(house, `.cache/mutants-${process.pid}`);
const folders = ['rules', 'sweep', 'scan', 'merge', 'ledger'].map((folder) => `src/${folder}/*.ts`);
const beside = ['approval', 'breaker', 'budget', 'guarded', 'ledger', 'options', 'plan', 'review', 'sweeper'];
const slow = ['accidents-registry', 'accidents-storage', 'story-004', 'borders'];
/** A child that says nothing for so long hangs in the mutant that it tries. */
const patienceMs = 180_000;

const files =
  values.tests?.split(',') ??
  globSync('test/*.test.ts', { cwd: home })
    .map((path) => path.slice('test/'.length, -'.test.ts'.length))
    .filter((name) => values.slow || !slow.includes(name))
    .sort();

if (values.try !== undefined) await tryAll(values.try.split(',').map(Number));
else process.exitCode = await main();

async function main(): Promise<number> {
  const started = performance.now();
  const mutants = prepare();
  if (values.list) {
    rmSync(copy, { recursive: true, force: true });
    for (const mutant of mutants) print(nameOf(mutant));
    return 0;
  }
  const survivors: Mutant[] = [];
  let waiting = mutants.map(({ id }) => id);
  while (waiting.length > 0) {
    const left = await someOf(waiting, (id, by) => {
      const mutant = mutants.find((one) => one.id === id);
      if (by !== undefined || mutant === undefined) return;
      survivors.push(mutant);
      print(`SURVIVES ${nameOf(mutant)}`);
    });
    if (left === undefined) return 1;
    // The first of those left hung, and was noticed by that.
    waiting = left.slice(1);
  }
  rmSync(copy, { recursive: true, force: true });
  const seconds = Math.round((performance.now() - started) / 1_000);
  print(`${mutants.length} mutants in ${seconds} s: ${survivors.length} survive`);
  return survivors.length === 0 ? 0 : 1;
}

/** Makes the copy with its switches. */
function prepare(): readonly Mutant[] {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(copy, { recursive: true });
  for (const part of ['src', 'test', 'package.json'])
    cpSync(join(home, part), join(copy, part), { recursive: true });
  const decisive = [...folders, ...beside.map((name) => `src/${name}.ts`)];
  const isWhole = values.tests !== undefined || values.package !== 'scanner';
  const paths = globSync(isWhole ? 'src/**/*.ts' : decisive, { cwd: home });
  const all: Mutant[] = [];
  for (const path of paths.filter((one) => one.includes(values.only)).sort()) {
    const made = instrument(path, readFileSync(join(home, path), 'utf8'), all.length);
    all.push(...made.mutants);
    writeFileSync(join(copy, path), made.text);
  }
  const again = values.again === undefined ? undefined : readFileSync(values.again, 'utf8');
  return all
    .filter(({ path, source, what }) => !sameAs(pathInTable(path), source, what))
    .filter(({ path, source, what }) => {
      // Lines may have moved since: what is done to which text says it.
      const lines = again?.split('\n').filter((line) => line.startsWith(`SURVIVES ${path}:`)) ?? [];
      return again === undefined || lines.some((line) => line.includes(` ${what} | ${source}`));
    });
}

/** Tries these in a child. Gives those that it did not come to; `undefined` where the tests fail by themselves. */
function someOf(
  ids: readonly number[],
  hear: (id: number, by: string | undefined) => void,
): Promise<readonly number[] | undefined> {
  const args = [
    ...(values.slow ? ['--slow'] : []),
    ...(values.tests === undefined ? [] : ['--tests', values.tests]),
    '--package',
    values.package,
    '--at-most-ms',
    values['at-most-ms'],
    '--copy',
    copy,
    '--try',
    ids.join(','),
  ];
  const child = fork(import.meta.filename, args, {
    execArgv: ['--conditions=@belay/source', '--disable-warning=ExperimentalWarning'],
    env: { ...process.env, BELAY_RUNS: '40' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const left = [...ids];
  return new Promise((resolve, reject) => {
    let patience: NodeJS.Timeout | undefined;
    const wait = (): void => {
      clearTimeout(patience);
      patience = setTimeout(() => child.kill('SIGKILL'), patienceMs);
    };
    wait();
    child.on('message', (said: { id: number; by?: string } | { wrong: readonly string[] }) => {
      wait();
      if ('wrong' in said) {
        for (const sentence of said.wrong) print(`FAILS WITHOUT A MUTANT ${sentence}`);
        if (said.wrong.length > 0) resolve(undefined);
        return;
      }
      left.splice(left.indexOf(said.id), 1);
      hear(said.id, said.by);
      const done = ids.length - left.length;
      if (done % 200 === 0) print(`${done} of ${ids.length}`);
    });
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(patience);
      resolve(left);
    });
  });
}

/** The child's part: all tests twice without a mutant, every mutant, and all tests once more. */
async function tryAll(ids: readonly number[]): Promise<void> {
  const host = await openHost(copy, files);
  const say = (what: object): void => void process.send?.(what);
  const wrong = [...(await host.runAll()), ...(await host.runAll())];
  say({ wrong });
  if (wrong.length > 0) process.exit(1);
  for (const id of ids) say({ id, by: await host.noticedBy(id, Number(values['at-most-ms'])) });
  // What a mutant has left behind in the process could make others look noticed.
  say({ wrong: await host.runAll() });
  process.disconnect();
  process.exit(0);
}

/** In the table of those that make no difference, paths of other packages begin with the package's name. */
function pathInTable(path: string): string {
  return values.package === 'scanner' ? path : `${values.package}/${path}`;
}

function nameOf({ path, line, what, source }: Mutant): string {
  return `${path}:${line} ${what} | ${source}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
