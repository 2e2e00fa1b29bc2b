// Opens a runner without the rights of the superuser and says how it is answered.

import { ok } from 'neverthrow';
import { type GraphBuilder, openRunner, type StepGraph, sqliteJournal, stepGraph } from '../../src/index.ts';

if (process.getuid?.() === 0) {
  process.setgroups?.([]);
  process.setgid?.(65_534);
  process.setuid?.(65_534);
}
const one: StepGraph<object, null, number> = stepGraph('one', (g: GraphBuilder<object>, _: null) =>
  g.step('a', { run: () => ok(1) }),
);
const journal = sqliteJournal(process.argv[2] ?? '');
const runner = await openRunner({ graphs: [one], services: {}, journal });
const answer = await runner.run(one, null, { id: 'r' });
process.stdout.write(`${JSON.stringify(answer.isErr() ? answer.error : answer.value)}\n`);
await runner.close();
process.exit(0);
