/**
 * The demo: `npm run demo`. Moves a web shop to a bigger server three times in a simulated cloud: once all goes well,
 * once the disk does not attach, and once the process that does it is killed half-way. What it says about downtime
 * and data is measured on that cloud. It exits with 0 only if all three ended as promised and nothing was lost.
 *
 * `--json` gives one JSON value a line for programs; `--speed 60` makes time run faster. Colour is left out where
 * NO_COLOR is set.
 */

import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { jobLog, jsonScreen, lineScreen, type Screen, terminalScreen } from '@belay/cli';
import { systemClock } from '@belay/cloud';
import { explain, type Plan } from '@belay/planner';
import { scaledClock } from '@belay/sim';
import { type Act, type Demo, goesBack, goesWell, isKilled } from './acts.ts';

const asked = readOptions();
const speed = Math.max(1, Number.parseInt(asked.speed, 10) || 1);
const screen = openScreen();
// Whoever reads along may stop reading: `npm run demo | head`.
process.stdout.once('error', () => process.exit(1));
process.once('SIGINT', () => {
  screen.close();
  process.exit(130);
});

try {
  process.exitCode = await play(screen);
} catch (thrown) {
  screen.close();
  process.stderr.write(
    `The demo could not be played: ${thrown instanceof Error ? thrown.stack : String(thrown)}\n`,
  );
  process.exitCode = 1;
}

function readOptions(): { readonly json: boolean; readonly speed: string } {
  const usage = 'npm run demo -- [--json] [--speed 20]     simulated seconds in one real second';
  try {
    const { values } = parseArgs({
      options: {
        json: { type: 'boolean', default: false },
        speed: { type: 'string', default: '20' },
        help: { type: 'boolean', default: false },
      },
    });
    if (!values.help) return values;
    process.stdout.write(`${usage}\n`);
    process.exit(0);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? thrown.message : String(thrown)}\n${usage}\n`);
    process.exit(2);
  }
}

async function play(on: Screen): Promise<number> {
  const demo = openDemo(on);
  on.text(
    `belay moves a web shop to a bigger server, three times, in a simulated cloud.\n` +
      `One second here is ${speed} seconds there; all times are simulated ones.`,
  );
  const acts: readonly Act[] = [await goesWell(demo, showPlan), await goesBack(demo), await isKilled(demo)];

  on.heading('The three runs');
  on.text(jobLog(acts.map(({ job }) => job)).join('\n'));
  on.text(`\nPictures of what ran:\n${acts.map(({ picture }) => `  ${picture}`).join('\n')}`);
  const problems = acts.flatMap((act) => act.problems);
  on.text(problems.length === 0 ? '\nAll as promised.' : `\nNot as promised:\n  ${problems.join('\n  ')}`);
  on.record({ kind: 'summary', asPromised: problems.length === 0, problems });
  on.close();
  return problems.length === 0 ? 0 : 1;
}

function showPlan(plan: Plan): void {
  const columns = process.stdout.isTTY ? process.stdout.columns : 100;
  screen.text(`\n${explain(plan, { columns }).trimEnd()}`);
  screen.record({ kind: 'plan', plan });
}

/** The folder is the demo's own; only what an earlier demo left in it is taken away. */
function openDemo(on: Screen): Demo {
  const folder = 'belay-demo';
  mkdirSync(folder, { recursive: true });
  const left = ['belay.db', 'belay.db-shm', 'belay.db-wal', 'world.json', 'world.json.new'];
  for (const name of left) rmSync(join(folder, name), { force: true });
  return { screen: on, folder, journalFile: join(folder, 'belay.db'), clock: scaledClock(speed), speed };
}

function openScreen(): Screen {
  if (asked.json) return jsonScreen(process.stdout);
  const colour = (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  return process.stdout.isTTY && process.env['TERM'] !== 'dumb'
    ? terminalScreen(process.stdout, { colour, clock: systemClock })
    : lineScreen(process.stdout);
}
