import type { Clock } from '@belay/cloud';
import { ResultAsync } from 'neverthrow';
import type { ApiOptions } from '../api.ts';
import type { Sim, SimOptions } from '../sim.ts';
import { type AdjustableClock, adjustableClock } from './adjustable-clock.ts';
import { answerControl, controlPath, inForce } from './control/route.ts';
import { type Ec2Levers, ec2Levers } from './levers.ts';
import { type Ec2Error, listen } from './listen.ts';
import { ec2Sim, furnish } from './scene.ts';
import { type ServedWorld, serveWorld } from './served-world.ts';
import { answerService } from './service-endpoint.ts';
import type { AccessKeys } from './signature.ts';

/** How a simulated EC2 is started. Everything has a usual value: `startEc2()` alone is a region that works. */
export interface Ec2Options {
  /** A free port where it is 0 or absent. Only this machine reaches it. */
  readonly port?: number;
  /** A world of one's own, made with `traits: 'ec2'`. It needs a clock that goes by itself: `scaledClock(60)`. */
  readonly sim?: Sim<Clock>;
  /** How fast time goes, where no `sim` is given: 60 makes a minute of a second. 1 where absent. */
  readonly timeScale?: number;
  /** What else the world is like, where no `sim` is given. */
  readonly world?: Omit<SimOptions, 'clock' | 'traits'>;
  /** Keys that are let in, each with its secret (empty: any signature will do). Any key where absent. */
  readonly accessKeys?: AccessKeys;
  /** Zones of Route 53 that are there from the beginning; there is one for each domain with a record set as well. */
  readonly hostedZones?: readonly string[];
  /** How many calls the account may make; no limit where absent. */
  readonly throttle?: ApiOptions['throttle'];
}

/** A simulated EC2 and Route 53 that answers on a port. */
export interface Ec2Server extends AsyncDisposable {
  /** For `AWS_ENDPOINT_URL`, or the `endpoint` of a client. */
  readonly url: string;
  readonly port: number;
  /** The world that is served now: another one after a reset. */
  readonly sim: Sim<Clock>;
  /** What can be made to go wrong in the protocol itself. For everything else there is `sim.faults`. */
  readonly levers: Ec2Levers;
  /** Ends every connection. A world that was handed in goes on. */
  close(): Promise<void>;
}

/**
 * Starts a simulated EC2 on a port of the loopback interface. It refuses what EC2 refuses, shows what it made after a
 * while, and takes its time. An error says that the port cannot be had; throws where `sim` is no simulated EC2.
 */
export function startEc2(options: Ec2Options = {}): ResultAsync<Ec2Server, Ec2Error> {
  const { accessKeys, hostedZones = [] } = options;
  const levers = ec2Levers();
  const undos = inForce();
  const open = (): ServedWorld => openWorldOf(options);
  const place = { served: open() };
  // A world that was brought along, or that is kept in a file, is not this server's to throw away.
  const isOurs = options.sim === undefined && options.world?.file === undefined;
  const reset = isOurs ? () => resetTo(place, open) : undefined;
  const listening = listen(options.port ?? 0, (request) =>
    request.target.startsWith(controlPath)
      ? Promise.resolve(answerControl(request, { served: place.served, levers, inForce: undos, reset }))
      : answerService(request, { served: place.served, levers, accessKeys, hostedZones }),
  );
  return new ResultAsync(listening)
    .map(({ port, close: stop }) => {
      const close = async (): Promise<void> => {
        await stop();
        if (options.sim === undefined) place.served.sim.close();
      };
      return {
        url: `http://127.0.0.1:${port}`,
        port,
        get sim() {
          return place.served.sim;
        },
        levers: levers.hands,
        close,
        [Symbol.asyncDispose]: close,
      };
    })
    .mapErr((error) => {
      if (options.sim === undefined) place.served.sim.close();
      return error;
    });
}

function openWorldOf({ sim, timeScale = 1, world = {}, throttle }: Ec2Options): ServedWorld {
  if (sim !== undefined) {
    furnish(sim);
    return serveWorld(sim, undefined, { throttle });
  }
  const clock: AdjustableClock = adjustableClock(timeScale);
  return serveWorld(ec2Sim({ ...world, clock }), clock, { throttle });
}

function resetTo(place: { served: ServedWorld }, open: () => ServedWorld): void {
  place.served.sim.close();
  place.served = open();
}
