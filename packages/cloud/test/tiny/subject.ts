import { okAsync } from 'neverthrow';
import type { Subject } from '../../src/conformance.ts';
import {
  type ChangeVerb,
  type Cloud,
  KEY_TAG,
  keyTurns,
  missingCloud,
  type Permission,
} from '../../src/index.ts';
import { virtualClock } from '../virtual-clock.ts';
import type { Flaw } from './flaws.ts';
import { instancesPort } from './instances.ts';
import { dnsPort, floatingIpsPort, reservationsPort, snapshotsPort } from './others.ts';
import * as raw from './provider.ts';
import { type Adapter, provider, run } from './task.ts';
import { volumesPort } from './volumes.ts';
import { openWire } from './wire.ts';
import { emptyWorld, Refused } from './world.ts';

/** What the tiny cloud is: with a flaw in its adapter, and with or without the old type kept after a resize. */
export interface TinyOptions {
  readonly flaw?: Flaw;
  readonly keepsOldType?: boolean;
}

const place = { provider, account: 'account', region: 'region' };

/** A subject with all traits and all levers, over a world of its own in virtual time. */
export function tinySubject({ flaw, keepsOldType = false }: TinyOptions = {}): Subject {
  const clock = virtualClock();
  const world = emptyWorld(clock);
  const wire = openWire(world);
  let hiding = raw.plainToSee;
  let dies = false;
  let isDetachOpen = false;
  let lastDetach: (() => void) | undefined;
  const take = <T>(value: T, forget: () => void): T => {
    forget();
    return value;
  };
  const open = (): Cloud => {
    const adapter: Adapter = {
      ...{ world, wire, flaw, keepsOldType, turns: keyTurns() },
      session: { id: 0, renewal: undefined },
    };
    const hidden = (): raw.Hiding => take(hiding, () => (hiding = raw.plainToSee));
    const volumes = volumesPort(adapter, hidden, () => take(dies, () => (dies = false)));
    return {
      ...missingCloud(place),
      traits: {
        ...{
          zoneBoundVolumes: true,
          detachWhileRunning: true,
          snapshotInUse: true,
          stopMayLoseCapacity: false,
        },
        ...{ resizeKeptUntilConfirmed: keepsOldType, resizeOnlyWhenStopped: !keepsOldType },
        resizeKeepsLocalRoot: 'unknown',
        ...{
          floatingIpMoveAtomic: true,
          capacityReservations: true,
          snapshotCopy: true,
          snapshotShare: true,
        },
        ...{ volumeCopy: true, permissionChecks: false, idempotencyTokens: true, growInUse: true },
        ...{ retypeInUse: true, dns: true, launchVolumesDieWithInstance: true },
      },
      volumes: {
        ...volumes,
        detach(pairing, call) {
          isDetachOpen = flaw === 'sends no instance with a detach';
          lastDetach = () => {
            const on = isDetachOpen ? world.volumes.get(pairing.volumeId)?.on?.instanceId : undefined;
            raw.detachVolume(world, pairing.volumeId, on ?? pairing.instanceId);
          };
          return volumes.detach(pairing, call);
        },
      },
      instances: instancesPort(adapter),
      snapshots: snapshotsPort(adapter),
      floatingIps: floatingIpsPort(adapter),
      reservations: reservationsPort(adapter),
      dns: dnsPort(adapter),
      images: {
        ...missingCloud(place).images,
        get: (id, options = {}) =>
          run(adapter, 'images.get', options, async (task) =>
            task.ask('images.get', () => {
              if (id !== 'image-1') throw new Refused('not-found', `${id} does not exist.`, id);
              return { id, name: 'plain', state: 'available' as const, minDiskGiB: 4, tags: {} };
            }),
          ),
      },
      permissions: {
        check(calls) {
          const answers = calls.map(({ verb }) => permission(verb, flaw));
          return okAsync(flaw === 'answers for one right only' ? answers.slice(0, 1) : answers);
        },
      },
    };
  };
  const volume = (id: string) => raw.volumeOf(world, id);
  return {
    name: 'tiny',
    cloud: open(),
    traits: new Set([
      ...(['zone-bound-volumes', 'detach-while-running', 'one-per-key', 'floating-ips'] as const),
      ...(['snapshots', 'device-names', 'cooldown', 'sessions'] as const),
    ]),
    levers: {
      loseReply: (operation) => wire.plan(operation, 'lose', 1),
      refuse(operation, how, times) {
        wire.plan(operation, how, times);
        if (operation.endsWith('.get')) wire.plan('all.list', how, times);
      },
      calm: () => wire.calm(),
      async replay() {
        // What the provider refuses, when it comes too late, is nobody's to hear.
        try {
          lastDetach?.();
        } catch (thrown) {
          if (!(thrown instanceof Error)) throw thrown;
        }
      },
      anotherProcess: open,
      calls: (operation) => wire.calls(operation),
      stickVolume(id) {
        const { fate } = volume(id);
        fate.stuck = true;
        return () => {
          fate.stuck = false;
          for (const end of fate.waiting.splice(0)) end();
        };
      },
      hideNew(reads, shown = 0) {
        hiding = { shown, reads };
      },
      staleReads(id, reads) {
        volume(id).fate.staleReads = reads;
      },
      vanish() {
        dies = true;
      },
      failAttach(id) {
        volume(id).fate.falls = true;
      },
      rollBackDetach(id) {
        volume(id).fate.rollsBack = true;
      },
      holdDisk(id) {
        const { fate } = volume(id);
        fate.held = true;
        return () => {
          fate.held = false;
          for (const end of fate.waiting.splice(0)) end();
        };
      },
      hangHost(id) {
        const server = raw.serverOf(world, id);
        server.hostIsDown = true;
        return () => {
          server.hostIsDown = false;
        };
      },
      strangeState(id) {
        const { fate } = volume(id);
        fate.word = 'pondering';
        return () => {
          fate.word = undefined;
        };
      },
      reachedAtMs: (id) => volume(id).reachedAtMs,
      async twin(id) {
        const { name, zone, sizeGiB, diskType, tags } = volume(id);
        if (tags[KEY_TAG] === undefined) throw new Error(`${id} carries no key.`);
        return raw.createVolume(world, { name, zone, sizeGiB, diskType }, tags, raw.plainToSee, false).id;
      },
      async tagBehind(id, tags) {
        const server = raw.serverOf(world, id);
        server.tags = { ...server.tags, ...tags };
      },
      async populate(tags) {
        const spec = { name: 'one of many', zone: 'a', sizeGiB: 1, diskType: 'ssd' };
        const made = Array.from(
          { length: 8 },
          () => raw.createVolume(world, spec, tags, raw.plainToSee, false).id,
        );
        return {
          volumeIds: made,
          async remove() {
            for (const id of made) world.volumes.delete(id);
          },
        };
      },
      async protect(id, on) {
        raw.serverOf(world, id).isProtected = on;
      },
      sharedWith: async (id) => raw.known(world.snapshots, id).sharedWith,
      userDataOf: async (id) => raw.serverOf(world, id).userData,
      takeDeviceName(id) {
        raw.serverOf(world, id).deviceIsTaken = true;
      },
      endSession: () => wire.endSession(),
      sessions: () => wire.sessions(),
      refuseSessions() {
        wire.refuseSessions(true);
        return () => wire.refuseSessions(false);
      },
    },
    runName: 'run',
    zones: raw.zones,
    instanceType: 'small',
    otherInstanceType: 'large',
    imageId: 'image-1',
    diskType: 'ssd',
    otherDiskType: 'hdd',
    otherAccount: 'friend',
    dnsZone: 'conformance.example.',
    missing: {
      volumeId: 'vol-0',
      instanceId: 'i-0',
      snapshotId: 'snap-0',
      floatingIpId: 'ip-0',
      imageId: 'image-0',
    },
    clock,
    patienceMs: 60_000,
    drive: (work) => clock.run(work),
  };
}

function permission(verb: ChangeVerb, flaw: Flaw | undefined): Permission {
  if (flaw === 'does not say why it does not know') return { verb, allowed: 'unknown', actions: [] };
  if (flaw === 'denies every right') return { verb, allowed: 'no', actions: [], why: 'It is denied.' };
  return { verb, allowed: 'unknown', actions: [], why: 'This cloud cannot be asked.' };
}
