/** Limits and habits of planning. */

import type { Fix } from '@belay/planner';
import * as v from 'valibot';
import { positive, text } from './field.ts';

/** How plans are made here. */
export interface PlanningSection {
  /** Nobody may serve for so long, in nine cases of ten; an option of `plan` says otherwise. */
  readonly budgetSeconds?: number | undefined;
  /** Take figures from runs of this journal, once there are five of a kind; `true` where absent. */
  readonly history?: boolean | undefined;
  /** Look closely at the source: ten seconds of writes and one scan of its files; `true` where absent. */
  readonly probe?: boolean | undefined;
  /** For how long writes are watched in place of ten seconds: for rehearsals, where one is enough. */
  readonly sampleSeconds?: number | undefined;
  /** For how long a source is kept after a move before it can be given up; 24 where absent. */
  readonly soakHours?: number | undefined;
  /** The name of the secret that must be typed for a takeover: an entry of `secrets`. */
  readonly takeoverSecret?: string | undefined;
  /** What the run may change by itself so that a guard holds, such as `keep-volume`. */
  readonly fixes?: readonly Fix[] | undefined;
}

export const planningSchema: v.GenericSchema<unknown, PlanningSection> = v.strictObject({
  budgetSeconds: v.optional(positive),
  history: v.optional(v.boolean()),
  probe: v.optional(v.boolean()),
  sampleSeconds: v.optional(positive),
  takeoverSecret: v.optional(text),
  soakHours: v.optional(positive),
  fixes: v.optional(v.array(v.literal('keep-volume', 'must be "keep-volume"'))),
});
