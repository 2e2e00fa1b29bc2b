/**
 * Volume swap: the data disk itself moves to the new server. Quick, and the way back is lossless, as the disk carries
 * back what was written meanwhile. It asks the most: one cloud, one zone, and the data on a disk of its own.
 */

import { formatPlace, type HostFacts, samePlace } from '@belay/cloud';
import { downtimeOf, type Phase, type Serving, type Spread } from '../downtime.ts';
import type { Parameters } from '../parameters.ts';
import {
  type Finding,
  fails,
  given,
  holds,
  type Precondition,
  type Question,
  same,
  unclear,
} from '../precondition.ts';
import type { Strategy } from '../strategy.ts';
import type { Carried, Target } from '../target.ts';
import type { Workload } from '../workload.ts';

/** Neither a moved disk nor a copied mount brings along what lies on the root disk. */
export const rootReplaceable: Precondition = {
  name: 'root-replaceable',
  sentence: 'what is on the root disk can be made again',
  test: ({ facts: { workload } }) => {
    if (workload.rootDisk === 'can-be-made-again') return holds('the root disk can be made again');
    const change = 'move what is needed to the data disk, then declare the root disk "can-be-made-again"';
    return workload.rootDisk === 'holds-data'
      ? fails('the root disk is declared to hold data', change)
      : unclear('nobody has said what is on the root disk', change);
  },
};

export const volumeSwapStrategy: Strategy = {
  name: 'volume-swap',
  title: 'volume swap',
  preconditions: [
    {
      name: 'same-cloud',
      sentence: 'source and target are one account and region of one provider',
      test: ({ facts: { workload }, target }) =>
        samePlace(workload.instance, target.at)
          ? holds(`same cloud ${formatPlace(target.at)}`)
          : fails(`${formatPlace(workload.instance)} ≠ ${formatPlace(target.at)}`),
    },
    { name: 'same-zone', sentence: 'the volume can be attached where the target will stand', test: sameZone },
    {
      name: 'same-disk-type',
      sentence: 'the data disk has the type that the target asks for',
      test: ({ facts, target }) =>
        given(facts.volume, ({ diskType }) => same('disk type', diskType, target.diskType)),
    },
    {
      name: 'same-disk-size',
      sentence: 'the data disk has the size that the target asks for',
      test: ({ facts, target }) =>
        given(facts.volume, ({ sizeGiB }) => {
          const finding = same('disk size', sizeGiB, target.sizeGiB, ' GiB');
          const growable = facts.traits.known && facts.traits.value.growInUse;
          return finding.verdict === 'fails' && growable && target.sizeGiB > sizeGiB
            ? { ...finding, change: `swap with ${sizeGiB} GiB, then grow the disk while it is in use` }
            : finding;
        }),
    },
    {
      name: 'own-disk',
      sentence: 'the data is on one disk of its own, apart from the root disk',
      test: ownDisk,
    },
    {
      name: 'attached-once',
      sentence: 'the volume is attached to the source and to nothing else',
      test: attachedOnce,
    },
    {
      name: 'found-by-uuid',
      sentence: 'the filesystem is found by its UUID, not by the order of the disks',
      test: ({ facts }) => given(facts.host, (host) => foundByUuid(host, facts.workload)),
    },
    {
      name: 'versions-fit',
      sentence: 'the target’s database and kernel can work with what is on the disk',
      test: versionsFit,
    },
    rootReplaceable,
    {
      name: 'detach-while-running',
      sentence: 'the cloud detaches a volume while its server runs',
      test: ({ facts }) =>
        given(facts.traits, ({ detachWhileRunning }) =>
          detachWhileRunning
            ? holds('detaches while running')
            : fails('the source would have to be powered off to detach'),
        ),
    },
    {
      name: 'services-known',
      sentence: 'it is known of every service whether it runs',
      test: ({ facts }) => given(facts.host, (host) => servicesKnown(host, facts.workload)),
    },
  ],
  downtime: ({ facts }, parameters) =>
    downtimeOf(swapPhases(parameters, facts.workload), tailOf(facts.workload, facts.records)),
  wayBack: {
    rank: 1,
    until: 'as long as the source is kept; swapping back keeps new writes',
    pointOfNoReturn: 'none planned; a change on the volume that the old server cannot read would be one',
  },
  graph: 'volume-swap',
};

/** The zones in which the target of a swap may stand: its own wish, narrowed to where the volume can be attached. */
export function swapZones({ facts, target }: Pick<Question, 'facts' | 'target'>): readonly string[] {
  const bound = !facts.traits.known || facts.traits.value.zoneBoundVolumes !== false;
  if (!bound) return target.zones;
  const { volume } = facts;
  return volume.known ? target.zones.filter((zone) => zone === volume.value.zone) : [];
}

/** What clients may still notice when the route has been changed. */
export function tailOf(
  workload: Workload,
  records: Question['facts']['records'],
): { readonly seconds: number; readonly because: string } {
  if (workload.names.length === 0) return { seconds: 0, because: 'the address moves along' };
  if (!records.known) return { seconds: 3600, because: 'TTL unknown, an hour assumed' };
  const seconds = Math.max(0, ...records.value.map(({ ttlSeconds }) => ttlSeconds));
  return { seconds, because: 'DNS TTL' };
}

function swapPhases(parameters: Parameters, workload: Workload): readonly Phase[] {
  const phase = (name: string, serving: Serving, spread: Spread): Phase => ({ name, serving, ...spread });
  return [
    phase('provision-target', 'source', parameters.provision),
    phase('target-ready', 'source', parameters.boot),
    phase('look-at-source', 'source', parameters.checks),
    phase('stop-services', 'nobody', parameters.stopServices),
    phase('unmount', 'nobody', parameters.unmount),
    phase('detach-volume', 'nobody', parameters.detach),
    phase('attach-volume', 'nobody', parameters.attach),
    phase('mount', 'nobody', parameters.mount),
    phase('start-services', 'nobody', parameters.startServices),
    phase('probe-target', 'nobody', parameters.probe),
    ...routePhase(workload, parameters),
    phase('confirm-route', 'target', parameters.checks),
  ];
}

/** Addresses and names are switched side by side: the slower of the two counts. */
export function routePhase(workload: Workload, parameters: Parameters): readonly Phase[] {
  if (workload.names.length > 0)
    return [{ name: 'switch-name', serving: 'nobody', ...parameters.changeName }];
  if (workload.floatingIps.length === 0) return [];
  return [{ name: 'switch-address', serving: 'nobody', ...parameters.moveAddress }];
}

function sameZone({ facts, target }: Question): Finding {
  const { traits, volume } = facts;
  if (traits.known && traits.value.zoneBoundVolumes === false) {
    return target.zones.length > 0
      ? holds('volumes of this cloud are not bound to a zone')
      : fails('the target names no zone');
  }
  const bound =
    traits.known && traits.value.zoneBoundVolumes === true ? '' : ' (not known to be free of zones)';
  return given(volume, ({ zone }) =>
    target.zones.includes(zone)
      ? holds(`zone ${zone}`)
      : fails(
          `volume is in ${zone}${bound}, target wants ${target.zones.join(', ') || 'no zone'}`,
          `let the target stand in ${zone}`,
        ),
  );
}

function ownDisk({ facts }: Question): Finding {
  return given(facts.source, ({ volumes }) => {
    const { volumeId } = facts.workload;
    const mine = volumes.filter((volume) => volume.volumeId === volumeId);
    if (mine.length === 0) return fails(`${volumeId} is not attached to the source`);
    if (mine.some(({ isRoot }) => isRoot)) {
      return fails(`${volumeId} is the root disk`, 'move the data to a disk of its own');
    }
    if (mine.length > 1) return unclear(`the source lists ${volumeId} ${mine.length} times`);
    const more = volumes.filter((volume) => !volume.isRoot && volume.volumeId !== volumeId);
    if (more.length === 0) return holds(`${volumeId} is the only data disk`);
    const others = more.map((volume) => volume.volumeId).join(', ');
    return fails(`there are more data disks: ${others}`, 'bring the data together on one disk');
  });
}

function attachedOnce({ facts }: Question): Finding {
  return given(facts.volume, ({ attachments, state, multiAttach }) => {
    const { id } = facts.workload.instance;
    const others = attachments.filter(({ instanceId }) => instanceId !== id);
    if (others.length > 0) {
      return fails(
        `also attached to ${others.map(({ instanceId }) => instanceId).join(', ')}`,
        'detach it there',
      );
    }
    const [only] = attachments;
    if (attachments.length !== 1 || only === undefined) return fails(`attached ${attachments.length} times`);
    if (only.state === 'unknown' || state === 'unknown')
      return unclear('the cloud does not say how it is attached');
    if (only.state !== 'attached' || state !== 'in-use') return fails(`it is ${state}, ${only.state}`);
    return holds(
      multiAttach
        ? 'attached once, though it may be more often: looked at again in the window'
        : `attached to ${id} alone`,
    );
  });
}

function foundByUuid({ mounts }: HostFacts, { mountPoint, filesystemUuid }: Workload): Finding {
  const mount = mounts.find((at) => at.mountPoint === mountPoint);
  if (mount === undefined) return fails(`nothing is mounted at ${mountPoint}`);
  if (mount.filesystemUuid !== filesystemUuid) {
    return fails(`${mountPoint} holds ${mount.filesystemUuid}, not ${filesystemUuid}`);
  }
  switch (mount.bootEntry) {
    case 'uuid':
    case 'label':
      return holds(`mounts by ${mount.bootEntry === 'uuid' ? 'UUID' : 'label'}`);
    case 'none':
      return holds('no boot entry names it');
    case 'device':
      return fails('the boot entry names a device', 'write UUID= in fstab');
    default:
      return unclear('the boot entry is not known', 'look at fstab');
  }
}

function versionsFit({ facts, target }: Question): Finding {
  const isSameImage = facts.source.known && facts.source.value.imageId === target.imageId;
  return given(facts.host, (host) =>
    isSameImage ? stillAsInImage(host, target) : readable(host, facts.workload, target, target.carries),
  );
}

/**
 * The image that the source was made from tells how its database was, not how it is: it may have been upgraded since,
 * and its data with it.
 */
function stillAsInImage({ databases = {} }: HostFacts, target: Target): Finding {
  return misfit(databases, target.imageId, target.carries) ?? holds(`same image${listed(databases)}`);
}

function readable(
  { databases, mounts }: HostFacts,
  { mountPoint }: Workload,
  { imageId }: Target,
  carries: Carried | undefined,
): Finding {
  const filesystem = mounts.find((at) => at.mountPoint === mountPoint)?.filesystemType;
  if (filesystem === undefined || databases === undefined) return unclear('what is on the disk is not known');
  if (carries?.filesystems === undefined)
    return unclear(`image ${imageId} differs from the source’s`, declaring(imageId));
  if (!carries.filesystems.includes(filesystem)) return fails(`image ${imageId} cannot mount ${filesystem}`);
  return misfit(databases, imageId, carries) ?? holds(`${filesystem}${listed(databases)}`);
}

/** The first database on the disk that the image is not known to carry in the same version. */
function misfit(databases: Databases, imageId: string, carries: Carried | undefined): Finding | undefined {
  for (const [name, version] of Object.entries(databases)) {
    const there = carries?.databases?.[name];
    if (there === undefined)
      return unclear(`which ${name} image ${imageId} has is not known`, declaring(imageId));
    if (there !== version)
      return fails(`${name} ${version} ≠ ${there}`, `use an image with ${name} ${version}`);
  }
  return undefined;
}

type Databases = NonNullable<HostFacts['databases']>;

function listed(databases: Databases): string {
  return Object.entries(databases)
    .map(([name, version]) => `, ${name} ${version}`)
    .join('');
}

function declaring(imageId: string): string {
  return `declare what image ${imageId} carries`;
}

function servicesKnown({ services }: HostFacts, workload: Workload): Finding {
  const states = new Map(services.map(({ name, state }) => [name, state]));
  const unsure = workload.services.filter((name) => (states.get(name) ?? 'unknown') === 'unknown');
  return unsure.length === 0
    ? holds(`services known: ${workload.services.join(', ') || 'none'}`)
    : unclear(`not known of ${unsure.join(', ')}`);
}
