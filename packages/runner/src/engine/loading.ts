import { err, ok, type Result } from 'neverthrow';
import type { StoredEvent } from '../event.ts';
import { rewired } from '../fingerprint.ts';
import type { Journal, RunRow } from '../journal.ts';
import type { Json } from '../json.ts';
import type { RunnerError } from '../outcome.ts';
import { buildProgram } from '../program.ts';
import type { AnyGraph } from '../runner.ts';
import { journalTrouble, runnerError } from './errors.ts';
import { RunRecord } from './record.ts';

/** Brings runs back from the journal, against the graphs that are registered today. */
export class Loader {
  private readonly journal: Journal;
  private readonly graphs: ReadonlyMap<string, AnyGraph>;
  private readonly limit: number;

  constructor(journal: Journal, graphs: ReadonlyMap<string, AnyGraph>, limit: number) {
    this.journal = journal;
    this.graphs = graphs;
    this.limit = limit;
  }

  /** Folds a run from its journal, against the code of today. */
  async load(row: RunRow): Promise<Result<{ record: RunRecord; lastSeq: number }, RunnerError>> {
    const { runId } = row;
    const graph = this.graphs.get(row.graph);
    if (graph === undefined) {
      return err(
        runnerError(
          'unknown-graph',
          `run ${runId} needs the graph ${row.graph}, which is not registered here`,
          runId,
        ),
      );
    }
    const program = buildProgram(graph, row.input as never);
    if (program.problems.length > 0) {
      const why = program.problems.map((each) => each.sentence).join('; ');
      return err(runnerError('invalid', `graph ${graph.name}: ${why}`, runId));
    }
    const events = await this.readAll(runId);
    if (events.isErr()) return err(events.error);
    const diff = rewired(program.shape, events.value);
    if (diff.length > 0) {
      const message = `run ${runId}: the graph ${graph.name} changed under steps that had started: ${diff.join('; ')}`;
      return err({ ...runnerError('rewired', message, runId), diff });
    }
    const record = new RunRecord(runId, program, this.limit);
    for (const { event } of events.value) record.apply(event);
    return ok({ record, lastSeq: events.value.length });
  }

  private async readAll(runId: string): Promise<Result<readonly StoredEvent[], RunnerError>> {
    const events: StoredEvent[] = [];
    for (;;) {
      const page = await this.journal.read(runId, events.length + 1, 10_000);
      if (page.isErr()) return err(journalTrouble(page.error, runId));
      for (const event of page.value) events.push(event);
      if (page.value.length < 10_000) return ok(events);
    }
  }
}

/** Is a run that is known by this id the run that is asked for? */
export function sameRun(
  name: string,
  known: Json,
  graph: { readonly name: string },
  input: Json,
  runId: string,
): Result<void, RunnerError> {
  if (name === graph.name && canonical(known) === canonical(input)) return ok(undefined);
  const what = name === graph.name ? 'another input' : `the graph ${name}`;
  return err(runnerError('run-id-taken', `the id ${runId} names a run of ${what}`, runId));
}

/** The same text for the same JSON, whatever the order of keys. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, each: Json) =>
    typeof each === 'object' && each !== null && !Array.isArray(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );
}
