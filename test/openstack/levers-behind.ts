// Levers that work behind the adapter's back: as another user of the same project, as the cloud's operator, and, where
// the cloud is the test's own stack, in its drivers and its database.

import type { Levers } from '@belay/cloud/conformance';
import type { Faults } from './stack/faults.ts';
import type { Session } from './stack/session.ts';

/** What anybody with the project's credentials can do. */
export function projectLevers({ call, urlOf }: Session): Levers {
  const volumes = `${urlOf('volumev3')}/volumes`;
  const servers = `${urlOf('compute')}/servers`;
  const create = async (volume: Record<string, unknown>): Promise<string> => {
    const { body } = await call('POST', volumes, { volume });
    return body.volume.id;
  };
  const available = async (id: string): Promise<string> => {
    while ((await call('GET', `${volumes}/${id}`)).body.volume.status === 'creating') await pause(200);
    return id;
  };
  return {
    async twin(volumeId) {
      const { size, volume_type, availability_zone, name, metadata } = (
        await call('GET', `${volumes}/${volumeId}`)
      ).body.volume;
      return available(await create({ size, volume_type, availability_zone, name, metadata }));
    },
    async tagBehind(instanceId, metadata) {
      await call('POST', `${servers}/${instanceId}/metadata`, { metadata });
    },
    async populate(metadata) {
      const volumeIds: string[] = [];
      for (let made = 0; made < 2 * listPageSize + 1; made++)
        volumeIds.push(await create({ size: 1, metadata }));
      await Promise.all(volumeIds.map(available));
      const remove = async (): Promise<void> => {
        for (const id of volumeIds) await call('DELETE', `${volumes}/${id}`);
        for (const id of volumeIds)
          while ((await call('GET', `${volumes}/${id}`)).status !== 404) await pause(200);
      };
      return { volumeIds, remove };
    },
    async protect(instanceId, on) {
      await call('POST', `${servers}/${instanceId}/action`, on ? { lock: null } : { unlock: null });
    },
  };
}

/** The page size of the adapters under test: more than two pages shall cost little. */
export const listPageSize = 5;

/** What the operator can see. */
export function operatorLevers({ call, urlOf }: Session): Levers {
  return {
    async userDataOf(instanceId) {
      const url = `${urlOf('compute')}/servers/${instanceId}`;
      const { body } = await call('GET', url, undefined, { 'openstack-api-version': 'compute 2.3' });
      const data: unknown = body.server['OS-EXT-SRV-ATTR:user_data'];
      return typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : undefined;
    },
  };
}

/** What only the test's own stack can be made to show. */
export function stackLevers(faults: Faults, projectId: string): Levers {
  const planned = new Set<() => void>();
  return {
    stickVolume: faults.holdVolume,
    holdDisk: faults.holdDisk,
    vanish: () => {
      planned.add(faults.failNextCreate(projectId));
    },
    failAttach: (volumeId) => {
      planned.add(faults.failAttach(volumeId));
    },
    rollBackDetach: (volumeId) => {
      planned.add(faults.failDetach(volumeId));
    },
    hangHost: faults.hangHypervisor,
    strangeState(volumeId) {
      faults.setVolumeState(volumeId, 'polishing');
      return () => faults.setVolumeState(volumeId, 'available');
    },
    reachedAtMs: faults.reachedAtMs,
    calm() {
      for (const undo of planned) undo();
      planned.clear();
    },
  };
}

function pause(durationMs: number): Promise<void> {
  return new Promise((wake) => setTimeout(wake, durationMs));
}
