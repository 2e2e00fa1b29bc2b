import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from './refusal.ts';
import type { ImageRecord } from './state.ts';
import type { World } from './world.ts';

/** Images as the provider's API has them: only read here, and put there by whoever sets the world up. */
export function describeImage(world: World, imageId: string): Result<ImageRecord, Refusal> {
  const image = world.state.images[imageId];
  if (image !== undefined) return ok(structuredClone(image));
  return err({
    rule: 'image-not-found',
    message: `The image ${imageId} does not exist.`,
    resourceId: imageId,
  });
}

export function listImages(world: World): readonly ImageRecord[] {
  return Object.values(world.state.images).map((image) => structuredClone(image));
}
