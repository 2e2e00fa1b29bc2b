import type { Random } from './random.ts';
import type { Family } from './traits.ts';

/**
 * How long things take: three points (least, most likely, most) in milliseconds for each, drawn from the triangle
 * that they span. The defaults are what drivers of these clouds, their documents and our own runs report.
 */
export type Triangle = readonly [leastMs: number, likelyMs: number, mostMs: number];

export interface Latencies {
  /** Way to the provider's API and back, for reads. */
  readonly read: Triangle;
  /** The same for changes. */
  readonly write: Triangle;
  /** How long reads may still show the world before a change. */
  readonly visibility: Triangle;
  /** From accepted to `running`, without the guest's boot. */
  readonly 'instances.create': Triangle;
  readonly 'instances.start': Triangle;
  readonly 'instances.stop': Triangle;
  readonly 'instances.delete': Triangle;
  readonly 'instances.resize': Triangle;
  /** From `running` until the guest lets one in. */
  readonly boot: Triangle;
  readonly 'volumes.create': Triangle;
  readonly 'volumes.attach': Triangle;
  readonly 'volumes.detach': Triangle;
  readonly 'volumes.delete': Triangle;
  /** Until the new size can be used. */
  readonly 'volumes.modify': Triangle;
  /** Until the provider is done with it in the background. */
  readonly 'volumes.optimize': Triangle;
  /** From `takenAt` to `readyAt`. */
  readonly 'snapshots.create': Triangle;
  readonly 'snapshots.delete': Triangle;
  readonly 'floatingIps.move': Triangle;
  readonly 'dns.change': Triangle;
  /** Way into a server and back. */
  readonly ssh: Triangle;
  readonly 'services.stop': Triangle;
  readonly 'services.start': Triangle;
  readonly 'mounts.mount': Triangle;
  readonly 'mounts.unmount': Triangle;
  /** One request of a health probe. */
  readonly check: Triangle;
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
  'volumes.attach': [1_000, 3_000, 30_000],
  'volumes.detach': [1_000, 3_000, 30_000],
  'volumes.delete': [500, 1_000, 5_000],
  'volumes.modify': [2_000, 8_000, 60_000],
  'volumes.optimize': [600_000, 3_600_000, 21_600_000],
  'snapshots.create': [60_000, 300_000, 1_800_000],
  'snapshots.delete': [500, 1_000, 5_000],
  'floatingIps.move': [1_000, 4_000, 20_000],
  'dns.change': [5_000, 20_000, 60_000],
  ssh: [20, 60, 300],
  'services.stop': [2_000, 10_000, 90_000],
  'services.start': [300, 1_500, 8_000],
  'mounts.mount': [50, 200, 1_000],
  'mounts.unmount': [50, 200, 1_000],
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
  'volumes.attach': [2_000, 8_000, 60_000],
  'volumes.detach': [2_000, 8_000, 60_000],
};

/** The latencies of a family, with one's own in place of some. */
export function latenciesOf(family: Family, own: Partial<Latencies> = {}): Latencies {
  return { ...(family === 'ec2' ? ec2Latencies : openstackLatencies), ...own };
}

/** All the same, for tests in which time does not matter. */
export function flatLatencies(ms: number): Latencies {
  const flat: Triangle = [ms, ms, ms];
  const entries = Object.keys(ec2Latencies).map((name) => [name, flat]);
  return { ...ec2Latencies, ...Object.fromEntries(entries), visibility: [0, 0, 0] };
}

/** One draw from a triangle, in whole milliseconds. */
export function sampleMs([least, likely, most]: Triangle, random: Random, stream: string): number {
  const span = most - least;
  if (span <= 0) return least;
  const draw = random.next(stream);
  const turn = (likely - least) / span;
  const value =
    draw < turn
      ? least + Math.sqrt(draw * span * (likely - least))
      : most - Math.sqrt((1 - draw) * span * (most - likely));
  return Math.round(value);
}
