/**
 * A bucket of S3, or of a store that speaks like it, as an inventory and as a remover.
 *
 * @packageDocumentation
 */

export { type BucketMark, markBucket } from './bucket.ts';
export type { S3Body, S3Head, S3Object, S3Options, S3Reader, S3Version, S3Writer } from './client.ts';
export { type S3Inventory, type S3InventoryOptions, s3Inventory } from './inventory.ts';
export { type S3InventoryFilesOptions, s3InventoryFiles } from './inventory-files.ts';
export { openS3Remover, type S3RemoverOptions, s3Remover } from './remover.ts';
