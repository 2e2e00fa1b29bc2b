// One caller in a storm: it makes, moves, changes and deletes by chance, and checks what each answer claims.

import { type CloudError, type CloudResult, KEY_TAG } from '@belay/cloud';
import type { Result } from 'neverthrow';
import type { Sim, VirtualClock, WorldView } from '../../src/index.ts';
import { seededRandom } from '../../src/random.ts';

/** What all callers write down together. */
export interface Ledger {
  /** How often each verb worked. */
  readonly answered: Map<string, number>;
  readonly deletedVolumes: Set<string>;
}

const callsEach = 24;

/** Gives what was claimed and is not so. */
export async function work(
  sim: Sim<VirtualClock>,
  seed: string,
  imageId: string,
  ledger: Ledger,
): Promise<readonly string[]> {
  const { cloud, world, at, faults } = sim;
  const { instances, volumes, snapshots, floatingIps, reservations, traits } = cloud;
  const random = seededRandom(seed);
  const draw = (count: number): number => Math.floor(random.next('draw') * count);
  const pick = (
    all: Record<string, { readonly id: string; readonly state?: string }>,
  ): string | undefined => {
    const ids = Object.values(all).filter(({ state }) => state !== 'gone');
    return ids[draw(ids.length)]?.id;
  };
  const [diskType = ''] = Object.keys(world.state().diskTypes);
  const problems: string[] = [];
  const claim = (what: string, holds: boolean): void => {
    if (!holds) problems.push(what);
  };

  for (let count = 0; count < callsEach; count += 1) {
    const key = `${seed}/${count}`;
    const call = { key, timeoutMs: 300_000 };
    const state = world.state();
    const volumeId = pick(state.volumes) ?? missing;
    const instanceId = pick(state.instances) ?? missing;
    const snapshotId = pick(state.snapshots) ?? missing;
    const addressId = pick(state.floatingIps) ?? missing;
    const reservationId = pick(state.reservations);
    const zone = draw(2) === 0 ? 'a' : 'b';
    const instanceType = draw(3) === 0 ? 'large' : 'small';
    const pairing = { volumeId, instanceId };
    const waiting = Object.values(state.instances).find((one) => one.state === 'resized')?.id ?? instanceId;
    const noted = async <T>(verb: string, asked: CloudResult<T>): Promise<Result<T, CloudError>> => {
      const answer = await asked;
      ledger.answered.set(verb, (ledger.answered.get(verb) ?? 0) + (answer.isOk() ? 1 : 0));
      return answer;
    };
    const made = async (verb: string, asked: CloudResult<{ readonly id: string }>): Promise<void> => {
      checkMade(await noted(verb, asked), key, world.state(), claim);
    };
    const verbs: readonly (() => Promise<unknown>)[] = [
      () => made('volumes.create', volumes.create({ name: 'v', zone, sizeGiB: 1, diskType }, call)),
      () => made('instances.create', instances.create({ name: 'i', zone, instanceType, imageId }, call)),
      async () => {
        const attached = await noted('volumes.attach', volumes.attach(pairing, call));
        if (attached.isOk()) claim('attach gave another pairing', attached.value.instanceId === instanceId);
      },
      async () => {
        const detached = await noted('volumes.detach', volumes.detach(pairing, call));
        const on = detached.map(({ attachments }) => attachments.map((one) => one.instanceId));
        if (on.isOk()) claim('detach left it on', !on.value.includes(instanceId));
      },
      async () => {
        const turned = await (draw(2) === 0
          ? noted('instances.stop', instances.stop(instanceId, call))
          : noted('instances.start', instances.start(instanceId, call)));
        if (turned.isOk()) claim('it is neither', ['running', 'stopped'].includes(turned.value.state));
      },
      async () => {
        const gone = await noted('instances.delete', instances.delete(instanceId, call));
        const now = world.state().instances[instanceId]?.state ?? 'gone';
        if (gone.isOk()) claim(`deleted, and ${now}`, now === 'gone');
      },
      async () => {
        ledger.deletedVolumes.add(volumeId);
        const gone = await noted('volumes.delete', volumes.delete(volumeId, call));
        const now = world.state().volumes[volumeId]?.state ?? 'gone';
        if (gone.isOk()) claim(`deleted, and ${now}`, now === 'gone');
      },
      () => made('volumes.copy', volumes.copy({ name: 'c', volumeId }, call)),
      async () => {
        const sizeGiB = (state.volumes[volumeId]?.sizeGiB ?? 1) + draw(3);
        const grown = await noted('volumes.modify', volumes.modify(volumeId, { sizeGiB }, call));
        if (grown.isOk()) claim(`grown to ${grown.value.sizeGiB}`, grown.value.sizeGiB >= sizeGiB);
      },
      () => made('snapshots.create', snapshots.create({ name: 's', volumeId }, call)),
      async () => {
        const gone = await noted('snapshots.delete', snapshots.delete(snapshotId, call));
        const now = world.state().snapshots[snapshotId]?.state ?? 'gone';
        if (gone.isOk()) claim(`deleted, and ${now}`, now === 'gone');
      },
      () => made('floatingIps.create', floatingIps.create({}, call)),
      async () => {
        const from = state.floatingIps[addressId]?.instanceId;
        const way = { from, to: draw(3) === 0 ? undefined : instanceId };
        return noted('floatingIps.move', floatingIps.move(addressId, way, call));
      },
      () => noted('floatingIps.delete', floatingIps.delete(addressId, call)),
      async () => {
        const resized = await noted('instances.resize', instances.resize(instanceId, instanceType, call));
        if (resized.isOk()) claim('it has another type', resized.value.instanceType === instanceType);
      },
      ...(traits.resizeKeptUntilConfirmed
        ? [
            () => noted('instances.confirmResize', instances.confirmResize(waiting, call)),
            () => noted('instances.revertResize', instances.revertResize(waiting, call)),
          ]
        : []),
      ...(traits.snapshotCopy
        ? [
            () =>
              made('snapshots.copy', snapshots.copy({ name: 'c', from: { ...at, id: snapshotId } }, call)),
            () => noted('snapshots.share', snapshots.share(snapshotId, ['111', '222'].slice(draw(3)), call)),
          ]
        : []),
      ...(traits.capacityReservations
        ? [
            () => {
              const spec = { instanceType, zone, count: 1 + draw(2) };
              return made('reservations.create', reservations.create(spec, call));
            },
            () => noted('reservations.delete', reservations.delete(reservationId ?? missing, call)),
            () => {
              const there = state.reservations[reservationId ?? ''];
              const spec = {
                name: 'i',
                imageId,
                instanceType: there?.instanceType ?? '',
                zone: there?.zone ?? '',
              };
              const launch = { ...spec, reservationId };
              return there?.state === 'active'
                ? made('instances.create in a reservation', instances.create(launch, call))
                : Promise.resolve();
            },
          ]
        : []),
    ];
    // Whoever is waiting for something has to open another session in the middle of it.
    if (draw(10) === 0) faults.endSessions();
    await verbs[draw(verbs.length)]?.();
  }
  return problems;
}

/** Well formed, and nothing. */
const missing = 'vol-0c0ffee0000000000';

/** Somebody else's delete may have been quicker: what it ends counts no more. */
const ending: readonly string[] = ['gone', 'shutting-down', 'deleting', 'cancelled', 'expired'];

/** A create that worked made one thing, and one that says "no" left nothing. */
function checkMade(
  made: Result<{ readonly id: string }, CloudError>,
  key: string,
  state: WorldView,
  claim: (what: string, holds: boolean) => void,
): void {
  const { instances, volumes, snapshots, floatingIps, reservations } = state;
  const carrying = [instances, volumes, snapshots, floatingIps, reservations]
    .flatMap((all) => Object.values<{ id: string; state?: string; tags: Record<string, string> }>(all))
    .filter((one) => one.tags[KEY_TAG] === key && !ending.includes(one.state ?? ''))
    .map(({ id }) => id);
  if (made.isErr() && made.error.applied === 'no') {
    claim(
      `${key} failed as ${made.error.kind}, "not applied", and left ${carrying.join(' ')}`,
      carrying.length === 0,
    );
  }
  claim(`${key} made ${carrying.join(' and ')}`, carrying.length <= 1);
}
