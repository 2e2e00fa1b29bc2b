// The way of a migration by hand: plan, apply, look, take back; from the outside, by the words and the exit codes that
// the command answers with.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { openHouse, plannedHouse } from './play/bin.ts';

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

  test('waits at a hold until another process lets it go', async ({ expect, onTestFinished }) => {
    const { house, id } = await plannedHouse(onTestFinished, { words: ['--hold'] });
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
    const { house, id } = await plannedHouse(onTestFinished, { words: ['--hold'] });
    const held = await house.belay('apply', id, '--yes', '--exit-at-hold');
    expect(held).toMatchObject({ code: 15 });
    const released = await house.belay('release', 'web12', '--reason', 'now');
    expect(released).toMatchObject({ code: 0 });
    expect(released.stderr).toContain(`Nobody carried ${id} on: this process does now.`);
    expect(released.stderr).toContain('success: the target serves');
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
    const { house, id } = await plannedHouse(onTestFinished);
    const { shop } = house;
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

describe.concurrent('what is not carried out', { timeout: 300_000 }, () => {
  test('a plan whose facts have moved: the fact is named and nothing is touched', async ({
    expect,
    onTestFinished,
  }) => {
    const { house, id } = await plannedHouse(onTestFinished);
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
    const { house, id } = await plannedHouse(onTestFinished);
    house.later(3_600_000);
    const applied = await house.belay('apply', id, '--yes');
    expect(applied).toMatchObject({ code: 14 });
    expect(applied.stderr).toContain('Plan again: nothing was touched.');
  });

  test('a plan that nobody approved, or whose digest is another one', async ({ expect, onTestFinished }) => {
    const { house, id } = await plannedHouse(onTestFinished, { words: ['--out', 'plan.json'] });
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

  test('a workload that is to be witnessed, where the config names nobody who asks at its address', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const file = join(house.folder, 'belay.config.json');
    const config = JSON.parse(readFileSync(file, 'utf8'));
    config.workloads[0].witnessed = true;
    writeFileSync(file, JSON.stringify(config));
    const planned = await house.belay('plan', 'web12', '--to', 'eagle-4xl');
    expect(planned.stderr).toContain('Warning: web12 is witnessed, and belay.config.json names nobody');
    const applied = await house.belay('apply', house.planId(), '--yes');
    expect(applied).toMatchObject({ code: 3 });
    expect(applied.stderr).toMatch(/^NO-GO +G15b +route-witnessed +services\.routeWitness is missing/m);
    expect((await house.belay('status')).stdout.trimEnd().split('\n')).toHaveLength(1);
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
