/**
 * What is taken for known of a server that does not answer: all services of the workload ran, and its cloud tells its
 * addresses. A server that even its cloud no longer knows has none that could be led elsewhere by name.
 */

import { type Failure, refAt } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { errAsync, okAsync } from 'neverthrow';
import { type ServedInput, sourcePlace, type World } from '../move/move-input.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import type { SourceSeen } from '../move/source-side.ts';

/** Asks the cloud alone. */
export function knownOfSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): Handle<SourceSeen> {
  const server = refAt(sourcePlace(input), input.source.id);
  return g.step('known-of-source', {
    title: 'what the cloud knows of the source',
    after,
    idempotent: true,
    retry: { attempts: 6, delayMs: 1000, maxDelayMs: 10_000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      services.clouds
        .get(server)
        .instances.get(server.id, { signal })
        .map(
          ({ privateAddresses, publicAddresses }): SourceSeen => ({
            running: input.services,
            privateAddresses,
            publicAddresses,
          }),
        )
        .orElse((error) => {
          const nothing: SourceSeen = { running: input.services, privateAddresses: [], publicAddresses: [] };
          return error.kind === 'not-found'
            ? okAsync<SourceSeen, Failure>(nothing)
            : errAsync<SourceSeen, Failure>(error);
        }),
  });
}
