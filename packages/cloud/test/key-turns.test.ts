import { expect, it } from 'vitest';
import { keyTurns } from '../src/index.ts';

it('lets one work under a key at a time, in the order in which they came', async () => {
  const turns = keyTurns();
  const seen: string[] = [];
  const work = async (name: string): Promise<void> => {
    const end = await turns.take('key');
    seen.push(`${name} begins`);
    await new Promise((wake) => setImmediate(wake));
    seen.push(`${name} ends`);
    end?.();
  };
  await Promise.all([work('a'), work('b'), work('c')]);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
});

it('makes nobody wait for another key, nor for work that has ended', async () => {
  const turns = keyTurns();
  const first = await turns.take('one');
  expect(await turns.take('two')).toBeDefined();
  first?.();
  first?.();
  const again = await turns.take('one');
  expect(again).toBeDefined();
});

it('gives no turn to a caller whose signal fired, and passes it on to the next', async () => {
  const turns = keyTurns();
  const first = await turns.take('key');
  const stop = new AbortController();
  const gone = turns.take('key', stop.signal);
  const next = turns.take('key');
  stop.abort();
  expect(await gone).toBeUndefined();
  expect(await turns.take('key', stop.signal)).toBeUndefined();
  first?.();
  expect(await next).toBeDefined();
});
