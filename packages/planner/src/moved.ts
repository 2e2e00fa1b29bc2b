/**
 * Which facts have moved since a plan was made. Only what a plan rests on counts: that a disk has become a little
 * fuller is no news, that it is attached elsewhere is. A fact that was known and cannot be learned any more has moved,
 * too: unknown never counts as "still so".
 */

import type { FactName, Facts } from './facts.ts';
import { factNames } from './facts.ts';
import { hasService } from './probed.ts';

/** One fact that is no longer what it was. */
export interface Moved {
  readonly fact: FactName;
  readonly was: string;
  readonly is: string;
  readonly sentence: string;
}

/** Compares the facts of a plan with the same facts, learned again. Pure. */
export function movedFacts(planned: Facts, fresh: Facts): readonly Moved[] {
  return movedSince(restingOf(planned, factNames), fresh);
}

/** What a plan rests on, fact by fact, in the words that are compared. What was not known then is absent. JSON. */
export type Resting = Readonly<Partial<Record<FactName, string>>>;

/**
 * Facts that must still be so when the window opens and that no guard of its own asks about. By then the target runs, so
 * that what there was to be had does not matter any more, and a newer snapshot is no worse.
 */
export const restingFacts: readonly FactName[] = [
  'traits',
  'targetTraits',
  'source',
  'volume',
  'moreVolumes',
  'host',
  'addresses',
  'records',
  'targetReach',
];

/** What a plan rests on of these facts. */
export function restingOf(planned: Facts, names: readonly FactName[] = restingFacts): Resting {
  return Object.fromEntries(
    names.flatMap((name) => {
      const was = told(planned, name);
      return was === undefined ? [] : [[name, was]];
    }),
  );
}

/** The same comparison with what a run was given of its plan. Pure. */
export function movedSince(rests: Resting, fresh: Facts): readonly Moved[] {
  return factNames.flatMap((fact) => {
    const was = rests[fact];
    // What was not known then was not what the plan rested on.
    if (was === undefined) return [];
    const is = told(fresh, fact);
    if (was === is) return [];
    const now = is ?? 'not known';
    return [{ fact, was, is: now, sentence: `${fact}: was ${was}, is ${now}` }];
  });
}

/** What a plan rests on of a fact, in words that are compared; `undefined` where it is not known. */
function told(facts: Facts, name: FactName): string | undefined {
  return facts[name].known ? essence[name](facts) : undefined;
}

type Essence = (facts: Facts) => string | undefined;

const essence: Readonly<Record<FactName, Essence>> = {
  traits: ({ traits }) => of(traits, (value) => JSON.stringify(value)),
  targetTraits: ({ targetTraits }) => of(targetTraits, (value) => JSON.stringify(value)),
  source: ({ source }) =>
    of(source, ({ id, state, zone, instanceType, imageId, volumes, deletionProtected }) =>
      line(
        id,
        state,
        zone,
        instanceType,
        imageId ?? 'image not told',
        deletionProtected ? 'protected' : '',
        ...volumes.map(({ volumeId, isRoot, deleteOnTermination }) =>
          [volumeId, isRoot ? 'root' : 'data', deleteOnTermination ? 'dies with it' : ''].join(' ').trim(),
        ),
      ),
    ),
  volume: ({ volume }) => of(volume, disk),
  moreVolumes: ({ moreVolumes }) => of(moreVolumes, (volumes) => volumes.map(disk).join('; ')),
  host: ({ host, workload }) =>
    of(host, ({ identity, mounts, services, databases, os }) =>
      line(
        `boot ${identity.bootId}`,
        os ?? '',
        ...mounts
          .map((mount) =>
            [
              mount.mountPoint,
              mount.filesystemType,
              mount.filesystemUuid,
              mount.diskSerial ?? '',
              mount.bootEntry ?? '',
            ].join(' '),
          )
          .sort(),
        // Others come and go: a server has services of its own that run once an hour.
        ...services
          .filter(({ name }) => hasService(workload, name))
          .map(({ name, state, masked }) => `${name} ${state}${masked ? ' masked' : ''}`)
          .sort(),
        ...Object.entries(databases ?? {})
          .map(([name, version]) => `${name} ${version}`)
          .sort(),
      ),
    ),
  // What a probe measures always moves a little; what of it must not is looked at again in the window.
  probe: () => 'measured',
  health: ({ health }) => of(health, ({ healthy }) => (healthy ? 'served' : 'not served')),
  addresses: ({ addresses }) =>
    of(addresses, (ips) =>
      ips.map(({ address, instanceId }) => `${address} at ${instanceId ?? 'nothing'}`).join(', '),
    ),
  records: ({ records }) =>
    of(records, (all) =>
      all
        .map(
          ({ name, type, values, ttlSeconds }) =>
            `${name} ${type} ${ttlSeconds} ${[...values].sort().join(' ')}`,
        )
        .join(', '),
    ),
  // A newer snapshot is as good: that it is fresh is asked again by its guard.
  snapshot: ({ snapshot }) => of(snapshot, (value) => (value === null ? 'none' : 'there is one')),
  backup: ({ backup }) => of(backup, (value) => (value === null ? 'none' : 'there is one')),
  offers: ({ offers }) =>
    of(offers, (all) =>
      all
        .map(
          ({ instanceType, zone, creatable, lifecycle }) =>
            `${instanceType} ${zone} ${creatable} ${lifecycle}`,
        )
        .join(', '),
    ),
  reservations: ({ reservations }) =>
    of(reservations, (all) =>
      all
        .map(({ id, state, free }) => `${id} ${state} ${free > 0 ? 'free' : 'used'}`)
        .sort()
        .join(', '),
    ),
  permissions: ({ permissions }) =>
    of(permissions, (all) => all.map(({ verb, allowed }) => `${verb} ${allowed}`).join(', ')),
  cooldown: ({ cooldown }) =>
    of(cooldown, (value) => (value.kind === 'until' ? `until ${value.at}` : 'none that is known')),
  // What is left changes all the time.
  headroom: () => 'measured',
  image: ({ image }) => of(image, ({ id, state }) => `${id} ${state}`),
  targetReach: ({ targetReach }) => of(targetReach, (can) => (can ? 'reached' : 'not reached')),
};

function of<T>(
  fact: { readonly known: true; readonly value: T } | { readonly known: false },
  tell: (value: T) => string,
) {
  return fact.known ? tell(fact.value) : undefined;
}

function line(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join(', ');
}

function disk(volume: {
  readonly id: string;
  readonly state: string;
  readonly zone: string;
  readonly sizeGiB: number;
  readonly diskType: string;
  readonly multiAttach: boolean;
  readonly attachments: readonly { readonly instanceId: string; readonly state: string }[];
}): string {
  const { id, state, zone, sizeGiB, diskType, multiAttach, attachments } = volume;
  return line(
    id,
    state,
    zone,
    `${sizeGiB} GiB`,
    diskType,
    multiAttach ? 'multi-attach' : '',
    ...attachments.map(({ instanceId, state: how }) => `${instanceId} ${how}`).sort(),
  );
}
