// A process that owns runs, for the tests in which several meet. Told on its command line what to do; says what came
// of it in lines of JSON.

import { openRunner, sqliteJournal } from '../../src/index.ts';
import { openEffects } from '../../src/testkit.ts';
import { walking } from './graphs.ts';

const [, , verb = '', journal = '', effects = '', leaseMs = '30000', count = '1'] = process.argv;
const ids = Array.from({ length: Number(count) }, (_, i) => `run-${i}`);

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

const runner = await openRunner({
  graphs: [walking],
  services: { effects: openEffects(effects) },
  journal: sqliteJournal(journal, { synchronous: 'normal' }),
  leaseMs: Number(leaseMs),
});

if (verb === 'start') {
  const running = ids.map((id) => runner.run(walking, null, { id, keys: [`node/${id}`] }));
  const outcomes = await Promise.all(running);
  say(outcomes.map((each) => (each.isOk() ? each.value.state : each.error.kind)));
}
if (verb === 'recover') {
  say({ ready: true });
  await new Promise<void>((resolve) => process.stdin.once('data', () => resolve()));
  const found = await runner.recover();
  if (found.isErr()) throw new Error(found.error.message);
  say(found.value.recovered);
  const outcomes = await Promise.all(ids.map((id) => runner.wait(id)));
  say(outcomes.map((each) => (each.isOk() ? each.value.state : each.error.kind)));
}
await runner.close();
process.stdin.unref();
