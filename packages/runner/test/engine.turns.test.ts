import { ok } from 'neverthrow';
import { expect, it } from 'vitest';
import { type GraphBuilder, type Handle, memoryJournal, openRunner, stepGraph } from '../src/index.ts';

const line = stepGraph('line', (g: GraphBuilder<object>, size: number) => {
  let last: Handle<number> | undefined;
  for (let i = 0; i < size; i++) {
    const needs: Record<string, Handle<number>> = last === undefined ? {} : { last };
    last = g.step(`s${i}`, { needs, idempotent: true, run: ({ last: before = 0 }) => ok(before + 1) });
  }
  return last;
});

it('a thousand steps that answer at once let the event loop turn every few dozen of them', async () => {
  const runner = await openRunner({ graphs: [line], services: {}, journal: memoryJournal() });
  let turns = 0;
  let isOver = false;
  const turn = (): void => {
    turns++;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  const outcome = await runner.run(line, 1_000, { id: 'r' });
  isOver = true;
  expect(outcome._unsafeUnwrap()).toMatchObject({ state: 'success', output: 1_000 });
  expect(turns).toBeGreaterThan(1_000 / 50);
  await runner.close();
});

it('two runs whose steps answer at once go on side by side', async () => {
  const runner = await openRunner({ graphs: [line], services: {}, journal: memoryJournal() });
  const ended: string[] = [];
  const run = async (id: string, size: number): Promise<void> => {
    const outcome = await runner.run(line, size, { id });
    expect(outcome._unsafeUnwrap().state).toBe('success');
    ended.push(id);
  };
  await Promise.all([run('long', 500), run('short', 5)]);
  expect(ended).toEqual(['short', 'long']);
  await runner.close();
});
