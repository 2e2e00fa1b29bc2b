/**
 * What the clouds themselves say of how long things take, in place of the general figures. What happens on the source is
 * as its cloud says, and everything else as the target's does. Figures of own runs come before both.
 */

import type { DurationName, Durations, HealthProbe } from '@belay/cloud';
import type { Spread } from './downtime.ts';
import type { Facts } from './facts.ts';
import { type Parameters, spread } from './parameters.ts';

type Timed = {
  readonly [K in keyof Parameters]-?: Parameters[K] extends Spread ? K : never;
}[keyof Parameters];

/** The figures that a move is planned with, as far as its clouds declare any. */
export function declaredFigures({ traits, targetTraits, workload }: Told): Declared {
  const there = targetTraits.known ? targetTraits.value.durations : undefined;
  return {
    ...figuresOf(there, elsewhere),
    ...probing(there, workload.probe),
    ...figuresOf(traits.known ? traits.value.durations : undefined, onSource),
  };
}

/** The same where all is at one cloud. */
export function declaredBy(durations: Durations | undefined): Declared {
  return figuresOf(durations, everything);
}

type Told = Pick<Facts, 'traits' | 'targetTraits' | 'workload'>;
type Declared = Partial<Record<Timed, Spread>>;

const onSource: Readonly<Partial<Record<DurationName, readonly Timed[]>>> = {
  'volumes.detach': ['detach'],
  'services.stop': ['stopServices'],
  'mounts.unmount': ['unmount'],
  'instances.stop': ['powerOff'],
  'instances.start': ['powerOn'],
};

const elsewhere: typeof onSource = {
  'instances.create': ['provision'],
  'instances.ready': ['boot', 'reboot'],
  'volumes.create': ['createVolume'],
  'volumes.attach': ['attach'],
  'snapshots.ready': ['snapshotReady'],
  'floatingIps.move': ['moveAddress'],
  'dns.change': ['changeName'],
  'mounts.mount': ['mount'],
  'services.start': ['startServices'],
};

const everything: typeof onSource = { ...onSource, ...elsewhere };

function figuresOf(durations: Durations | undefined, which: typeof onSource): Declared {
  const figures: Partial<Record<Timed, Spread>> = {};
  for (const [name, [bestMs, likelyMs, worstMs]] of Object.entries(durations ?? {})) {
    const told = spread(bestMs / 1000, likelyMs / 1000, worstMs / 1000, 'documented', 'as its cloud says');
    // Names that a later version of the port has are nothing to this one.
    for (const parameter of Object.hasOwn(which, name) ? (which[name as DurationName] ?? []) : []) {
      figures[parameter] = told;
    }
  }
  return figures;
}

/** Answers are asked for two seconds apart, three of them where nobody says how many: so the `Host` port has it. */
const usuallyInARow = 3;
const betweenSeconds = 2;

function probing(durations: Durations | undefined, { inARow = usuallyInARow }: HealthProbe): Declared {
  const each = durations?.['host.check'];
  if (each === undefined) return {};
  const [best, likely, worst] = each.map((ms) => (inARow - 1) * betweenSeconds + (inARow * ms) / 1000);
  return {
    probe: spread(
      best ?? 0,
      likely ?? 0,
      worst ?? 0,
      'documented',
      `${inARow} good answers, as its cloud says`,
    ),
  };
}
