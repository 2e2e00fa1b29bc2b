/**
 * How long the port's verbs may well take: ninety-nine of a hundred are over by then, also on the slower clouds. For so
 * long a wait goes on looking twice a second; after that something is out of the ordinary, and it looks less often.
 *
 * Only verbs are named here that a service may be down for, or that a person sits and waits for. A snapshot takes
 * minutes on its best day, and nobody loses anything by hearing of it two seconds late.
 *
 * The times are those that `@belay/sim` draws its latencies from: what drivers of EC2 and OpenStack, their documents
 * and runs of our own report.
 */
const usualMs: Readonly<Record<string, number>> = {
  'instances.create': 90_000,
  'instances.start': 60_000,
  'instances.stop': 60_000,
  'instances.resize': 180_000,
  'instances.revertResize': 180_000,
  'volumes.attach': 60_000,
  'volumes.detach': 60_000,
  'floatingIps.move': 20_000,
  'dns.change': 60_000,
};

/** For so many milliseconds an operation may well go on; `undefined` where nobody knows, or nobody minds. */
export function usualDurationMs(operation: string): number | undefined {
  return Object.hasOwn(usualMs, operation) ? usualMs[operation] : undefined;
}
