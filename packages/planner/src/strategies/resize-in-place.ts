/**
 * Resize in place: the server itself gets another type. Where the cloud keeps the old one until the new one is confirmed
 * the way back is safe; where stopping gives the hardware away, nobody promises that it starts again.
 */

import { noTail, tailOf } from '../client-tail.ts';
import { downtimeOf, type Phase, phase } from '../downtime.ts';
import type { Facts } from '../facts.ts';
import type { Parameters } from '../parameters.ts';
import type { Question } from '../precondition.ts';
import { sameDiskSize, sameDiskType, slotsFree } from '../preconditions/disk.ts';
import {
  addressStays,
  bootsThere,
  dataFound,
  intoSource,
  notInBetween,
  rootStays,
  serves,
  servicesKnown,
} from '../preconditions/inside.ts';
import { otherType, sameCloud, sameImage, wantedZone } from '../preconditions/place.ts';
import { addressesLost } from '../route/addresses-lost.ts';
import type { Strategy } from '../strategy.ts';
import { ttlPhases } from '../ttl.ts';
import { backOf } from '../way-back.ts';

export const resizeInPlace: Strategy = {
  name: 'resize-in-place',
  title: 'resize in place',
  preconditions: [
    sameCloud,
    otherType,
    wantedZone,
    sameImage,
    sameDiskType,
    sameDiskSize,
    rootStays,
    bootsThere,
    slotsFree,
    notInBetween,
    addressStays,
    intoSource,
    dataFound,
    servicesKnown,
    serves,
  ],
  downtime: (question, parameters) => {
    const { stopServices, startServices, probe, checks, windows } = parameters;
    const follows = followsAddress(question.facts);
    const phases = [
      ...(follows ? ttlPhases(question.facts, question.ttl, parameters) : []),
      phase('look-at-source', 'source', checks),
      phase('gate-window', 'source', checks),
      phase('stop-services', 'nobody', stopServices),
      ...changeOfType(question, parameters),
      phase('server-back', 'nobody', parameters.reboot),
      phase('mount-data', 'nobody', parameters.mount),
      phase('start-services', 'nobody', startServices),
      phase('probe-target', 'nobody', probe),
      phase('gate-cut-over', 'nobody', parameters.gate),
      ...(follows ? [phase('follow-address', 'nobody', parameters.changeName)] : []),
    ];
    return downtimeOf(phases, follows ? tailOf(question) : noTail, {
      back: backOf(phases, parameters),
      seen: windows['resize-in-place'],
    });
  },
  wayBack: (question) =>
    keepsOld(question)
      ? {
          rank: 1,
          until: 'the new type is confirmed; until then the cloud keeps the old one',
          pointOfNoReturn: 'the confirmation',
        }
      : {
          rank: 2,
          until: 'always, by another resize; nobody promises the capacity for it',
          pointOfNoReturn: 'none of the data; the hardware may be given away at the stop',
        },
  calls: ({ workload }) => {
    const { id } = workload.instance;
    return {
      source: [
        { verb: 'instances.stop', instanceId: id },
        { verb: 'instances.resize', instanceId: id },
        { verb: 'instances.start', instanceId: id },
        ...workload.names.map(({ name }) => ({ verb: 'dns.change' as const, recordName: name })),
      ],
      target: [],
    };
  },
  cost: { servers: 0, disks: 0 },
  graph: 'resize-in-place',
};

/** A cloud that keeps the old server shuts down, moves and starts by itself. */
function changeOfType(question: Question, parameters: Parameters): readonly Phase[] {
  if (keepsOld(question)) return [phase('resize-instance', 'nobody', parameters.resizeKept)];
  return [
    phase('stop-instance', 'nobody', parameters.powerOff),
    phase('resize-instance', 'nobody', parameters.changeType),
    phase('start-instance', 'nobody', parameters.powerOn),
  ];
}

/** Do names lead to an address that it gives back? Unknown counts as yes. */
export function followsAddress(facts: Facts): boolean {
  if (facts.workload.names.length === 0 || keepsOld({ facts })) return false;
  const lost = addressesLost(facts);
  return !lost.known || lost.value.length > 0;
}

/** Unknown traits count as the worse answer. */
function keepsOld({ facts: { traits } }: Pick<Question, 'facts'>): boolean {
  return traits.known && traits.value.resizeKeptUntilConfirmed;
}
