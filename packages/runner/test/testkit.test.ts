// What users of the test kit may rely on.

import { execFile } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { err, ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import {
  type Failure,
  type GraphBuilder,
  memoryJournal,
  memoryStore,
  openRunner,
  type StepGraph,
  stepGraph,
} from '../src/index.ts';
import { crashMatrix, crashReportText, killJournal, openEffects, virtualClock } from '../src/testkit.ts';
import { place } from './journal/place.ts';

const program = new URL('./crash/program.ts', import.meta.url);
const execArgv = ['--conditions=@belay/source'];

describe('the record of effects', () => {
  test('does a thing once under a key, finds it, undoes it, and may then do it anew', () => {
    using here = place();
    const effects = openEffects(join(here.folder, 'effects.jsonl'));
    expect(effects.find('k')._unsafeUnwrap()).toBeUndefined();
    expect(effects.once('k', { id: 1 })._unsafeUnwrap()).toEqual({ id: 1 });
    expect(effects.once('k', { id: 2 })._unsafeUnwrap()).toEqual({ id: 1 });
    expect(effects.find('k')._unsafeUnwrap()).toEqual({ id: 1 });
    expect(effects.count('k')._unsafeUnwrap()).toBe(1);
    effects.undo('k')._unsafeUnwrap();
    effects.undo('k')._unsafeUnwrap();
    expect(effects.find('k')._unsafeUnwrap()).toBeUndefined();
    expect(effects.once('k', { id: 3 })._unsafeUnwrap()).toEqual({ id: 3 });
    const tally = effects.tally()._unsafeUnwrap().get('k');
    expect(tally).toMatchObject({ inEffect: 1, mostInEffect: 1, done: 2, undone: 1 });
    expect(tally?.lines.map(({ did }) => did)).toEqual(['once', 'undo', 'once']);
  });

  test('counts what has no key as often as it is done, with the process and the fence', () => {
    using here = place();
    const effects = openEffects(join(here.folder, 'effects.jsonl'));
    for (const fence of [1, 2]) effects.again({ key: 'k', fence }, null)._unsafeUnwrap();
    expect(effects.count('k')._unsafeUnwrap()).toBe(2);
    const tally = effects.tally()._unsafeUnwrap().get('k');
    expect(tally).toMatchObject({ inEffect: 2, mostInEffect: 2, done: 2, undone: 0 });
    expect(tally?.lines.map(({ fence, pid }) => [fence, pid])).toEqual([
      [1, process.pid],
      [2, process.pid],
    ]);
  });

  test('is a file of lines that another process can read, and says so where it cannot be', () => {
    using here = place();
    const path = join(here.folder, 'effects.jsonl');
    openEffects(path).once('k', 'v')._unsafeUnwrap();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ key: 'k', did: 'once', value: 'v' });
    expect(openEffects(path).find('k')._unsafeUnwrap()).toBe('v');
    const nowhere = openEffects(join(here.folder, 'nowhere', 'effects.jsonl'));
    expect(nowhere.once('k', 'v')._unsafeUnwrapErr()).toMatchObject({ kind: 'effects' });
  });
});

interface World {
  readonly log: string[];
}
type Graph = StepGraph<World, null, string>;

const two: Graph = stepGraph('two', (g: GraphBuilder<World>, _: null) => {
  const a = g.step('a', {
    run: (_needs, { services }) => ok(services.log.push('a')),
    idempotent: true,
  });
  return g.step('b', {
    after: [a],
    idempotent: true,
    run: (_needs, { services }) => {
      services.log.push('b');
      return ok('b');
    },
  });
});

describe('the journal that dies', () => {
  test('counts the points of a run and says what each wrote', async () => {
    const journal = killJournal(memoryJournal());
    await using runner = await openRunner({ graphs: [two], services: { log: [] }, journal });
    (await runner.run(two, null, { id: 'r' }))._unsafeUnwrap();
    expect(journal.points).toEqual([
      { at: 1, call: 'create', says: 'created · started a' },
      { at: 2, call: 'append', says: 'done a · started b' },
      { at: 3, call: 'append', says: 'done b · finished' },
    ]);
  });

  test.each([
    ['before', ['a', 'a', 'b']],
    ['after', ['a', 'b']],
  ] as const)(
    'strikes %s a point is durable, and another runner carries on from there',
    async (when, done) => {
      const log: string[] = [];
      const store = memoryStore();
      const struck = Promise.withResolvers<void>();
      const how = () => {
        store.kill('first');
        struck.resolve();
      };
      const dying = killJournal(memoryJournal(store), { at: 2, when, how });
      const options = { graphs: [two], services: { log } } as const;
      const first = await openRunner({ ...options, journal: dying, owner: 'first' });
      let answered = false;
      void first.run(two, null, { id: 'r' }).map(() => {
        answered = true;
      });
      await struck.promise;
      await using second = await openRunner({ ...options, journal: memoryJournal(store) });
      expect((await second.recover())._unsafeUnwrap().recovered).toEqual(['r']);
      expect((await second.wait('r'))._unsafeUnwrap()).toMatchObject({ state: 'success', output: 'b' });
      expect(log).toEqual(done);
      expect(answered).toBe(false);
    },
  );
});

describe('the crash matrix', () => {
  test('finds a step that is done twice, and names the point', { timeout: 180_000 }, async () => {
    using here = place();
    const report = (
      await crashMatrix({ program, args: ['careless'], dir: here.folder, execArgv, points: [2] })
    )._unsafeUnwrap();
    expect(report.holds).toBe(false);
    expect(report.points.map(({ when, problems }) => [when, problems])).toEqual([
      [
        'before',
        ['run-1/mail is in effect 2 times and not once', 'run-1/mail was in effect 2 times at one time'],
      ],
      ['after', []],
    ]);
    expect(crashReportText(report)).toContain(
      'killed before point 2 (append: done mail · started after): run-1/mail is in effect 2 times and not once',
    );
    // What belongs to a point with a problem is left to be looked at.
    expect(readFileSync(join(here.folder, '2-before', 'effects.jsonl'), 'utf8')).toContain('run-1/mail');
    expect(() => readFileSync(join(here.folder, '2-after', 'effects.jsonl'))).toThrow('ENOENT');
  });

  test('says what is wrong with a program that comes to no outcome even undisturbed', async () => {
    using here = place();
    const path = join(here.folder, 'broken.mjs');
    writeFileSync(path, 'throw new Error("no such zone")');
    const error = (await crashMatrix({ program: path, dir: here.folder }))._unsafeUnwrapErr();
    expect(error.kind).toBe('crash-program');
    expect(error.message).toContain('no such zone');
  });

  test('is explained by an example that runs', { timeout: 180_000 }, async () => {
    const page = readFileSync(new URL('../docs/testkit.md', import.meta.url), 'utf8');
    const code = /^```ts\n(\/\/ run\n[\s\S]*?)^```$/m.exec(page)?.[1] ?? '';
    // Inside the tree, where it sees the packages as a reader's project would.
    const folder = fileURLToPath(new URL('../../../.cache/testkit', import.meta.url));
    mkdirSync(folder, { recursive: true });
    const path = join(folder, 'example.ts');
    writeFileSync(path, code);
    const { stdout } = await promisify(execFile)(process.execPath, [...execArgv, path]);
    expect(stdout).toMatch(/^6 deaths of a run whose end is success; 0 with something wrong/);
  });

  test('stops with its signal', async () => {
    using here = place();
    const stop = new AbortController();
    const playing = crashMatrix({
      program,
      args: ['moving'],
      dir: here.folder,
      execArgv,
      signal: stop.signal,
    });
    setTimeout(() => stop.abort(), 300);
    expect((await playing)._unsafeUnwrapErr().kind).toBe('aborted');
  });
});

describe('the virtual clock', () => {
  test('lets hours of pauses pass at once, in order, and shows the run the time that it waited', async () => {
    const clock = virtualClock();
    const startMs = clock.now();
    const times: number[] = [];
    const refused: Failure = { kind: 'refused', message: 'not yet', applied: 'no' };
    const graph: StepGraph<object, null, string> = stepGraph('patient', (g: GraphBuilder<object>, _: null) =>
      g.step('rare', {
        retry: { attempts: 3, delayMs: 3_600_000, maxDelayMs: 86_400_000 },
        run: (_needs, { attempt }) => {
          times.push(clock.now() - startMs);
          return attempt < 3 ? err(refused) : ok('at last');
        },
      }),
    );
    await using runner = await openRunner({ graphs: [graph], services: {}, journal: memoryJournal(), clock });
    const outcome = await clock.until(runner.run(graph, null, { id: 'r' }));
    expect(outcome._unsafeUnwrap()).toMatchObject({ state: 'success', output: 'at last' });
    expect(times).toEqual([0, 3_600_000, 10_800_000]);
    await clock.untilQuiet();
    expect(clock.timers).toBe(0);
  });

  test('rings timers in the order of their times, and those of one time in the order of their making', async () => {
    const clock = virtualClock(0);
    const rung: string[] = [];
    const note = (name: string) => () => {
      rung.push(`${name} at ${clock.now()}`);
    };
    clock.after(20, note('late'));
    clock.after(10, note('first'));
    clock.after(10, () => {
      note('second')();
      clock.after(5, note('nested'));
    });
    clock.after(15, note('never'))();
    await clock.advance(12);
    expect(rung).toEqual(['first at 10', 'second at 10']);
    await clock.advance(100);
    expect(rung.slice(2)).toEqual(['nested at 15', 'late at 20']);
    expect(clock.now()).toBe(112);
  });

  test('says so when it waits for something that time does not bring', async () => {
    const clock = virtualClock(0);
    await expect(clock.until(new Promise(() => {}))).rejects.toThrow('no timer left');
    const again = (): void => void clock.after(1_000, again);
    again();
    await expect(clock.untilQuiet(10_000)).rejects.toThrow('1 timers are left after 10000 ms');
    await expect(clock.until(Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  });
});
