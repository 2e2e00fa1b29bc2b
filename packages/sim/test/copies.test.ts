// Copies of volumes and snapshots, over regions and accounts: what is on them, how old it is, and who may use it.

import { describe, expect, test } from 'vitest';
import {
  createSim,
  internet,
  type Shop,
  type Sim,
  shopScenario,
  type VirtualClock,
  virtualClock,
} from '../src/index.ts';
import { call, openScene } from './scene.ts';

describe.each(['ec2', 'openstack'] as const)('a copy of a volume on a cloud of the family %s', (family) => {
  test('has what was on the source when it was asked for, and is made once for each key', async () => {
    const { cloud, shop, world, must, faults } = openScene({ traits: family });
    faults.loseReply('volumes.copy');
    const spec = { name: 'copy', volumeId: shop.dataVolumeId };
    const copying = cloud.volumes.copy(spec, { key: 'one' });
    const copy = await must(copying);
    expect(copy).toMatchObject({ state: 'available', sizeGiB: shop.dataSizeGiB, zone: shop.zone });
    expect(world.readFile(copy.id, 'db/orders')).toBe('order 1\norder 2\norder 3\n');
    world.visit(shop.name);
    expect(world.readFile(copy.id, 'db/orders')).toBe('order 1\norder 2\norder 3\n');
    expect((await must(cloud.volumes.copy(spec, { key: 'one' }))).id).toBe(copy.id);
    expect((await must(cloud.volumes.find('one')))?.id).toBe(copy.id);
  });

  test('is never smaller than its source', async () => {
    const { cloud, shop, refused } = openScene({ traits: family });
    const copy = cloud.volumes.copy({ name: 'copy', volumeId: shop.dataVolumeId, sizeGiB: 1 }, call());
    expect((await refused(copy)).kind).toBe('invalid');
  });

  test('that comes to nothing has failed and leaves nothing', async () => {
    const { cloud, shop, faults, refused, world } = openScene({ traits: family });
    faults.rollBack('volumes.copy');
    const copy = cloud.volumes.copy({ name: 'copy', volumeId: shop.dataVolumeId }, call());
    expect((await refused(copy)).kind).toBe('failed');
    const living = Object.values(world.state().volumes).filter(({ state }) => state !== 'gone');
    expect(living.map(({ name }) => name)).not.toContain('copy');
  });
});

interface Region {
  readonly sim: Sim<VirtualClock>;
  readonly shop: Shop;
}

/** Two regions of one account, and another account in the first of them. */
function openRegions(): { readonly here: Region; readonly there: Region; readonly stranger: Region } {
  const clock = virtualClock();
  const net = internet();
  const open = (region: string, account: string): Region => {
    const sim = createSim({ clock, internet: net, region, account, seed: `${region} ${account}` });
    return { sim, shop: shopScenario(sim) };
  };
  return { here: open('here', '111'), there: open('there', '111'), stranger: open('here', '222') };
}

/** A snapshot of the shop's data that is ready. */
async function taken({ sim, shop }: Region): Promise<{ readonly id: string; readonly takenAt: string }> {
  const { cloud, clock } = sim;
  const made = await clock.until(
    cloud.snapshots.create({ name: 'data', volumeId: shop.dataVolumeId }, call()),
  );
  const ready = await clock.until(cloud.snapshots.untilReady(made._unsafeUnwrap().id));
  return ready._unsafeUnwrap();
}

describe('a copy of a snapshot', () => {
  test('goes to another region, keeps the age of its data, and is ready in its own time', async () => {
    const { here, there } = openRegions();
    const source = await taken(here);
    await here.sim.clock.advance(3_600_000);
    const { cloud, clock, world } = there.sim;
    const spec = { name: 'copy', from: { ...here.sim.at, id: source.id } };
    there.sim.faults.loseReply('snapshots.copy');
    const copy = (await clock.until(cloud.snapshots.copy(spec, { key: 'one' })))._unsafeUnwrap();
    expect(copy).toMatchObject({ state: 'creating', takenAt: source.takenAt });
    expect((await clock.until(cloud.snapshots.copy(spec, { key: 'one' })))._unsafeUnwrap().id).toBe(copy.id);
    const ready = (await clock.until(cloud.snapshots.untilReady(copy.id)))._unsafeUnwrap();
    expect(ready).toMatchObject({ state: 'ready', takenAt: source.takenAt });
    expect(Date.parse(ready.readyAt ?? '')).toBeGreaterThan(Date.parse(source.takenAt) + 3_600_000);

    const volume = { name: 'restored', zone: 'b', sizeGiB: 1000, diskType: 'gp3', snapshotId: copy.id };
    const made = (await clock.until(cloud.volumes.create(volume, call())))._unsafeUnwrap();
    expect(world.readFile(made.id, 'db/orders')).toContain('order 3');
  });

  test('is refused while its source is not ready', async () => {
    const { here, there } = openRegions();
    const { cloud, clock } = here.sim;
    const spec = { name: 'data', volumeId: here.shop.dataVolumeId };
    const { id } = (await clock.until(cloud.snapshots.create(spec, call())))._unsafeUnwrap();
    const from = { ...here.sim.at, id };
    const copy = await clock.until(there.sim.cloud.snapshots.copy({ name: 'copy', from }, call()));
    expect(copy.isErr() ? copy.error.kind : 'copied').toBe('busy');
  });

  test('from another provider is not supported', async () => {
    const { cloud, refused } = openScene();
    const from = { provider: 'elsewhere', account: 'x', region: 'y', id: 'snap-0c0ffee0000000000' };
    expect((await refused(cloud.snapshots.copy({ name: 'copy', from }, call()))).kind).toBe('unsupported');
  });
});

describe('a snapshot', () => {
  test('is of use to exactly the accounts that it is shared with, until it no longer is', async () => {
    const { here, stranger } = openRegions();
    const { clock, world } = here.sim;
    const { id } = await taken(here);
    const use = async (): Promise<string> => {
      const spec = { name: 'theirs', zone: 'a', sizeGiB: 1000, diskType: 'gp3', snapshotId: id };
      const made = await clock.until(stranger.sim.cloud.volumes.create(spec, call()));
      return made.isOk() ? 'made' : made.error.kind;
    };
    const share = async (...accounts: readonly string[]): Promise<void> => {
      (await clock.until(here.sim.cloud.snapshots.share(id, accounts, call())))._unsafeUnwrap();
    };
    expect(await use()).toBe('not-found');
    await share('222', '333');
    expect(await use()).toBe('made');
    await share('333');
    expect(world.state().snapshots[id]?.sharedWith).toEqual(['333']);
    expect(await use()).toBe('not-found');
    const asked = here.sim.world.calls('snapshots.share');
    await share('333');
    expect(here.sim.world.calls('snapshots.share')).toBe(asked);
    await share();
    expect(world.state().snapshots[id]?.sharedWith).toEqual([]);
  });

  test('is neither copied nor shared on a cloud that does neither', async () => {
    const { cloud, at, refused } = openScene({ traits: 'openstack' });
    const from = { ...at, id: 'c0ffee00-0000-4000-a000-000000000000' };
    expect((await refused(cloud.snapshots.copy({ name: 'copy', from }, call()))).kind).toBe('unsupported');
    expect((await refused(cloud.snapshots.share(from.id, ['x'], call()))).kind).toBe('unsupported');
  });
});
