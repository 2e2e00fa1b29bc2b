import type { Call, ReadOptions } from './call.ts';
import type { HostResult } from './host-error.ts';
import type { IsoTime } from './ref.ts';

/** What runs on a server, by the names of its init system, and what would start by itself. */

/** The services of a server, by the names of its init system. */
export interface Services {
  /** Every service that is installed, and how it is. */
  list(options?: ReadOptions): HostResult<readonly ServiceState[]>;
  /**
   * Stops them in the order given and keeps them from being started by anything else until `start`, also over a boot.
   * Resolves when each is down. One that is not installed is `not-found`, and then none was touched.
   */
  stop(names: readonly string[], call: Call): HostResult<readonly ServiceState[]>;
  /** Starts them in the order given; resolves when each is active. One that does not come up is `failed`. */
  start(names: readonly string[], call: Call): HostResult<readonly ServiceState[]>;
  /**
   * Stops and starts those that are active, in the order given, so that they learn of something new; those that are
   * not active stay as they are. One that is masked is not started by it.
   */
  restart(names: readonly string[], call: Call): HostResult<readonly ServiceState[]>;
}

/** One service as it is now. */
export interface ServiceState {
  readonly name: string;
  readonly state: 'active' | 'inactive' | 'failed' | 'unknown';
  /** Kept from starting by anything but `start`. */
  readonly masked: boolean;
}

/** One service, and how long it takes to be down: what a probe finds out beyond its state. */
export interface ServiceFacts extends ServiceState {
  /** How long its init system lets it stop before it is killed; absent where that is not known or without end. */
  readonly stopTimeoutMs?: number | undefined;
  /** How long its last stop took, where the init system remembers. */
  readonly lastStopMs?: number | undefined;
}

/** What starts by the clock: timers of the init system, and the daemons that read crontabs. */
export interface Timers {
  /** Each of them, and how it is. */
  list(options?: ReadOptions): HostResult<readonly TimerState[]>;
  /**
   * Stops them and keeps them from starting anything until `unmask`, also over a boot. A job that is running already
   * is not stopped: see {@link Mounts.holders}. One that is not there is `not-found`, and then none was touched.
   */
  mask(names: readonly string[], call: Call): HostResult<readonly TimerState[]>;
  /** Lets them go on: those that are enabled start again. */
  unmask(names: readonly string[], call: Call): HostResult<readonly TimerState[]>;
}

/** One timer, or one daemon that reads crontabs, as it is now. */
export interface TimerState {
  readonly name: string;
  readonly kind: 'timer' | 'cron';
  readonly state: 'active' | 'inactive' | 'failed' | 'unknown';
  readonly masked: boolean;
  /** When it starts something next, where that is known. */
  readonly nextAt?: IsoTime | undefined;
}
