import { cloudErrorKinds, hostErrorKinds } from '@belay/cloud';
import * as v from 'valibot';
import { type FaultEffect, type FaultRule, operations } from '../../faults.ts';

/** Fault rules from JSON, in the words of `sim.faults.add`. A field that nobody knows is refused. */
const operation = v.picklist(operations);
const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const ms = v.pipe(v.number(), v.minValue(0));

const effect: v.GenericSchema<unknown, FaultEffect> = v.variant('what', [
  v.strictObject({
    what: v.literal('fails'),
    kind: v.picklist([...cloudErrorKinds, ...hostErrorKinds]),
    message: v.exactOptional(v.string()),
    code: v.exactOptional(text),
  }),
  v.strictObject({ what: v.literal('loses-reply') }),
  v.strictObject({ what: v.literal('hangs') }),
  v.strictObject({ what: v.literal('is-slow'), factor: v.pipe(v.number(), v.gtValue(0)) }),
  v.strictObject({ what: v.literal('sticks') }),
  v.strictObject({ what: v.literal('rolls-back') }),
  v.strictObject({ what: v.literal('shows-late'), forMs: ms, afterMs: v.exactOptional(ms) }),
]);

const rule = v.strictObject({
  on: v.union([operation, v.array(operation)]),
  resourceId: v.exactOptional(text),
  after: v.exactOptional(count),
  times: v.exactOptional(count),
  does: effect,
});

/** One rule, or a list of them. */
export const rulesSchema: v.GenericSchema<unknown, readonly FaultRule[]> = v.pipe(
  v.unknown(),
  v.transform((given) => (Array.isArray(given) ? given : [given])),
  v.array(rule),
);
