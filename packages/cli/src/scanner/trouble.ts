/** What went wrong, as a sentence for a person and an exit code for a program. Pure. */

import type { ScannerError } from '@belay/scanner';
import type { ConfigError } from '../config/loaded-config.ts';
import { exit } from '../exit.ts';

/** Something that ends a command. */
export interface Trouble {
  readonly message: string;
  /** What the person may do next, one line each. */
  readonly next?: readonly string[] | undefined;
  readonly code: number;
  /** It is the ledger itself. */
  readonly isBroken?: boolean | undefined;
}

/** A config that does not fit. */
export function ofConfig({ message }: ConfigError): Trouble {
  return { message, code: exit.error };
}

/** An error of the scanner. `scope`: its name in the config, for the commands that are named. */
export function ofScanner({ kind, message }: ScannerError, scope: string): Trouble {
  switch (kind) {
    case 'breaker-open':
      return {
        message,
        next: ['Find out why, mend it, then, by name:', `  belay breaker close ${scope} --reason TEXT`],
        code: exit.riskMissing,
      };
    case 'unheard':
      return {
        message,
        next: [
          'Somebody looks at it and says so:',
          '  belay alerts list',
          '  belay alerts ack CAUSE --reason TEXT',
        ],
        code: exit.riskMissing,
      };
    case 'not-approved':
      return { message, code: exit.riskMissing };
    case 'not-believed':
    case 'clock':
    case 'unavailable':
      return { message, next: ['Nothing was changed.'], code: exit.refused };
    case 'needed':
      return { message, code: exit.stuck };
    case 'cancelled':
      return { message, code: exit.interrupted };
    case 'fenced-out':
      return {
        message,
        next: [`If that ledger is lost: belay adopt ${scope} --reason TEXT`],
        code: exit.refused,
      };
    case 'ledger':
      return {
        message,
        next: [
          'Nothing is scanned or swept with it. Find the right ledger; only if this is it:',
          `  belay ledger reseal ${scope} --reason TEXT`,
        ],
        code: exit.error,
        isBroken: true,
      };
    default:
      return { message, code: exit.error };
  }
}
