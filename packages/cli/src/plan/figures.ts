/** What this house's own runs have taught: figures of finished runs of the journal, in place of the defaults. */

import type { Place } from '@belay/cloud';
import { learn, type Parameters, parametersFrom } from '@belay/planner';
import { okAsync, ResultAsync } from 'neverthrow';
import { type Desk, seeRun } from '../session/desk.ts';

/** So many runs are read, the newest. */
const mostRuns = 200;

/** Empty where nothing has run here often enough. */
export function figuresFor(
  desk: Desk,
  at: Place,
): ResultAsync<Partial<Parameters>, { readonly message: string }> {
  if (desk.runner === undefined || desk.loaded.config.planning?.history === false) return okAsync({});
  return desk.runner
    .list({ state: 'success' })
    .mapErr(({ message }) => ({ message }))
    .andThen((rows) => ResultAsync.combine(rows.slice(-mostRuns).map((row) => seeRun(desk, row))))
    .map((runs) =>
      parametersFrom(
        learn(
          runs.map(({ events }) => events),
          { at },
        ),
      ),
    );
}
