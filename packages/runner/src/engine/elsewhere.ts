import { err, ok, type Result } from 'neverthrow';
import type { Clock } from '../clock.ts';
import { isFinal } from '../journal/rules.ts';
import type { Journal } from '../journal.ts';
import type { Outcome, RunnerError } from '../outcome.ts';
import { journalTrouble, prunedError, runnerError, stoppedWaiting } from './errors.ts';
import type { LiveRun } from './live-run.ts';
import type { Loader } from './loading.ts';

/** What it takes to look at a run that may be here, in another process or nowhere. */
export interface Surroundings {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly loader: Loader;
  /** The run, if this process owns it. */
  readonly live: (runId: string) => LiveRun | undefined;
  /** Why nothing can be asked here any more. */
  readonly unusable: () => RunnerError | undefined;
}

const lookAgainMs = 200;

/** Waits for the outcome of a run that is not here, by looking at its row; should it come here, with those who wait here. */
export async function waitElsewhere(
  world: Surroundings,
  runId: string,
  until: 'settled' | 'ended',
  signal: AbortSignal | undefined,
): Promise<Result<Outcome<unknown>, RunnerError>> {
  for (;;) {
    if (signal?.aborted) return err(stoppedWaiting(runId));
    const here = world.live(runId);
    if (here !== undefined) return await here.wait(until, signal);
    const read = await world.journal.row(runId);
    if (read.isErr()) return err(journalTrouble(read.error, runId));
    const row = read.value;
    if (row === undefined) return err(runnerError('unknown-run', `there is no run ${runId}`, runId));
    const pruned = prunedError(row);
    if (pruned !== undefined) return err(pruned);
    const stands = isFinal(row.state) || row.state === 'stuck' || row.state === 'suspended';
    if (stands || (row.state === 'background' && until === 'settled')) {
      const loaded = await world.loader.load(row);
      if (loaded.isErr()) return err(loaded.error);
      const outcome = loaded.value.record.outcome();
      if (outcome !== undefined) return ok(outcome);
      // Its runner closed while it waited for a person: what it waits for is in its events, that it rests in its row.
      if (row.state === 'suspended')
        return ok({ runId, state: 'suspended', reason: 'its runner was closed' });
    }
    const unusable = world.unusable();
    if (unusable !== undefined) return err(unusable);
    await new Promise<void>((resolve) => world.clock.after(lookAgainMs, resolve));
  }
}
