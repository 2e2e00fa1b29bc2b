import type { StoredEvent } from '../event.ts';
import type { EventsOptions } from '../runner.ts';
import type { Surroundings } from './elsewhere.ts';
import { journalTrouble, runnerError } from './errors.ts';

/**
 * A run's events from the first to the last: read from the journal, and while the run goes on, heard from it when it is
 * here or looked for when it is elsewhere. Ends with `finished`, with the signal, or with the runner.
 */
const pageSize = 1_000;
const lookAgainMs = 200;

export async function* eventStream(
  from: Surroundings,
  runId: string,
  { signal, after = 0, onTrouble }: EventsOptions,
): AsyncGenerator<StoredEvent, void> {
  let last = after;
  while (!signal?.aborted && from.unusable() === undefined) {
    const news = nextNews(from, runId, signal);
    const page = await from.journal.read(runId, last + 1, pageSize);
    if (page.isErr()) onTrouble?.(journalTrouble(page.error, runId));
    const events = page.isOk() ? page.value : [];
    for (const stored of events) {
      last = stored.seq;
      yield stored;
      if (signal?.aborted) return news.cancel();
    }
    const mayEnd = page.isOk() && events.length < pageSize;
    if (mayEnd && (await hasEnded(from, runId, last, onTrouble))) return news.cancel();
    if (events.length === 0) await news.came;
    news.cancel();
  }
}

/** Has the run come to its end, with nothing after what was read? */
async function hasEnded(
  from: Surroundings,
  runId: string,
  last: number,
  onTrouble: EventsOptions['onTrouble'],
): Promise<boolean> {
  if (from.live(runId) !== undefined) return false;
  const row = await from.journal.row(runId);
  if (row.isErr()) {
    onTrouble?.(journalTrouble(row.error, runId));
    return false;
  }
  if (row.value === undefined) {
    onTrouble?.(runnerError('unknown-run', `there is no run ${runId}`, runId));
    return true;
  }
  const { state, lastSeq } = row.value;
  return lastSeq <= last && (state === 'success' || state === 'reverted' || state === 'abandoned');
}

/** Resolves with the next event of a run that is here; of one elsewhere, when it is time to look again. */
function nextNews(
  from: Surroundings,
  runId: string,
  signal: AbortSignal | undefined,
): { readonly came: Promise<void>; readonly cancel: () => void } {
  let cancel = (): void => {};
  const came = new Promise<void>((resolve) => {
    const unwatch = from.live(runId)?.watch(() => resolve());
    const untimer = from.clock.after(lookAgainMs, resolve);
    signal?.addEventListener('abort', () => resolve(), { once: true });
    cancel = () => {
      unwatch?.();
      untimer();
      resolve();
    };
  });
  return { came, cancel };
}
