import { errAsync, okAsync } from 'neverthrow';
import type { Alert, AlertLine } from './alert.ts';
import { type AlertStore, isOverdue } from './store.ts';

/** A store that lives as long as its process: for tests and trials. It keeps copies, as a file would. */
export function memoryStore(): AlertStore {
  const alerts = new Map<string, string>();
  let lines: readonly AlertLine[] = [];
  const read = (): readonly Alert[] => [...alerts.values()].map((text): Alert => JSON.parse(text));
  const get = (cause: string): Alert | undefined => {
    const text = alerts.get(cause);
    return text === undefined ? undefined : JSON.parse(text);
  };
  return {
    change: (cause, change) => {
      const changed = change(get(cause));
      if (changed.isErr()) return errAsync(changed.error);
      alerts.set(cause, JSON.stringify(changed.value.alert));
      lines = [...lines, ...changed.value.lines];
      return okAsync(changed.value);
    },
    due: (nowMs, limit) =>
      okAsync(
        read()
          .filter((alert) => isOverdue(alert, nowMs))
          .sort((a, b) => (a.dueAtMs ?? 0) - (b.dueAtMs ?? 0))
          .slice(0, limit)
          .map(({ cause }) => cause),
      ),
    nextDueMs: () => {
      const times = read().flatMap(({ dueAtMs }) => dueAtMs ?? []);
      return okAsync(times.length === 0 ? undefined : Math.min(...times));
    },
    get: (cause) => okAsync(get(cause)),
    list: (states) =>
      okAsync(
        read()
          .filter(({ state }) => states.includes(state))
          .sort((a, b) => b.changedAtMs - a.changedAtMs),
      ),
    lines: (cause) => okAsync(lines.filter((line) => line.cause === cause)),
    prune: (beforeMs) => {
      const old = read().filter(({ resolved }) => resolved !== undefined && resolved.atMs < beforeMs);
      for (const { cause } of old) alerts.delete(cause);
      lines = lines.filter(({ atMs }) => atMs >= beforeMs);
      return okAsync(old.length);
    },
    close: () => okAsync(undefined),
  };
}
