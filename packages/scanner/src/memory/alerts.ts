/**
 * Alerts that a test can read, and acknowledge as a person would.
 */

import { errAsync, okAsync } from 'neverthrow';
import type { Alert, Alerts, StandingAlert } from '../alerts.ts';
import { scannerError } from '../scanner-error.ts';

/** Alerts in memory. */
export interface MemoryAlerts {
  readonly port: Alerts;
  /** All that was ever raised, in order. */
  readonly raised: readonly Alert[];
  /** A person has seen it. */
  acknowledge(cause: string): void;
  /** While `true`, nothing gets through. */
  cutOff(isCutOff: boolean): void;
}

/** Alerts that are delivered at once. */
export function memoryAlerts(): MemoryAlerts {
  const raised: Alert[] = [];
  const standing = new Map<string, StandingAlert>();
  let down = false;
  const unheard = () => errAsync(scannerError('unheard', 'The alert channel is down.', { source: 'alerts' }));
  return {
    raised,
    acknowledge(cause) {
      if (standing.has(cause)) standing.set(cause, { cause, state: 'acknowledged' });
    },
    cutOff(isCutOff) {
      down = isCutOff;
    },
    port: {
      raise(alert) {
        if (down) return unheard();
        raised.push(alert);
        if (!standing.has(alert.cause)) standing.set(alert.cause, { cause: alert.cause, state: 'raised' });
        return okAsync(undefined);
      },
      resolve(cause) {
        if (down) return unheard();
        standing.delete(cause);
        return okAsync(undefined);
      },
      standing: () => (down ? unheard() : okAsync([...standing.values()])),
    },
  };
}
