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

export interface Images {
  get(id: ImageId, options?: ReadOptions): CloudResult<Image>;
  list(filter?: { readonly name?: string }, options?: ReadOptions): AsyncIterable<Result<Image, CloudError>>;
}
