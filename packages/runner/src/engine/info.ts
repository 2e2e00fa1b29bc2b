import { err, ok, type Result } from 'neverthrow';
import type { RunRow } from '../journal.ts';
import type { RunnerError } from '../outcome.ts';
import type { RunInfo } from '../runner.ts';
import type { Loader } from './loading.ts';
import type { RunRecord } from './record.ts';

/** What a person needs to see of a run: its row, and what in it waits for a person. */
export async function infoOf(
  row: RunRow,
  live: RunRecord | undefined,
  loader: Loader,
): Promise<Result<RunInfo, RunnerError>> {
  const loaded = live === undefined ? await loader.load(row) : ok({ record: live });
  // A run whose graph is not known here can still be looked at from outside.
  if (loaded.isErr())
    return loaded.error.kind === 'journal' ? err(loaded.error) : ok({ row, stuck: [], holds: [] });
  const { record } = loaded.value;
  const holds = record.program.shape.nodes.flatMap((node, index) =>
    node.kind === 'hold' && record.machine.nodeState(index) === 'running'
      ? [{ hold: record.pathOf(index), ask: node.ask ?? '' }]
      : [],
  );
  return ok({ row, stuck: record.stuckSteps(), holds });
}
