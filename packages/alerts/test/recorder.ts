import { errAsync, okAsync } from 'neverthrow';
import { type AlertMessage, alertsError, type Clock, type Target } from '../src/index.ts';

/** One message as a target got it. */
export interface Told {
  /** UTC, `02:35:00`. */
  readonly at: string;
  readonly who: string;
  readonly message: AlertMessage;
}

/** Targets that write down what they are told; those that are `down` refuse. */
export class Recorder {
  readonly told: Told[] = [];
  readonly down: Set<string> = new Set();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  target(who: string): Target {
    return {
      send: (message) => {
        if (this.down.has(who)) return errAsync(alertsError('unreachable', `${who} is down`));
        this.told.push({ at: clockTime(this.#clock), who, message });
        return okAsync(undefined);
      },
    };
  }

  /** `02:35:00 anna trigger raised`, one line a message. */
  get lines(): readonly string[] {
    return this.told.map(({ at, who, message }) => `${at} ${who} ${message.action} ${message.why}`);
  }
}

function clockTime(clock: Clock): string {
  return new Date(clock.now()).toISOString().slice(11, 19);
}
