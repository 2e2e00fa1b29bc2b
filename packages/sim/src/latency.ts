import type { Random } from './random.ts';
import type { Family } from './traits.ts';

/**
 * How long things take, as clouds behave: usually much the same, and now and then many times as long. Three points in
 * milliseconds for each: never less than `least`, half of all no more than `usual`, one in a hundred `most`. Drawn from
 * the log-normal curve through them. The defaults are what drivers of these clouds, their documents and our own runs
 * report.
 */
export type Spread = readonly [leastMs: number, usualMs: number, mostMs: number];

/** A spread for each thing that takes time; a state that ends by itself is named by the call that begins it. */
export interface Latencies {
  /** Way to the provider's API and back, for reads. */
  readonly read: Spread;
  /** The same for changes. */
  readonly write: Spread;
  /** How long reads may still show the world before a change. */
  readonly visibility: Spread;
  /** From accepted to `running`, without the guest's boot. */
  readonly 'instances.create': Spread;
  readonly 'instances.start': Spread;
  readonly 'instances.stop': Spread;
  readonly 'instances.delete': Spread;
  readonly 'instances.resize': Spread;
  /** From `running` until the guest lets one in. */
  readonly boot: Spread;
  readonly 'volumes.create': Spread;
  /** Until a copy can be attached; what is on it is there from the first moment. */
  readonly 'volumes.copy': Spread;
  readonly 'volumes.attach': Spread;
  readonly 'volumes.detach': Spread;
  readonly 'volumes.delete': Spread;
  /** Until the new size can be used. */
  readonly 'volumes.modify': Spread;
  /** Until the provider is done with it in the background. */
  readonly 'volumes.optimize': Spread;
  /** From `takenAt` to `readyAt`. */
  readonly 'snapshots.create': Spread;
  readonly 'snapshots.copy': Spread;
  readonly 'snapshots.delete': Spread;
  /** From accepted to `active`. */
  readonly 'reservations.create': Spread;
  readonly 'floatingIps.move': Spread;
  readonly 'dns.change': Spread;
  /** Way into a server and back. */
  readonly ssh: Spread;
  readonly 'services.stop': Spread;
  readonly 'services.start': Spread;
  readonly 'mounts.mount': Spread;
  readonly 'mounts.unmount': Spread;
  readonly 'mounts.settle': Spread;
  readonly 'mounts.freeze': Spread;
  readonly 'mounts.grow': Spread;
  readonly 'disks.format': Spread;
  readonly 'databases.copy': Spread;
  /** What a pass of a copy takes beside its scan and its bytes: connecting, starting, writing out at the end. */
  readonly copy: Spread;
  /** One request of a health probe. */
  readonly check: Spread;
}

export type LatencyName = keyof Latencies;

const ec2Latencies: Latencies = {
  read: [20, 60, 250],
  write: [60, 150, 600],
  visibility: [0, 200, 1_500],
  'instances.create': [4_000, 12_000, 40_000],
  'instances.start': [4_000, 12_000, 40_000],
  'instances.stop': [5_000, 20_000, 60_000],
  'instances.delete': [5_000, 20_000, 60_000],
  'instances.resize': [100, 200, 500],
  boot: [15_000, 45_000, 180_000],
  'volumes.create': [1_000, 1_500, 4_000],
  'volumes.copy': [1_500, 3_000, 15_000],
  'volumes.attach': [1_000, 3_000, 30_000],
  'volumes.detach': [1_000, 3_000, 30_000],
  'volumes.delete': [500, 1_000, 5_000],
  'volumes.modify': [2_000, 8_000, 60_000],
  'volumes.optimize': [600_000, 3_600_000, 21_600_000],
  'snapshots.create': [60_000, 300_000, 1_800_000],
  'snapshots.copy': [60_000, 300_000, 1_800_000],
  'snapshots.delete': [500, 1_000, 5_000],
  'reservations.create': [500, 2_000, 10_000],
  'floatingIps.move': [1_000, 4_000, 20_000],
  'dns.change': [5_000, 20_000, 60_000],
  ssh: [20, 60, 300],
  'services.stop': [2_000, 10_000, 90_000],
  'services.start': [300, 1_500, 8_000],
  'mounts.mount': [50, 200, 1_000],
  'mounts.unmount': [50, 200, 1_000],
  'mounts.settle': [50, 300, 5_000],
  'mounts.freeze': [20, 300, 4_000],
  'mounts.grow': [200, 1_000, 10_000],
  'disks.format': [500, 2_000, 20_000],
  'databases.copy': [500, 5_000, 120_000],
  copy: [300, 700, 3_000],
  check: [30, 120, 1_500],
};

const openstackLatencies: Latencies = {
  ...ec2Latencies,
  read: [40, 120, 600],
  write: [100, 400, 2_000],
  visibility: [0, 20, 300],
  'instances.create': [8_000, 25_000, 90_000],
  'instances.resize': [10_000, 40_000, 180_000],
  'volumes.create': [1_000, 3_000, 15_000],
  'volumes.copy': [5_000, 60_000, 600_000],
  'volumes.attach': [2_000, 8_000, 60_000],
  'volumes.detach': [2_000, 8_000, 60_000],
};

/** The latencies of a family, with one's own in place of some. */
export function latenciesOf(family: Family, own: Partial<Latencies> = {}): Latencies {
  return { ...(family === 'ec2' ? ec2Latencies : openstackLatencies), ...own };
}

/** All the same, for tests in which time does not matter. */
export function flatLatencies(ms: number): Latencies {
  const flat: Spread = [ms, ms, ms];
  const entries = Object.keys(ec2Latencies).map((name) => [name, flat]);
  return { ...ec2Latencies, ...Object.fromEntries(entries), visibility: [0, 0, 0] };
}

/** How many standard deviations above the middle one draw in a hundred lies. */
const oneInAHundred = 2.326;

/** One draw, in whole milliseconds, between `least` and `most`. */
export function sampleMs([least, usual, most]: Spread, random: Random, stream: string): number {
  if (most <= least || usual <= 0) return least;
  const radius = Math.sqrt(-2 * Math.log(1 - random.next(stream)));
  const deviations = radius * Math.cos(2 * Math.PI * random.next(stream));
  const value = usual * (most / usual) ** (deviations / oneInAHundred);
  return Math.round(Math.min(most, Math.max(least, value)));
}
