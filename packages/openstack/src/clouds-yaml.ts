import { join } from 'node:path';
import { type CloudError, cloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { parse } from 'yaml';
import { cloudOfEnvironment } from './environment.ts';
import { provider } from './errors.ts';
import { listAt, objectAt, textAt, textsAt, type Wire, wireOf } from './wire.ts';

/**
 * Finds the entry of a cloud by the rules of OpenStack's own clients: the first `clouds.yaml` that there is, in
 * `OS_CLIENT_CONFIG_FILE`, here, in the user's configuration, in the machine's; `secure.yaml`, found likewise, laid
 * over it; below it the profile of the provider, from `clouds-public.yaml`. Without a name it is `OS_CLOUD`, then what
 * the environment describes, then the only cloud of the file. A cloud of a file is not mixed with the environment.
 */
export interface ConfigSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where the program runs. */
  readonly folder: string;
  readonly home: string;
  /** The text of a file, or `undefined` where it cannot be had. */
  readonly readText: (path: string) => Promise<string | undefined>;
}

/** What is known of a cloud, as it was written down. */
export interface CloudEntry {
  readonly name: string;
  readonly entry: Wire;
}

/** The name that the environment's cloud has. */
const ofEnvironment = 'envvars';

export async function findCloud(
  source: ConfigSource,
  wanted: string | undefined,
): Promise<Result<CloudEntry, CloudError>> {
  const { environment } = source;
  const inEnvironment = cloudOfEnvironment(environment);
  const name = wanted ?? textAt(environment, 'OS_CLOUD') ?? (inEnvironment && ofEnvironment);
  if (name === ofEnvironment && inEnvironment !== undefined) return ok({ name, entry: inEnvironment });
  const files = await filesOf(source);
  if (files.isErr()) return err(files.error);
  const clouds = objectAt(files.value.clouds, 'clouds');
  const names = Object.keys(clouds);
  const chosen = name ?? (names.length === 1 ? names[0] : undefined);
  if (chosen === undefined || !Object.hasOwn(clouds, chosen)) return err(notFound(chosen, names));
  const own = objectAt(clouds, chosen);
  const profile = textAt(own, 'profile') ?? textAt(own, 'cloud');
  const below =
    profile === undefined ? {} : objectAt(objectAt(files.value.vendors, 'public-clouds'), profile);
  return ok({ name: chosen, entry: merged(below, own) });
}

/** One region of an entry: with what the entry says of that region only. */
export function inRegion(
  entry: Wire,
  wanted: string | undefined,
): { readonly region?: string; readonly entry: Wire } {
  const detailed = listAt(entry, 'regions');
  const names = [...textsAt(entry, 'regions'), ...detailed.flatMap((one) => textAt(one, 'name') ?? [])];
  const region = wanted ?? textAt(entry, 'region_name') ?? names[0];
  if (region === undefined) return { entry };
  const own = detailed.find((one) => textAt(one, 'name') === region);
  return { region, entry: own === undefined ? entry : merged(entry, objectAt(own, 'values')) };
}

interface Files {
  readonly clouds: Wire;
  readonly vendors: Wire;
}

async function filesOf(source: ConfigSource): Promise<Result<Files, CloudError>> {
  const { environment } = source;
  const clouds = await firstOf(source, 'clouds', textAt(environment, 'OS_CLIENT_CONFIG_FILE'));
  const secure = await firstOf(source, 'secure', textAt(environment, 'OS_CLIENT_SECURE_FILE'));
  const vendors = await firstOf(source, 'clouds-public', textAt(environment, 'OS_CLIENT_VENDOR_FILE'));
  if (clouds.isErr()) return err(clouds.error);
  if (secure.isErr()) return err(secure.error);
  return vendors.map((found) => ({ clouds: merged(clouds.value, secure.value), vendors: found }));
}

async function firstOf(
  source: ConfigSource,
  name: string,
  first: string | undefined,
): Promise<Result<Wire, CloudError>> {
  const inFolders = foldersOf(source).flatMap((folder) =>
    ['yaml', 'yml', 'json'].map((ending) => join(folder, `${name}.${ending}`)),
  );
  for (const path of [...(first === undefined ? [] : [first]), ...inFolders]) {
    const text = await source.readText(path);
    if (text !== undefined) return parsed(path, text);
  }
  return ok({});
}

function foldersOf({ environment, folder, home }: ConfigSource): readonly string[] {
  const user = textAt(environment, 'XDG_CONFIG_HOME');
  const all = [
    folder,
    ...(user === undefined ? [] : [join(user, 'openstack')]),
    join(home, '.config', 'openstack'),
    '/etc/xdg/openstack',
    '/etc/openstack',
  ];
  return [...new Set(all)];
}

/** JSON is YAML too. The parser's pretty messages quote the line, and the line may be a password. */
function parsed(path: string, text: string): Result<Wire, CloudError> {
  try {
    return ok(wireOf(parse(text, { prettyErrors: false, logLevel: 'error' })));
  } catch (thrown) {
    const at = wireOf(thrown)['pos'];
    const where = Array.isArray(at) ? ` near character ${String(at[0])}` : '';
    return err(problem(`${path} is not YAML${where}.`));
  }
}

/** What is above counts; tables are laid over one another entry by entry. */
function merged(below: Wire, above: Wire): Wire {
  const entries = Object.entries(above).map(([name, value]): [string, unknown] => {
    const under = below[name];
    const both = isTable(under) && isTable(value);
    return [name, both ? merged(wireOf(under), wireOf(value)) : value];
  });
  return { ...below, ...Object.fromEntries(entries) };
}

function isTable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notFound(name: string | undefined, names: readonly string[]): CloudError {
  const known =
    names.length === 0 ? 'no clouds.yaml names any' : `clouds.yaml has: ${[...names].sort().join(', ')}`;
  if (name === undefined) {
    return problem(
      `Which cloud? Name one as cloud or OS_CLOUD, or describe it by OS_AUTH_URL and the like; ${known}.`,
    );
  }
  return problem(`There is no cloud ${name}; ${known}.`);
}

function problem(message: string): CloudError {
  return cloudError('invalid', { provider, operation: 'connect' }, message);
}
