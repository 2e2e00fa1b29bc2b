import type { HostError, HostProbe, Probed, ProbeRequest } from '@belay/cloud';
import { formatRef, samePlace } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { wayOf } from './copy-pass.ts';
import { listDisks } from './guest-disks.ts';
import type { GuestRecord } from './guest-record.ts';
import { listMounts, openFiles } from './mounts.ts';
import { factsOfService } from './services.ts';
import type { Shell } from './shell.ts';
import { listTimers } from './timers.ts';
import type { World } from './world.ts';

/** Everything that can be learned about a simulated server in one round: one look, one sample, one scan. */
export async function probe(shell: Shell, request: ProbeRequest): Promise<Result<HostProbe, HostError>> {
  const { world, instanceId } = shell;
  const { sampleMs = 60_000, changedWithinMs = 3_600_000, bandwidthTo } = request;
  const entries = world.state.guests[instanceId] === undefined ? 0 : entriesOf(world, instanceId);
  const scanMs = Math.round(entries * scanMsEach);
  const waited = await shell.pause(sampleMs + scanMs + (bandwidthTo === undefined ? 0 : streamMs));
  if (waited.isErr()) return err(waited.error);
  return shell.run(false, (guest) => {
    const at = new Date(world.nowMs).toISOString();
    const known = <T>(method: string, value: T): Probed<T> => ({ known: true, value, method, at });
    const unknown = <T>(method: string, why: string): Probed<T> => ({ known: false, why, method, at });
    const mounts = listMounts(world, guest).filter(
      ({ mountPoint }) => request.mountPoints?.includes(mountPoint) !== false,
    );
    const points = mounts.map(({ mountPoint }) => mountPoint);
    const rate = guest.writeBytesPerSecond;
    const [id = 'unknown', versionId = 'unknown'] = guest.os.split(' ');
    const open = points.flatMap((mountPoint) => openFiles(guest, mountPoint));
    const facts: HostProbe = {
      identity: { hostname: guest.hostname, bootId: guest.bootId },
      os: known('os-release', { id, versionId }),
      kernel: known('uname', { release: guest.kernel, architecture: 'x86_64', firmware: 'uefi' }),
      mounts: known('mounts', mounts),
      bootEntries: known(
        'fstab',
        guest.bootEntries.map(({ mountPoint, by, filesystemUuid }) => ({
          mountPoint,
          by,
          names: filesystemUuid,
          nofail: true,
        })),
      ),
      disks: known('disks', listDisks(world, instanceId, guest)),
      writes:
        rate === undefined
          ? unknown('disk statistics', 'Nobody has said how much this server writes.')
          : known(
              'disk statistics',
              points.map((mountPoint) => ({ mountPoint, bytesPerSecond: rate, overMs: sampleMs })),
            ),
      changes:
        rate === undefined
          ? unknown('find', 'Nobody has said how much this server writes.')
          : known(
              'find',
              points.map((mountPoint) => {
                const bytes = Math.round((rate * changedWithinMs) / 1000);
                const files = Math.ceil(bytes / 65_536);
                return { mountPoint, withinMs: changedWithinMs, files, bytes, largest: [], scanMs };
              }),
            ),
      databases: known('files and services', databasesOf(guest, points)),
      openForWrite: known('open files', open),
      services: known('services', guest.services.map(factsOfService)),
      timers: known('timers', listTimers(guest)),
      accounts: known('accounts', { users: { root: 0 }, groups: { root: 0 } }),
      dirtyBytes: known('memory', rate ?? 0),
    };
    if (bandwidthTo === undefined) return ok(facts);
    const there = world
      .reach()
      .some(
        ({ at: place, state }) => samePlace(place, bandwidthTo) && state.guests[bandwidthTo.id]?.up === true,
      );
    const to = formatRef(bandwidthTo);
    return ok({
      ...facts,
      bandwidth: there
        ? known('stream', {
            to,
            bytesPerSecond: usualBytesPerSecond,
            overMs: streamMs,
            ...wayOf(request.bandwidthWay, shell),
          })
        : unknown('stream', `${to} does not answer.`),
    });
  });
}

const streamMs = 5_000;
const scanMsEach = 0.01;
const usualBytesPerSecond = 100_000_000;

function entriesOf(world: World, instanceId: string): number {
  const guest = world.state.guests[instanceId];
  if (guest === undefined) return 0;
  return listMounts(world, guest).reduce((sum, { usedInodes = 0 }) => sum + usedInodes, 0);
}

function databasesOf(
  guest: GuestRecord,
  points: readonly string[],
): readonly Extract<HostProbe['databases'], { known: true }>['value'][number][] {
  const [mountPoint] = points;
  if (mountPoint === undefined) return [];
  return Object.entries(guest.databases).map(([name, version]) => {
    const service = guest.services.find((one) => one.name.startsWith(name));
    const kind = kinds.find((one) => name.startsWith(one)) ?? 'other';
    return {
      kind,
      path: `${mountPoint}/db`,
      mountPoint,
      version,
      ...(service === undefined ? {} : { service: service.name }),
      openForWrite: service?.state === 'active',
    };
  });
}

const kinds = ['sqlite', 'postgres', 'mysql', 'redis'] as const;
