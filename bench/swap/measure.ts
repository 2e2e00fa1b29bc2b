/**
 * So many swaps at once, and of each the time in which nobody served: how long it was, and how much of it the cloud and
 * the servers were at work. The steps of that window follow one another, so all of it is the critical path.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SwapOutput, volumeSwap } from '@belay/planner';
import { type Outcome, openRunner, type Runner, sqliteJournal } from '@belay/runner';
import { onlookerOf, type Span } from './onlooker.ts';
import { openScene, plannedSwap } from './scene.ts';

/** One swap, in milliseconds of the simulated cloud. */
export interface Window {
  /** From the first step that stops something to the last that leads the world to the target. */
  readonly measuredMs: number;
  /** Of that, the time in which the cloud or a server was at work for it. */
  readonly ownMs: number;
}

const first = 'stop-services';
const last = 'switch-address';

export async function measure(
  count: number,
  options: { readonly factor: number; readonly seed: number },
): Promise<readonly Window[]> {
  const { sim, shops } = openScene(count, options);
  const onlooker = onlookerOf(sim);
  const folder = mkdtempSync(join(tmpdir(), 'belay-bench-'));
  const runner = await openRunner({
    graphs: [volumeSwap],
    services: { clouds: onlooker.clouds, hosts: onlooker.hosts, clock: sim.clock },
    journal: sqliteJournal(join(folder, 'belay.db')),
    clock: sim.clock,
  });
  try {
    const swaps = await Promise.all(
      shops.map(async (shop) => ({ name: shop.workload.name, input: await plannedSwap(sim, shop) })),
    );
    return await Promise.all(
      swaps.map(async ({ name, input }) => {
        const outcome = await runner.run(volumeSwap, input, { id: name, keys: [`node/${name}`] });
        const { target } = succeeded(name, outcome.isOk() ? outcome.value : outcome.error);
        const window = await windowOf(runner, name);
        const ids = new Set([input.source.id, input.volume.id, target.id, ...input.floatingIps]);
        return {
          measuredMs: window.untilMs - window.fromMs,
          ownMs: covered(onlooker.spansOf(ids), window),
        };
      }),
    );
  } finally {
    await runner.close();
    sim.close();
    rmSync(folder, { recursive: true });
  }
}

function succeeded(name: string, outcome: Outcome<SwapOutput> | { readonly message: string }): SwapOutput {
  if ('state' in outcome && outcome.state === 'success') return outcome.output;
  throw new Error(`the swap of ${name} did not succeed: ${JSON.stringify(outcome)}`);
}

async function windowOf(runner: Runner, runId: string): Promise<Span> {
  let fromMs = 0;
  let untilMs = 0;
  for await (const { atMs, event } of runner.events(runId)) {
    if (event.kind === 'started' && event.step === first) fromMs = atMs;
    if (event.kind === 'done' && event.step === last) untilMs = atMs;
  }
  return { fromMs, untilMs };
}

/** How much of the window the spans cover together. */
export function covered(spans: readonly Span[], window: Span): number {
  const sorted = [...spans].sort((a, b) => a.fromMs - b.fromMs);
  let coveredMs = 0;
  let reachedMs = window.fromMs;
  for (const { fromMs, untilMs } of sorted) {
    const beginMs = Math.max(fromMs, reachedMs);
    const endMs = Math.min(untilMs, window.untilMs);
    if (endMs <= beginMs) continue;
    coveredMs += endMs - beginMs;
    reachedMs = endMs;
  }
  return coveredMs;
}
