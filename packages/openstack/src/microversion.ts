import { type Clock, type CloudError, cloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { noAnswerError, provider, refusalOf } from './errors.ts';
import { type Fetch, send } from './http.ts';
import type { Token } from './keystone.ts';
import { listAt, objectAt, textAt, wireOf } from './wire.ts';
import { withoutSecrets } from './without-secrets.ts';

/**
 * Nova and Cinder answer in the version of their API that each request names. Each is asked once what it can, and
 * gets the highest that both sides know. Below the floor the adapter could not keep its promises, and says so.
 */
export interface Microversions {
  readonly compute: string;
  readonly volume: string;
}

interface Range {
  readonly floor: string;
  readonly ceiling: string;
  readonly why: string;
}

const ranges: Readonly<Record<keyof Microversions, Range>> = {
  // 2.52 tags at create, 2.79 what becomes of an attached volume. From 2.94 on nothing has been tried.
  compute: { floor: '2.79', ceiling: '2.93', why: 'Train, of 2019' },
  // 3.42 growing a volume in use, 3.66 snapshots of a volume in use without force.
  volume: { floor: '3.42', ceiling: '3.70', why: 'Pike, of 2017' },
};

/** Asks one service for its versions and chooses. */
export async function negotiate(
  service: keyof Microversions,
  endpoint: string,
  token: Token,
  fetch: Fetch,
  limits: { readonly clock: Clock; readonly timeoutMs: number },
): Promise<Result<string, CloudError>> {
  const asked = { operation: 'connect', changes: false };
  const url = versionUrl(service, endpoint);
  const headers = { accept: 'application/json', 'x-auth-token': token.id.reveal() };
  const answer = await send(fetch, { method: 'GET', url, headers }, limits);
  if (answer.isErr()) return err(noAnswerError(answer.error, asked));
  const { status, body } = answer.value;
  if (status !== 200 && status !== 300)
    return err(refusalOf(withoutSecrets(answer.value, [token.id]), asked).error);
  const { floor, ceiling, why } = ranges[service];
  const highest = highestIn(body, service === 'compute' ? 'v2.1' : 'v3.0');
  const lowestEnough = highest !== undefined && compare(highest, floor) >= 0;
  if (lowestEnough) return ok(compare(highest, ceiling) > 0 ? ceiling : highest);
  const has = highest === undefined ? 'does not say what it speaks' : `speaks ${highest} at the most`;
  const message = `The ${service} service ${has}; belay needs ${floor} (${why}) or later.`;
  return err(cloudError('unsupported', { provider, operation: 'connect' }, message));
}

/** -1, 0 or 1: `2.9` comes before `2.79`. */
export function compare(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  const major = (left?.[0] ?? 0) - (right?.[0] ?? 0);
  return Math.sign(major === 0 ? (left?.[1] ?? 0) - (right?.[1] ?? 0) : major);
}

/** The catalogue's address may end in the project's id; the versions are told above it. */
function versionUrl(service: keyof Microversions, endpoint: string): string {
  const version = service === 'compute' ? 'v2\\.1|v2' : 'v3';
  const root = new RegExp(`^(.*/(?:${version}))(?:/.*)?$`).exec(endpoint)?.[1];
  return `${root ?? endpoint}/`;
}

/** One version is told as `version`, several as `versions`. */
function highestIn(body: unknown, id: string): string | undefined {
  const wire = wireOf(body);
  const all = [objectAt(wire, 'version'), ...listAt(wire, 'versions')];
  const ours = all.find((one) => textAt(one, 'id') === id);
  return ours === undefined ? undefined : textAt(ours, 'version');
}
