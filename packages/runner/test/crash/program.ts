// The program that is killed: runs the graph of that name, and plays the person where one is needed. It does the same
// whether it is the first process or one that recovers.

import type { ResultAsync } from 'neverthrow';
import { type Outcome, openRunner, type Runner, type RunnerError } from '../../src/index.ts';
import { crashChild } from '../../src/testkit.ts';
import { graphs, helping } from './graphs.ts';

const [, , name = '', how = ''] = process.argv;
const graph = graphs.get(name);
const child = crashChild();
if (graph === undefined || child === undefined)
  throw new Error(`no graph ${name}, or not started by a matrix`);
const { journal, effects } = child;

const runner = await openRunner({
  graphs: [...graphs.values()],
  services: { effects },
  journal,
  concurrency: name === 'crowded' ? 3 : 128,
});
const id = 'run-1';
const keys = ['node/1', 'node/2'];
const word = { by: 'ann', reason: 'she looked' };

const recovered = await runner.recover();
if (recovered.isErr()) throw new Error(recovered.error.message);
if (name === 'asking') void answerWhenAsked(runner);
let outcome = await runner.run(graph, null, { id, keys });
if (outcome.isOk() && outcome.value.state === 'background')
  outcome = (await runner.wait(id)) as typeof outcome;
while (name === 'doubting' && outcome.isOk() && outcome.value.state === 'stuck')
  outcome = (await settle(outcome.value)) as typeof outcome;
if (name === 'stranded') outcome = await rescued(outcome);
if (how === 'revert' && outcome.isOk() && outcome.value.state === 'success')
  outcome = (await runner.revert(id, word)) as typeof outcome;
child.report(outcome);
await runner.close();

/** Hands the keys of the stuck run to another; where that was done before, that one is asked. */
async function rescued(of: typeof outcome): Promise<typeof outcome> {
  const isStuck = of.isOk() && of.value.state === 'stuck';
  return isStuck
    ? await runner.rescue(id, helping, null, { id: 'run-2', ...word })
    : await runner.run(helping, null, { id: 'run-2', keys });
}

/** Looks whether the mail went out, as a person would, and says so. */
function settle(stuck: Outcome<unknown> & { state: 'stuck' }): ResultAsync<Outcome<unknown>, RunnerError> {
  const step = stuck.stuck[0]?.step ?? '';
  return effects
    .count(`${id}/${step}`)
    .mapErr((error): RunnerError => ({ ...error, kind: 'journal' }))
    .asyncAndThen((count) =>
      count === 0
        ? runner.resolve(id, step, 'retry', word)
        : runner.resolve(id, step, 'mark-done', { ...word, output: { id: `${id}/${step}` } }),
    )
    .andThen(() => runner.wait(id));
}

/** Says yes or no as soon as it is asked, unless somebody has said so before. */
async function answerWhenAsked(of: Runner): Promise<void> {
  for await (const { event } of of.events(id)) {
    if (event.kind !== 'asked') continue;
    const answer = how === 'cancel' ? await of.cancel(id, word) : await of.release(id, 'word', word);
    if (answer.isErr() && answer.error.kind !== 'refused') throw new Error(answer.error.message);
    return;
  }
}
