/** The run that somebody means: by its id, a beginning of it that fits no other, `last`, or the only one of a workload that has not ended. */

import type { RunRow } from '@belay/runner';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { guess } from '../nearest.ts';
import type { Desk } from '../session/desk.ts';

/** The sentence of an error says what there is instead. */
export function findRun(desk: Desk, word: string): ResultAsync<RunRow, { readonly message: string }> {
  if (desk.runner === undefined)
    return new ResultAsync(Promise.resolve(err({ message: 'nothing has run here yet' })));
  return desk.runner
    .list()
    .mapErr(({ message }) => ({ message }))
    .andThen((rows) => runMeant(rows, word).mapErr((message) => ({ message })));
}

/** Pure. */
function runMeant(rows: readonly RunRow[], word: string): Result<RunRow, string> {
  if (rows.length === 0) return err('nothing has run here yet');
  const named = runNamed(rows, word);
  if (named !== undefined) return ok(named);
  const open = rows.filter(({ keys, state }) => keys.includes(`node/${word}`) && !isOver(state));
  const [only, another] = open;
  if (only !== undefined && another === undefined) return ok(only);
  if (another !== undefined)
    return err(`${word} has ${open.length} runs: ${open.map(({ runId }) => runId).join(', ')}`);
  return err(`there is no run ${word}.${guess(word, namesIn(rows))}`);
}

/** By its id, a beginning of it that fits no other, or `last`. */
export function runNamed(rows: readonly RunRow[], name: string): RunRow | undefined {
  if (name === 'last') return rows.at(-1);
  const exact = rows.find(({ runId }) => runId === name);
  const [only, another] = rows.filter(({ runId }) => runId.startsWith(name));
  return exact ?? (another === undefined ? only : undefined);
}

/** What somebody may have meant. */
export function namesIn(rows: readonly RunRow[]): readonly string[] {
  return [
    ...new Set(rows.flatMap(({ runId, keys }) => [runId, ...keys.map((key) => key.replace(/^node\//, ''))])),
  ];
}

/** Keys are free, and nothing goes on. */
export function isOver(state: RunRow['state']): boolean {
  return state === 'success' || state === 'reverted' || state === 'abandoned';
}
