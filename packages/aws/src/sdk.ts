import type { EC2ClientConfig } from '@aws-sdk/client-ec2';
import { type Chance, redactor } from '@belay/cloud';
import { withoutKeyIds } from './errors.ts';
import { retryStrategy } from './retry-strategy.ts';

/** How the SDK's clients are set up: the same for EC2 and Route 53. */
export interface SdkOptions {
  readonly region: string;
  /**
   * One address for EC2 and Route 53, as emulators have. By the SDK's own conventions where absent
   * (`AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_EC2`, `AWS_ENDPOINT_URL_ROUTE_53`, the configuration file), else AWS's own.
   */
  readonly endpoint?: string | undefined;
  /** Credentials, or what gets them; by the SDK's own conventions where absent. Needed for a second account. */
  readonly credentials?: EC2ClientConfig['credentials'];
  /** Where the SDK writes what it sends and gets, with secrets taken out. Nowhere, where absent. */
  readonly logger?: SdkLogger | undefined;
  readonly chance?: Chance | undefined;
}

/** What `console` has. */
export interface SdkLogger {
  /** Each step of a call. */
  readonly debug: (...content: unknown[]) => void;
  /** Each call, with what was asked and answered. */
  readonly info: (...content: unknown[]) => void;
  /** What is odd and goes on. */
  readonly warn: (...content: unknown[]) => void;
  /** Each call that failed. */
  readonly error: (...content: unknown[]) => void;
}

/** The machine's own chance, good enough for jitter. */
export const systemChance: Chance = () => Math.random();

/** What the clients of both services take. */
export type SdkSettings = Pick<
  EC2ClientConfig,
  'region' | 'endpoint' | 'credentials' | 'logger' | 'requestHandler' | 'retryStrategy'
>;

/** The settings of one client. */
export function sdkSettings(
  { region, endpoint, credentials, logger, chance = systemChance }: SdkOptions,
  family: 'reads' | 'changes',
): SdkSettings {
  return {
    region,
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(logger === undefined ? {} : { logger: discreet(logger) }),
    // Without these two a request that hangs would hang for as long as the caller's own deadline allows.
    requestHandler: { connectionTimeout: 3_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
    retryStrategy: retryStrategy(family, chance),
  };
}

function discreet(logger: SdkLogger): SdkLogger {
  const { value } = redactor();
  const clean = (content: readonly unknown[]): unknown[] => content.map((one) => anonymous(value(one)));
  return {
    debug: (...content) => logger.debug(...clean(content)),
    info: (...content) => logger.info(...clean(content)),
    warn: (...content) => logger.warn(...clean(content)),
    error: (...content) => logger.error(...clean(content)),
  };
}

/** What comes here is a copy without circles. */
function anonymous(value: unknown): unknown {
  if (typeof value === 'string') return withoutKeyIds(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(anonymous);
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, anonymous(one)]));
}
