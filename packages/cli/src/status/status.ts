/** `belay status`: what runs and what ran, from the journal alone. No cloud is asked. */

import type { RunnerError, RunRow } from '@belay/runner';
import { okAsync, ResultAsync } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { guess } from '../nearest.ts';
import { isOver, namesIn, runNamed } from '../run/find-run.ts';
import { type Desk, openDesk, type SeenRun, seeRun } from '../session/desk.ts';
import { actionOf, type Job, jobLog } from './job-log.ts';
import { entryOf, logbookOf } from './logbook.ts';
import { stepsOf } from './steps.ts';
import { watchedRun } from './watch-run.ts';

const options = {
  ids: { type: 'boolean', help: 'a last column with the ids of the runs' },
  limit: { type: 'string', value: 'N', help: 'the newest N runs; 20 where absent' },
  follow: {
    type: 'boolean',
    short: 'f',
    help: 'watch the run, or the newest one that has not ended, until it ends',
  },
  json: {
    type: 'boolean',
    help: 'one JSON value, in the shape of a logbook; with --follow one event a line',
  },
  verbose: { type: 'boolean', short: 'v', help: 'with --follow: say what steps report while they run, too' },
} as const;

export const status: Command = defineCommand({
  name: 'status',
  summary: 'Show what runs and what ran, or the steps of one run',
  usage: '[<run>|<workload>] [options]',
  about: 'Reads the journal and asks no cloud. "last" stands for the newest run.',
  options,
  words: { least: 0, most: 1 },
  examples: [
    'belay status',
    'belay status web12 --ids',
    'belay status p-7f3a91c2',
    'belay status last --json',
    'belay status --follow',
  ],
  exits: { [exit.interrupted]: 'with --follow: Ctrl-C; the run is not touched by that' },
  async run(call) {
    const limit = call.options.limit === undefined ? 20 : Number(call.options.limit);
    if (!Number.isInteger(limit) || limit < 1) {
      call.out.say('belay status: --limit is a whole number from 1 on.');
      return exit.error;
    }
    const desk = await openDesk(call);
    if (desk.isErr()) {
      call.out.say(`belay status: ${desk.error.message}`);
      return exit.error;
    }
    try {
      return await told(call, desk.value, limit);
    } finally {
      await desk.value.close();
    }
  },
});

async function told(call: Call<typeof options>, desk: Desk, limit: number): Promise<number> {
  const { out, page } = call;
  const [wanted] = call.words;
  const rows = await rowsOf(desk);
  if (rows.isErr()) {
    out.say(`belay status: ${rows.error.message}`);
    return exit.error;
  }
  const one = wanted === undefined ? undefined : runNamed(rows.value, wanted);
  if (call.options.follow) {
    const open = one ?? ofWorkload(rows.value, wanted).findLast(({ state }) => !isOver(state));
    if (open !== undefined) return await watchedRun(call, desk, open);
    out.say(wanted === undefined ? 'Nothing is under way.' : `No run of ${wanted} is under way.`);
    return exit.done;
  }
  const chosen = one !== undefined ? [one] : ofWorkload(rows.value, wanted).slice(-limit);
  if (wanted !== undefined && chosen.length === 0) {
    out.say(
      `belay status: there is no run and no workload ${wanted} in the journal.${guess(wanted, namesIn(rows.value))}`,
    );
    return exit.error;
  }
  const seen = await ResultAsync.combine(chosen.map((row) => seeRun(desk, row)));
  if (seen.isErr()) {
    out.say(`belay status: ${seen.error.message}`);
    return exit.error;
  }
  const [first] = seen.value;
  if (one !== undefined && first !== undefined) {
    if (call.options.json) out.data(JSON.stringify({ ...entryOf(first), view: first.view ?? null }));
    else stepsOf(first, page).forEach((line) => out.data(line));
  } else if (call.options.json) {
    out.data(JSON.stringify(logbookOf(seen.value)));
  } else {
    jobLog(seen.value.map(jobOf), { ids: call.options.ids }).forEach((line) => out.data(line));
    if (rows.value.length === 0) out.say('Nothing has run here yet.');
  }
  return exit.done;
}

/** All runs of the journal, the oldest first. */
export function rowsOf({ runner }: Desk): ResultAsync<readonly RunRow[], RunnerError> {
  return runner?.list() ?? okAsync([]);
}

function ofWorkload(rows: readonly RunRow[], name: string | undefined): readonly RunRow[] {
  return name === undefined ? rows : rows.filter(({ keys }) => keys.includes(`node/${name}`));
}

function jobOf({ row, view }: SeenRun): Job {
  return {
    action: actionOf(row.graph),
    startMs: row.createdAtMs,
    endMs: row.updatedAtMs,
    state: row.state,
    id: row.runId,
    ...(view !== undefined && {
      done: view.tasks.done,
      total: view.tasks.all,
      running: [...view.running, ...view.waiting],
    }),
  };
}
