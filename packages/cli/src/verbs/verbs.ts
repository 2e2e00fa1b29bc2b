/** What people may ask of a run: `release`, `resolve`, `cancel`, `pause`, `resume`, `abandon`. */

import type { Json, Resolution, Runner, RunnerError } from '@belay/runner';
import { err, errAsync, ok, okAsync, type Result, type ResultAsync } from 'neverthrow';
import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { watchOptions } from '../run/screen-for.ts';
import type { Session } from '../session/session.ts';
import { askRun, wordOptions } from './ask-run.ts';

const options = { ...wordOptions, ...watchOptions } as const;

const whereItRuns =
  'It is asked of the process that carries the run; where nobody does, this one carries it on from there and watches it.';

const exits: Command['exits'] = {
  [exit.reverted]: 'carried on here, it failed and was taken back',
  [exit.stuck]: 'carried on here, it is stuck: act now',
  [exit.pastReturn]: 'carried on here, it failed past the point of no return',
  [exit.held]: 'carried on here, it waits for a person',
};

export const release: Command = defineCommand({
  name: 'release',
  summary: 'Let a run go on that waits at a hold',
  usage: '<run> [<hold>] --reason TEXT',
  about: `${whereItRuns} Without a name it is the hold that waits.`,
  options,
  words: { least: 1, most: 2 },
  examples: ['belay release p-7f3a91c2 cut-over --reason "the night shift is in"'],
  exits,
  async run(call) {
    const { by = call.user, reason, output, verbose } = call.options;
    const [, hold] = call.words;
    return await askRun(call, {
      name: 'release',
      by,
      reason,
      output,
      isVerbose: verbose,
      ask: (session, row, word) =>
        holdOf(session, row.runId, hold).andThen((name) =>
          runnerOf(session).andThen((runner) => runner.release(row.runId, name, word)),
        ),
      granted: ({ runId }) => `${runId} goes on. Watch it: belay apply ${runId}`,
    });
  },
});

export const resolve: Command = defineCommand({
  name: 'resolve',
  summary: 'Settle a step that is stuck',
  usage: '<run> <step> retry|mark-done|mark-reverted|mark-not-happened --reason TEXT',
  about: `belay status <run> names the steps that are stuck. Look before you say that something happened: belay believes you. ${whereItRuns}`,
  options: {
    ...options,
    'with-output': { type: 'string', value: 'JSON', help: 'with mark-done: what the step would have given' },
  },
  words: { least: 3, most: 3 },
  examples: ['belay resolve p-7f3a91c2 detach-volume retry --reason "the API answers again"'],
  exits,
  async run(call) {
    const { by = call.user, reason, output, verbose, 'with-output': given } = call.options;
    const [, step = '', how = ''] = call.words;
    const resolution = resolutions.find((each) => each === how);
    const parsed = jsonOf(given);
    if (resolution === undefined || parsed.isErr()) {
      const what = parsed.isErr() ? parsed.error : `${how} is none of ${resolutions.join(', ')}`;
      call.out.say(`belay resolve: ${what}`);
      return exit.error;
    }
    return await askRun(call, {
      name: 'resolve',
      by,
      reason,
      output,
      isVerbose: verbose,
      ask: (session, row, word) =>
        runnerOf(session).andThen((runner) =>
          runner.resolve(row.runId, step, resolution, {
            ...word,
            ...(parsed.value !== undefined && { output: parsed.value }),
          }),
        ),
      granted: ({ runId }) => `${step} is settled by ${resolution}. Watch the run: belay apply ${runId}`,
    });
  },
});

export const cancel: Command = defineCommand({
  name: 'cancel',
  summary: 'Take a run back that is under way',
  usage: '<run> --reason TEXT',
  about: `Refused past the point of no return. ${whereItRuns}`,
  options,
  words: { least: 1, most: 1 },
  examples: ['belay cancel p-7f3a91c2 --reason "the shop has a sale today"'],
  exits,
  async run(call) {
    const { by = call.user, reason, output, verbose } = call.options;
    return await askRun(call, {
      name: 'cancel',
      by,
      reason,
      output,
      isVerbose: verbose,
      isTakenBack: true,
      ask: (session, { runId }, word) => runnerOf(session).andThen((runner) => runner.cancel(runId, word)),
      granted: ({ runId }) => `${runId} is taken back. Watch it: belay apply ${runId}`,
    });
  },
});

export const pause: Command = defineCommand({
  name: 'pause',
  summary: 'Let what is in flight finish, and start nothing new',
  usage: '<run> --reason TEXT',
  about:
    'Look first who serves: belay status <run>. A run that is paused while nobody serves stays like that.',
  options,
  words: { least: 1, most: 1 },
  examples: ['belay pause p-7f3a91c2 --reason "wait for the backup"'],
  exits,
  async run(call) {
    const { by = call.user, reason, output, verbose } = call.options;
    return await askRun(call, {
      name: 'pause',
      by,
      reason,
      output,
      isVerbose: verbose,
      ask: (session, { runId }, word) => runnerOf(session).andThen((runner) => runner.pause(runId, word)),
      granted: ({ runId }) => `${runId} is paused. Let it go on: belay resume ${runId}`,
    });
  },
});

export const resume: Command = defineCommand({
  name: 'resume',
  summary: 'Let a paused run go on',
  usage: '<run>',
  about: whereItRuns,
  options,
  words: { least: 1, most: 1 },
  examples: ['belay resume p-7f3a91c2'],
  exits,
  async run(call) {
    const { by = call.user, reason, output, verbose } = call.options;
    return await askRun(call, {
      name: 'resume',
      by,
      reason,
      output,
      isVerbose: verbose,
      isWordless: true,
      ask: (session, { runId }, word) =>
        runnerOf(session).andThen((runner) => runner.resume(runId, { by: word.by })),
      granted: ({ runId }) => `${runId} goes on. Watch it: belay apply ${runId}`,
    });
  },
});

export const abandon: Command = defineCommand({
  name: 'abandon',
  summary: 'Give a stuck run up as it stands, and free its keys',
  usage: '<run> --reason TEXT',
  about:
    'Nothing is taken back and nothing is deleted: what the run made stays where it is, for you to look at.',
  options,
  words: { least: 1, most: 1 },
  examples: ['belay abandon p-7f3a91c2 --reason "put right by hand, see ticket 4711"'],
  exits,
  async run(call) {
    const { by = call.user, reason, output, verbose } = call.options;
    return await askRun(call, {
      name: 'abandon',
      by,
      reason,
      output,
      isVerbose: verbose,
      ask: (session, { runId }, word) => runnerOf(session).andThen((runner) => runner.abandon(runId, word)),
      granted: ({ runId }) => `${runId} is given up, and its keys are free.`,
    });
  },
});

const resolutions: readonly Resolution[] = ['retry', 'mark-done', 'mark-reverted', 'mark-not-happened'];

function runnerOf({ runner }: Session): ResultAsync<Runner, RunnerError> {
  return runner === undefined
    ? errAsync({ kind: 'unknown-run', message: 'nothing has run here yet' })
    : okAsync(runner);
}

/** The hold that is named, or the only one that waits. */
function holdOf(session: Session, runId: string, hold: string | undefined): ResultAsync<string, RunnerError> {
  const { runner } = session;
  if (hold !== undefined || runner === undefined) return okAsync(hold ?? '');
  return runner.get(runId).andThen(({ holds: [first, second] }) => {
    if (first !== undefined && second === undefined) return ok(first.hold);
    const message =
      first === undefined ? `${runId} waits at no hold` : `${runId} waits at several holds: name one`;
    return err({ kind: 'refused' as const, message, runId });
  });
}

function jsonOf(text: string | undefined): Result<Json | undefined, string> {
  if (text === undefined) return ok(undefined);
  try {
    const value: Json = JSON.parse(text);
    return ok(value);
  } catch {
    return err('--with-output is not JSON');
  }
}
