/**
 * How long things take at one cloud, where its adapter can say: from its documents, or from runs of its own. A plan uses
 * these figures in place of its general ones until runs on the spot have taught it better. Nothing ever waits or times
 * out by them.
 */

/** A verb of the port, or what goes on inside a server of that cloud. */
export type DurationName =
  /** From the request until it runs. */
  | 'instances.create'
  /** From there until one can work inside. */
  | 'instances.ready'
  | 'instances.start'
  | 'instances.stop'
  | 'volumes.create'
  | 'volumes.attach'
  | 'volumes.detach'
  /** Until something can be made of it. */
  | 'snapshots.ready'
  | 'floatingIps.move'
  | 'dns.change'
  | 'mounts.mount'
  | 'mounts.unmount'
  /** All services of a workload, one after the other. */
  | 'services.stop'
  | 'services.start'
  /** One answer of a server that serves. */
  | 'host.check';

/** In milliseconds: one case in a hundred is quicker than the first, half are than the second, all but one than the third. */
export type DurationMs = readonly [bestMs: number, likelyMs: number, worstMs: number];

/** What is left out is not known of that cloud. */
export type Durations = Readonly<Partial<Record<DurationName, DurationMs>>>;
