/**
 * Runs the scanner's tests in this process, over the copy with the switches. First all of them with no switch thrown,
 * noting which test comes by which switch; then, for each switch, the tests that come by it, the quick ones first, until
 * one fails.
 */

import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Declared } from './vitest.ts';

/** One test, with what is known about it. */
interface Known {
  readonly file: string;
  readonly name: string;
  run(): Promise<Error | undefined>;
  tookMs: number;
  readonly reached: Set<number>;
}

/** The tests, and the hand on the switches. */
export interface Host {
  readonly tests: readonly Known[];
  /** Runs every test with no switch thrown; gives the sentences of those that fail. */
  runAll(): Promise<readonly string[]>;
  /**
   * Does a test notice this switch? The name of the first that does. No more tests are begun once those so far would
   * have taken `atMostMs` of the processor without a mutant.
   */
  noticedBy(id: number, atMostMs: number): Promise<string | undefined>;
}

/** A test that asks the switches more often than so is one that never ends. */
const mostAsked = 30_000_000;

/** Loads these test files of a copy. */
export async function openHost(folder: string, files: readonly string[]): Promise<Host> {
  const stand = pathToFileURL(join(import.meta.dirname, 'vitest.ts')).href;
  registerHooks({
    resolve: (name, context, next) =>
      name === 'vitest' ? { url: stand, shortCircuit: true } : next(name, context),
  });
  const { declaredBy }: { declaredBy(load: () => Promise<unknown>): Promise<Declared> } = await import(stand);
  let thrown = -1;
  let asked = 0;
  let reached: Set<number> | undefined;
  Reflect.set(globalThis, '$M', (id: number): boolean => {
    reached?.add(id);
    asked += 1;
    if (asked > mostAsked) throw new Error('this never ends');
    return id === thrown;
  });
  // A promise that nobody waits for is a test's own affair, and mutants make many.
  process.on('unhandledRejection', () => undefined);
  process.on('uncaughtException', () => undefined);

  const tests: Known[] = [];
  // Neighbours are mostly noticed by the same tests.
  let lately: readonly Known[] = [];
  for (const file of files) {
    const declared = await declaredBy(
      () => import(pathToFileURL(join(folder, 'test', `${file}.test.ts`)).href),
    );
    for (const { name, work } of declared.tests) {
      const known: Known = {
        file,
        name,
        tookMs: 5_000,
        reached: new Set(),
        run: () => runOne(declared, work, 10_000 + 50 * known.tookMs),
      };
      tests.push(known);
    }
  }
  return {
    tests,
    async runAll() {
      const wrong: string[] = [];
      thrown = -1;
      for (const one of tests) {
        const began = process.cpuUsage();
        asked = 0;
        reached = one.reached;
        const failed = await one.run();
        reached = undefined;
        // Not by the wall's clock: the machine may have other work.
        const { user, system } = process.cpuUsage(began);
        one.tookMs = (user + system) / 1_000;
        if (failed !== undefined) wrong.push(`${one.file}: ${one.name}: ${failed.message}`);
      }
      return wrong;
    },
    async noticedBy(id, atMostMs) {
      const some = tests
        .filter((one) => one.reached.has(id))
        .sort((a, b) => Number(lately.includes(b)) - Number(lately.includes(a)) || a.tookMs - b.tookMs);
      let tookMs = 0;
      for (const one of some) {
        tookMs += one.tookMs;
        if (tookMs > atMostMs) break;
        asked = 0;
        thrown = id;
        const failed = await one.run();
        thrown = -1;
        if (failed === undefined) continue;
        lately = [one, ...lately.filter((other) => other !== one)].slice(0, 5);
        return `${one.file}: ${one.name}`;
      }
      return undefined;
    },
  };
}

async function runOne(
  { before, after }: Declared,
  work: () => unknown,
  patienceMs: number,
): Promise<Error | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(() => resolve(new Error('it does not end')), patienceMs);
  });
  const all = async (): Promise<Error | undefined> => {
    try {
      for (const one of before) await one();
      await work();
      return undefined;
    } catch (failed) {
      return failed instanceof Error ? failed : new Error(String(failed));
    }
  };
  const ended = await Promise.race([all(), late]);
  clearTimeout(timer);
  try {
    for (const one of after) await one();
  } catch (failed) {
    return ended ?? (failed instanceof Error ? failed : new Error(String(failed)));
  }
  return ended;
}
