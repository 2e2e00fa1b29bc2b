/** Who serves, as the simulated world shows it: the shop's name is looked up and asked. Nothing of it comes from the plan. */

import type { Serving, Watch } from '@belay/cli';
import type { Stage } from './stage.ts';

/** Tells a watch each change; the returned function ends that. */
export function follow({ sim, shop }: Stage, seen: Watch): () => void {
  return sim.world.onServing(shop.name, ({ instanceId }, atMs) => {
    seen.serving(whoIs(instanceId, shop.instanceId), atMs);
  });
}

export function whoIs(instanceId: string | undefined, sourceId: string): Serving {
  if (instanceId === undefined) return 'nobody';
  return instanceId === sourceId ? 'source' : 'target';
}
