/**
 * The gate before a source is given up: the soak is over by the clock, somebody has watched the target from its
 * beginning to its end, and the target answers now as it did all the while. It stands before anything is sealed or
 * deleted.
 */

import { type Failure, refAt } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { defaultLimits } from '../guards/guard.ts';
import { known } from '../known.ts';
import type { World } from '../move/move-input.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { supersededName } from '../move/source-side.ts';
import type { ReleaseInput } from '../release/release-input.ts';
import { askGate, noFacts } from './ask-gate.ts';
import { nowOf, type SoakRecord } from './gate-services.ts';

/** Gives what comes next must wait for. */
export function gateOfRelease(
  g: ScopeBuilder<World>,
  input: ReleaseInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { soak, accept = [], move } = input;
  const { gate } = move;
  if (gate === undefined || soak === undefined) return after;
  const wanted = Math.max(1, gate.limits.soakProbes ?? defaultLimits.soakProbes);
  return [
    g.step('gate-release', {
      title: 'may the source go?',
      after,
      idempotent: true,
      retry: { attempts: 4, delayMs: 1000, maxDelayMs: 8000, when: worthAnotherTry },
      timeoutMs: 180_000,
      run: (_, { services, signal }) =>
        new ResultAsync(asked(input, wanted, services, signal)).andThen((now) =>
          records(input, services, signal).andThen((before) => {
            const at = nowOf(services);
            const value = {
              endsAt: soak.endsAt,
              beganAt: soak.beganAt,
              watched: before.watched,
              goodProbes: before.goodProbes + now.goodProbes,
              badProbes: before.badProbes + now.badProbes,
              sourceName: supersededName(move.source.name),
            };
            return askGate({ ...gate, accepted: [...gate.accepted, ...accept] }, 'soak', {
              now: at,
              facts: noFacts(gate.workload, at),
              sight: { soak: known(value, { at, source: 'probes of the target' }) },
            });
          }),
        ),
    }),
  ];
}

/** What a monitoring has seen since; nothing where there is none. */
function records(
  { firstRunId }: ReleaseInput,
  { soaks }: World,
  signal: AbortSignal,
): ResultAsync<SoakRecord, Failure> {
  return soaks === undefined ? okAsync({ goodProbes: 0, badProbes: 0 }) : soaks.of(firstRunId, { signal });
}

/** Asks the target itself, several times. */
async function asked(
  { move, target }: ReleaseInput,
  times: number,
  { hosts }: World,
  signal: AbortSignal,
): Promise<Result<SoakRecord, Failure>> {
  const host = hosts.get(refAt(move.at, target.id));
  let goodProbes = 0;
  for (let time = 0; time < times; time += 1) {
    const answer = await host.check(move.probe, { signal });
    if (answer.isErr()) return err(answer.error);
    if (answer.value.healthy) goodProbes += 1;
  }
  return ok({ goodProbes, badProbes: times - goodProbes });
}
