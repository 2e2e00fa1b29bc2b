/** `belay alerts list`: what stands, who was told, and who has taken it. */

import { isOpen } from '@belay/alerts';
import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { pageOf, print } from '../scanner/with-scope.ts';
import { alertLines, historyLines } from './alerts-text.ts';
import { complainOf, withAlerts } from './with-alerts.ts';

export const alertsList: Command = defineCommand({
  name: 'alerts list',
  summary: 'Show what stands, who was told, and who has taken it',
  usage: '[<cause>] [options]',
  about: 'With a cause: everything that happened to it, for the report afterwards.',
  options: {
    json: { type: 'boolean', help: 'one JSON value' },
    all: { type: 'boolean', help: 'those that are over, too' },
  },
  words: { least: 0, most: 1 },
  examples: ['belay alerts list', 'belay alerts list scanner/offsite/breaker'],
  exits: { [exit.riskMissing]: 'one stands that nobody has taken' },
  async run(call) {
    const [cause] = call.words;
    return await withAlerts(call, 'alerts list', async ({ alerts }) => {
      if (cause !== undefined) {
        const history = await alerts.history(cause);
        if (history.isErr()) return complainOf(call, 'alerts list', history.error);
        if (call.options.json)
          call.out.data(JSON.stringify({ formatVersion: '1.0', cause, history: history.value }));
        else print(call, historyLines(cause, history.value, pageOf(call)));
        return exit.done;
      }
      const states = ['raised', 'told', 'undeliverable', 'acknowledged', 'resolved'] as const;
      const all = await alerts.list(call.options.all ? states : undefined);
      if (all.isErr()) return complainOf(call, 'alerts list', all.error);
      if (call.options.json) call.out.data(JSON.stringify({ formatVersion: '1.0', alerts: all.value }));
      else print(call, alertLines(all.value, call.clock.now(), pageOf(call)));
      return all.value.some(isOpen) ? exit.riskMissing : exit.done;
    });
  },
});
