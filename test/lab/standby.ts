// A second server of the shop with a disk of its own, made of a picture of the shop's disk, and whoever keeps it.

import { type Failure, type Ref, refAt, systemClock } from '@belay/cloud';
import {
  observeRescue,
  planTakeover,
  type StandbyImport,
  type StandbyKeeper,
  type StandbyReport,
  type TakeoverMode,
  type TakeoverPlan,
} from '@belay/planner';
import { errAsync, okAsync, type ResultAsync } from 'neverthrow';
import { expectOk } from '../../bench/lab/expect.ts';
import type { Shop } from './shop.ts';
import { check } from './story.ts';
import { word } from './word.ts';

/** A standby and the state of its data. */
export interface KeptStandby {
  readonly instance: Ref;
  readonly filesystemUuid: string;
  last: StandbyImport;
  importsRun: boolean;
}

/** Makes one beside the shop: it has all that the shop had when the picture was taken, and serves nobody. */
export async function standbyOf({ stage, standbys }: Shop): Promise<KeptStandby> {
  const { cloud } = stage.lab;
  const { volumeId, mountPoint, filesystemUuid } = stage.current();
  const dataAt = new Date().toISOString();
  const target = await stage.target();
  const { instanceType, imageId, userData, diskType, sizeGiB } = target;
  const server = { name: 'shop-standby', zone: 'a', instanceType, imageId, userData };
  const { id } = expectOk(await cloud.instances.create(server, { key: 'standby/server' }));
  const picture = expectOk(
    await cloud.snapshots.create({ name: 'import', volumeId }, { key: 'standby/picture' }),
  );
  const disk = { name: 'shop-standby', zone: 'a', sizeGiB, diskType, snapshotId: picture.id };
  const volume = expectOk(await cloud.volumes.create(disk, { key: 'standby/disk' }));
  const pairing = { volumeId: volume.id, instanceId: id };
  const attached = expectOk(await cloud.volumes.attach(pairing, { key: 'standby/attach' }));
  const instance = refAt(cloud.at, id);
  const mount = { disk: attached.disk, mountPoint, filesystemUuid };
  expectOk(await stage.services.hosts.get(instance).mounts.mount(mount, { key: 'standby/mount' }));
  const last = { valid: true, dataAt, importedAt: new Date().toISOString(), log: ['the picture is whole'] };
  const kept = { instance, filesystemUuid, last, importsRun: true };
  standbys.set(id, kept);
  return kept;
}

/** Whoever keeps these standbys, in memory. */
export function keeperOf(standbys: ReadonlyMap<string, KeptStandby>): StandbyKeeper {
  const of = ({ id }: Ref): ResultAsync<KeptStandby, Failure> => {
    const kept = standbys.get(id);
    return kept === undefined
      ? errAsync({ kind: 'not-found', message: `nobody keeps ${id}` })
      : okAsync(kept);
  };
  const changed = (standby: Ref, change: (kept: KeptStandby) => void): ResultAsync<void, Failure> =>
    of(standby).map(change);
  return {
    lastImport: (standby) => of(standby).map(({ last }) => last),
    beginCopy: (standby, { runId }) =>
      changed(standby, (kept) => {
        kept.last = { ...kept.last, valid: false, overwrittenBy: runId, log: [`${runId} copies over it`] };
      }),
    sealCopy: (standby, { runId, dataAt }) =>
      changed(standby, (kept) => {
        kept.last = { valid: true, dataAt, importedAt: dataAt, log: [`${runId} has copied all of it`] };
      }),
    voidCopy: (standby, { runId }) =>
      changed(standby, (kept) => {
        kept.last = { ...kept.last, valid: false, overwrittenBy: runId, log: [`${runId} has given it up`] };
      }),
    pauseImports: (standby) =>
      changed(standby, (kept) => {
        kept.importsRun = false;
      }),
    resumeImports: (standby) =>
      changed(standby, (kept) => {
        kept.importsRun = true;
      }),
    request: (_, { key }) => okAsync({ id: `standby-${key}` }),
  };
}

/** A plan to promote it, from fresh facts; what it lacks is agreed to. */
export async function takeoverOf(
  { stage, scene }: Shop,
  { instance, filesystemUuid, last }: KeptStandby,
  mode: TakeoverMode,
): Promise<TakeoverPlan> {
  const report: StandbyReport = {
    instance,
    name: 'shop-standby',
    filesystemUuid,
    dataAt: last.dataAt,
    backupAt: last.dataAt,
    import: { state: last.valid ? 'done' : 'overwritten', endedAt: last.importedAt, log: last.log },
  };
  const lastServedAt = new Date(scene.visitors.acknowledged.at(-1)?.atMs ?? 0).toISOString();
  const options = { clock: systemClock, lastServedAt, standby: { report: () => okAsync(report) } };
  const looked = await observeRescue(stage.current(), await stage.target(), stage.services, options);
  return planTakeover(expectOk(looked), {
    now: new Date().toISOString(),
    mode,
    word,
    password: { secret: 'takeover' },
    accept: [{ guard: 'expected-loss', ...word }],
  });
}

/** It has the name of the primary, which is there still and is called broken; nothing was deleted. */
export async function standbyIsPrimary(
  { stage }: Shop,
  { instance, importsRun }: KeptStandby,
): Promise<void> {
  const { cloud } = stage.lab;
  const { instance: primary, volumeId } = stage.current();
  const [old, now] = [
    expectOk(await cloud.instances.get(primary.id)),
    expectOk(await cloud.instances.get(instance.id)),
  ];
  check(old.name === 'shop-broken', `The old primary is called ${old.name}.`);
  check(now.name === 'shop', `The standby is called ${now.name}.`);
  check(!importsRun, 'The next import would overwrite what it has taken.');
  expectOk(await cloud.volumes.get(volumeId));
}
