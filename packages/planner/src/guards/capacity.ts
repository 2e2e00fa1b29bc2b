/** Guards on capacity: that there is a server to go to, and that the one there is is not given away meanwhile. */

import type { InstanceOffer, IsoTime } from '@belay/cloud';
import { change, type Finding, fails, given, holds, unclear } from '../precondition.ts';
import { volumesOf } from '../workload.ts';
import { changing, type Guard, moving, type Watch } from './guard.ts';

const downtimeOf2020 = 'a server was powered off for a copy, and its hardware was given to somebody else';

export const capacityGuards: readonly Guard[] = [
  {
    name: 'capacity-kept',
    id: 'G1',
    sentence: 'the server finds its hardware again when it starts',
    accident: `${downtimeOf2020} (a 75-minute downtime, 2020)`,
    phases: ['plan', 'window'],
    before: ['resize-in-place'],
    needs: ['traits', 'source', 'reservations'],
    mayBeAccepted: true,
    test: kept,
  },
  {
    name: 'source-kept',
    id: 'G1',
    sentence:
      'the source is neither powered off nor deleted, and kept until it is released by a run of its own',
    accident: 'a clean-up after a failed migration deleted the original volume (cloudbase/coriolis#508)',
    phases: ['plan'],
    before: moving,
    needs: [],
    mayBeAccepted: false,
    test: () => holds('no step powers off or deletes it; it is renamed'),
  },
  {
    name: 'capacity-proven',
    id: 'G2',
    sentence: 'a running target proves that there is capacity before anything is stopped',
    accident: `${downtimeOf2020} (a 75-minute downtime, 2020)`,
    phases: ['plan', 'window'],
    before: [...moving, 'resize-in-place'],
    needs: ['offers'],
    mayBeAccepted: true,
    test: proven,
  },
  {
    name: 'room-for-both',
    id: 'G4',
    sentence: 'there is room for source and target at once',
    accident: 'a copy began that the target could not hold (utkuozdemir/pv-migrate’s size check)',
    phases: ['plan'],
    before: moving,
    needs: ['offers'],
    mayBeAccepted: true,
    test: roomForBoth,
  },
  {
    name: 'allowed',
    id: 'G25',
    sentence: 'the account may do every step, and every step back',
    accident: 'who may detach a disk may still not be allowed to attach it again: the way back ends there',
    phases: ['plan', 'window'],
    before: changing,
    needs: ['permissions'],
    mayBeAccepted: true,
    test: allowed,
  },
];

/** Stopping is safe where the cloud keeps the old server until the new one is confirmed, or capacity is reserved. */
function kept({ facts, target }: Watch): Finding {
  return given(facts.traits, ({ resizeKeptUntilConfirmed, stopMayLoseCapacity }) => {
    if (resizeKeptUntilConfirmed)
      return holds('the cloud keeps the old server until the new one is confirmed');
    if (!stopMayLoseCapacity) return holds('a stopped server keeps its hardware');
    return given(facts.source, ({ zone }) =>
      given(facts.reservations, (reservations) => {
        const mine = reservations.find(
          ({ state, instanceType, zone: where, free }) =>
            state === 'active' && instanceType === target.instanceType && where === zone && free > 0,
        );
        return mine === undefined
          ? fails(
              'stopping gives the hardware away, and none is reserved',
              change('pay', `reserve one ${target.instanceType} in ${zone}`),
            )
          : holds(`reservation ${mine.id} has ${mine.free} free`);
      }),
    );
  });
}

function proven({ facts, target, zones, now, limits, sight, assessment }: Watch): Finding {
  // Once the target runs it is its own proof.
  if (assessment.strategy !== 'resize-in-place' && sight.targetBooted?.known === true)
    return holds(`the target runs, boot ${sight.targetBooted.value.bootId}`);
  return given(facts.offers, (offers) => {
    const wanted = offers.filter(({ zone }) => zones.includes(zone));
    const open = wanted.filter((offer) => !isOver(offer, now));
    const another = change('say', 'choose another type or zone');
    const [first] = open;
    if (first === undefined) {
      return fails(`${target.instanceType} is not to be had in ${zones.join(', ') || 'any zone'}`, another);
    }
    const lasting = open.filter((offer) => outlasts(offer, now, limits.soakDays));
    if (lasting.length === 0) {
      return unclear(
        `${target.instanceType} ends at ${first.endsAt}, within ${limits.soakDays} days`,
        another,
      );
    }
    const told = lasting.filter(({ creatable, lifecycle }) => creatable === 'yes' || lifecycle === 'current');
    if (told.length === 0) {
      return unclear(`nobody says whether ${target.instanceType} is still offered, or whether there is one`);
    }
    const sure = told.filter(({ creatable }) => creatable === 'yes').map(({ zone }) => zone);
    const offered = sure.length > 0 ? `offered in ${sure.join(', ')}` : 'the cloud does not say beforehand';
    return holds(
      assessment.strategy === 'resize-in-place'
        ? offered
        : `${offered}; the target runs before anything stops`,
    );
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

/** What a quota lacks shows when the target and its disks are made, while the source serves: only slots are looked at. */
function roomForBoth({ facts, target, zones }: Watch): Finding {
  const needed = volumesOf(facts.workload).length;
  if (!facts.offers.known) return holds('target and disks are made before anything stops');
  const short = facts.offers.value.find(
    ({ zone, volumeSlots }) => zones.includes(zone) && volumeSlots !== undefined && !(volumeSlots >= needed),
  );
  return short === undefined
    ? holds('target and disks are made before anything stops')
    : fails(`${target.instanceType} takes ${short.volumeSlots} data disks, ${needed} are needed`);
}

/** A cloud that cannot be asked is no reason to stop; one that says no is. */
function allowed({ facts, assessment }: Watch): Finding {
  if (!facts.permissions.known) return holds(`not asked beforehand: ${facts.permissions.why}`);
  const wanted = new Set(assessment.verbs);
  const mine = facts.permissions.value.filter(({ verb }) => wanted.has(verb));
  const denied = mine.filter(({ allowed: may }) => may === 'no');
  if (denied.length > 0) {
    const names = [
      ...new Set(denied.map(({ verb, why }) => (why === undefined ? verb : `${verb} (${why})`))),
    ];
    return fails(`denied: ${names.join('; ')}`, change('configure', 'let the account do it'));
  }
  const open = mine.filter(({ allowed: may }) => may === 'unknown');
  return open.length === 0
    ? holds(`${mine.length} calls allowed`)
    : holds(`${mine.length - open.length} calls allowed, the cloud cannot be asked about ${open.length}`);
}
