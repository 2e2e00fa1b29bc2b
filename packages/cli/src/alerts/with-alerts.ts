/** What every command over alerts does around its own work: open, say what went wrong, close. */

import type { AlertsError } from '@belay/alerts';
import type { Call } from '../command.ts';
import { exit } from '../exit.ts';
import { type OpenedAlerts, openAlertsOf } from './open-alerts.ts';

/**
 * Does the work and closes the store, when what is on its way has been told. Only the watch must have every secret:
 * whoever takes an alert at another terminal needs none.
 */
export async function withAlerts(
  call: Call,
  command: string,
  work: (opened: OpenedAlerts) => Promise<number>,
  { mayLack = true }: { readonly mayLack?: boolean } = {},
): Promise<number> {
  const opened = await call
    .config()
    .andThen((loaded) => openAlertsOf(call, loaded, { mayLack, beats: !mayLack }));
  if (opened.isErr()) {
    call.out.say(`belay ${command}: ${opened.error.message}`);
    return exit.error;
  }
  const code = await work(opened.value);
  const closed = await opened.value.alerts.close();
  return closed.isErr() ? complainOf(call, command, closed.error) : code;
}

/** Says what went wrong; gives the exit code. */
export function complainOf({ out }: Pick<Call, 'out'>, command: string, { message }: AlertsError): number {
  out.say(`belay ${command}: ${message}`);
  return exit.error;
}
