/** `belay alerts ack` and `belay alerts resolve`: a named person takes an alert, or says that it is over. */

import type { Alert, Alerts, AlertsError, Signed } from '@belay/alerts';
import type { ResultAsync } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { guess } from '../nearest.ts';
import { signed, signing, unsigned } from '../scanner/with-scope.ts';
import { complainOf, withAlerts } from './with-alerts.ts';

export const alertsAck: Command = defineCommand({
  name: 'alerts ack',
  summary: 'Take an alert, by name: it is quiet until the time to resolve it is over',
  usage: '<cause> --reason TEXT [--by NAME]',
  about:
    'An alert that nobody takes is repeated and climbs the chain. One that is taken and not resolved in time is told anew.',
  options: signing,
  words: { least: 1, most: 1 },
  examples: ['belay alerts ack scanner/offsite/breaker --reason "looking at the database"'],
  exits: {},
  run: (call) =>
    answered(call, 'alerts ack', (alerts, cause, word) => alerts.acknowledge(cause, word), 'has taken'),
});

export const alertsResolve: Command = defineCommand({
  name: 'alerts resolve',
  summary: 'Say, by name, that the trouble is over',
  usage: '<cause> --reason TEXT [--by NAME]',
  about: 'Closes no breaker: belay breaker close does. The same cause raised again is a new incident.',
  options: signing,
  words: { least: 1, most: 1 },
  examples: ['belay alerts resolve scanner/offsite/overdue --reason "the timer runs again"'],
  exits: {},
  run: (call) =>
    answered(call, 'alerts resolve', (alerts, cause, word) => alerts.resolve(cause, word), 'has resolved'),
});

async function answered(
  call: Call<typeof signing>,
  command: string,
  act: (alerts: Alerts, cause: string, word: Signed) => ResultAsync<Alert, AlertsError>,
  done: string,
): Promise<number> {
  const [cause = ''] = call.words;
  const word = signed(call);
  if (word === undefined) {
    call.out.say(`belay ${command}: ${unsigned}`);
    return exit.error;
  }
  return await withAlerts(call, command, async ({ alerts }) => {
    const answer = await act(alerts, cause, word);
    if (answer.isOk()) {
      call.out.say(`${word.by} ${done} ${cause}: ${word.reason}`);
      return exit.done;
    }
    const { message, kind } = answer.error;
    const causes = await alerts
      .list()
      .map((all) => all.map((one) => one.cause))
      .unwrapOr([]);
    const meant = kind === 'unknown-alert' ? guess(cause, causes) : '';
    return complainOf(call, command, { kind, message: `${message}.${meant}` });
  });
}
