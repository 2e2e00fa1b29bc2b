/**
 * `belay alerts run`: the watch that repeats, escalates and gives signs of life. One process of the installation should
 * always be in here, under whatever restarts services on that machine.
 */

import { type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { withAlerts } from './with-alerts.ts';

export const alertsRun: Command = defineCommand({
  name: 'alerts run',
  summary: 'Keep watch: repeat and escalate alerts until somebody takes them',
  usage: '[--poll-seconds N]',
  about:
    'Runs until it is ended. Where a dead-man’s switch is configured it beats while all is well, and falls silent when an alert reaches nobody, the store fails or the host dies.',
  options: {
    'poll-seconds': {
      type: 'string',
      value: 'N',
      help: 'how often other processes are looked after; 2 where absent',
    },
  },
  words: { least: 0, most: 0 },
  examples: ['belay alerts run'],
  exits: {},
  async run(call) {
    const given = call.options['poll-seconds'];
    const pollMs = given === undefined ? undefined : Number(given) * 1_000;
    if (pollMs !== undefined && !(pollMs > 0)) {
      call.out.say('belay alerts run: --poll-seconds is a number above 0.');
      return exit.error;
    }
    return await withAlerts(
      call,
      'alerts run',
      async ({ alerts, source }) => {
        call.out.say(`${at(call.clock.now())} keeping watch as ${source}`);
        let lastSaid = '';
        await alerts.run({
          signal: call.signal,
          pollMs,
          onTrouble: ({ kind, message }) => {
            // The same trouble at each turn is one trouble.
            if (message !== lastSaid) call.out.say(`${at(call.clock.now())} ${kind}: ${message}`);
            lastSaid = message;
          },
        });
        call.out.say(
          `${at(call.clock.now())} the watch has ended: nothing is repeated or escalated any more`,
        );
        return exit.done;
      },
      { mayLack: false },
    );
  },
});

function at(ms: number): string {
  return new Date(ms).toISOString();
}
