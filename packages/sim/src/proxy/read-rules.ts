import { err, ok, type Result } from 'neverthrow';
import * as v from 'valibot';
import { type ProxyError, proxyError } from './error.ts';
import type { FaultBody, ProxyFault } from './fault.ts';
import type { ProxyRule } from './rule.ts';

/**
 * Rules from JSON: from a file, or from the control route. A field that nobody knows is refused, because a rule whose
 * `probabilty` is overlooked strikes every call. The message names the place: `1.fault.delayMs`.
 */
export function readProxyRules(json: string): Result<readonly ProxyRule[], ProxyError> {
  const value = parsed(json);
  if (value === undefined) return err(proxyError('invalid', 'These rules are not JSON.'));
  return rulesOf(value);
}

/** One rule, or a list of them. */
export function rulesOf(value: unknown): Result<readonly ProxyRule[], ProxyError> {
  const read = v.safeParse(v.array(rule), Array.isArray(value) ? value : [value]);
  if (read.success) return ok(read.output);
  const [issue] = read.issues;
  const place = v.getDotPath(issue) ?? 'the whole';
  return err(proxyError('invalid', `These rules make no sense at ${place}: ${issue.message}.`));
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

const text = v.pipe(v.string(), v.minLength(1));
const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const ms = v.pipe(v.number(), v.minValue(0));
const flag = v.exactOptional(v.boolean());
const body: v.GenericSchema<unknown, FaultBody> = v.union([
  v.string(),
  v.array(v.unknown()),
  v.record(v.string(), v.unknown()),
]);
const status = (from: number): v.GenericSchema<unknown, number> =>
  v.pipe(v.number(), v.integer(), v.minValue(from), v.maxValue(599));
const range: v.GenericSchema<unknown, [number, number]> = v.pipe(
  v.tuple([ms, ms]),
  v.check(([from, to]) => from <= to, 'a range goes from the smaller number to the larger'),
);

const fault: v.GenericSchema<unknown, ProxyFault> = v.variant('kind', [
  v.strictObject({
    kind: v.literal('delay'),
    delayMs: v.union([ms, range]),
    hold: v.exactOptional(v.picklist(['call', 'reply'])),
  }),
  v.strictObject({ kind: v.literal('refuse') }),
  v.strictObject({ kind: v.literal('drop-reply') }),
  v.strictObject({ kind: v.literal('gateway-error'), status: v.exactOptional(status(500)), forwarded: flag }),
  v.strictObject({ kind: v.literal('unauthenticated'), body: v.exactOptional(body), forwarded: flag }),
  v.strictObject({ kind: v.literal('conflict'), body: v.exactOptional(body), forwarded: flag }),
  v.strictObject({
    kind: v.literal('throttle'),
    retryAfterS: v.exactOptional(count),
    body: v.exactOptional(body),
    forwarded: flag,
  }),
  v.strictObject({
    kind: v.literal('answer'),
    status: status(200),
    body: v.exactOptional(body),
    contentType: v.exactOptional(text),
    headers: v.exactOptional(v.record(text, v.string())),
    forwarded: flag,
  }),
  v.strictObject({
    kind: v.literal('drip'),
    bytes: v.exactOptional(v.pipe(count, v.minValue(1))),
    everyMs: v.exactOptional(ms),
  }),
  v.strictObject({ kind: v.literal('cut'), afterBytes: v.exactOptional(count) }),
  v.strictObject({ kind: v.literal('content-type'), contentType: v.exactOptional(text) }),
]);

const rule: v.GenericSchema<unknown, ProxyRule> = v.strictObject({
  id: v.exactOptional(text),
  service: v.exactOptional(text),
  method: v.exactOptional(text),
  path: v.exactOptional(text),
  action: v.exactOptional(text),
  body: v.exactOptional(text),
  after: v.exactOptional(count),
  times: v.exactOptional(v.pipe(count, v.minValue(1))),
  probability: v.exactOptional(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  fault,
});
