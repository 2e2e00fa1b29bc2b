import { S3 } from '@aws-sdk/client-s3';
import type { Cloud } from '@belay/cloud';
import type { HoldKeeper, Inventory, ItemKind, Registry, Remover, SideResult } from '@belay/scanner';
import { type CloudMarks, snapshotRemover, volumeInventory, volumeRemover } from '@belay/scanner/cloud';
import { registryCases, runSideConformance, type SideReport } from '@belay/scanner/conformance';
import { sortedInventory } from '@belay/scanner/duckdb';
import { fileRegistry } from '@belay/scanner/file';
import { folderHolds, folderInventory, folderRemover, markFolder } from '@belay/scanner/folder';
import { postgresRegistry } from '@belay/scanner/postgres';
import { openS3Remover, s3Inventory, s3Remover } from '@belay/scanner/s3';
import { sqliteRegistry } from '@belay/scanner/sqlite';
import pg from 'pg';
import { expectAssignable, expectError, expectType } from 'tsd';

declare const kind: ItemKind;
declare const cloud: Cloud;
const client = new S3({ region: 'eu-west-1' });

// The clients of the SDK and of pg fit as they are.
const inventory = s3Inventory({ name: 's3', client, bucket: 'offsite', kinds: [kind] });
expectAssignable<Inventory>(inventory);
expectType<Remover>(s3Remover({ name: 's3', client, bucket: 'offsite' }));
expectType<SideResult<Remover>>(openS3Remover({ name: 's3', client, bucket: 'offsite' }));
const postgres = { name: 'p', covers: [kind] as [ItemKind], view: 'public.needed' };
const registry = postgresRegistry({ ...postgres, client: () => new pg.Client({ host: 'db' }) });
expectAssignable<Registry>(registry);
expectAssignable<Registry>(sqliteRegistry({ name: 'q', covers: [kind], path: 'shop.db', view: 'needed' }));
const file = { name: 'f', covers: [kind] as [ItemKind], path: 'x.csv', temporaryFolder: '.' };
expectAssignable<Registry>(fileRegistry({ ...file, maxAgeMs: 3_600_000 }));
// How old an export may be is said aloud.
expectError(fileRegistry(file));
expectType<Inventory>(volumeInventory({ name: 'v', cloud, environment: 'production' }));
expectType<Inventory>(sortedInventory(inventory, { temporaryFolder: '.' }));

const folder = { name: 'disk', path: '/srv/backups' };
expectAssignable<Inventory>(folderInventory({ ...folder, kinds: [kind], describe: () => ({ kind }) }));
expectType<Remover>(folderRemover(folder));
expectType<HoldKeeper>(folderHolds(folder));
// A folder is marked with what it is, and what its paths mean is said.
expectError(markFolder(folder));
expectError(folderInventory({ ...folder, kinds: [kind] }));

// One kind at least, no plain text for a kind, no connection where a maker of connections is asked for.
expectError(s3Inventory({ name: 's3', client, bucket: 'offsite', kinds: [] }));
expectError(s3Inventory({ name: 's3', client, bucket: 'offsite', kinds: ['archive'] }));
expectError(postgresRegistry({ ...postgres, client: new pg.Client() }));
// A folder for what does not fit into memory is named, not guessed.
expectError(sortedInventory(inventory, {}));

// A remover of a cloud knows nothing of quarantine without the marks.
declare const marks: CloudMarks;
expectType<Remover>(volumeRemover({ name: 'v', cloud, marks }));
expectError(snapshotRemover({ name: 's', cloud }));

declare const hands: Parameters<(typeof registryCases)[number]['run']>[0];
expectType<Promise<SideReport>>(runSideConformance(registryCases, hands));
