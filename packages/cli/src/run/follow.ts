/**
 * Follows a run on a screen until it has come to an outcome: its events, who serves, what it waits for. Where this
 * process carries the run, Ctrl-C lets it rest in order, and not while nobody serves; where another one does, Ctrl-C
 * only ends the watching.
 */

import type { Outcome, RunnerError, Shape, StoredEvent } from '@belay/runner';
import { err, ok, type Result, type ResultAsync } from 'neverthrow';
import type { Call } from '../command.ts';
import type { Session } from '../session/session.ts';
import type { Outlook, Screen } from '../watch/screen.ts';
import { servingBy } from '../watch/serving.ts';
import { type Watch, watch } from '../watch/watch.ts';
import { holdWish } from './hold-wish.ts';

/** What is followed, and how. */
export interface Following {
  readonly runId: string;
  readonly shape: Shape;
  readonly screen: Screen;
  readonly outlook?: Outlook | undefined;
  readonly isVerbose: boolean;
  /** Keys of the keyboard do something. */
  readonly listens: boolean;
  /** The shape of the same run with a hold before its cut-over, where it has one: where `h` lets it rest. */
  readonly held?: Shape | undefined;
  /** End as soon as it waits for a person. */
  readonly endsAtHold?: boolean | undefined;
  /** What has happened up to here is known already, and not shown again. */
  readonly knownUpTo?: number | undefined;
  /** The source did not serve when it began. */
  readonly isDown?: boolean | undefined;
}

/** What following needs of whoever opened the journal. `owner`: the name under which this process carries runs. */
export type Followable = Pick<Session, 'runner' | 'clock' | 'journal' | 'owner'>;

/** How it came out, as far as this process saw. */
export interface Followed {
  readonly outcome: Outcome<unknown>;
  readonly seen: Watch;
  /** What had passed before it was followed. */
  readonly before: Before;
  readonly isInterrupted: boolean;
  /** Another process carries it on. */
  readonly goesOn: boolean;
}

/** `running`: the outcome to come, from whoever started or found the run. */
export async function followRun(
  call: Pick<Call, 'signal' | 'keyboard' | 'user' | 'clock'>,
  session: Followable,
  running: ResultAsync<Outcome<unknown>, RunnerError>,
  following: Following,
): Promise<Result<Followed, RunnerError>> {
  const { runId, shape, screen, outlook = {}, listens, knownUpTo = 0 } = following;
  const { runner } = session;
  if (runner === undefined) throw new Error('a run is followed before the journal is open');
  let isKnown = knownUpTo > 0;
  const shown = hiding(screen, () => isKnown);
  const serving = servingBy(shape, { isDown: following.isDown === true });
  const seen = watch({
    run: runId,
    shape,
    screen: shown,
    now: () => session.clock.now(),
    first: serving.first,
    outlook,
  });
  const wish = holdWish(call, session, following, seen);
  let before: Before = { downtimeMs: 0, atMs: undefined };
  const stop = new AbortController();
  let isInterrupted = false;
  let goesOn = false;
  let wantsEnd: 'no' | 'at-rest' | 'now' = 'no';

  const take = (stored: StoredEvent): void => {
    if (stored.seq <= seen.events.length) return;
    if (isKnown && stored.seq > knownUpTo) {
      isKnown = false;
      before = { downtimeMs: seen.stopwatch.downtimeMs(stored.atMs), atMs: stored.atMs };
    }
    seen.serving(serving.after(stored), stored.atMs);
    seen.take(stored);
    if (!isKnown) told(stored, following).forEach((line) => screen.text(line));
    if (!isKnown && stored.event.kind === 'asked' && following.endsAtHold === true) void end();
    wish.take(stored);
    if (wantsEnd === 'at-rest' && seen.stopwatch.serving !== 'nobody') void end();
  };
  const end = async (): Promise<void> => {
    if (wantsEnd === 'now') return;
    wantsEnd = 'now';
    const row = await runner.get(runId);
    goesOn = row.isOk() && row.value.row.ownerIs === 'live' && row.value.row.owner !== session.owner;
    // What is in flight here comes to its end first; the run then belongs to nobody and can be carried on.
    if (!goesOn) {
      const steps = seen.progress.active.map(({ step }) => step);
      if (isInterrupted && steps.length > 0) screen.text(restingWords(steps));
      await runner.close();
    } else stop.abort();
  };
  const interrupted = (): void => {
    // The second time somebody means it, whoever serves.
    if (isInterrupted) return void end();
    isInterrupted = true;
    if (seen.stopwatch.serving !== 'nobody') return void end();
    wantsEnd = 'at-rest';
    screen.text(
      'Nobody serves right now: this goes on until somebody does. Ctrl-C once more ends it at once.',
    );
  };
  call.signal.addEventListener('abort', interrupted, { once: true });
  const silence = listens
    ? call.keyboard.keys(keysOf(call, session, following, { ask: wish.ask, interrupted }))
    : () => undefined;
  screen.live(() => seen.status());
  const watching = (async () => {
    for await (const stored of runner.events(runId, { signal: stop.signal })) take(stored);
  })();
  const left = new Promise<undefined>((resolve) =>
    stop.signal.addEventListener('abort', () => resolve(undefined)),
  );
  try {
    if (call.signal.aborted) interrupted();
    const outcome = await Promise.race([running, left]);
    stop.abort();
    await watching;
    if (outcome === undefined) return ok({ outcome: elsewhere(runId), seen, before, isInterrupted, goesOn });
    if (outcome.isErr()) return err(outcome.error);
    const rest = await session.journal.read(runId, seen.events.length + 1, mostEvents);
    if (rest.isOk()) rest.value.forEach(take);
    return ok({ outcome: outcome.value, seen, before, isInterrupted, goesOn });
  } finally {
    silence();
    call.signal.removeEventListener('abort', interrupted);
    screen.live(undefined);
    screen.close();
  }
}

/** A run up to the moment from which it was followed. */
interface Before {
  readonly downtimeMs: number;
  /** When the first thing happened that was not known; absent where the run was followed from its beginning. */
  readonly atMs: number | undefined;
}

/** The screen, while what is shown is not known already. */
function hiding(screen: Screen, isKnown: () => boolean): Screen {
  return {
    ...screen,
    step: (line, at) => (isKnown() ? undefined : screen.step(line, at)),
    serving: (who, at) => (isKnown() ? undefined : screen.serving(who, at)),
    record: (record) => (isKnown() ? undefined : screen.record(record)),
  };
}

/** A runner that is closed gives what is in flight so long. */
function restingWords(steps: readonly string[]): string {
  return `Under way: ${steps.join(', ')}. That may end within 30 s, then the run rests. Once more ends it at once.`;
}

const mostEvents = 100_000;

function elsewhere(runId: string): Outcome<unknown> {
  return { runId, state: 'suspended', reason: 'it is watched no longer; another process carries it on' };
}

/** What is worth a line besides the steps themselves. */
function told({ event }: StoredEvent, { runId, isVerbose }: Following): readonly string[] {
  switch (event.kind) {
    case 'asked':
      return [`It waits: ${event.ask}`, `Let it go on: belay release ${runId} ${event.hold} --reason …`];
    case 'released':
      return [`${event.by} let ${event.hold} go on: ${event.reason}`];
    case 'cancelled':
      return [`${event.by} wants it taken back: ${event.reason}`];
    case 'paused':
      return [`${event.by} paused it: ${event.reason}`];
    case 'resolved':
      return [`${event.by} settled ${event.step} by ${event.how}: ${event.reason}`];
    case 'claimed':
      return [`Carried on by ${event.owner}`];
    case 'exhausted':
      return [`${event.scope} has no choice left: ${event.error.message}`];
    case 'chosen':
      return isVerbose || event.choice > 0 ? [`${event.scope}: tries ${JSON.stringify(event.value)}`] : [];
    case 'progress':
      return isVerbose
        ? [`${event.step}: ${event.note ?? `${Math.min(99, Math.floor(event.fraction * 100))} %`}`]
        : [];
    case 'probed':
      return isVerbose
        ? [
            `${event.step}: its probe says ${event.happened}${event.why === undefined ? '' : `: ${event.why}`}`,
          ]
        : [];
    default:
      return [];
  }
}

/** What the keys do, for the line under a run. */
export const keyWords = 'h hold · a abort';

const twiceWithinMs = 5_000;

interface Asked {
  readonly ask: () => void;
  readonly interrupted: () => void;
}

function keysOf(
  call: Pick<Call, 'user' | 'clock'>,
  session: Followable,
  { runId, screen }: Following,
  { ask, interrupted }: Asked,
): (key: string) => void {
  let askedAtMs = Number.NEGATIVE_INFINITY;
  return (key) => {
    if (key === '\u0003') interrupted();
    if (key === 'h') ask();
    if (key !== 'a') return;
    const isMeant = call.clock.now() - askedAtMs < twiceWithinMs;
    askedAtMs = call.clock.now();
    if (!isMeant) return screen.text('Press a once more to abort and take everything back.');
    const word = { by: call.user, reason: 'a key was pressed' };
    void session.runner?.cancel(runId, word).mapErr(({ message }) => screen.text(message));
  };
}
