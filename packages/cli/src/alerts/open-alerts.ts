/** The alerts of a config, opened: who can be told, over what, and where it is remembered. */

import { isAbsolute, join } from 'node:path';
import {
  type Alerts,
  type AlertsError,
  deadManSwitch,
  openAlerts,
  pagerDuty,
  sqliteStore,
  type Target,
  webhook,
} from '@belay/alerts';
import type { SecretError } from '@belay/cloud';
import { err, errAsync, ok, type Result, ResultAsync } from 'neverthrow';
import type { Call } from '../command.ts';
import type { AlertsSection, TargetSection } from '../config/alerts.ts';
import type { ConfigError, LoadedConfig } from '../config/loaded-config.ts';
import { invalid } from '../config/read.ts';
import type { SecretPlace } from '../config/secrets.ts';
import { type SecretSource, secretAt } from '../session/secrets.ts';

/** Alerts, and in whose name this installation raises them. */
export interface OpenedAlerts {
  readonly alerts: Alerts;
  readonly source: string;
}

/**
 * Opens them. The error names the field; where there is no section, nobody could be told of anything. `mayLack`: a target
 * whose secret is not at hand fails from here, and is told by whoever keeps watch, who has it. `beats`: only the watch gives
 * signs of life, and nobody else needs the address of the switch.
 */
export function openAlertsOf(
  { env, clock }: Pick<Call, 'env' | 'clock'>,
  loaded: LoadedConfig,
  { mayLack, beats = false }: { readonly mayLack: boolean; readonly beats?: boolean },
): ResultAsync<OpenedAlerts, ConfigError> {
  return new ResultAsync(open({ loaded, env }, clock, { mayLack, beats }));
}

async function open(
  source: SecretSource,
  clock: Call['clock'],
  { mayLack, beats }: { readonly mayLack: boolean; readonly beats: boolean },
): Promise<Result<OpenedAlerts, ConfigError>> {
  const { loaded } = source;
  const section = loaded.config.alerts;
  if (section === undefined) {
    return err(invalid(loaded.name, 'alerts', 'is missing: nobody could be told when something is wrong'));
  }
  const targets: Record<string, Target> = {};
  for (const [name, one] of Object.entries(section.targets)) {
    const target = (await targetOf(one, `alerts.targets.${name}`, source)).orElse((error) =>
      mayLack ? ok(outOfReach(error)) : err(error),
    );
    if (target.isErr()) return err(target.error);
    targets[name] = target.value;
  }
  const heartbeat = beats ? await heartbeatOf(section, source) : ok(undefined);
  if (heartbeat.isErr()) return err(heartbeat.error);
  const path = section.store ?? 'belay-alerts.db';
  const store = sqliteStore(isAbsolute(path) ? path : join(loaded.folder, path));
  if (store.isErr()) return err(invalid(loaded.name, 'alerts.store', store.error.message));
  return openAlerts({
    targets,
    chain: section.chain,
    store: store.value,
    heartbeat: heartbeat.value,
    answerWithinMs: section.answerWithinMs,
    clock,
  })
    .map((alerts) => ({ alerts, source: section.source ?? 'belay' }))
    .mapErr((error) => ofAlerts(loaded.name, error));
}

async function targetOf(
  section: TargetSection,
  field: string,
  source: SecretSource,
): Promise<Result<Target, ConfigError>> {
  if (section.kind === 'own') return ok(section.target);
  if (section.kind === 'pagerduty') {
    const { endpoint, prefix } = section;
    const key = await valueAt(section.routingKey, `${field}.routingKey`, source);
    return key.map((routingKey) => pagerDuty({ routingKey, endpoint, prefix }));
  }
  const url =
    typeof section.url === 'string' ? ok(section.url) : await valueAt(section.url, `${field}.url`, source);
  if (url.isErr()) return err(url.error);
  const headers: Record<string, string> = {};
  for (const [name, place] of Object.entries(section.headers ?? {})) {
    const value = await valueAt(place, `${field}.headers.${name}`, source);
    if (value.isErr()) return err(value.error);
    headers[name] = value.value;
  }
  const { signingSecret: place } = section;
  const secret = place === undefined ? ok(undefined) : await valueAt(place, `${field}.signingSecret`, source);
  return secret.map((signingSecret) => webhook({ url: url.value, headers, signingSecret }));
}

function outOfReach({ message }: ConfigError): Target {
  return { send: () => errAsync({ kind: 'unreachable', message }) };
}

async function heartbeatOf({ heartbeat }: AlertsSection, source: SecretSource) {
  if (heartbeat === undefined) return ok(undefined);
  const { method, everyMs } = heartbeat;
  const url = await valueAt(heartbeat.url, 'alerts.heartbeat.url', source);
  return url.map((value) => deadManSwitch({ url: value, method, everyMs }));
}

async function valueAt(
  place: SecretPlace,
  field: string,
  source: SecretSource,
): Promise<Result<string, ConfigError>> {
  return await secretAt(place, source)
    .map((secret) => secret.reveal())
    .mapErr(({ message }: SecretError) => invalid(source.loaded.name, field, message));
}

/** The package's own sentences begin with the field. */
function ofAlerts(name: string, { message }: AlertsError): ConfigError {
  const [field = '', ...rest] = message.split(': ');
  return rest.length === 0
    ? invalid(name, 'alerts', message)
    : invalid(name, `alerts.${field}`, rest.join(': '));
}
