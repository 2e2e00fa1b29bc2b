import { describe, expect, it } from 'vitest';
import { idsIn, readError } from '../src/errors.ts';
import { retryStrategy } from '../src/retry-strategy.ts';
import { ec2Error } from './open-ec2.ts';

const change = { operation: 'volumes.attach', changes: true };
const readIt = (code: string, status = 400, message = code) =>
  readError(ec2Error(code, message, status), change);

describe('an error of EC2', () => {
  it.each([
    ['InvalidVolume.NotFound', 400, 'not-found', 'no'],
    ['IncorrectState', 400, 'busy', 'no'],
    ['InvalidInstanceID', 400, 'busy', 'no'],
    ['InvalidInstanceID.Malformed', 400, 'invalid', 'no'],
    ['VolumeInUse', 400, 'busy', 'no'],
    ['InvalidVolume.ZoneMismatch', 400, 'zone-mismatch', 'no'],
    ['InvalidZone.NotFound', 400, 'invalid', 'no'],
    ['InvalidSnapshot.NotFound', 400, 'not-found', 'no'],
    ['InvalidSubnetID.NotFound', 400, 'invalid', 'no'],
    ['InvalidAMIID.NotFound', 400, 'invalid', 'no'],
    ['InvalidParameterValue', 400, 'invalid', 'no'],
    ['InvalidVolumeID.Malformed', 400, 'invalid', 'no'],
    ['MissingParameter', 400, 'invalid', 'no'],
    ['IdempotentParameterMismatch', 400, 'idempotency-mismatch', 'no'],
    ['InsufficientInstanceCapacity', 500, 'out-of-stock', 'no'],
    ['Unsupported', 400, 'out-of-stock', 'no'],
    ['VcpuLimitExceeded', 400, 'quota', 'no'],
    ['VolumeModificationRateExceeded', 400, 'rate-cooldown', 'no'],
    ['RequestLimitExceeded', 503, 'throttled', 'no'],
    ['ExpiredToken', 400, 'unauthenticated', 'no'],
    ['UnauthorizedOperation', 403, 'forbidden', 'no'],
    ['OperationNotPermitted', 400, 'protected', 'no'],
    ['UnsupportedOperation', 400, 'unsupported', 'no'],
    ['InternalError', 500, 'transient', 'unknown'],
    ['SomethingNew', 500, 'transient', 'unknown'],
    ['SomethingNew', 503, 'transient', 'unknown'],
    ['Error', 200, 'transient', 'unknown'],
    ['Unknown', 404, 'transient', 'unknown'],
    ['NoSuchHostedZone', 404, 'not-found', 'no'],
    ['SomethingNew', 400, 'invalid', 'no'],
    ['constructor', 400, 'invalid', 'no'],
  ])('%s with status %i is %s, applied %s', (code, status, kind, applied) => {
    expect(readIt(code, status)).toMatchObject({
      kind,
      applied,
      code,
      requestId: `req-${code}`,
      provider: 'aws',
    });
  });

  it('without an answer leaves a change unknown and a read undone', () => {
    const thrown = Object.assign(new Error('read ECONNRESET'), { name: 'Error', code: 'ECONNRESET' });
    expect(readError(thrown, change)).toMatchObject({ kind: 'transient', applied: 'unknown' });
    expect(readError(thrown, { ...change, changes: false })).toMatchObject({
      kind: 'transient',
      applied: 'no',
    });
  });

  it('names what is missing, by the id in EC2’s own sentence', () => {
    const sentence = "The instance ID 'i-0123456789abcdef0' does not exist";
    const thrown = ec2Error('InvalidInstanceID.NotFound', sentence);
    expect(readError(thrown, { ...change, resourceId: 'vol-1' }).resourceId).toBe('i-0123456789abcdef0');
    expect(idsIn("The volumes 'vol-0123456789abcdef0, vol-0123456789abcdef1' do not exist.")).toHaveLength(2);
  });

  it('survives being written down', () => {
    const error = readIt('VolumeInUse');
    expect(JSON.parse(JSON.stringify(error))).toEqual(error);
  });
});

describe('the SDK may send again by itself', () => {
  const info = (code: string, errorType: 'THROTTLING' | 'TRANSIENT' | 'SERVER_ERROR' | 'CLIENT_ERROR') => ({
    error: { name: code, message: code, $fault: 'server' as const, $metadata: {} },
    errorType,
  });
  const tries = async (family: 'reads' | 'changes', ...failure: Parameters<typeof info>): Promise<number> => {
    const strategy = retryStrategy(family, () => 0.5);
    let token = await strategy.acquireInitialRetryToken('');
    for (let sent = 1; ; sent++) {
      const next = await strategy.refreshRetryTokenForRetry(token, info(...failure)).catch(() => undefined);
      if (next === undefined) return sent;
      expect(next.getRetryDelay()).toBeGreaterThan(0);
      token = next;
    }
  };

  it.each([
    ['reads', 'RequestLimitExceeded', 'THROTTLING', 4],
    ['changes', 'RequestLimitExceeded', 'THROTTLING', 4],
    ['reads', 'InternalError', 'SERVER_ERROR', 4],
    ['reads', 'TimeoutError', 'TRANSIENT', 4],
    // A change whose fate is not known is looked up, never sent again unseen.
    ['changes', 'InternalError', 'SERVER_ERROR', 1],
    ['changes', 'TimeoutError', 'TRANSIENT', 1],
    // No capacity comes as an HTTP 500, and asking again does not make any.
    ['changes', 'InsufficientInstanceCapacity', 'SERVER_ERROR', 1],
    ['reads', 'InsufficientInstanceCapacity', 'SERVER_ERROR', 1],
    ['reads', 'InvalidParameterValue', 'CLIENT_ERROR', 1],
  ] as const)('%s that fail as %s (%s): %i times in all', async (family, code, type, count) => {
    expect(await tries(family, code, type)).toBe(count);
  });

  it('only as long as its budget lasts: a service that fails everything is left in peace', async () => {
    const strategy = retryStrategy('reads', () => 0.5);
    let retries = 0;
    for (let i = 0; i < 100; i++) {
      const token = await strategy.acquireInitialRetryToken('');
      const next = await strategy
        .refreshRetryTokenForRetry(token, info('InternalError', 'SERVER_ERROR'))
        .catch(() => undefined);
      if (next !== undefined) retries += 1;
    }
    expect(retries).toBe(20);
  });
});

describe('no answer of EC2', () => {
  it('is told by the code of the socket, also where Node tried two addresses and says no more', () => {
    const refused = Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' });
    expect(readError(refused, change)).toMatchObject({
      kind: 'transient',
      applied: 'unknown',
      code: 'ECONNREFUSED',
      message: 'volumes.attach: ECONNREFUSED: no answer',
    });
    const unknown = Object.assign(new Error('getaddrinfo ENOTFOUND ec2.nowhere'), { code: 'ENOTFOUND' });
    expect(readError(unknown, change).code).toBe('ENOTFOUND');
  });

  it('from an address that is none will not come later: it is invalid', () => {
    const unfit = Object.assign(new TypeError('Invalid URL'), { code: 'ERR_INVALID_URL', input: 'ec2:80' });
    expect(readError(unfit, change)).toMatchObject({ kind: 'invalid', applied: 'no' });
  });
});
