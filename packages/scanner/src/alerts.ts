/**
 * The port to people. The scanner says what has happened, once for each cause; repeating it, waking the next person and
 * waiting for an acknowledgement are the other side's work.
 */

import type { Call, SideResult } from './call.ts';

/** One thing that a person must know. */
export interface Alert {
  /** The same for the same trouble: `breaker/not-believed/orders`. Raising it again does not make a second one. */
  readonly cause: string;
  /** `page`: wake somebody. `notice`: for the next morning. */
  readonly severity: 'page' | 'notice';
  /** One sentence: what has happened, to what. */
  readonly title: string;
  /** What was seen, what was left alone because of it, and what would change it. */
  readonly detail: string;
}

/** An alert that has not been resolved. */
export interface StandingAlert {
  readonly cause: string;
  /** `undeliverable`: nobody could be told. */
  readonly state: 'raised' | 'acknowledged' | 'undeliverable';
}

/** Somebody who can be told. */
export interface Alerts {
  /** Resolves when the alert is safely with whoever delivers it. */
  raise(alert: Alert, call: Call): SideResult<void>;
  /** The trouble is over. Not an error where there was none. */
  resolve(cause: string, call: Call): SideResult<void>;
  /** What stands now. An error means that nobody can be told, and then nothing is swept. */
  standing(call: Call): SideResult<readonly StandingAlert[]>;
}
