import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { callsInCode } from './policy/derive.ts';

const readme = readFileSync(join(import.meta.dirname, '..', 'README.md'), 'utf8');

it('the table of the README names every call that the code can make', () => {
  const named = new Set([...readme.matchAll(/`([A-Z]\w+)`/g)].map(([, name]) => name));
  const missing = callsInCode().filter(({ name }) => !named.has(name));
  expect(missing).toEqual([]);
});
