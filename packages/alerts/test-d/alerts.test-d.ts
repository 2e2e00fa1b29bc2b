import {
  type Alert,
  type Alerts,
  type AlertsError,
  memoryStore,
  openAlerts,
  type Target,
} from '@belay/alerts';
import type { Result, ResultAsync } from 'neverthrow';
import { expectError, expectType } from 'tsd';

declare const anna: Target;
declare const ben: Target;
const store = memoryStore();
const raise = { cause: 'db', severity: 'critical', summary: 'down', source: 'panel-1' } as const;

const opened = openAlerts({ targets: { anna, ben }, chain: { rungs: [{ tell: ['anna'] }] }, store });
expectType<Result<Alerts, AlertsError>>(opened);
const alerts = opened._unsafeUnwrap();
expectType<ResultAsync<Alert, AlertsError>>(alerts.raise(raise));

// Only who is a target can be told, and a rung tells somebody.
expectError(openAlerts({ targets: { anna }, chain: { rungs: [{ tell: ['ben'] }] }, store }));
expectError(openAlerts({ targets: { anna }, chain: { rungs: [{ tell: [] }] }, store }));
// An acknowledgement names who, and why.
expectError(alerts.acknowledge('db', { by: 'Anna' }));
expectError(alerts.acknowledge('db'));
// The severities are a closed list.
expectError(alerts.raise({ ...raise, severity: 'fatal' }));
