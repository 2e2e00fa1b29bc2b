import type { HostError, HostResult, ReadOptions, TimerState, Timers } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { GuestRecord } from './guest-record.ts';
import type { HostRefusal, Shell } from './shell.ts';

/** What starts by the clock on a server: it stays masked over a boot, like a service. */
export type TimerSession = <T>(
  operation: 'timers.list' | 'timers.mask' | 'timers.unmask',
  options: ReadOptions | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
) => HostResult<T>;

export function timersOf(open: TimerSession): Timers {
  return {
    list: (options) =>
      open('timers.list', options, (shell) => shell.run(false, (guest) => ok(listTimers(guest)))),
    mask: (names, call) =>
      open('timers.mask', call, (shell) => shell.run(true, (guest) => mask(guest, names, true))),
    unmask: (names, call) =>
      open('timers.unmask', call, (shell) => shell.run(true, (guest) => mask(guest, names, false))),
  };
}

export function listTimers(guest: GuestRecord): readonly TimerState[] {
  return (guest.timers ?? []).map(({ name, kind, masked }) => ({
    name,
    kind,
    state: masked ? 'inactive' : 'active',
    masked,
  }));
}

/** All of them or, where one is not known, none. */
function mask(
  guest: GuestRecord,
  names: readonly string[],
  masked: boolean,
): Result<readonly TimerState[], HostRefusal> {
  const timers = guest.timers ?? [];
  const unknown = names.find((name) => !timers.some((timer) => timer.name === name));
  if (unknown !== undefined) return err({ kind: 'not-found', message: `There is no timer ${unknown} here.` });
  for (const timer of timers) if (names.includes(timer.name)) timer.masked = masked;
  return ok(listTimers(guest).filter(({ name }) => names.includes(name)));
}
