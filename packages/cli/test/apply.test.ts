// The way of a migration by hand: plan, apply, look, take back; from the outside, by the words and the exit codes that
// the command answers with.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { openHouse } from './play/bin.ts';

describe.concurrent('a migration by hand', { timeout: 300_000 }, () => {
  test('is planned, applied, looked at and taken back, each by one command', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    const planned = await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--detailed-exitcode');
    expect(planned).toMatchObject({ code: 2 });
    const id = house.planId();
    expect(planned.stdout).toMatch(/^Strategy +volume swap/m);
    expect(planned.stderr).toContain(`Apply: belay apply ${id}`);

    const applied = await house.belay('apply', id, '--yes');
    expect(applied).toMatchObject({ code: 0, stdout: '' });
    expect(applied.stderr).toMatch(/^GO +G1 +source-kept/m);
    expect(applied.stderr).toMatch(/Z {2}p-\w+ {2}serving: +nobody\n/);
    expect(applied.stderr).toMatch(
      /success: the target serves\. Nobody served for (\d+ s|\d+m\d\ds) \(plan: /,
    );
    expect(applied.stderr).toContain(`belay revert ${id}`);
    const moved = /It lives on sim\/test\/here\/(i-\w+) now\. Write it down .*instance\.id (i-\w+)\./.exec(
      applied.stderr,
    );
    expect(moved?.[1]).toBe(moved?.[2]);
    const visit = await house.inWorld((sim) => sim.world.visit(shop.name));
    expect(visit).toMatchObject({ order: 4 });
    expect(visit.servedBy).toBe(moved?.[1]);

    const blind = await house.belay('recover', 'web12');
    expect(blind).toMatchObject({ code: 1, stdout: '' });
    expect(blind.stderr).toContain(
      `by ${id} web12 lives on ${visit.servedBy}, and its description names ${shop.instanceId}`,
    );

    const status = await house.belay('status');
    expect(status.stdout.split('\n')[0]).toBe(
      'ACTION                          START                   END                     STATE       TASKS   RUNNING',
    );
    expect(status.stdout).toMatch(
      /^migrate_volume_swap {13}[\d-]{10}T[\d:]{8}Z {4}[\d-]{10}T[\d:]{8}Z {4}success {5}(\d+)\/\1 {3}finished$/m,
    );

    const again = await house.belay('apply', id);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).not.toContain('stop-services');

    const unsaid = await house.belay('revert', id);
    expect(unsaid).toMatchObject({ code: 1 });
    expect(unsaid.stderr).toContain('say why: --reason');
    const back = await house.belay('revert', id, '--reason', 'too slow');
    expect(back).toMatchObject({ code: 0 });
    expect(back.stderr).toMatch(/reverted: the source serves\. Nobody served for/);
    expect(await house.inWorld((sim) => sim.world.visit(shop.name))).toMatchObject({
      servedBy: shop.instanceId,
      order: 5,
    });
    expect(await house.belay('plan', 'web12', '--to', 'eagle-4xl')).toMatchObject({ code: 0 });
  });

  test('goes on after kill -9 where somebody applies it again, and status says that nobody does meanwhile', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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

  test('waits at a hold until another process lets it go', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--hold');
    const id = house.planId();
    const applying = house.start(['apply', id, '--yes']);
    await applying.until('It waits:');
    const status = await house.belay('status');
    expect(status.stdout).toMatch(/ waiting {5}\d+\/\d+ +cut-over/);
    const busy = await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    expect(busy).toMatchObject({ code: 1 });
    expect(busy.stderr).toMatch(/the simulated cloud toy is open in process \d+/);
    const released = await house.belay('release', id, '--reason', 'the night shift is in');
    expect(released).toMatchObject({ code: 0 });
    expect(released.stderr).toContain(`${id} goes on`);
    const ended = await applying.ended;
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain('ada let cut-over go on: the night shift is in');
  });

  test('rests where it is left at a hold, and goes on in the process that lets it go', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--hold');
    const id = house.planId();
    const held = await house.belay('apply', id, '--yes', '--exit-at-hold');
    expect(held).toMatchObject({ code: 15 });
    const released = await house.belay('release', 'web12', '--reason', 'now');
    expect(released).toMatchObject({ code: 0 });
    expect(released.stderr).toContain(`Nobody carried ${id} on: this process does now.`);
    expect(released.stderr).toContain('success: the target serves');
  });

  test('rests in order on Ctrl-C while the source serves, and says that it does not go on by itself', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const applying = house.start(['apply', house.planId(), '--yes']);
    await applying.until(/running +detach-volume/);
    applying.child.kill('SIGINT');
    const ended = await applying.ended;
    expect(ended.stderr).toContain('Nobody serves right now: this goes on until somebody does.');
    expect(ended.stderr).toMatch(/done +switch-address/);
    const status = await house.belay('status', 'last');
    expect(status.stdout).toMatch(/✓ move the address to the target/);
  });

  test('is one JSON value a line for programs, and nothing else on standard output', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const planned = await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--json');
    const { planId, formatVersion, result } = JSON.parse(planned.stdout);
    expect({ formatVersion, result }).toEqual({ formatVersion: '1.0', result: 'change' });
    const { code, stdout } = await house.belay('apply', planId, '--yes', '--output=json');
    expect(code).toBe(0);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(0)).toMatchObject({ kind: 'created', run: planId });
    expect(lines.filter(({ kind }) => kind === 'serving').map(({ serving }) => serving)).toEqual([
      'nobody',
      'target',
    ]);
    expect(lines.at(-1)).toMatchObject({ kind: 'ended', state: 'success', serving: 'target' });
    const { results } = JSON.parse((await house.belay('status', '--json')).stdout);
    expect(results).toMatchObject([
      { uuid: planId, state: 'success', name: 'migrate_volume_swap', progress: { running: [] } },
    ]);
  });

  test('leaves a source that is given up by a run of its own, and not before its soak is over', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
    await house.belay('apply', id, '--yes');
    const early = await house.belay('release-source', id, '--reason', 'it runs well');
    expect(early).toMatchObject({ code: 4 });
    expect(early.stderr).toMatch(/is kept until .*--accept-risk=soaked/);
    house.later(25 * 3_600_000);
    const unasked = await house.belay('release-source', id, '--reason', 'it runs well');
    expect(unasked).toMatchObject({ code: 1 });
    expect(unasked.stderr).toContain(`The server ${shop.instanceId} will be deleted.`);
    // No monitoring tells of the soak: that is a risk of its own, and has a name.
    const unwatched = await house.belay('release-source', id, '--reason', 'it runs well', '--yes');
    expect(unwatched.stderr).toContain('soak-watched');
    expect(unwatched).toMatchObject({ code: 10 });
    const release = ['release-source', id, '--reason', 'it runs well', '--yes'];
    const released = await house.belay(...release, '--accept-risk=soak-watched');
    expect(released.stderr).toContain('success: the target serves. It served all the time');
    expect(released).toMatchObject({ code: 0 });
    const { state, order } = await house.inWorld((sim) => ({
      state: sim.world.state().instances[shop.instanceId]?.state,
      order: sim.world.visit(shop.name),
    }));
    expect(state).toBe('gone');
    expect(order).toMatchObject({ order: 4 });
    const late = await house.belay('revert', id, '--reason', 'too late');
    expect(late).toMatchObject({ code: 1 });
    expect(late.stderr).toContain('sealed');
  });
});

describe.concurrent('at a terminal', { timeout: 300_000 }, () => {
  test('the plan is read and answered with yes before anything runs', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const no = await house.atTerminal({ answers: ['y'] }, 'apply', house.planId());
    expect(no).toMatchObject({ code: 1 });
    expect(no.stderr).toMatch(/Strategy +volume swap/);
    expect(no.stderr).toContain('not approved; nothing was touched');
    const yes = await house.atTerminal({ answers: ['yes'] }, 'apply', house.planId());
    expect(yes).toMatchObject({ code: 0 });
    expect(yes.stderr).toMatch(/serving: nobody \d\d:\d\d {2}of \d\d:\d\d \(p90\)/);
    expect(yes.stderr).toContain('h hold · a abort');
  });

  test('h holds before the cut-over, a twice aborts, and both are refused at the wrong moment', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
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

describe.concurrent('what is not carried out', { timeout: 300_000 }, () => {
  test('a plan whose facts have moved: the fact is named and nothing is touched', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    const id = house.planId();
    const { instanceId, zone, diskType } = house.shop;
    await house.inWorld(async ({ cloud: { volumes } }) => {
      const spec = { name: 'somebody-elses', zone, sizeGiB: 10, diskType };
      const volumeId = (await volumes.create(spec, { key: 'extra' }))._unsafeUnwrap().id;
      (await volumes.attach({ volumeId, instanceId }, { key: 'extra' }))._unsafeUnwrap();
    });
    const applied = await house.belay('apply', id, '--yes');
    expect(applied).toMatchObject({ code: 14 });
    expect(applied.stderr).toMatch(/The plan is no longer true:\n {2}source: was /);
    expect(applied.stderr).toContain('Plan again: belay plan web12 --to eagle-4xl');
    expect((await house.belay('status')).stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a plan that has grown old', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    house.later(3_600_000);
    const applied = await house.belay('apply', house.planId(), '--yes');
    expect(applied).toMatchObject({ code: 14 });
    expect(applied.stderr).toContain('Plan again: nothing was touched.');
  });

  test('a plan that nobody approved, or whose digest is another one', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--out', 'plan.json');
    const id = house.planId();
    const unasked = await house.belay('apply', id);
    expect(unasked).toMatchObject({ code: 1 });
    expect(unasked.stderr).toMatch(/nobody is there to approve p-\w+: --digest sha256:\w{64}, or --yes/);
    const other = await house.belay('apply', 'plan.json', '--digest', 'sha256:0000');
    expect(other.stderr).toContain('approved was sha256:0000, this plan is');
    expect((await house.belay('status')).stdout.trimEnd().split('\n')).toHaveLength(1);
  });

  test('a plan that somebody has altered', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    const { stdout } = await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--json');
    const plan = JSON.parse(stdout);
    writeFileSync(join(house.folder, 'mine.json'), JSON.stringify({ ...plan, budgetSeconds: 9999 }));
    const applied = await house.belay('apply', 'mine.json', '--yes');
    expect(applied).toMatchObject({ code: 1 });
    expect(applied.stderr).toContain('does not match its digest');
  });

  test('a change without a backup, until somebody takes that risk by name and with a reason', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished, { backup: false });
    const plain = await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    expect(plain.stdout).toContain('NO-GO');
    const refused = await house.belay('apply', house.planId(), '--yes');
    expect(refused.code).toBe(plain.code);
    expect([3, 4]).toContain(plain.code);
    const unsaid = await house.belay('plan', 'web12', '--to', 'eagle-4xl', '--accept-risk=G6');
    expect(unsaid).toMatchObject({ code: 1 });
    expect(unsaid.stderr).toContain('--accept-risk needs --reason');
    const wrong = await house.belay(
      'plan',
      'web12',
      '--to',
      'eagle-4xl',
      '--accept-risk=fresh-bakup',
      '--reason',
      'x',
    );
    expect(wrong.stderr).toContain('there is no guard fresh-bakup. Did you mean fresh-backup?');
  });

  test('nothing, where all is as it is wanted', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    const planned = await house.belay('plan', 'web12', '--to', 'eagle-2xl', '--detailed-exitcode');
    expect(planned).toMatchObject({ code: 0 });
    const applied = await house.belay('apply', house.planId(), '--yes');
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.stderr).toContain('all is as it is wanted');
  });

  test('a change whose capacity nobody can prove', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    const planned = await house.belay('plan', 'web12', '--to', 'none');
    expect([3, 4]).toContain(planned.code);
    expect(planned.stdout).toContain('capacity-proven');
  });
});

function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended by itself, as it should.
  }
}
