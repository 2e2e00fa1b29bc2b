import { err, ok, type ResultAsync } from 'neverthrow';
import type { Alerts } from './alerts.ts';
import type { AlertsError } from './alerts-error.ts';

/** What a scanner wants people to know: the shape of `Alert` in `@belay/scanner`. */
export interface ScannerAlert {
  readonly cause: string;
  readonly severity: 'page' | 'notice';
  readonly title: string;
  readonly detail: string;
}

/** What stands, as a scanner asks it. */
export interface ScannerStanding {
  readonly cause: string;
  readonly state: 'raised' | 'acknowledged' | 'undeliverable';
}

/** The error that a scanner takes for "nobody would know". */
export interface Unheard {
  readonly kind: 'unheard';
  readonly message: string;
}

/** The port `Alerts` of `@belay/scanner`. */
export interface ScannerPort {
  /** Resolves when the alert is stored. */
  raise(alert: ScannerAlert): ResultAsync<void, Unheard>;
  /** The trouble is over; no error where there was none. */
  resolve(cause: string): ResultAsync<void, Unheard>;
  /** All that is not resolved. */
  standing(): ResultAsync<readonly ScannerStanding[], Unheard>;
}

/**
 * Alerts as `@belay/scanner` asks for them. A page is `critical`, a notice a `warning`; the program resolves in its own
 * name. An alert that is already over is resolved once more without an error.
 */
export function alertsForScanner(alerts: Alerts, source: string): ScannerPort {
  return {
    raise: ({ cause, severity, title, detail }) =>
      alerts
        .raise({
          cause,
          severity: severity === 'page' ? 'critical' : 'warning',
          summary: title,
          source,
          details: { detail },
        })
        .map(() => undefined)
        .mapErr(unheard),
    resolve: (cause) =>
      alerts
        .resolve(cause, { by: source, reason: 'the scanner sees it no longer' })
        .map(() => undefined)
        .orElse((error) => (isOver(error) ? ok(undefined) : err(error)))
        .mapErr(unheard),
    standing: () =>
      alerts
        .list()
        .map((all) =>
          all.map(
            ({ cause, state }): ScannerStanding => ({
              cause,
              state: state === 'acknowledged' || state === 'undeliverable' ? state : 'raised',
            }),
          ),
        )
        .mapErr(unheard),
  };
}

function isOver({ kind }: AlertsError): boolean {
  return kind === 'unknown-alert' || kind === 'resolved';
}

function unheard({ message }: AlertsError): Unheard {
  return { kind: 'unheard', message };
}
