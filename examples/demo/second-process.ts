/**
 * The process that the demo kills: enters the world that is kept in a file, starts the run, and tells its parent what
 * it sees. At the step that it is told it stops dead, as a process does that is about to be killed, so that it always
 * dies at the same point. It takes no precautions: that is the point.
 */

import type { Serving } from '@belay/cli';
import type { SwapInput } from '@belay/planner';
import { volumeSwap } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';
import { customers } from './customers.ts';
import { openStage, type StageOptions } from './stage.ts';
import { whoIs } from './who-serves.ts';

export interface Task extends StageOptions {
  readonly runId: string;
  readonly input: SwapInput;
  readonly keys: readonly string[];
  /** When this step is done, nothing more happens in this process. */
  readonly diesAfter: string;
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

async function work({ runId, input, keys, diesAfter, ...where }: Task): Promise<string> {
  const stage = openStage(where);
  const { sim, shop } = stage;
  sim.world.onServing(shop.name, ({ instanceId }, atMs) => {
    report({ kind: 'serving', serving: whoIs(instanceId, shop.instanceId), atMs });
  });
  customers(stage, (order) => report({ kind: 'visit', order }));
  const runner = await stage.openRunner();
  const running = runner.run(volumeSwap, input, { id: runId, keys });
  void tell(runner.events(runId), diesAfter);
  const outcome = await running;
  return outcome.isOk() ? outcome.value.state : outcome.error.message;
}

async function tell(events: AsyncIterable<StoredEvent>, diesAfter: string): Promise<void> {
  for await (const stored of events) {
    const { event } = stored;
    const isLast = event.kind === 'done' && event.step === diesAfter;
    report({ kind: 'event', stored }, isLast ? stopDead : () => undefined);
  }
}

/** Not one more instruction of this process: it waits for its end. */
function stopDead(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

function report(message: Report, sent: () => void = () => undefined): void {
  process.send?.(message, sent);
}
