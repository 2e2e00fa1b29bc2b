/** Whom to tell, over what, and what happens when nobody answers. */

import type { Target } from '@belay/alerts';
import * as v from 'valibot';
import { positive, text, withFunctions } from './field.ts';
import { type SecretPlace, secretPlaceSchema } from './secrets.ts';

/** Alerts: who is told, and in which order. */
export interface AlertsSection {
  /** The SQLite file in which alerts are kept; `belay-alerts.db` where absent. */
  readonly store?: string | undefined;
  /** Where alerts come from, as people read it: a machine's name; `belay` where absent. */
  readonly source?: string | undefined;
  /** Who can be told, by names of your own. */
  readonly targets: Readonly<Record<string, TargetSection>>;
  readonly chain: ChainSection;
  /** A dead-man's switch on another machine. Without one nobody notices when this host is dead. */
  readonly heartbeat?: HeartbeatSection | undefined;
  /** How long one message may be on its way; 15000 where absent. */
  readonly answerWithinMs?: number | undefined;
}

/** Somebody who can be told. */
export type TargetSection = PagerDutySection | WebhookSection | OwnTargetSection;

/** A service of PagerDuty, by its Events API v2. */
export interface PagerDutySection {
  readonly kind: 'pagerduty';
  readonly routingKey: SecretPlace;
  readonly endpoint?: string | undefined;
  readonly prefix?: string | undefined;
}

/** Any receiver of JSON. */
export interface WebhookSection {
  readonly kind: 'webhook';
  /** Most addresses are secrets: then they are named, not written. */
  readonly url: string | SecretPlace;
  readonly headers?: Readonly<Record<string, SecretPlace>> | undefined;
  readonly signingSecret?: SecretPlace | undefined;
}

/** A target of your own, from a TypeScript config. */
export interface OwnTargetSection {
  readonly kind: 'own';
  readonly target: Target;
}

/** Who is told in which order; the last rung is everyone. */
export interface ChainSection {
  readonly rungs: readonly {
    readonly tell: readonly [string, ...string[]];
    readonly acknowledgeWithinMs?: number | undefined;
  }[];
  readonly repeatMs?: number | undefined;
  readonly resolveWithinMs?: number | undefined;
}

/** A sign of life, to a switch that calls when it is missing. */
export interface HeartbeatSection {
  /** Whoever knows it can keep the switch quiet: a secret. */
  readonly url: SecretPlace;
  readonly method?: 'GET' | 'POST' | undefined;
  readonly everyMs?: number | undefined;
}

const target = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('pagerduty'),
      routingKey: secretPlaceSchema,
      endpoint: v.optional(v.pipe(v.string(), v.url('must be a URL'))),
      prefix: v.optional(text),
    }),
    v.strictObject({
      kind: v.literal('webhook'),
      url: v.union(
        [v.pipe(v.string(), v.url('must be a URL')), secretPlaceSchema],
        'must be a URL, or where one lies: { "env": NAME } or { "file": PATH }',
      ),
      headers: v.optional(v.record(v.string(), secretPlaceSchema)),
      signingSecret: v.optional(secretPlaceSchema),
    }),
    v.strictObject({ kind: v.literal('own'), target: withFunctions<Target>(['send']) }),
  ],
  'must be "pagerduty", "webhook" or "own"',
);

export const alertsSchema: v.GenericSchema<unknown, AlertsSection> = v.strictObject({
  store: v.optional(text),
  source: v.optional(text),
  targets: v.record(v.string(), target),
  chain: v.strictObject({
    rungs: v.array(
      v.strictObject({
        tell: v.tupleWithRest([text], text),
        acknowledgeWithinMs: v.optional(positive),
      }),
    ),
    repeatMs: v.optional(positive),
    resolveWithinMs: v.optional(positive),
  }),
  heartbeat: v.optional(
    v.strictObject({
      url: secretPlaceSchema,
      method: v.optional(v.picklist(['GET', 'POST'], 'must be "GET" or "POST"')),
      everyMs: v.optional(positive),
    }),
  ),
  answerWithinMs: v.optional(positive),
});
