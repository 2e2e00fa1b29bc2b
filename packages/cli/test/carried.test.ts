// Who carries a run, and what becomes of it when that process is interrupted, hung up or killed, or somebody at its
// terminal presses a key.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { plannedHouse } from './play/bin.ts';

/** Processes need their time to begin: a plan is good for three minutes of ours here. */
const speed = 5;

describe.concurrent('a run that a process carries', { timeout: 300_000 }, () => {
  test('goes on after kill -9 where somebody applies it again, and status says that nobody does meanwhile', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished, { speed });
    const { shop } = house;
    const first = house.start(['apply', id, '--yes']);
    await first.until(/done +detach-volume/);
    first.child.kill('SIGKILL');
    expect(await first.ended).toMatchObject({ code: undefined });

    const status = await house.belay('status', id);
    expect(status.stdout).toContain('nobody carries it on');
    expect(status.stdout).toContain(`Carry it on: belay apply ${id}`);
    const second = await house.belay('apply', id);
    expect(second).toMatchObject({ code: 0 });
    expect(second.stderr).toMatch(/Carried on by ada-/);
    expect(second.stderr).toContain('success: the target serves');
    expect(await house.inWorld((sim) => sim.world.visit(shop.name))).toMatchObject({ order: 4 });
  });

  test('rests in order on Ctrl-C while the source serves, and says that it does not go on by itself', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished, { speed });
    const applying = house.start(['apply', id, '--yes']);
    await applying.until(/running +place\/provision-target/);
    applying.child.kill('SIGINT');
    const ended = await applying.ended;
    expect(ended).toMatchObject({ code: 130 });
    expect(ended.stderr).toMatch(
      /Under way: .*place\/provision-target.* then the run rests\. Once more ends it at once\./,
    );
    expect(ended.stderr).toContain(`Nobody carries it on now, and its keys are held: belay apply ${id}`);
    const cancelled = await house.belay('cancel', id, '--reason', 'not today');
    expect(cancelled).toMatchObject({ code: 0 });
    expect(cancelled.stderr).toContain('reverted: the source serves');
  });

  test('ends at once on the second Ctrl-C, and is carried on from there by whoever applies it again', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished, { speed });
    const applying = house.start(['apply', id, '--yes']);
    await applying.until(/running +detach-volume/);
    applying.child.kill('SIGTERM');
    await applying.until('Nobody serves right now');
    applying.child.kill('SIGTERM');
    expect(await applying.ended).toMatchObject({ code: 130 });
    const again = await house.belay('apply', id);
    expect(again.stderr).toContain('success: the target serves');
    expect(again).toMatchObject({ code: 0 });
  });

  test('goes on where its terminal is closed in the middle of the cut-over', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished, { speed });
    const { hangUp } = await house.inTerminal(['apply', id, '--yes'], /▶ detach the volume/);
    hangUp();
    const seen = await house.start(['status', id, '--follow']).ended;
    expect(seen).toMatchObject({ code: 0 });
    expect(seen.stderr).toContain(`${id}: success`);
    expect(await house.inWorld((sim) => sim.world.visit(house.shop.name))).toMatchObject({ order: 4 });
  });

  test('lives on in a process of its own where it is detached: its log is beside the plan, and status watches', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished, { speed });
    const wrong = await house.start(['apply', id, '--detach', '--digest', 'sha256:00']).ended;
    expect(wrong).toMatchObject({ code: 1 });
    expect(wrong.stderr).toContain('approved was sha256:00, this plan is');
    const begun = await house.start(['apply', id, '--detach', '--yes']).ended;
    expect(begun).toMatchObject({ code: 0, stdout: '' });
    const [, pid, log] =
      /is carried by process (\d+), which outlives.* Its log: (\S+)/.exec(begun.stderr) ?? [];
    onTestFinished(() => endIfThere(Number(pid)));
    const seen = await house.start(['status', id, '--follow']).ended;
    expect(seen.stderr).toContain(`${id}: success`);
    const said = readFileSync(join(house.folder, log ?? ''), 'utf8');
    expect(said).toMatch(/^GO +G1 +source-kept/m);
    expect(said).toContain('success: the target serves');
    const late = await house.start(['apply', id, '--detach']).ended;
    expect(late.stderr).toContain(`${id} is over: success`);
  });

  test('does not stop on Ctrl-C while nobody serves', async ({ expect, onTestFinished }) => {
    const { house, id } = await plannedHouse(onTestFinished, { speed });
    const applying = house.start(['apply', id, '--yes']);
    await applying.until(/running +detach-volume/);
    applying.child.kill('SIGINT');
    const ended = await applying.ended;
    expect(ended.stderr).toContain('Nobody serves right now: this goes on until somebody does.');
    expect(ended.stderr).toMatch(/done +switch-address/);
    const status = await house.belay('status', 'last');
    expect(status.stdout).toMatch(/✓ move the address to the target/);
  });
});

describe.concurrent('at a terminal', { timeout: 300_000 }, () => {
  test('the plan is read and answered with yes before anything runs', async ({ expect, onTestFinished }) => {
    const { house, id } = await plannedHouse(onTestFinished);
    const no = await house.atTerminal({ answers: ['y'] }, 'apply', id);
    expect(no).toMatchObject({ code: 1 });
    expect(no.stderr).toMatch(/Strategy +volume swap/);
    expect(no.stderr).toContain('not approved; nothing was touched');
    const yes = await house.atTerminal({ answers: ['yes'] }, 'apply', id);
    expect(yes).toMatchObject({ code: 0 });
    expect(yes.stderr).toMatch(/serving: nobody \d\d:\d\d {2}of \d\d:\d\d \(p90\)/);
    expect(yes.stderr).toContain('h hold · a abort');
  });

  test('h holds before the cut-over, a twice aborts, and both are refused at the wrong moment', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished);
    const once = (key: string, when: RegExp) => {
      let isPressed = false;
      return (drawn: string, press: (key: string) => void): void => {
        if (isPressed || !when.test(drawn)) return;
        isPressed = true;
        press(key);
      };
    };
    const held = await house.atTerminal({ onScreen: once('h', /▶ provision/) }, 'apply', id, '--yes');
    expect(held).toMatchObject({ code: 15 });
    expect(held.stderr).toContain('It will hold before anything is stopped. h once more takes that back.');
    expect(held.stderr).toContain('ada paused it: h was pressed, to hold before the cut-over');
    expect(held.stderr).toContain('suspended: the source serves');
    // The target is ready, and what a hold comes before has not begun.
    const steps = (await house.belay('status', id)).stdout;
    expect(steps).toMatch(/✓ target is fit for the data/);
    expect(steps).toMatch(/· last look at the source/);
    expect(steps).toMatch(/· stop services on the source/);
    const [early, abort, sure] = [
      once('h', /serving: nobody/),
      once('a', /serving: nobody/),
      once('a', /Press a once more/),
    ];
    const aborted = await house.atTerminal(
      {
        onScreen: (drawn, press) => {
          early(drawn, press);
          abort(drawn, press);
          sure(drawn, press);
        },
      },
      'apply',
      id,
    );
    expect(aborted).toMatchObject({ code: 10 });
    expect(aborted.stderr).toContain('Nobody serves: it is not held now.');
    expect(aborted.stderr).toContain('ada wants it taken back: a key was pressed');
    expect(aborted.stderr).toContain('reverted: the source serves');
  });

  test('Ctrl-C twice while nobody serves ends it at once, and says that nobody serves', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished);
    const pressed = new Set<string>();
    const ended = await house.atTerminal(
      {
        onScreen: (drawn, press) => {
          for (const when of ['▶ detach the volume', 'Ctrl-C once more']) {
            if (pressed.has(when) || !drawn.includes(when)) continue;
            pressed.add(when);
            press('\u0003');
          }
        },
      },
      'apply',
      id,
      '--yes',
    );
    expect(ended).toMatchObject({ code: 130 });
    expect(ended.stderr).toContain('suspended: nobody serves');
    const back = await house.belay('cancel', id, '--reason', 'the shop must serve');
    expect(back.stderr).toContain('reverted: the source serves');
    expect(back).toMatchObject({ code: 0 });
  });
});

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself, as it should.
  }
}
