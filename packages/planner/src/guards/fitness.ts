/** Guards on source, disk and target as they are: does it serve, is it the right disk, does everything fit. */

import { samePlace } from '@belay/cloud';
import { volumesKnown } from '../facts.ts';
import { change, type Finding, fails, given, holds, unclear } from '../precondition.ts';
import { mountAt } from '../preconditions/inside.ts';
import { volumesOf, type WorkloadVolume } from '../workload.ts';
import { copying, type Guard, moving, stopping, type Watch } from './guard.ts';

export const fitnessGuards: readonly Guard[] = [
  {
    name: 'volume-outlives-source',
    id: 'G1',
    sentence: 'the volume is not deleted together with its server',
    accident: 'disks attached at launch die with their instance unless told otherwise (EC2’s default)',
    phases: ['plan', 'window'],
    before: ['volume-swap'],
    needs: ['source'],
    mayBeAccepted: false,
    test: volumeOutlives,
  },
  {
    name: 'right-disk',
    id: 'G5',
    sentence: 'the disk is known by its serial and the filesystem by its UUID',
    accident: 'NVMe disks changed order at boot and the wrong one was used (cloudfoundry/bosh-agent#429)',
    phases: ['plan', 'window'],
    before: ['volume-swap', 'snapshot-clone'],
    needs: ['host', 'volume', 'moreVolumes'],
    mayBeAccepted: false,
    test: rightDisk,
  },
  {
    name: 'source-serves',
    id: 'G14',
    sentence: 'the same probe that will judge the target is green on the source',
    accident:
      'a rehearsal passed and the run failed, as they tested different things (EnterpriseDB/repmgr#826)',
    phases: ['plan', 'window'],
    before: stopping,
    needs: ['health'],
    mayBeAccepted: true,
    test: ({ facts }) =>
      given(facts.health, ({ healthy, detail }) =>
        healthy ? holds(detail) : fails(`not served: ${detail}`),
      ),
  },
  {
    name: 'one-writer',
    id: 'G13',
    sentence: 'the source’s services are stopped and kept from starting before the target starts its own',
    accident: 'two servers wrote after a switch-over (openark/orchestrator#854)',
    phases: ['plan'],
    before: moving,
    needs: [],
    mayBeAccepted: true,
    test: ({ facts: { workload } }) =>
      workload.services.length > 0
        ? holds(`stopped and masked: ${workload.services.join(', ')}`)
        : fails('no service is named, so none can be stopped', change('say', 'name the workload’s services')),
  },
  {
    name: 'image-ready',
    id: 'G3',
    sentence: 'the image that the target boots from can be used',
    accident: 'a restored server did not boot for want of its boot script (the same downtime, 2020)',
    phases: ['plan'],
    before: moving,
    needs: ['image'],
    mayBeAccepted: true,
    test: ({ facts }) =>
      given(facts.image, ({ state, name }) => {
        if (state === 'unknown') return unclear(`the cloud does not say how ${name} is`);
        return state === 'available' ? holds(name) : fails(`${name} is ${state}`);
      }),
  },
  {
    name: 'versions-match',
    id: 'G16',
    sentence: 'the target’s databases are of the versions whose files it will get',
    accident: 'files were copied to a server whose runtimes were others, and had to be rebuilt (2020)',
    phases: ['plan'],
    before: copying,
    needs: ['host'],
    mayBeAccepted: true,
    test: versionsMatch,
  },
  {
    name: 'headroom',
    id: 'G18',
    sentence: 'the source’s disk has burst credits, and its processor is its own',
    accident: 'a spent burst pool turns a first copy of minutes into hours (Hypernode’s own warning)',
    phases: ['plan'],
    before: stopping,
    needs: ['headroom'],
    mayBeAccepted: true,
    onlyWarns: true,
    test: headroom,
  },
  {
    name: 'one-at-a-time',
    id: 'G19',
    sentence: 'one thing at a time happens to a workload',
    accident: 'two jobs on one server stood in each other’s way (the job log of 2021)',
    phases: ['plan'],
    before: stopping,
    needs: [],
    mayBeAccepted: false,
    test: ({ facts: { workload } }) => holds(`the run takes the key node/${workload.name}`),
  },
];

function volumeOutlives({ facts, fixes }: Watch): Finding {
  return given(facts.source, ({ volumes }) => {
    const wanted = volumesOf(facts.workload).map(({ volumeId }) => volumeId);
    const mine = volumes.filter(({ volumeId }) => wanted.includes(volumeId));
    if (mine.length < wanted.length) return unclear(`${wanted.join(', ')} is not listed at the source`);
    if (!mine.some(({ deleteOnTermination }) => deleteOnTermination))
      return holds('delete-on-termination is off');
    return fixes.includes('keep-volume')
      ? holds('delete-on-termination is on; the run turns it off first')
      : fails(
          'delete-on-termination is on',
          change('say', 'let the run turn it off: fixes: ["keep-volume"]'),
        );
  });
}

function rightDisk({ facts }: Watch): Finding {
  const { workload } = facts;
  return given(facts.host, (host) =>
    given(volumesKnown(facts), (volumes) => {
      const findings = volumesOf(workload).map(({ volumeId, mountPoint, filesystemUuid }: WorkloadVolume) => {
        const mount = mountAt(host, mountPoint);
        if (mount === undefined) return fails(`nothing is mounted at ${mountPoint}`);
        if (mount.filesystemUuid !== filesystemUuid) return fails(`the UUID is ${mount.filesystemUuid}`);
        const attachments = volumes.find(({ id }) => id === volumeId)?.attachments ?? [];
        const disk = attachments.find(({ instanceId }) => instanceId === workload.instance.id)?.disk;
        if (disk === undefined) return fails('the volume is not attached to the source');
        if (mount.diskSerial === undefined) return unclear(`which disk is under ${mountPoint} is not known`);
        return mount.diskSerial === disk.serial
          ? holds(`serial ${disk.serial}, UUID ${mount.filesystemUuid}`)
          : fails(`${mountPoint} is on disk ${mount.diskSerial}, the volume is ${disk.serial}`);
      });
      return (
        findings.find(({ verdict }) => verdict !== 'holds') ?? findings[0] ?? unclear('no disk is known')
      );
    }),
  );
}

/** What nobody measures is not known, whatever the rest is. */
function headroom({ facts, limits: { minBurstPercent, maxCpuStealPercent } }: Watch): Finding {
  return given(facts.headroom, ({ burstPercent, cpuStealPercent }) => {
    const wait = change('wait', 'wait until there is room again');
    if (burstPercent !== undefined && !(burstPercent >= minBurstPercent))
      return fails(`burst credits at ${burstPercent} %, less than ${minBurstPercent} %`, wait);
    if (cpuStealPercent !== undefined && !(cpuStealPercent <= maxCpuStealPercent))
      return fails(`others take ${cpuStealPercent} % of its processor`, wait);
    if (burstPercent === undefined) return unclear('burst credits are not told');
    if (cpuStealPercent === undefined) return unclear('stolen processor time is not told');
    return holds(`burst credits at ${burstPercent} %, ${cpuStealPercent} % of the processor taken`);
  });
}

/** A copied file is as old as the database that wrote it. */
function versionsMatch({ facts, target }: Watch): Finding {
  return given(facts.host, ({ databases }) => {
    if (databases === undefined) return unclear('which databases there are is not known');
    for (const [name, version] of Object.entries(databases)) {
      const there = target.carries?.databases?.[name];
      if (there === undefined) {
        return unclear(
          `which ${name} image ${target.imageId} has is not known`,
          change('learn', `declare what image ${target.imageId} carries`),
        );
      }
      if (there !== version) return fails(`${name} ${version} ≠ ${there}`);
    }
    const place = samePlace(facts.workload.instance, target.at) ? 'here' : 'there';
    const names = Object.keys(databases);
    return holds(names.length === 0 ? 'there is no database' : `${names.join(', ')} are the same ${place}`);
  });
}
