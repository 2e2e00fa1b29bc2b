import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import { expect, it } from 'vitest';
import { Bench, Gate, graph, logged } from './model/bench.ts';

const leaseMs = 30_000;

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
