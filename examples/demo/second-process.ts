/**
 * The process that the demo kills: enters the world that is kept in a file, starts the run, and tells its parent what
 * it sees until it is no more. It takes no precautions: that is the point.
 */

import type { SwapInput } from '@belay/planner';
import { volumeSwap } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';
import { customers } from './customers.ts';
import { openStage, type StageOptions } from './stage.ts';
import type { Serving } from './stopwatch.ts';
import { whoIs } from './watch.ts';

export interface Task extends StageOptions {
  readonly runId: string;
  readonly input: SwapInput;
  readonly keys: readonly string[];
}

export type Report =
  | { readonly kind: 'event'; readonly stored: StoredEvent }
  | { readonly kind: 'serving'; readonly serving: Serving; readonly atMs: number }
  /** `undefined`: turned away. */
  | { readonly kind: 'visit'; readonly order?: number | undefined }
  | { readonly kind: 'ended'; readonly how: string };

process.once('message', (task: Task) => {
  void work(task).then(
    (how) => report({ kind: 'ended', how }),
    (thrown: unknown) => report({ kind: 'ended', how: String(thrown) }),
  );
});
process.once('disconnect', () => process.exit(1));

async function work({ runId, input, keys, ...where }: Task): Promise<string> {
  const stage = openStage(where);
  const { sim, shop } = stage;
  sim.world.onServing(shop.name, ({ instanceId }, atMs) => {
    report({ kind: 'serving', serving: whoIs(instanceId, shop.instanceId), atMs });
  });
  customers(stage, (order) => report({ kind: 'visit', order }));
  const runner = await stage.openRunner();
  const running = runner.run(volumeSwap, input, { id: runId, keys });
  void tell(runner.events(runId));
  const outcome = await running;
  return outcome.isOk() ? outcome.value.state : outcome.error.message;
}

async function tell(events: AsyncIterable<StoredEvent>): Promise<void> {
  for await (const stored of events) report({ kind: 'event', stored });
}

function report(message: Report): void {
  process.send?.(message);
}
