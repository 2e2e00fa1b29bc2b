import { createHash } from 'node:crypto';
import { err, errAsync, ok, type Result } from 'neverthrow';
import { type AlertsError, alertsError } from './alerts-error.ts';
import { call, checkUrl, type Fetch } from './http.ts';
import type { AlertMessage, Target } from './target.ts';

/** How to reach one PagerDuty service. */
export interface PagerDutyOptions {
  /** The integration key of an Events API v2 integration: 32 characters, and a secret. */
  readonly routingKey: string;
  /** PagerDuty's address for the rest of the world where absent; its European one is `https://events.eu.pagerduty.com`. */
  readonly endpoint?: string | undefined;
  /** Put before each cause, so that two installations can share one service; `belay/` where absent. */
  readonly prefix?: string | undefined;
  /** Node's own where absent. */
  readonly fetch?: Fetch | undefined;
}

/**
 * A service of PagerDuty, by its Events API v2. All messages about one cause carry one `dedup_key`, so a repetition
 * does not open a second incident. PagerDuty's own rota decides whom it calls.
 *
 * Source: PagerDuty's developer documentation, "Events API v2": the answer to an event that was taken is 202, 400 is an
 * event that will never be taken, 429 and the 500s may pass; a key has at most 255 characters, a summary 1024.
 */
export function pagerDuty(options: PagerDutyOptions): Target {
  const { routingKey, endpoint = 'https://events.pagerduty.com', prefix = 'belay/' } = options;
  const { fetch = globalThis.fetch } = options;
  const address = checkUrl('endpoint', `${endpoint.replace(/\/+$/, '')}/v2/enqueue`);
  return {
    send: (message, { signal }) => {
      const url = checkKey(routingKey).andThen(() => address);
      if (url.isErr()) return errAsync(url.error);
      const body = JSON.stringify({ routing_key: routingKey, ...eventOf(message, prefix) });
      const headers = { 'content-type': 'application/json' };
      return call({ url: url.value, method: 'POST', headers, body, fetch, signal }).map(() => undefined);
    },
  };
}

function checkKey(routingKey: string): Result<void, AlertsError> {
  return /^[A-Za-z0-9]{32}$/.test(routingKey)
    ? ok()
    : err(alertsError('refused', 'the routing key for PagerDuty has not the 32 characters of one'));
}

function eventOf(message: AlertMessage, prefix: string): object {
  const { action, why, cause, incident, severity, summary, source, details, raisedAt } = message;
  const key = { event_action: action, dedup_key: dedupKey(`${prefix}${cause}`) };
  if (action !== 'trigger') return key;
  return {
    ...key,
    client: 'belay',
    payload: {
      summary: summary.slice(0, longestSummary),
      source,
      severity,
      timestamp: raisedAt,
      component: cause,
      custom_details: { ...details, why, incident, raised: message.raisedCount, rung: message.rung },
    },
  };
}

const longestSummary = 1_024;
const longestKey = 255;

/** A key that is too long keeps its beginning for people and a digest for being the only one. */
function dedupKey(key: string): string {
  if (key.length <= longestKey) return key;
  const digest = createHash('sha256').update(key).digest('hex');
  return `${key.slice(0, longestKey - digest.length - 1)}~${digest}`;
}
