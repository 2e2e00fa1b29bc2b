import type { Wire } from './wire.ts';

/**
 * The cloud that the variables `OS_*` describe, in the words of `clouds.yaml`: `OS_AUTH_URL` is `auth_url`. `undefined`
 * where there are none but those that choose among the clouds of a file.
 */
export function cloudOfEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Wire | undefined {
  const ours = Object.entries(environment).filter(
    ([name, value]) => name.startsWith('OS_') && !ofTests.test(name) && value !== undefined && value !== '',
  );
  if (ours.every(([name]) => selectors.has(name))) return undefined;
  return Object.fromEntries(ours.map(([name, value]) => [name.slice('OS_'.length).toLowerCase(), value]));
}

const selectors: ReadonlySet<string> = new Set([
  'OS_CLOUD',
  'OS_CLOUD_NAME',
  'OS_REGION_NAME',
  'OS_CLIENT_CONFIG_FILE',
  'OS_CLIENT_SECURE_FILE',
  'OS_CLIENT_VENDOR_FILE',
]);

/** Set by the tools that test OpenStack itself. */
const ofTests = /^OS_(?:TEST|STD|LOG)/;
