import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import type { JournalError } from '../src/index.ts';
import { Bench, Gate, graph, logged } from './model/bench.ts';

const leaseMs = 30_000;
const diskFull: JournalError = {
  kind: 'unavailable',
  message: 'the disk is full',
  applied: 'no',
  journal: 'memory',
};

it('a process that sleeps between its word and the deed, and is replaced, does nothing when it wakes up', async () => {
  const bench = new Bench();
  const log: string[] = [];
  const asleep = new Gate();
  const built = graph('g', (g) => {
    const a = g.step('a', logged(log, 'a'));
    g.step('b', {
      after: [a],
      run: (_, { fence }) => ok(log.push(`b under ${fence}`)),
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
  });
  const one = await bench.process([built], {
    otherwise: (journal) => ({
      heartbeat: () => okAsync(),
      append: (batches) => {
        const answer = journal.append(batches);
        const isLast = batches.some(({ events }) =>
          events.some((event) => event.kind === 'started' && event.step === 'b'),
        );
        return isLast ? new ResultAsync(asleep.passed.then(() => answer)) : answer;
      },
    }),
  });
  const ended = one.runner.run(built, null, { id: 'r' });
  await bench.clock.advance(leaseMs + 1);
  const two = await bench.process([built]);
  await bench.must(two.runner.recover());
  expect((await bench.must(two.runner.wait('r'))).state).toBe('success');

  asleep.lift();
  expect((await bench.until(ended))._unsafeUnwrapErr().kind).toBe('fenced-out');
  expect(log).toEqual(['a', 'b under 2']);
});

it('a process that is replaced during the pause between two tries does not try again', async () => {
  const bench = new Bench();
  const log: string[] = [];
  const built = graph('g', (g) => {
    g.step('b', {
      retry: { attempts: 3, delayMs: 2 * leaseMs, maxDelayMs: 2 * leaseMs },
      run: (_, { fence }) => {
        log.push(`b under ${fence}`);
        return fence === 1 ? err({ kind: 'no-room', message: 'there is no room', applied: 'no' }) : ok(1);
      },
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
  });
  const one = await bench.process([built], { otherwise: () => ({ heartbeat: () => okAsync() }) });
  const ended = one.runner.run(built, null, { id: 'r' });
  await bench.clock.advance(leaseMs + 1);
  const two = await bench.process([built]);
  await bench.must(two.runner.recover());
  expect((await bench.must(two.runner.wait('r'))).state).toBe('success');

  await bench.clock.advance(3 * leaseMs);
  expect((await bench.until(ended))._unsafeUnwrapErr().kind).toBe('fenced-out');
  expect(log).toEqual(['b under 1', 'b under 2']);
});

it('a process that sleeps and is not replaced goes on when it wakes up', async () => {
  const bench = new Bench();
  const log: string[] = [];
  const asleep = new Gate();
  const built = graph('g', (g) => void g.step('a', logged(log, 'a')));
  let writes = 0;
  const one = await bench.process([built], {
    otherwise: (journal) => ({
      create: (run) => new ResultAsync(asleep.passed.then(() => journal.create(run))),
      append: (batches) => {
        writes += batches.some(({ events }) => events.length === 0) ? 1 : 0;
        return journal.append(batches);
      },
    }),
  });
  const ended = one.runner.run(built, null, { id: 'r' });
  await bench.clock.advance(leaseMs);
  asleep.lift();
  expect((await bench.must(ended)).state).toBe('success');
  expect(log).toEqual(['a']);
  expect(writes).toBe(1);
});

it('a process that sleeps inside a step, and is replaced, is told so before it sends anything', async () => {
  const bench = new Bench();
  const asleep = new Gate();
  const told: string[] = [];
  const built = graph('g', (g) => {
    g.step('a', {
      run: async (_, { fence, stillOurs }) => {
        told.push(`${fence} at first ${await stillOurs()}`);
        if (fence === 1) await asleep.passed;
        told.push(`${fence} later ${await stillOurs()}`);
        return ok(1);
      },
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
  });
  const one = await bench.process([built], { otherwise: () => ({ heartbeat: () => okAsync() }) });
  const ended = one.runner.run(built, null, { id: 'r' });
  await bench.clock.advance(leaseMs + 1);
  const two = await bench.process([built]);
  await bench.must(two.runner.recover());
  expect((await bench.must(two.runner.wait('r'))).state).toBe('success');

  asleep.lift();
  expect((await bench.until(ended))._unsafeUnwrapErr().kind).toBe('fenced-out');
  await bench.clock.advance(1);
  expect(told).toEqual(['1 at first true', '2 at first true', '2 later true', '1 later false']);
});

it('a step that takes long is told that it may go on, and costs its journal one word for each half of the lease', async () => {
  const bench = new Bench();
  const answers: unknown[] = [];
  let writes = 0;
  const built = graph('g', (g) => {
    g.step('a', {
      run: async (_, { stillOurs }) => {
        for (let round = 0; round < 30; round += 1) {
          await new Promise<void>((wake) => {
            bench.clock.after(leaseMs / 10, wake);
          });
          answers.push(await stillOurs());
        }
        return ok(1);
      },
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
  });
  const one = await bench.process([built], {
    otherwise: (journal) => ({
      append: (batches) => {
        writes += batches.some(({ events }) => events.length === 0) ? 1 : 0;
        return journal.append(batches);
      },
    }),
  });
  expect((await bench.must(one.runner.run(built, null, { id: 'r' }))).state).toBe('success');
  expect(new Set(answers)).toEqual(new Set([true]));
  expect(writes).toBe(6);
});

it('a clock that is set back while a process sleeps does not hide how long that was', async () => {
  const bench = new Bench();
  const asleep = new Gate();
  const told: unknown[] = [];
  let setBackMs = 0;
  const { clock } = bench;
  const built = graph('g', (g) => {
    g.step('a', {
      run: async (_, { fence, stillOurs }) => {
        if (fence === 1) await asleep.passed;
        told.push(await stillOurs());
        return ok(1);
      },
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
  });
  const one = await bench.process([built], {
    otherwise: () => ({ heartbeat: () => okAsync() }),
    clock: {
      now: () => clock.now() - setBackMs,
      elapsedMs: () => clock.now(),
      after: (delayMs, callback) => clock.after(delayMs, callback),
    },
  });
  const ended = one.runner.run(built, null, { id: 'r' });
  await clock.advance(leaseMs + 1);
  const two = await bench.process([built]);
  await bench.must(two.runner.recover());
  expect((await bench.must(two.runner.wait('r'))).state).toBe('success');

  setBackMs = leaseMs;
  asleep.lift();
  expect((await bench.until(ended))._unsafeUnwrapErr().kind).toBe('fenced-out');
  await clock.advance(1);
  expect(told).toEqual([true, false]);
});

it('a question that comes up while a word to the journal is tried again is answered all the same', async () => {
  const bench = new Bench();
  const [asks, ends, disk] = [new Gate(), new Gate(), new Gate()];
  const told: unknown[] = [];
  let isFull = false;
  const built = graph('g', (g) => {
    g.step('a', {
      run: async (_, { stillOurs }) => {
        await asks.passed;
        told.push(await stillOurs());
        return ok(1);
      },
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
    g.step('b', logged([], 'b', ends));
  });
  const one = await bench.process([built], {
    otherwise: (journal) => ({
      append: (batches) => {
        if (!isFull) return journal.append(batches);
        isFull = false;
        return new ResultAsync(disk.passed.then(() => err(diskFull)));
      },
    }),
  });
  const ended = one.runner.run(built, null, { id: 'r' });
  await bench.clock.advance(leaseMs);
  isFull = true;
  ends.lift();
  await bench.clock.advance(1);
  asks.lift();
  await bench.clock.advance(1);
  disk.lift();
  await bench.clock.advance(1_000);
  expect((await bench.until(ended))._unsafeUnwrapErr().kind).toBe('journal');
  expect(told).toEqual([true]);
  expect((await bench.must(one.runner.wait('r'))).state).toBe('success');
});

it('a try that is told to stop while the journal is asked does not begin when the answer comes', async () => {
  const bench = new Bench();
  const log: string[] = [];
  const disk = new Gate();
  let isSlow = false;
  const built = graph('g', (g) => {
    g.step('a', {
      retry: { attempts: 2, delayMs: leaseMs, maxDelayMs: leaseMs },
      timeoutMs: 1_000,
      graceMs: 1_000,
      run: (_, { attempt }) => {
        log.push(`try ${attempt}`);
        return err({ kind: 'no-room', message: 'there is no room', applied: 'no' });
      },
      probe: () => ok({ happened: 'no' }),
      revert: () => undefined,
    });
  });
  const one = await bench.process([built], {
    otherwise: (journal) => ({
      append: (batches) =>
        isSlow ? new ResultAsync(disk.passed.then(() => journal.append(batches))) : journal.append(batches),
    }),
  });
  const ended = one.runner.run(built, null, { id: 'r' });
  await bench.clock.advance(10);
  isSlow = true;
  await bench.clock.advance(leaseMs + 5_000);
  disk.lift();
  expect((await bench.must(ended)).state).toBe('reverted');
  expect(log).toEqual(['try 1']);
});
