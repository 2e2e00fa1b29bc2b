/**
 * The sides of a scope, made from its section: what is stored, what is needed, what takes away, and who keeps holds.
 * What a side needs besides is loaded only where a config names it.
 */

import {
  type Inventory,
  type ItemKind,
  itemKind,
  type Policy,
  type Registry,
  type Remover,
} from '@belay/scanner';
import type { S3Writer } from '@belay/scanner/s3';
import { err, ok, type Result } from 'neverthrow';
import type { AwsCredentials } from '../config/clouds.ts';
import type { ConfigError } from '../config/loaded-config.ts';
import type { RegistrySection, S3InventorySection, SortSection } from '../config/scanner.ts';
import { loadPeer } from '../session/load-peer.ts';
import { secretAt } from '../session/secrets.ts';
import { cloudInventorySide, cloudRemoverSide } from './cloud-side.ts';
import { describerOf } from './describe.ts';
import { sourceInManifest } from './known-by-reading.ts';
import { clockOf, type Place, pathIn, type Side, sourceOf, wrong } from './place.ts';
import { postgresHolds } from './postgres-holds.ts';
import { sqliteHolds } from './sqlite-holds.ts';

/** What is stored. */
export async function inventorySide(place: Place): Promise<Result<Side<Inventory>, ConfigError>> {
  const { section, scope } = place;
  const { inventory } = section;
  if (inventory.kind === 'own') {
    if (inventory.sort === undefined) return ok({ port: inventory.inventory });
    const { sortedInventory } = await import('@belay/scanner/duckdb');
    return ok({ port: sortedInventory(inventory.inventory, sortedBy(inventory.sort, place)) });
  }
  const name = inventory.name ?? scope;
  if (inventory.kind === 'cloud') return await cloudInventorySide(inventory, name, place);
  const describer = describerOf(inventory.keys);
  if (describer.isErr()) {
    return err(wrong(place, `inventory.keys${describer.error.split(':')[0]}`, afterColon(describer.error)));
  }
  if (inventory.kind === 'folder') {
    const { folderHolds, folderInventory } = await import('@belay/scanner/folder');
    const folder = { name, path: pathIn(place, inventory.path) };
    const port = folderInventory({ ...folder, ...describer.value, clock: place.call.clock });
    return ok({ port, known: port, holds: folderHolds(folder) });
  }
  const client = await s3Client(inventory, inventory.credentials, 'inventory', place);
  if (client.isErr()) return err(client.error);
  const { s3Inventory, s3InventoryFiles } = await import('@belay/scanner/s3');
  const live = s3Inventory({ name, client: client.value, bucket: inventory.bucket, ...describer.value });
  const { report } = inventory;
  const port =
    report === undefined
      ? live
      : s3InventoryFiles({
          live,
          bucket: inventory.bucket,
          describe: describer.value.describe,
          ...sortedBy(report, place),
          folder: pathIn(place, report.folder),
          maxAgeMs: report.maxAgeMs,
          clock: place.call.clock,
        });
  return ok({ port, known: live });
}

/** What is needed, one of them. */
export async function registrySide(
  name: string,
  section: RegistrySection,
  policy: Policy | undefined,
  place: Place,
): Promise<Result<Side<Registry>, ConfigError>> {
  const opened = await openRegistry(name, section, policy, place);
  if (opened.isErr() || section.sort === undefined) return opened;
  const { sortedRegistry } = await import('@belay/scanner/duckdb');
  const { port } = opened.value;
  return ok({ ...opened.value, port: sortedRegistry(port, sortedBy(section.sort, place)) });
}

async function openRegistry(
  name: string,
  section: RegistrySection,
  policy: Policy | undefined,
  place: Place,
): Promise<Result<Side<Registry>, ConfigError>> {
  if (section.kind === 'own') return ok({ port: section.registry });
  const covers = coveredBy(section.covers);
  if (covers.isErr()) return err(wrong(place, `registries.${name}.covers`, covers.error));
  // The one that the policy names; any, where a person is about to be shown who is there.
  const expectedId = policy?.expect.registries[name]?.id;
  return await registryOf({ name, covers: covers.value, expectedId }, section, place);
}

interface RegistryHead {
  readonly name: string;
  readonly covers: readonly [ItemKind, ...ItemKind[]];
  readonly expectedId: string | undefined;
}

async function registryOf(
  head: RegistryHead,
  section: Exclude<RegistrySection, { readonly kind: 'own' }>,
  place: Place,
): Promise<Result<Side<Registry>, ConfigError>> {
  const { name, covers, expectedId } = head;
  if (section.kind === 'sqlite') {
    const { sqliteRegistry } = await import('@belay/scanner/sqlite');
    const path = pathIn(place, section.path);
    const { view, timeoutMs } = section;
    const port = sqliteRegistry({ name, covers, path, view, expectedId, timeoutMs, clock: clockOf(place) });
    return ok({ port, known: port, holds: sqliteHolds({ name, path, timeoutMs }) });
  }
  if (section.kind === 'file') {
    const { fileRegistry } = await import('@belay/scanner/file');
    const { format, maxAgeMs } = section;
    const path = pathIn(place, section.path);
    return ok({
      port: fileRegistry({
        name,
        covers,
        path,
        format,
        maxAgeMs,
        ...sortedBy(section, place),
        clock: place.call.clock,
      }),
      known: { identity: () => sourceInManifest(path, name) },
    });
  }
  const secret =
    section.password === undefined ? ok(undefined) : await secretAt(section.password, sourceOf(place));
  if (secret.isErr()) return err(wrong(place, `registries.${name}.password`, secret.error.message));
  const password = secret.value?.reveal();
  const where = { peer: 'pg', file: place.loaded.name, field: `${place.field}.registries.${name}` };
  const loaded = await loadPeer(() => import('pg'), where);
  if (loaded.isErr()) return err(loaded.error);
  const { Client } = loaded.value.default;
  const { host, port: portNumber, database, user, tls = true, view, schema, timeoutMs } = section;
  const client = () =>
    new Client({
      host,
      ...(portNumber !== undefined && { port: portNumber }),
      database,
      user,
      ...(password !== undefined && { password }),
      ssl: tls,
    });
  const { postgresRegistry } = await import('@belay/scanner/postgres');
  const port = postgresRegistry({
    name,
    covers,
    client,
    view,
    schema,
    expectedId,
    timeoutMs,
    clock: clockOf(place),
  });
  return ok({ port, known: port, holds: postgresHolds({ name, client, schema }) });
}

/** What takes away. An error where the section has no sweeper: this config can only look. */
export async function removerSide(
  place: Place,
  looking: Side<Inventory>,
): Promise<Result<Side<Remover>, ConfigError>> {
  const { section, scope } = place;
  const { sweeper, inventory } = section;
  if (sweeper === undefined) {
    const message =
      'is missing, so this config can only look. What takes away is another object with other credentials: write it there, best in a config of its own that only the sweeping user can read';
    return err(wrong(place, 'sweeper', message));
  }
  if (sweeper.kind === 'own') return ok({ port: sweeper.remover });
  if (sweeper.kind !== inventory.kind) {
    const message = `is ${sweeper.kind}, and the inventory is ${inventory.kind}: it takes away from the same store`;
    return err(wrong(place, 'sweeper.kind', message));
  }
  const name = inventory.name ?? scope;
  if (inventory.kind === 'folder') {
    const { folderRemover } = await import('@belay/scanner/folder');
    return ok({ port: folderRemover({ name, path: pathIn(place, inventory.path) }) });
  }
  if (inventory.kind === 'cloud' && sweeper.kind === 'cloud' && looking.cloud !== undefined) {
    return await cloudRemoverSide(inventory, sweeper.cloud, name, { place, looking: looking.cloud });
  }
  if (inventory.kind !== 's3' || sweeper.kind !== 's3') {
    return err(wrong(place, 'sweeper.kind', 'fits no inventory'));
  }
  if (JSON.stringify(sweeper.credentials) === JSON.stringify(inventory.credentials)) {
    const message =
      'are those of the inventory: a scanner that could delete is no scanner. Give the sweeper its own';
    return err(wrong(place, 'sweeper.credentials', message));
  }
  const client = await s3Client(inventory, sweeper.credentials, 'sweeper', place);
  if (client.isErr()) return err(client.error);
  const { s3Remover } = await import('@belay/scanner/s3');
  const { shard, keptMs } = sweeper;
  return ok({ port: s3Remover({ name, client: client.value, bucket: inventory.bucket, shard, keptMs }) });
}

/** A client of the bucket, with the credentials that lie there. */
export async function s3Client(
  { region, endpoint, forcePathStyle }: S3InventorySection,
  credentials: AwsCredentials | undefined,
  part: 'inventory' | 'sweeper',
  place: Place,
): Promise<Result<S3Writer, ConfigError>> {
  const where = { peer: '@aws-sdk/client-s3', file: place.loaded.name, field: `${place.field}.${part}` };
  const loaded = await loadPeer(() => import('@aws-sdk/client-s3'), where);
  if (loaded.isErr()) return err(loaded.error);
  const keys = credentials === undefined ? ok(undefined) : await keysAt(credentials, part, place);
  if (keys.isErr()) return err(keys.error);
  return ok(
    new loaded.value.S3({
      region,
      ...(endpoint !== undefined && { endpoint }),
      ...(forcePathStyle !== undefined && { forcePathStyle }),
      ...(keys.value !== undefined && { credentials: keys.value }),
    }),
  );
}

async function keysAt(
  { accessKeyId, secretAccessKey, sessionToken }: AwsCredentials,
  part: string,
  place: Place,
): Promise<Result<{ accessKeyId: string; secretAccessKey: string; sessionToken?: string }, ConfigError>> {
  const values: Record<string, string> = {};
  for (const [name, at] of Object.entries({ accessKeyId, secretAccessKey, sessionToken })) {
    if (at === undefined) continue;
    const secret = await secretAt(at, sourceOf(place));
    if (secret.isErr()) return err(wrong(place, `${part}.credentials.${name}`, secret.error.message));
    values[name] = secret.value.reveal();
  }
  const { accessKeyId: id = '', secretAccessKey: key = '', sessionToken: token } = values;
  return ok({ accessKeyId: id, secretAccessKey: key, ...(token !== undefined && { sessionToken: token }) });
}

function sortedBy({ temporaryFolder, memoryLimitMiB }: SortSection, place: Place): SortSection {
  return { temporaryFolder: pathIn(place, temporaryFolder), memoryLimitMiB };
}

function coveredBy(names: readonly string[]): Result<readonly [ItemKind, ...ItemKind[]], string> {
  const kinds: ItemKind[] = [];
  for (const name of names) {
    const kind = itemKind(name);
    if (kind.isErr()) return err(kind.error.message);
    kinds.push(kind.value);
  }
  const [first, ...others] = kinds;
  return first === undefined ? err('must name at least one kind') : ok([first, ...others]);
}

function afterColon(text: string): string {
  return text.slice(text.indexOf(':') + 1).trim();
}
