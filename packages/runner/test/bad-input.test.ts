// What a runner is handed that it cannot work with: graphs, values, ids and journals. Each is answered with a value
// that says what is wrong, and nothing is damaged.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { ok } from 'neverthrow';
import { describe, expect, test } from 'vitest';
import {
  type GraphBuilder,
  type Handle,
  memoryJournal,
  openRunner,
  type Runner,
  type RunnerError,
  type StepGraph,
  sqliteJournal,
  stepGraph,
} from '../src/index.ts';
import { startChild, startProgram } from './journal/child.ts';
import { place } from './journal/place.ts';

type Nothing = Readonly<Record<never, never>>;
type Graph<O = unknown> = StepGraph<Nothing, null, O>;
type Builder = GraphBuilder<Nothing>;

const one: Graph<number> = stepGraph('one', (g: Builder, _: null) => g.step('a', { run: () => ok(1) }));

async function inMemory(...graphs: readonly Graph[]): Promise<Runner> {
  return await openRunner({ graphs, services: {}, journal: memoryJournal() });
}

async function refusal(graph: Graph): Promise<RunnerError> {
  await using runner = await inMemory(graph);
  const error = (await runner.run(graph, null, { id: 'r' }))._unsafeUnwrapErr();
  expect((await runner.get('r'))._unsafeUnwrapErr().kind).toBe('unknown-run');
  return error;
}

describe('a graph that cannot be run is refused before anything of it runs', () => {
  test('two steps of one name', async () => {
    let ran = 0;
    const graph: Graph = stepGraph('twice', (g: Builder, _: null) => {
      g.step('copy', { run: () => ok(++ran) });
      g.step('copy', { run: () => ok(++ran) });
    });
    const error = await refusal(graph);
    expect(error).toMatchObject({ kind: 'invalid', runId: 'r' });
    expect(error.message).toMatch(/graph twice: step copy: .*name/);
    expect(ran).toBe(0);
  });

  test('a handle of another graph', async () => {
    let stolen: Handle<number> | undefined;
    const owner: Graph = stepGraph('owner', (g: Builder, _: null) => {
      stolen = g.step('theirs', { run: () => ok(1) });
    });
    await using runner = await inMemory(owner);
    (await runner.run(owner, null, { id: 'r' }))._unsafeUnwrap();
    const graph: Graph = stepGraph('thief', (g: Builder, _: null) => {
      g.step('ours', { needs: { of: stolen! }, run: ({ of }) => ok(of) });
    });
    const error = await refusal(graph);
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('step ours: needs.of is the handle theirs of another graph');
  });

  test('a handle from inside a scope, used outside', async () => {
    const graph: Graph = stepGraph('leaking', (g: Builder, _: null) => {
      let inner: Handle<number> | undefined;
      g.scope('place', { choices: ['x'] }, (s) => {
        inner = s.step('take', { run: () => ok(1) });
      });
      g.step('use', { needs: { inner: inner! }, run: ({ inner: of }) => ok(of) });
    });
    const error = await refusal(graph);
    expect(error.kind).toBe('invalid');
    expect(error.message).toMatch(/step use: needs\.inner is place\/take, .* let the scope return it/);
  });

  test('options without an id, or with keys that are no words, as plain JavaScript may have them', async () => {
    await using runner = await inMemory(one);
    const error = (await runner.run(one, null, {} as { id: string }))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('options.id') });
    const keys = [5] as unknown as string[];
    const second = (await runner.run(one, null, { id: 'r', keys }))._unsafeUnwrapErr();
    expect(second).toMatchObject({ kind: 'invalid', message: expect.stringContaining('options.keys') });
    expect((await runner.list())._unsafeUnwrap()).toEqual([]);
  });

  test('an input that JSON cannot carry', async () => {
    const graph: StepGraph<Nothing, { readonly at: Date }, number> = stepGraph(
      'dated',
      (g: Builder, _: { readonly at: Date }) => g.step('a', { run: () => ok(1) }),
    );
    await using runner = await openRunner({ graphs: [graph], services: {}, journal: memoryJournal() });
    const error = (await runner.run(graph, { at: new Date(0) }, { id: 'r' }))._unsafeUnwrapErr();
    expect(error.kind).toBe('invalid');
    expect(error.message).toContain('input.at is a Date');
  });

  test('a graph that is not registered, and one that only has the name of one that is', async () => {
    await using runner = await inMemory(one);
    const twin: Graph = stepGraph('one', (g: Builder, _: null) => g.step('b', { run: () => ok(2) }));
    const other: Graph = stepGraph('other', (g: Builder, _: null) => g.step('b', { run: () => ok(2) }));
    for (const [graph, sentence] of [
      [other, 'graph other cannot be run here: it is not registered'],
      [twin, 'graph one cannot be run here: another graph of that name is registered'],
    ] as const) {
      const error = (await runner.run(graph, null, { id: 'r' }))._unsafeUnwrapErr();
      expect(error).toMatchObject({ kind: 'unknown-graph', message: sentence });
    }
  });

  test('two graphs of one name cannot be registered: that is a programmer’s mistake', async () => {
    const twin: Graph = stepGraph('one', (g: Builder, _: null) => g.step('b', { run: () => ok(2) }));
    await expect(inMemory(one, twin)).rejects.toThrow('two registered graphs have the same name');
  });

  test('an id that is empty', async () => {
    await using runner = await inMemory(one);
    const error = (await runner.run(one, null, { id: '' }))._unsafeUnwrapErr();
    expect(error.kind).toBe('invalid');
  });
});

describe('an output that cannot be kept fails its step, which is undone', () => {
  const cases: Readonly<Record<string, [output: unknown, kind: string, says: string]>> = {
    'a Date': [{ when: [new Date(0)] }, 'output-not-json', 'output.when[0] is a Date'],
    'a bigint': [1n, 'output-not-json', 'output is a bigint'],
    'a NaN': [Number.NaN, 'output-not-json', 'output is NaN'],
    'a Map': [new Map(), 'output-not-json', 'output is a Map'],
    'too much': ['x'.repeat(1_025), 'output-too-large', 'the limit is 1024'],
  };
  test.each(Object.entries(cases))('%s', async (_, [output, kind, says]) => {
    const undone: string[] = [];
    const graph: Graph = stepGraph('wrong', (g: Builder, _input: null) => {
      g.step('a', {
        // The types were lied to.
        run: () => ok(output as string),
        revert: (was) => {
          undone.push(was.outcome);
          return ok(undefined);
        },
        revertBlind: true,
      });
    });
    const journal = memoryJournal();
    await using runner = await openRunner({ graphs: [graph], services: {}, journal, maxOutputBytes: 1_024 });
    const outcome = (await runner.run(graph, null, { id: 'r' }))._unsafeUnwrap();
    expect(outcome).toMatchObject({ state: 'reverted', cause: { kind } });
    expect(outcome.state === 'reverted' && outcome.cause.message).toContain(says);
    expect(undone).toEqual(['failed']);
  });
});

test('every verb that is asked of a run that is not there says so', async () => {
  await using runner = await inMemory(one);
  const word = { by: 'ann', reason: 'a test' };
  const answers = [
    runner.get('nobody'),
    runner.wait('nobody'),
    runner.cancel('nobody', word),
    runner.pause('nobody', word),
    runner.resume('nobody', word),
    runner.release('nobody', 'hold', word),
    runner.resolve('nobody', 'step', 'retry', word),
    runner.abandon('nobody', word),
    runner.revert('nobody', word),
    runner.seal('nobody', word),
    runner.rescue('nobody', one, null, { id: 'r', ...word }),
  ];
  for (const answer of answers) {
    const error = (await answer)._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'unknown-run', message: 'there is no run nobody' });
  }
  const events = [];
  for await (const event of runner.events('nobody')) events.push(event);
  expect(events).toEqual([]);
});

/** Every verb of a runner whose journal cannot be used answers with the same error. */
async function journalErrorOf(runner: Runner): Promise<RunnerError> {
  const word = { by: 'ann', reason: 'a test' };
  const answers = await Promise.all([
    runner.run(one, null, { id: 'r' }),
    runner.wait('r'),
    runner.get('r'),
    runner.list(),
    runner.cancel('r', word),
    runner.recover(),
    runner.prune({ endedBefore: new Date(0) }),
    runner.backupTo('/nowhere'),
  ]);
  const errors = answers.map((answer) => (answer.isErr() ? answer.error : undefined));
  expect(errors.map((error) => error?.kind)).toEqual(answers.map(() => 'journal'));
  expect(new Set(errors.map((error) => error?.message)).size).toBe(1);
  return errors[0]!;
}

function command(name: string, ...args: readonly string[]): void {
  execFileSync(name, args, { stdio: 'ignore' });
}

function integrityOf(path: string): unknown {
  const db = new DatabaseSync(path);
  try {
    return db.prepare('PRAGMA integrity_check').get()?.['integrity_check'];
  } finally {
    db.close();
  }
}

async function used(path: string): Promise<void> {
  await using runner = await openRunner({ graphs: [one], services: {}, journal: sqliteJournal(path) });
  (await runner.run(one, null, { id: 'before' }))._unsafeUnwrap();
}

describe('a journal that cannot be opened is an error of every verb, which says what to do, and stays as it is', () => {
  test('one that a newer belay wrote', async () => {
    using here = place();
    await used(here.path);
    const db = new DatabaseSync(here.path);
    db.exec("UPDATE meta SET value = 9 WHERE name = 'format'");
    db.close();
    const bytes = readFileSync(here.path);
    await using runner = await openRunner({ graphs: [one], services: {}, journal: sqliteJournal(here.path) });
    const error = await journalErrorOf(runner);
    expect(error).toMatchObject({ applied: 'no', cause: { kind: 'newer-format' } });
    expect(error.message).toContain('use a newer one');
    expect(readFileSync(here.path).equals(bytes)).toBe(true);
  });

  test('one that is damaged', async () => {
    using here = place();
    writeFileSync(here.path, 'Dear diary, today nothing was lost.\n'.repeat(400));
    await using runner = await openRunner({ graphs: [one], services: {}, journal: sqliteJournal(here.path) });
    const error = await journalErrorOf(runner);
    expect(error).toMatchObject({ applied: 'no', cause: { kind: 'corrupt' } });
    expect(error.message).toContain('put back a copy');
    expect(readFileSync(here.path, 'utf8')).toMatch(/^Dear diary/);
  });

  test('one that another process keeps to itself', async () => {
    using here = place();
    await used(here.path);
    const child = startChild('lock', here.path, 'EXCLUSIVE');
    await child.line();
    const options = { graphs: [one], services: {} };
    const journal = sqliteJournal(here.path, { busyTimeoutMs: 50 });
    await using runner = await openRunner({ ...options, journal });
    const error = await journalErrorOf(runner);
    expect(error).toMatchObject({ applied: 'no', cause: { kind: 'busy' } });
    expect(error.message).toContain('try again when it is free');
    await child.kill();
    await using next = await openRunner({ ...options, journal: sqliteJournal(here.path) });
    expect((await next.get('before'))._unsafeUnwrap().row.state).toBe('success');
  });

  test('one that may not be written to', async () => {
    using here = place();
    await used(here.path);
    command('chmod', '-R', 'a-w', here.folder);
    const program = fileURLToPath(new URL('./bad-input/ordinary.ts', import.meta.url));
    const child = startProgram(program, here.path);
    const error = await child.line();
    expect(error).toMatchObject({ kind: 'journal', applied: 'no', cause: { kind: 'read-only' } });
    expect(error['message']).toContain('give this user the right to write');
    await child.kill();
    command('chmod', '-R', 'u+w', here.folder);
  });

  test('one in a folder that is not there', async () => {
    using here = place();
    const journal = sqliteJournal(join(here.folder, 'nowhere', 'journal.db'));
    await using runner = await openRunner({ graphs: [one], services: {}, journal });
    const error = await journalErrorOf(runner);
    expect(error).toMatchObject({ applied: 'no', cause: { kind: 'unavailable' } });
    expect(error.message).toContain(`the folder ${join(here.folder, 'nowhere')} does not exist`);
  });
});

describe('a disk that is full stops a run, and the run goes on by itself when there is room', () => {
  /** Six steps whose outputs are 80 KB each; what each of them did is counted outside. */
  const ran = new Map<string, number>();
  const large: Graph = stepGraph('large', (g: Builder, _: null) => {
    let last: Handle<string>[] = [];
    for (let i = 0; i < 6; i++) {
      last = [
        g.step(`step-${i}`, {
          after: last,
          run: (_needs, { key }) => {
            ran.set(key, (ran.get(key) ?? 0) + 1);
            return ok('x'.repeat(80_000));
          },
        }),
      ];
    }
  });

  async function fullAndFreed(
    path: string,
    makeRoom: (runner: Runner) => Promise<void>,
    maxSizeMiB?: number,
  ) {
    ran.clear();
    const journal = sqliteJournal(path, maxSizeMiB === undefined ? {} : { maxSizeMiB });
    await using runner = await openRunner({ graphs: [large], services: {}, journal });
    let full = 0;
    let error: RunnerError | undefined;
    for (; error === undefined && full < 100; full++) {
      const answer = await runner.run(large, null, { id: `run-${full}`, keys: [`node/${full}`] });
      if (answer.isErr()) error = answer.error;
    }
    expect(error).toMatchObject({ kind: 'journal', applied: 'no', cause: { kind: 'disk-full' } });
    expect(error?.message).toMatch(/no room .* make room: what is under way goes on by itself/);
    await makeRoom(runner);
    const last = `run-${full - 1}`;
    // The one that met the full disk, or, where not even its start was taken, the same started again.
    const known = (await runner.get(last)).isOk();
    const outcome = known
      ? await runner.wait(last)
      : await runner.run(large, null, { id: last, keys: [`node/${full - 1}`] });
    expect(outcome._unsafeUnwrap().state).toBe('success');
    const often = [...ran].filter(([key]) => key.startsWith(`${last}/`)).map(([, count]) => count);
    expect(often).toEqual([1, 1, 1, 1, 1, 1]);
    expect((await runner.get(last))._unsafeUnwrap().row.keysHeld).toBe(false);
    await runner.close();
    expect(integrityOf(path)).toBe('ok');
  }

  test('where the journal’s own bound is reached', async () => {
    using here = place();
    const forgetAll = async (runner: Runner) => {
      expect(
        (await runner.prune({ endedBefore: new Date(Date.now() + 1_000) }))._unsafeUnwrap(),
      ).toBeGreaterThan(0);
    };
    await fullAndFreed(here.path, forgetAll, 2);
  });

  test('where the file system is full, if this user may make a small one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'belay-full-'));
    try {
      command('mount', '-t', 'tmpfs', '-o', 'size=3m', 'tmpfs', folder);
    } catch {
      rmSync(folder, { recursive: true });
      // Only the superuser may: then the test above is all there is.
      return expect(process.getuid?.()).toBeDefined();
    }
    try {
      const ballast = join(folder, 'ballast');
      writeFileSync(ballast, Buffer.alloc(1_000_000));
      await fullAndFreed(join(folder, 'journal.db'), async () => rmSync(ballast));
    } finally {
      command('umount', '--lazy', folder);
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
