/**
 * `belay release-source`: gives up what a move left behind, at the end of the soak, by a run of its own that looks at
 * everything again. After it the move can no longer be reverted.
 */

import { type MoveInput, type PictureTaken, releaseOf, snapshotsIn, type TargetServer } from '@belay/planner';
import type { RunRow } from '@belay/runner';
import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { acceptancesOf, riskOptions } from '../plan/acceptance.ts';
import { findRun, isOver } from '../run/find-run.ts';
import { reportRun } from '../run/report.ts';
import { type OutputKind, watchOptions } from '../run/screen-for.ts';
import { carryOn, type RunToStart, startRun } from '../run/start-run.ts';
import { withRun } from '../run/with-run.ts';
import type { Session } from '../session/session.ts';

const options = {
  ...riskOptions,
  yes: { type: 'boolean', short: 'y', help: 'do not ask once more' },
  hold: { type: 'boolean', help: 'wait for a person after everything has been looked at' },
  ...watchOptions,
} as const;

type ReleaseCall = Call<typeof options>;

export const releaseSource: Command = defineCommand({
  name: 'release-source',
  summary: 'Give the source of a move up, at the end of its soak',
  usage: '<run> --reason TEXT [options]',
  about:
    'Deletes the server that a move left behind, and the disk that was copied. The target must serve, and the move can no longer be reverted afterwards. A resize that its cloud keeps open is confirmed. Where no monitoring tells of the whole soak (`services.soaks`), somebody takes that by name: --accept-risk=soak-watched.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay release-source p-7f3a91c2 --reason "a week without a complaint"',
    'belay release-source p-7f3a91c2 --reason "a week without a complaint" --accept-risk=soak-watched',
  ],
  exits: {
    [exit.riskMissing]: 'the soak is not over: --accept-risk=soaked',
    [exit.reverted]: 'something stood in the way: nothing was given up',
    [exit.stuck]: 'act now: belay status says what waits for whom',
    [exit.pastReturn]: 'the move is sealed, and the rest failed: belay status says what is left',
    [exit.held]: 'it waits for a person',
  },
  async run(call) {
    const { output, reason = '' } = call.options;
    const asked = { name: 'release-source', output, reason, needsReason: true, journal: 'if-there' } as const;
    return await withRun(call, asked, (session, kind) => released(call, session, reason, kind));
  },
});

async function released(
  call: ReleaseCall,
  session: Session,
  reason: string,
  output: OutputKind,
): Promise<number> {
  const { out, options: given, words, user, keyboard } = call;
  const [word = ''] = words;
  const first = await findRun(session, word);
  if (first.isErr()) return said(call, first.error.message);
  const before = await begunBefore(session, first.value.runId);
  if (before.isErr()) return said(call, before.error);
  const { open, id } = before.value;
  const show = { output, isVerbose: given.verbose };
  if (open !== undefined) {
    return await reportRun(call, session, carryOn(session, open, user), {
      ...show,
      row: open,
      knownUpTo: open.lastSeq,
    });
  }
  const accept = acceptancesOf(given['accept-risk'], { by: given.by ?? user, reason });
  if (accept.isErr()) return said(call, accept.error);
  if (session.runner === undefined || !isOver(first.value.state))
    return said(call, `${first.value.runId} has not ended`);
  const outcome = await session.runner.wait(first.value.runId);
  if (outcome.isErr()) return said(call, outcome.error.message);
  const run = runOf(first.value, outcome.value.state === 'success' ? outcome.value.output : undefined, {
    id,
    by: given.by ?? user,
    reason,
    hold: given.hold,
    accept: accept.value,
    soakHours: session.loaded.config.planning?.soakHours ?? 24,
    nowMs: session.clock.now(),
  });
  if (run.isErr()) {
    said(call, run.error.message);
    return run.error.isSoaking ? exit.riskMissing : exit.error;
  }
  for (const line of run.value.givesUp) out.say(line);
  if (!given.yes) {
    const answer = await keyboard.ask(
      `${first.value.runId} can no longer be reverted afterwards. Give this up? (yes/no) `,
    );
    if (answer?.trim() !== 'yes')
      return said(call, answer === undefined ? 'nobody is there to say yes: --yes' : 'nothing was touched');
  }
  const { start } = run.value;
  return await reportRun(call, session, startRun(session, start), {
    ...show,
    row: { runId: start.id, graph: start.graph, input: JSON.parse(JSON.stringify(start.input)) },
  });
}

/** An earlier release that has not ended is carried on; after one that has, the next has a number. */
async function begunBefore(
  { runner }: Session,
  firstRunId: string,
): Promise<Result<{ readonly open: RunRow | undefined; readonly id: string }, string>> {
  const rows = runner === undefined ? ok([]) : await runner.list();
  if (rows.isErr()) return err(rows.error.message);
  const name = `${firstRunId}-release`;
  const earlier = rows.value.filter(({ runId }) => runId === name || runId.startsWith(`${name}-`));
  const id = earlier.length === 0 ? name : `${name}-${earlier.length + 1}`;
  return ok({ open: earlier.find(({ state }) => !isOver(state)), id });
}

interface Wish {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly hold: boolean;
  readonly accept: NonNullable<Parameters<typeof releaseOf>[0]['accept']>;
  readonly soakHours: number;
  readonly nowMs: number;
}

interface Planned {
  readonly start: RunToStart;
  /** What will be gone, as lines. */
  readonly givesUp: readonly string[];
}

interface Refused {
  readonly message: string;
  readonly isSoaking: boolean;
}

/** Pure. */
function runOf(row: RunRow, output: unknown, wish: Wish): Result<Planned, Refused> {
  const no = (message: string): Result<Planned, Refused> => err({ message, isSoaking: false });
  if (row.state !== 'success')
    return no(`${row.runId} is ${row.state}: only a move that succeeded leaves a source behind`);
  const { id, by, reason, hold } = wish;
  if (row.graph === 'resize-in-place') {
    const input = { firstRunId: row.runId, resize: row.input, by, reason, hold };
    const givesUp = [`The old type of the server of ${row.runId} is given up.`];
    return ok({ start: { id, graph: 'confirm-resize', input, keys: row.keys }, givesUp });
  }
  const left = leftBy(row, output);
  if (left === undefined) return no(`${row.runId} is a ${row.graph}, which leaves no source behind`);
  const { move, target, volumes, snapshots, succeededAt } = left;
  return releaseOf({
    firstRunId: row.runId,
    move,
    target,
    volumes,
    snapshots,
    by,
    reason,
    hold,
    accept: wish.accept,
    succeededAt,
    soakSeconds: wish.soakHours * 3600,
    now: new Date(wish.nowMs).toISOString(),
    ...(move.slots !== undefined && { slots: move.slots }),
  })
    .map((input) => ({
      start: { id, graph: 'release-source', input, keys: row.keys },
      givesUp: [
        `The server ${move.source.id} will be deleted.`,
        ...volumes.map(
          (volume) => `The disk ${volume}, with the data as it was when the move began, will be deleted.`,
        ),
        ...snapshots.map((snapshot) => `The snapshot ${snapshot}, which the move took, will be deleted.`),
        `${target.id} must serve, or nothing is given up.`,
      ],
    }))
    .mapErr(({ message }) => ({
      message: `${message}. To give it up now: --accept-risk=soaked`,
      isSoaking: true,
    }));
}

interface LeftBehind {
  readonly move: MoveInput;
  readonly target: TargetServer;
  readonly volumes: readonly string[];
  readonly snapshots: readonly string[];
  readonly succeededAt: string;
}

/** From the move itself: what it was told, and what it gave. */
function leftBy({ graph, input, updatedAtMs }: RunRow, output: unknown): LeftBehind | undefined {
  const isMove = graph === 'volume-swap' || graph === 'snapshot-clone' || graph === 'rsync';
  if (!isMove || typeof output !== 'object' || output === null) return undefined;
  // The journal has the input as the planner made it for this very graph.
  const move = input as unknown as MoveInput;
  const target: unknown = Reflect.get(output, 'target');
  const picture: unknown = Reflect.get(output, 'picture');
  if (!isServer(target)) return undefined;
  return {
    move,
    target,
    // A swap moves the disks themselves; the others leave those that they copied.
    volumes:
      graph === 'volume-swap' ? [] : [move.volume, ...(move.moreVolumes ?? [])].map((volume) => volume.id),
    snapshots: isPicture(picture) ? snapshotsIn(picture) : [],
    succeededAt: new Date(updatedAtMs).toISOString(),
  };
}

function isServer(value: unknown): value is TargetServer {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'id') === 'string';
}

function isPicture(value: unknown): value is PictureTaken {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, 'snapshotId') === 'string';
}

function said({ out }: ReleaseCall, sentence: string): number {
  out.say(`belay release-source: ${sentence}`);
  return exit.error;
}
