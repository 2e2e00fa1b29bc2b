/**
 * Guards stand between a feasible strategy and a plan that may run. Each is named, and each remembers the accident that
 * it would have prevented. A guard that does not hold, or of which that cannot be told, is a NO-GO; a person may take
 * the risk by its name and a reason, except where the run itself would refuse.
 */

import type { InstanceOffer, IsoTime } from '@belay/cloud';
import type { Facts } from './facts.ts';
import type { Assessment } from './judge.ts';
import { type Finding, fails, given, holds, type Judged, unclear } from './precondition.ts';
import type { StrategyName } from './strategy.ts';
import type { Target } from './target.ts';

/** One guard: what must hold, and what happened to somebody when it did not. */
export interface Guard {
  readonly name: string;
  readonly sentence: string;
  readonly accident: string;
  /** Strategies that it stands before. */
  readonly before: readonly StrategyName[];
  /** May a person take the risk? */
  readonly mayBeAccepted: boolean;
  /** Looks, and gives one of three answers. Never throws. */
  readonly test: (watch: Watch) => Finding;
}

/** What a guard may look at. */
export interface Watch {
  readonly facts: Facts;
  readonly target: Target;
  readonly assessment: Assessment;
  /** Zones in which the target may stand, by the strategy. */
  readonly zones: readonly string[];
  readonly now: IsoTime;
  readonly limits: GuardLimits;
  readonly fixes: readonly Fix[];
}

/** The figures that guards hold facts against. */
export interface GuardLimits {
  readonly maxBackupAgeHours: number;
  readonly maxTtlSeconds: number;
  /** A server type that ends sooner than this is not known to be there for the target’s first restarts. */
  readonly soakDays: number;
  /** Nobody serves for at most so long, in nine cases of ten. Absent: no limit. */
  readonly budgetSeconds?: number | undefined;
}

/** What the run may change on its own so that a guard holds. */
export type Fix = 'keep-volume';

/** A risk that somebody takes. Without a name and a reason it counts for nothing. */
export interface Acceptance {
  readonly guard: string;
  readonly by: string;
  readonly reason: string;
}

/** What a guard found, and whether the way is free. */
export interface GuardResult extends Judged {
  readonly accident: string;
  readonly decision: 'GO' | 'NO-GO' | 'RISK ACCEPTED';
  readonly mayBeAccepted: boolean;
  readonly accepted?: { readonly by: string; readonly reason: string } | undefined;
}

export const defaultLimits: GuardLimits = { maxBackupAgeHours: 26, maxTtlSeconds: 300, soakDays: 14 };

const moving: readonly StrategyName[] = ['volume-swap', 'rsync'];

export const guards: readonly Guard[] = [
  {
    name: 'capacity-proven',
    sentence: 'a running target proves that there is capacity before anything is stopped',
    accident:
      'a server was powered off for a copy, and its hardware was given to somebody else (a 75-minute downtime, 2020)',
    before: moving,
    mayBeAccepted: true,
    test: capacity,
  },
  {
    name: 'source-kept',
    sentence:
      'the source is neither powered off nor deleted, and kept until it is released by a run of its own',
    accident: 'a clean-up after a failed migration deleted the original volume (cloudbase/coriolis#508)',
    before: moving,
    mayBeAccepted: false,
    test: () => holds('no step powers off or deletes it; it is renamed'),
  },
  {
    name: 'volume-outlives-source',
    sentence: 'the volume is not deleted together with its server',
    accident: 'disks attached at launch die with their instance unless told otherwise (EC2’s default)',
    before: ['volume-swap'],
    mayBeAccepted: false,
    test: volumeOutlives,
  },
  {
    name: 'right-disk',
    sentence: 'the disk is known by its serial and the filesystem by its UUID',
    accident: 'NVMe disks changed order at boot and the wrong one was used (cloudfoundry/bosh-agent#429)',
    before: ['volume-swap'],
    mayBeAccepted: false,
    test: rightDisk,
  },
  {
    name: 'source-serves',
    sentence: 'the same probe that will judge the target is green on the source',
    accident:
      'a rehearsal passed and the run failed, as they tested different things (EnterpriseDB/repmgr#826)',
    before: moving,
    mayBeAccepted: true,
    test: ({ facts }) =>
      given(facts.health, ({ healthy, detail }) =>
        healthy ? holds(detail) : fails(`not served: ${detail}`),
      ),
  },
  {
    name: 'one-writer',
    sentence: 'the source’s services are stopped and kept from starting before the target starts its own',
    accident: 'two servers wrote after a switch-over (openark/orchestrator#854)',
    before: moving,
    mayBeAccepted: true,
    test: ({ facts: { workload } }) =>
      workload.services.length > 0
        ? holds(`stopped and masked: ${workload.services.join(', ')}`)
        : fails('no service is named, so none can be stopped', 'name the workload’s services'),
  },
  {
    name: 'image-ready',
    sentence: 'the image that the target boots from can be used',
    accident: 'a restored server did not boot for want of its boot script (the same downtime, 2020)',
    before: moving,
    mayBeAccepted: true,
    test: ({ facts }) =>
      given(facts.image, ({ state, name }) => {
        if (state === 'unknown') return unclear(`the cloud does not say how ${name} is`);
        return state === 'available' ? holds(name) : fails(`${name} is ${state}`);
      }),
  },
  {
    name: 'fresh-backup',
    sentence: 'there is a complete, recent copy of the data that is listed now',
    accident: 'in the downtime of 2020 the backup lacked files, and nobody had known',
    before: moving,
    mayBeAccepted: true,
    test: freshBackup,
  },
  {
    name: 'route',
    sentence: 'what leads to the workload can be switched, and clients follow soon',
    accident: 'only a floating address saved the day in 2020; names would have taken hours',
    before: moving,
    mayBeAccepted: true,
    test: route,
  },
  {
    name: 'within-budget',
    sentence: 'in nine cases of ten nobody serves for no longer than was allowed',
    accident: 'a copy that was always “nearly done” held the window open for hours (github/gh-ost#804)',
    before: moving,
    mayBeAccepted: true,
    test: withinBudget,
  },
];

/** Asks the guards of a strategy. An acceptance counts only with a name and a reason, and for a guard that stands. */
export function askGuards(watch: Watch, acceptances: readonly Acceptance[]): readonly GuardResult[] {
  return guards
    .filter(({ before }) => before.includes(watch.assessment.strategy))
    .map((guard) => {
      const { name, sentence, accident, mayBeAccepted } = guard;
      const finding = guard.test(watch);
      const result = { name, sentence, accident, mayBeAccepted, ...finding };
      if (finding.verdict === 'holds') return { ...result, decision: 'GO' };
      const taken = acceptances.find((taker) => taker.guard === name && isSigned(taker));
      if (!mayBeAccepted || taken === undefined) return { ...result, decision: 'NO-GO' };
      return { ...result, decision: 'RISK ACCEPTED', accepted: { by: taken.by, reason: taken.reason } };
    });
}

/** An acceptance that counts for nothing, and why: a person who signs a risk must know whether it was taken. */
export interface Ignored {
  readonly guard: string;
  readonly why: string;
}

/** Acceptances that change nothing. */
export function ignoredOf(acceptances: readonly Acceptance[]): readonly Ignored[] {
  return acceptances.flatMap((acceptance) => {
    const { guard } = acceptance;
    const known = guards.find(({ name }) => name === guard);
    if (known === undefined) {
      const names = guards.filter(({ mayBeAccepted }) => mayBeAccepted).map(({ name }) => name);
      return [{ guard, why: `there is no such guard; those that can be accepted are ${names.join(', ')}` }];
    }
    if (!known.mayBeAccepted) return [{ guard, why: 'this guard cannot be accepted' }];
    return isSigned(acceptance) ? [] : [{ guard, why: 'it names nobody, or no reason' }];
  });
}

function isSigned({ by, reason }: Acceptance): boolean {
  return by.trim() !== '' && reason.trim() !== '';
}

function capacity({ facts, target, zones, now, limits }: Watch): Finding {
  return given(facts.offers, (offers) => {
    const wanted = offers.filter(({ zone }) => zones.includes(zone));
    const open = wanted.filter((offer) => !isOver(offer, now));
    const change = 'choose another type or zone';
    const [first] = open;
    if (first === undefined) {
      return fails(`${target.instanceType} is not to be had in ${zones.join(', ') || 'any zone'}`, change);
    }
    const lasting = open.filter((offer) => outlasts(offer, now, limits.soakDays));
    if (lasting.length === 0) {
      return unclear(
        `${target.instanceType} ends at ${first.endsAt}, within ${limits.soakDays} days`,
        change,
      );
    }
    const told = lasting.filter(({ creatable, lifecycle }) => creatable === 'yes' || lifecycle === 'current');
    if (told.length === 0) {
      return unclear(`nobody says whether ${target.instanceType} is still offered, or whether there is one`);
    }
    const sure = told.filter(({ creatable }) => creatable === 'yes').map(({ zone }) => zone);
    const offered = sure.length > 0 ? `offered in ${sure.join(', ')}` : 'the cloud does not say beforehand';
    return holds(`${offered}; the target runs before anything stops`);
  });
}

function isOver({ creatable, lifecycle, endsAt }: InstanceOffer, now: IsoTime): boolean {
  const ended = endsAt !== undefined && Date.parse(endsAt) <= Date.parse(now);
  return creatable === 'no' || lifecycle === 'retired' || ended;
}

/** An end that cannot be read counts as near. */
function outlasts({ endsAt }: InstanceOffer, now: IsoTime, soakDays: number): boolean {
  return endsAt === undefined || Date.parse(endsAt) - Date.parse(now) > soakDays * 86_400_000;
}

function volumeOutlives({ facts, fixes }: Watch): Finding {
  return given(facts.source, ({ volumes }) => {
    const mine = volumes.find(({ volumeId }) => volumeId === facts.workload.volumeId);
    if (mine === undefined) return unclear(`${facts.workload.volumeId} is not listed at the source`);
    if (!mine.deleteOnTermination) return holds('delete-on-termination is off');
    return fixes.includes('keep-volume')
      ? holds('delete-on-termination is on; the run turns it off first')
      : fails('delete-on-termination is on', 'let the run turn it off: fixes: ["keep-volume"]');
  });
}

function rightDisk({ facts }: Watch): Finding {
  const { workload, volume } = facts;
  return given(facts.host, ({ mounts }) => {
    const mount = mounts.find(({ mountPoint }) => mountPoint === workload.mountPoint);
    if (mount === undefined) return fails(`nothing is mounted at ${workload.mountPoint}`);
    if (mount.filesystemUuid !== workload.filesystemUuid) return fails(`the UUID is ${mount.filesystemUuid}`);
    return given(volume, ({ attachments }) => {
      const disk = attachments.find(({ instanceId }) => instanceId === workload.instance.id)?.disk;
      if (disk === undefined) return fails('the volume is not attached to the source');
      if (mount.diskSerial === undefined)
        return unclear(`which disk is under ${workload.mountPoint} is not known`);
      return mount.diskSerial === disk.serial
        ? holds(`serial ${disk.serial}, UUID ${mount.filesystemUuid}`)
        : fails(`${workload.mountPoint} is on disk ${mount.diskSerial}, the volume is ${disk.serial}`);
    });
  });
}

/** Five minutes: so far may the cloud's clock be ahead of ours. */
const maxClockSkewHours = 5 / 60;

function freshBackup({ facts, now, limits }: Watch): Finding {
  return given(facts.snapshot, (snapshot) => {
    if (snapshot === null) return fails('no complete snapshot is listed', 'make one');
    if (snapshot.state !== 'ready') {
      const far = snapshot.progress === undefined ? '' : `, ${Math.floor(snapshot.progress * 100)} % done`;
      return fails(
        `${snapshot.id} is still being made${far}, and no other is complete`,
        'wait until it is ready',
      );
    }
    const hours = (Date.parse(now) - Date.parse(snapshot.takenAt)) / 3_600_000;
    if (Number.isNaN(hours)) return unclear(`${snapshot.id} does not say when it was taken`);
    if (hours < -maxClockSkewHours) {
      return unclear(`${snapshot.id} says that it was taken at ${snapshot.takenAt}, which is yet to come`);
    }
    const evidence = `${snapshot.id}, ${hours < 1 ? 'less than an hour' : `${Math.floor(hours)} h`} old`;
    return hours <= limits.maxBackupAgeHours
      ? holds(evidence)
      : fails(`${evidence}, more than ${limits.maxBackupAgeHours} h`, 'make a new snapshot');
  });
}

function route({ facts, limits }: Watch): Finding {
  const { workload } = facts;
  if (workload.floatingIps.length === 0 && workload.names.length === 0) {
    return fails('neither an address nor a name is given', 'say what leads to it');
  }
  const addresses = given(facts.addresses, (ips) => {
    const astray = ips.filter(({ instanceId }) => instanceId !== workload.instance.id);
    if (astray.length > 0) return fails(`${astray.map(({ address }) => address).join(', ')} leads elsewhere`);
    return holds(ips.map(({ address }) => `${address} moves`).join(', '));
  });
  if (workload.floatingIps.length > 0 && addresses.verdict !== 'holds') return addresses;
  if (workload.names.length === 0) return addresses;
  return given(facts.records, (records) => {
    const slow = records.filter(({ ttlSeconds }) => !(ttlSeconds <= limits.maxTtlSeconds));
    if (slow.length === 0) return holds(`TTL at most ${limits.maxTtlSeconds} s`);
    const [first] = slow;
    return fails(
      `TTL of ${slow.map(({ name }) => name).join(', ')} is above ${limits.maxTtlSeconds} s`,
      `lower it now and wait ${first?.ttlSeconds ?? 0} s`,
    );
  });
}

function withinBudget({ assessment, limits: { budgetSeconds } }: Watch): Finding {
  if (budgetSeconds === undefined) return holds('no budget was set');
  if (assessment.downtime === undefined) return unclear('the downtime cannot be estimated');
  const p90 = Math.ceil(assessment.downtime.p90Seconds);
  const evidence = `p90 ${p90} s, budget ${budgetSeconds} s`;
  return p90 <= budgetSeconds ? holds(evidence) : fails(evidence, `a budget of ${p90} s`);
}
