import type { Result } from 'neverthrow';
import type { CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { ImageId, Tags } from './ref.ts';

/** What an instance boots from. */
export interface Image {
  readonly id: ImageId;
  readonly name: string;
  readonly state: 'available' | 'pending' | 'failed' | 'unknown';
  readonly architecture?: string | undefined;
  readonly minDiskGiB?: number | undefined;
  readonly tags: Tags;
}

/** The images that instances can be made of. */
export interface Images {
  /** One image, or `not-found`. */
  get(id: ImageId, options?: ReadOptions): CloudResult<Image>;
  /** The account's own images. */
  list(filter?: { readonly name?: string }, options?: ReadOptions): AsyncIterable<Result<Image, CloudError>>;
}
