import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import type { Chance } from '@belay/cloud';

/**
 * When the SDK may send a request again by itself. Only where that is safe without looking: a throttled request was
 * not carried out, and a read may be repeated. A change whose fate is not known is left to the adapter, which looks
 * before it repeats; and no capacity is no capacity, although EC2 says so with an HTTP 500.
 */
type RetryStrategy = Exclude<EC2ClientConfig['retryStrategy'], undefined>;

type Strategy = Extract<RetryStrategy, { acquireInitialRetryToken: unknown }>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;
type RetryErrorInfo = Parameters<Strategy['refreshRetryTokenForRetry']>[1];

const attempts = 4;
/** Every retry takes some of the budget and every success gives a little back: a broken service is not hammered. */
const fullBudget = 100;
const costOfRetry = 5;

export function retryStrategy(family: 'reads' | 'changes', chance: Chance): Strategy {
  let budget = fullBudget;
  return {
    acquireInitialRetryToken: async () => token(0, 0),
    async refreshRetryTokenForRetry(last, info) {
      const retries = last.getRetryCount() + 1;
      if (retries >= attempts || budget < costOfRetry || !mayRepeat(family, info)) {
        throw info.error ?? new Error('The request failed.');
      }
      budget -= costOfRetry;
      return token(retries, delayMs(retries, info, chance));
    },
    recordSuccess() {
      budget = Math.min(fullBudget, budget + 1);
    },
  };
}

/** Codes that come with a status which the SDK takes for a passing fault of the server. */
const final = /^(Insufficient\w*Capacity|ReservationCapacityExceeded|Unsupported)$/;

function mayRepeat(family: 'reads' | 'changes', { error, errorType }: RetryErrorInfo): boolean {
  if (error !== undefined && final.test(error.name)) return false;
  if (errorType === 'THROTTLING') return true;
  return family === 'reads' && errorType !== 'CLIENT_ERROR';
}

function delayMs(retries: number, { errorType }: RetryErrorInfo, chance: Chance): number {
  const baseMs = errorType === 'THROTTLING' ? 500 : 50;
  return Math.min(10_000, baseMs * 2 ** retries) * (0.5 + 0.5 * chance());
}

function token(retries: number, delay: number): Token {
  return { getRetryCount: () => retries, getRetryDelay: () => delay };
}
