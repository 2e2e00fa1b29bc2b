/** Preconditions on what is inside the server: mounts, databases, services, and what the target's image can read. */

import type { HostFacts, Mount } from '@belay/cloud';
import {
  type Change,
  change,
  type Finding,
  fails,
  given,
  holds,
  type Precondition,
  type Question,
  unclear,
} from '../precondition.ts';
import { probed } from '../probed.ts';
import { addressesLost } from '../route/addresses-lost.ts';
import type { Carried, Target } from '../target.ts';
import { volumesOf, type Workload, type WorkloadVolume } from '../workload.ts';

/** Neither a moved disk nor a copied mount brings along what lies on the root disk. */
export const rootReplaceable: Precondition = {
  name: 'root-replaceable',
  sentence: 'what is on the root disk can be made again',
  test: ({ facts: { workload } }) => {
    if (workload.rootDisk === 'can-be-made-again') return holds('the root disk can be made again');
    const sentence = 'move what is needed to the data disk, then declare the root disk "can-be-made-again"';
    return workload.rootDisk === 'holds-data'
      ? fails('the root disk is declared to hold data', change('configure', sentence))
      : unclear('nobody has said what is on the root disk', change('learn', sentence));
  },
};

export const serves: Precondition = {
  name: 'serves',
  sentence: 'the workload is served',
  test: ({ facts }) =>
    given(facts.health, ({ healthy, detail }) => (healthy ? holds(detail) : fails(`not served: ${detail}`))),
};

export const intoSource: Precondition = {
  name: 'into-source',
  sentence: 'the inside of the source can be reached',
  test: ({ facts }) => given(facts.host, ({ identity }) => holds(`reached ${identity.hostname}`)),
};

export const intoTarget: Precondition = {
  name: 'into-target',
  sentence: 'the inside of servers at the target’s place can be reached',
  test: ({ facts }) =>
    given(facts.targetReach, (can) =>
      can ? holds('it can') : fails('no way in is set up', change('configure', 'set up a way in')),
    ),
};

/** Each filesystem is where the workload says. */
export const dataFound: Precondition = {
  name: 'data-found',
  sentence: 'the filesystem that is meant is mounted where the workload says',
  test: ({ facts }) =>
    given(facts.host, (host) =>
      first(volumesOf(facts.workload), ({ mountPoint, filesystemUuid }) => {
        const found = mountAt(host, mountPoint)?.filesystemUuid ?? 'nothing';
        return found === filesystemUuid
          ? holds(`${mountPoint} holds ${filesystemUuid}`)
          : fails(
              `${mountPoint} holds ${found}, not ${filesystemUuid}`,
              change('say', 'correct the workload'),
            );
      }),
    ),
};

export const foundByUuid: Precondition = {
  name: 'found-by-uuid',
  sentence: 'the filesystem is found by its UUID, not by the order of the disks',
  test: ({ facts }) =>
    given(facts.host, (host) => first(volumesOf(facts.workload), (volume) => byUuid(host, volume))),
};

/** A filesystem that grows while it is mounted. */
export const growsMounted: Precondition = {
  name: 'grows-mounted',
  sentence: 'the filesystem grows while it is mounted',
  test: ({ facts, target }) =>
    given(facts.volume, ({ sizeGiB }) => {
      if (sizeGiB === target.sizeGiB) return holds('its size stays');
      return given(facts.host, (host) => {
        const type = mountAt(host, facts.workload.mountPoint)?.filesystemType;
        if (type === undefined)
          return unclear(`what is mounted at ${facts.workload.mountPoint} is not known`);
        return growable.has(type)
          ? holds(`${type} grows in use`)
          : fails(`${type} does not grow in use`, change('rebuild', 'copy the data to another filesystem'));
      });
    }),
};

/** The image's own kernel and programs on the type that is wanted. */
export const bootsThere: Precondition = {
  name: 'boots-there',
  sentence: 'the server’s system boots on the type that is wanted',
  test: ({ target: { instanceType, carries } }) => {
    const known = carries?.instanceTypes;
    const say = change('learn', `find out that the image boots on ${instanceType}, then declare it`);
    if (known === undefined) return unclear(`nobody has said on which types the image boots`, say);
    return known.includes(instanceType)
      ? holds(`the image boots on ${instanceType}`)
      : unclear(`the image is known to boot on ${known.join(', ') || 'no type'} only`, say);
  },
};

export const rootStays: Precondition = {
  name: 'root-stays',
  sentence: 'a change of the type leaves the root disk as it is',
  test: ({ facts }) =>
    given(facts.source, ({ volumes }) => {
      if (volumes.some(({ isRoot }) => isRoot)) return holds('the root disk is a volume');
      const local = 'the cloud shows no root volume, so the root disk is local to the hardware';
      return given(facts.traits, ({ resizeKeepsLocalRoot }) => {
        if (resizeKeepsLocalRoot === true) return holds(`${local}: this cloud takes it along`);
        return resizeKeepsLocalRoot === false
          ? fails(`${local}, and lost with it`)
          : unclear(`${local}: nobody says whether it is taken along`);
      });
    }),
};

export const notInBetween: Precondition = {
  name: 'not-in-between',
  sentence: 'the server is running, and no earlier change waits to be confirmed',
  test: ({ facts }) =>
    given(facts.source, ({ state, providerState }) => {
      if (state === 'running') return holds('it is running');
      if (state === 'unknown') return unclear(`the cloud says ${providerState}`);
      return state === 'resized'
        ? fails('an earlier resize is not confirmed', change('say', 'confirm it or take it back'))
        : fails(`it is ${state}`);
    }),
};

/** A server that stops gives its own address back; one that can be moved to it stays, and names of ours follow. */
export const addressStays: Precondition = {
  name: 'address-stays',
  sentence: 'what leads to the server still leads to it when it has been stopped',
  test: ({ facts }) => {
    const { names, reverse = [], frontEnds = [], allowLists = [] } = facts.workload;
    const fixed = [...reverse.map(({ name }) => `the reverse of ${name}`), ...frontEnds, ...allowLists];
    if (names.length + fixed.length === 0) return holds('nothing leads to an address of its own');
    return given(facts.traits, ({ resizeKeptUntilConfirmed, dns }) => {
      if (resizeKeptUntilConfirmed) return holds('it keeps its addresses');
      return given(addressesLost(facts), (lost) => {
        if (lost.length === 0) return holds('its addresses stay');
        const astray = [...(dns ? [] : names.map(({ name }) => name)), ...fixed];
        if (astray.length > 0) {
          return fails(
            `it would lose ${lost.join(', ')} when it stops, and ${astray.join(', ')} cannot follow`,
            change('configure', 'give it an address that stays'),
          );
        }
        return given(facts.records, () => holds(`it loses ${lost.join(', ')}, and its names follow`));
      });
    });
  },
};

export const versionsFit: Precondition = {
  name: 'versions-fit',
  sentence: 'the target’s database and kernel can work with what is on the disk',
  test: ({ facts, target }) => {
    const isSameImage = facts.source.known && facts.source.value.imageId === target.imageId;
    return given(facts.host, (host) =>
      isSameImage ? stillAsInImage(host, target) : readable(host, facts.workload, target, target.carries),
    );
  },
};

/** A disk that moves brings its files' owners along as numbers. */
export const sameUsers: Precondition = {
  name: 'same-users',
  sentence: 'the owners of the files have the same numbers on the target',
  test: ({ facts, target }) => {
    const { imageId, carries } = target;
    if (facts.source.known && facts.source.value.imageId === imageId) return holds('same image, same users');
    const declare = change('learn', `declare the users of image ${imageId}: carries.users`);
    if (carries?.users === undefined)
      return unclear(`which users image ${imageId} has is not known`, declare);
    const { users } = carries;
    return given(probed(facts, 'accounts'), (accounts) => {
      const other = Object.entries(users).find(
        ([name, number]) => accounts.users[name] !== undefined && accounts.users[name] !== number,
      );
      if (other === undefined) return holds(`${Object.keys(users).join(', ')} have the same numbers`);
      const [name, number] = other;
      return fails(
        `${name} is ${accounts.users[name]} here and ${number} in image ${imageId}`,
        change('configure', `give ${name} the same number`),
      );
    });
  },
};

/** A layer between disk and filesystem must be opened on the target by somebody: this version does not. */
export const plainDisk: Precondition = {
  name: 'plain-disk',
  sentence: 'the filesystem lies on the disk itself or on a partition of it, under no volume group or cipher',
  test: ({ facts }) => {
    const disks = probed(facts, 'disks');
    if (!disks.known) return given(facts.host, (host) => layersGuessed(host, facts.workload));
    return first(volumesOf(facts.workload), ({ filesystemUuid, mountPoint }) => {
      const carriers = disks.value.filter((disk) => disk.filesystemUuid === filesystemUuid);
      const layer = carriers.find(({ kind }) => kind !== 'disk' && kind !== 'partition');
      if (layer !== undefined) return fails(`${mountPoint} is on ${layer.kind} ${layer.name}`);
      if (carriers.length > 1) return fails(`${carriers.length} disks carry filesystem ${filesystemUuid}`);
      return carriers.length === 1
        ? holds(`${mountPoint} is on ${carriers[0]?.kind} ${carriers[0]?.name}`)
        : unclear(`no disk says that it carries ${filesystemUuid}`);
    });
  },
};

export const servicesKnown: Precondition = {
  name: 'services-known',
  sentence: 'it is known of every service whether it runs',
  test: ({ facts }) => given(facts.host, (host) => statesKnown(host, facts.workload)),
};

const growable: ReadonlySet<string> = new Set(['ext4', 'ext3', 'xfs', 'btrfs']);

/** Without a close look: a layer would show no serial of the disk beneath it. */
function layersGuessed(host: HostFacts, workload: Workload): Finding {
  return first(volumesOf(workload), ({ mountPoint }) => {
    const serial = mountAt(host, mountPoint)?.diskSerial;
    return serial === undefined
      ? unclear(`what lies beneath ${mountPoint} is not known`)
      : holds(`${mountPoint} is on disk ${serial}`);
  });
}

/** The first finding that is not `holds`, else the first of all. */
function first<T>(items: readonly T[], test: (item: T) => Finding): Finding {
  const findings = items.map(test);
  return (
    findings.find(({ verdict }) => verdict === 'fails') ??
    findings.find(({ verdict }) => verdict === 'unknown') ??
    findings[0] ??
    unclear('there is nothing to look at')
  );
}

export function mountAt({ mounts }: HostFacts, mountPoint: string): Mount | undefined {
  return mounts.find((mount) => mount.mountPoint === mountPoint);
}

function byUuid(host: HostFacts, { mountPoint, filesystemUuid }: WorkloadVolume): Finding {
  const mount = mountAt(host, mountPoint);
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
      return fails('the boot entry names a device', change('configure', 'write UUID= in fstab'));
    default:
      return unclear('the boot entry is not known', change('learn', 'look at fstab'));
  }
}

/**
 * The image that the source was made from tells how its database was, not how it is: it may have been upgraded since,
 * and its data with it.
 */
function stillAsInImage({ databases = {} }: HostFacts, target: Target): Finding {
  return misfit(databases, target.imageId, target.carries) ?? holds(`same image${listed(databases)}`);
}

function readable(
  host: HostFacts,
  workload: Workload,
  { imageId }: Target,
  carries: Carried | undefined,
): Finding {
  const { databases } = host;
  const types = volumesOf(workload).map(({ mountPoint }) => mountAt(host, mountPoint)?.filesystemType);
  const filesystems = [...new Set(types.filter((type) => type !== undefined))];
  if (types.includes(undefined) || databases === undefined)
    return unclear('what is on the disk is not known');
  if (carries?.filesystems === undefined)
    return unclear(`image ${imageId} differs from the source’s`, declaring(imageId));
  const strange = filesystems.find((type) => carries.filesystems?.includes(type) !== true);
  if (strange !== undefined) return fails(`image ${imageId} cannot mount ${strange}`);
  return misfit(databases, imageId, carries) ?? holds(`${filesystems.join(', ')}${listed(databases)}`);
}

/** The first database on the disk that the image is not known to carry in the same version. */
function misfit(databases: Databases, imageId: string, carries: Carried | undefined): Finding | undefined {
  for (const [name, version] of Object.entries(databases)) {
    const there = carries?.databases?.[name];
    if (there === undefined)
      return unclear(`which ${name} image ${imageId} has is not known`, declaring(imageId));
    if (there !== version) {
      const sentence = `use an image with ${name} ${version}`;
      return fails(`${name} ${version} ≠ ${there}`, change('configure', sentence));
    }
  }
  return undefined;
}

type Databases = NonNullable<HostFacts['databases']>;

function listed(databases: Databases): string {
  return Object.entries(databases)
    .map(([name, version]) => `, ${name} ${version}`)
    .join('');
}

function declaring(imageId: string): Change {
  return change('learn', `declare what image ${imageId} carries`);
}

function statesKnown({ services }: HostFacts, workload: Workload): Finding {
  const states = new Map(services.map(({ name, state }) => [name, state]));
  const unsure = workload.services.filter((name) => (states.get(name) ?? 'unknown') === 'unknown');
  return unsure.length === 0
    ? holds(`services known: ${workload.services.join(', ') || 'none'}`)
    : unclear(`not known of ${unsure.join(', ')}`);
}

/** Databases whose data lies on the disks; `undefined` where nobody has looked. */
export function databasesOf({ facts }: Pick<Question, 'facts'>): Databases | undefined {
  return facts.host.known ? facts.host.value.databases : undefined;
}
