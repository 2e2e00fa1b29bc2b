// When the source does not answer: all ways back from one command, a ticket for the provider, and a standby that is
// promoted by whoever knows the secret and by nobody else.

import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { type House, openHouse } from './play/bin.ts';

describe.concurrent('a source that does not answer', { timeout: 300_000 }, () => {
  test('all ways back are judged side by side, and the one that is chosen is applied', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    await house.inWorld((sim) => sim.world.hang(shop.instanceId));
    const judged = await house.belay('recover', 'web12');
    expect(judged).toMatchObject({ code: 0 });
    for (const way of [
      'start it again',
      'surviving disk',
      'from the snapshot',
      'from the backup',
      'standby',
    ]) {
      expect(judged.stdout).toContain(way);
    }
    expect(judged.stdout).toMatch(/nothing that had\s+reached the disk/);

    const lossy = await house.belay('recover', 'web12', '--way', 'from-snapshot');
    expect(lossy).toMatchObject({ code: 4 });
    expect(lossy.stdout).toContain('expected-loss');

    const chosen = await house.belay('recover', 'web12', '--way', 'surviving-volume', '--json');
    const { planId, digest } = JSON.parse(chosen.stdout);
    const other = await house.belay('apply', planId, '--digest', 'sha256:00');
    expect(other).toMatchObject({ code: 1 });
    const applied = await house.belay('apply', digest);
    expect(applied.stderr).toMatch(/success: the target serves\. Nobody served for/);
    expect(applied).toMatchObject({ code: 0 });
    const visit = await house.inWorld((sim) => sim.world.visit(shop.name));
    expect(visit).toMatchObject({ order: 4 });
    expect(visit.servedBy).not.toBe(shop.instanceId);
  });

  test('a rescue is looked at by a dry run that asks what chose its way, and touches nothing', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    await house.inWorld((sim) => sim.world.hang(shop.instanceId));
    await house.belay('recover', 'web12', '--way', 'surviving-volume');
    const id = house.planId();
    const before = await house.inWorld((sim) => JSON.stringify(sim.world.state().instances));
    const dry = await house.belay('apply', id, '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    for (const name of ['not-served', 'can-be-fenced', 'volume-survives', 'house-has', 'expected-loss'])
      expect(dry.stdout).toMatch(new RegExp(`^GO +${name} +\\S`, 'm'));
    expect(dry.stdout).toMatch(/^GO +G25 +allowed +\d+ calls allowed/m);
    expect(await house.inWorld((sim) => JSON.stringify(sim.world.state().instances))).toBe(before);
    expect((await house.belay('status')).stdout.trimEnd().split('\n')).toHaveLength(1);

    // Somebody else has been quicker, by hand.
    await house.inWorld(async ({ cloud }) => {
      (await cloud.instances.stop(shop.instanceId, { key: 'by-hand' }))._unsafeUnwrap();
      const detach = { volumeId: shop.dataVolumeId, instanceId: shop.instanceId };
      (await cloud.volumes.detach(detach, { key: 'by-hand' }))._unsafeUnwrap();
    });
    const late = await house.belay('apply', id, '--dry-run');
    expect(late).toMatchObject({ code: 14 });
    expect(late.stderr).toMatch(/The plan is no longer true:\n {2}source: was \S+ running, is \S+ stopped/);
    expect(late.stderr).toContain('Plan again: belay recover web12');
  });

  test('the ticket for the provider names the server, and what must not be touched', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    await house.inWorld((sim) => sim.world.hang(shop.instanceId));
    const ticket = await house.belay(
      'recover',
      'web12',
      '--ticket',
      '--last-served-at',
      '2026-11-22T11:04:52Z',
    );
    expect(ticket).toMatchObject({ code: 0 });
    expect(ticket.stdout).toContain(`Server ${shop.instanceId} (web12) in sim/test/here, zone ${shop.zone}`);
    expect(ticket.stdout).toContain('It has not served since 2026-11-22T11:04:52Z');
    expect(ticket.stdout).toContain(`- ${shop.dataVolumeId}: the data is on it`);
    // Where nobody saw it serve last, the ticket says what came of asking, and no time of an outage.
    const unseen = await house.belay('recover', 'web12', '--ticket');
    expect(unseen.stdout).not.toContain('has not served since');
    expect(unseen.stdout).toMatch(
      /^(Whether it serves could not be learned at|Asked at \S+ it did not serve)/m,
    );
  });

  test('a recovery that is to hold waits for a person before the source is powered off', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const { shop } = house;
    const stateOf = (id: string) => house.inWorld((sim) => sim.world.state().instances[id]?.state);
    await house.inWorld((sim) => sim.world.hang(shop.instanceId));
    await house.belay('recover', 'web12', '--way', 'surviving-volume');
    const id = house.planId();
    const held = await house.belay('apply', id, '--yes', '--hold', '--exit-at-hold');
    expect(held).toMatchObject({ code: 15 });
    expect(await stateOf(shop.instanceId)).toBe('running');
    const released = await house.belay('release', 'web12', '--reason', 'now');
    expect(released.stderr).toContain('success: the target serves');
    expect(await stateOf(shop.instanceId)).toBe('stopped');
  });

  test('a way or a time that makes no sense is refused before anything is asked', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const way = await house.belay('recover', 'web12', '--way', 'pray');
    expect(way).toMatchObject({ code: 1 });
    expect(way.stderr).toContain('there is no way pray; there are start-again, surviving-volume');
    const time = await house.belay('recover', 'web12', '--last-served-at', 'lunch');
    expect(time.stderr).toContain('--last-served-at is an ISO time');
  });
});

describe.concurrent('a takeover', { timeout: 300_000 }, () => {
  test('shows the import and the loss, takes the loss by name, and is carried out for whoever knows the secret', async ({
    expect,
    onTestFinished,
  }) => {
    const house = await openHouse(onTestFinished);
    const standbyId = await withStandby(house);
    const { shop } = house;
    await house.inWorld((sim) => sim.world.hang(shop.instanceId));
    const forced = ['takeover', 'web12', '--mode', 'forced', '--reason', 'the primary burns'];
    const run = async (...args: readonly string[]) => await house.start(args).ended;
    const shown = await run(...forced, '--log');
    expect(shown.stdout).toMatch(/Needs +expected-loss/);
    expect(shown).toMatchObject({ code: 4 });
    expect(shown.stdout).toContain('import: import ended well');
    expect(shown.stdout).toContain('mysql restored');
    expect(shown.stdout).toMatch(/Needs +expected-loss/);

    const planned = await run(...forced, '--accept-risk=expected-loss');
    expect(planned).toMatchObject({ code: 0 });
    const wrong = house.planId();
    const dry = await run('apply', wrong, '--dry-run');
    expect(dry).toMatchObject({ code: 0 });
    expect(dry.stdout).toMatch(/^GO +standby-ready +web12-clone has data of /m);
    expect(dry.stdout).toMatch(/^RISK ACCEPTED +expected-loss +loses .* \(ada, .*: the primary burns\)$/m);
    const refused = await house.start(['apply', wrong, '--yes', '--secret-env', 'TYPED'], {
      TAKEOVER: 'right',
      TYPED: 'wrong',
    }).ended;
    expect(refused).toMatchObject({ code: 10 });
    expect(refused.stderr).toMatch(/the password of ada for p-\w+ is missing or wrong/);
    expect(`${refused.stdout}${refused.stderr}`).not.toContain('right');

    const again = await run(...forced, '--accept-risk=expected-loss', '--json');
    const { planId } = JSON.parse(again.stdout);
    const nobody = await run('apply', planId, '--yes');
    expect(nobody.stderr).toContain('nobody is there to type the secret: --secret-fd or --secret-env');
    const applied = await house.start(['apply', planId, '--yes', '--secret-env', 'TYPED'], {
      TAKEOVER: 'right',
      TYPED: 'right',
    }).ended;
    expect(applied.stderr).toMatch(/success: the target serves/);
    expect(applied).toMatchObject({ code: 0 });
    expect(await house.inWorld((sim) => sim.world.visit(shop.name))).toMatchObject({ servedBy: standbyId });
    expect(readFileSync(join(house.folder, 'belay.db'), 'latin1')).not.toContain('right');
  });

  test('is refused where there is no standby', async ({ expect, onTestFinished }) => {
    const house = await openHouse(onTestFinished);
    const shown = await house.belay('takeover', 'web12', '--reason', 'a try');
    expect(shown).toMatchObject({ code: 3 });
    expect(shown.stdout).toMatch(/Needs +a standby that is ready/);
  });
});

/** A standby in the world, and a config in TypeScript whose ports know it. */
async function withStandby({ folder, shop, inWorld }: House): Promise<string> {
  const uuid = '9c1a7e52-4b0d-4f7a-8f2e-3d6b5a4c1e90';
  const { id, dataAt } = await inWorld((sim) => {
    const { seed } = sim.world;
    const volumeId = seed.volume({
      name: 'web12-clone-data',
      zone: shop.zone,
      sizeGiB: shop.dataSizeGiB,
      diskType: shop.diskType,
      filesystem: {
        uuid,
        type: 'ext4',
        files: {
          'db/orders': 'order 1\norder 2\norder 3\n',
          'db/mysql_version': '8.0.44',
          [`sites/${shop.name}/index.php`]: '<?php echo "Welcome to the shop";',
        },
        otherBytes: 1_000_000_000,
        otherInodes: 1000,
      },
    });
    const server = seed.server({
      name: 'web12-clone',
      zone: shop.zone,
      instanceType: shop.instanceType,
      imageId: shop.imageId,
      volumes: [{ volumeId, mountPoint: shop.mountPoint }],
    });
    return { id: server, dataAt: new Date(sim.clock.now() - 600_000).toISOString() };
  });
  const parts = readFileSync(join(folder, 'belay.config.json'), 'utf8');
  symlinkSync(join(import.meta.dirname, '..', '..', '..', 'node_modules'), join(folder, 'node_modules'));
  writeFileSync(
    join(folder, 'belay.config.ts'),
    `import { defineConfig } from '@belay/cli';
import { okAsync } from 'neverthrow';
const parts = ${parts};
const log = ['mysql restored', 'files unpacked', 'owners set', 'import ended well'];
const dataAt = '${dataAt}';
const instance = { provider: '${shop.at.provider}', account: '${shop.at.account}', region: '${shop.at.region}', id: '${id}' };
export default defineConfig({
  ...parts,
  secrets: { takeover: { env: 'TAKEOVER' } },
  planning: { ...parts.planning, takeoverSecret: 'takeover' },
  services: {
    standbyEvidence: {
      report: () =>
        okAsync({ instance, name: 'web12-clone', filesystemUuid: '${uuid}', dataAt, backupAt: dataAt, import: { state: 'done', endedAt: dataAt, log } }),
    },
    standbys: {
      lastImport: () => okAsync({ valid: true, dataAt, importedAt: dataAt, log }),
      beginCopy: () => okAsync(undefined),
      sealCopy: () => okAsync(undefined),
      voidCopy: () => okAsync(undefined),
      pauseImports: () => okAsync(undefined),
      resumeImports: () => okAsync(undefined),
      request: (_: unknown, { key }: { key: string }) => okAsync({ id: \`clone-of-\${key}\` }),
    },
  },
});
`,
  );
  return id;
}
