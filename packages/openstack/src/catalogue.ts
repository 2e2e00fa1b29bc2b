import { type CloudError, cloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { EndpointChoice } from './access.ts';
import type { ServiceName } from './calls.ts';
import { provider } from './errors.ts';
import { listAt, textAt, type Wire } from './wire.ts';

/** One endpoint of one service, as Keystone lists it. */
export interface CatalogueEntry {
  readonly type: string;
  readonly region: string;
  readonly interface: string;
  readonly url: string;
}

export function catalogueOf(token: Wire): readonly CatalogueEntry[] {
  return listAt(token, 'catalog').flatMap((service) =>
    listAt(service, 'endpoints').flatMap((endpoint) => {
      const url = textAt(endpoint, 'url');
      const region = textAt(endpoint, 'region_id') ?? textAt(endpoint, 'region');
      const type = textAt(service, 'type');
      if (url === undefined || type === undefined) return [];
      return [{ type, region: region ?? '', interface: textAt(endpoint, 'interface') ?? '', url }];
    }),
  );
}

/** The types under which clouds list a service, the official one first. */
const types: Readonly<Record<ServiceName, readonly string[]>> = {
  compute: ['compute'],
  volume: ['block-storage', 'volumev3', 'block-store', 'volume'],
  network: ['network'],
  image: ['image'],
  dns: ['dns'],
};

/** The address under which the calls of a service begin, or an error that says what the catalogue has instead. */
export function endpointOf(
  catalogue: readonly CatalogueEntry[],
  service: ServiceName,
  choice: EndpointChoice,
): Result<string, CloudError> {
  const given = choice.overrides?.[service];
  if (given !== undefined) return ok(rooted(service, given));
  const ofType = types[service].flatMap((type) => catalogue.filter((entry) => entry.type === type));
  const here = ofType.filter((entry) => entry.region === choice.region);
  const found = here.find((entry) => entry.interface === choice.interface);
  if (found !== undefined) return ok(rooted(service, found.url));
  const why =
    ofType.length === 0
      ? 'the catalogue has none'
      : here.length === 0
        ? `the catalogue has it in ${list(ofType.map(({ region }) => region))}`
        : `the catalogue has it as ${list(here.map((entry) => entry.interface))}`;
  const what = `a ${choice.interface} ${service} service in ${choice.region}`;
  return err(
    cloudError('unsupported', { provider, operation: 'connect' }, `There is no way to ${what}: ${why}.`),
  );
}

/** All regions in which the catalogue has a compute service. */
export function regionsOf(catalogue: readonly CatalogueEntry[]): readonly string[] {
  return [...new Set(catalogue.filter(({ type }) => type === 'compute').map(({ region }) => region))].sort();
}

/** Where the catalogue leaves the version out of the path. */
const versions: Readonly<Partial<Record<ServiceName, string>>> = {
  network: 'v2.0',
  image: 'v2',
  dns: 'v2',
};

function rooted(service: ServiceName, url: string): string {
  const bare = url.replace(/\/+$/, '');
  const version = versions[service];
  return version === undefined || bare.endsWith(`/${version}`) ? bare : `${bare}/${version}`;
}

function list(names: readonly string[]): string {
  return [...new Set(names)].sort().join(', ');
}
