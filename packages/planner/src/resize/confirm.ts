/** The end of a resize that keeps the old server: it is given up, and from then on there is no way back to it. */

import { refAt } from '@belay/cloud';
import type { Failure, GraphBuilder, Handle, Probed, ScopeBuilder } from '@belay/runner';
import { err, ok } from 'neverthrow';
import type { World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { serves } from '../move/source-side.ts';
import { firstRunStands } from '../release/checks.ts';
import { forwardRetry } from '../release/give-up.ts';
import { readsSettleMs } from '../settled.ts';
import type { ConfirmResizeInput, ResizeInput } from './resize-input.ts';

/** As the last step of the resize itself. */
export function confirmAtTheEnd(
  g: GraphBuilder<World>,
  input: ResizeInput,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return g.pivot('confirm-resize', {
    title: 'the old server is given up',
    after,
    idempotent: true,
    retry: forwardRetry,
    timeoutMs: 300_000,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .instances.confirmResize(input.source.id, ctx)
        .map(() => undefined),
    settleMs: readsSettleMs,
    probe: (_, { services, signal }) =>
      services.clouds
        .get(input.at)
        .instances.get(input.source.id, { signal })
        .map(
          ({ state }): Probed<undefined> =>
            state === 'resized' ? { happened: 'no' } : { happened: 'yes', output: undefined },
        ),
  });
}

/** The run that resized it stands, its old server is still kept, and the new one serves. */
export function checkResized(
  g: ScopeBuilder<World>,
  input: ConfirmResizeInput,
  after: readonly Handle<unknown>[],
  name: 'check-resized' | 'check-resized-again',
): Handle<undefined> {
  const { at, source, probe, toType } = input.resize;
  return g.step(name, {
    title: `${source.name} serves as ${toType}`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 120_000,
    run: (_, { services, signal }) =>
      firstRunStands(input, services)
        .andThen(() =>
          services.clouds
            .get(at)
            .instances.get(source.id, { signal })
            .mapErr((error): Failure => error),
        )
        .andThen(({ state, instanceType, providerState }) =>
          state === 'resized' && instanceType === toType
            ? ok(undefined)
            : err(
                refusal(
                  'old-one-kept',
                  `${source.id} is ${providerState} as ${instanceType}: nothing to confirm`,
                ),
              ),
        )
        .andThen(() => serves(services.hosts.get(refAt(at, source.id)), probe, signal))
        .map(() => undefined),
  });
}

/** After the seal, and only forward. */
export function confirmLater(
  g: GraphBuilder<World>,
  { resize: { at, source } }: ConfirmResizeInput,
  sealed: Handle<undefined>,
): Handle<undefined> {
  return g.step('confirm-resize', {
    title: 'the old server is given up',
    after: [sealed],
    idempotent: true,
    retry: forwardRetry,
    timeoutMs: 300_000,
    run: (_, ctx) =>
      ctx.services.clouds
        .get(at)
        .instances.confirmResize(source.id, ctx)
        .map(() => undefined),
  });
}
