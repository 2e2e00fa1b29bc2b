/** What must be true before a takeover touches anything: it is authorised, and the standby is worth it. */

import { type Failure, refAt } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { err, ok, type Result } from 'neverthrow';
import type { TargetServer, World } from '../move/move-input.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { targetOf } from '../move/target-side.ts';
import type { StandbyImport, StandbyKeeper } from './ports.ts';
import type { TakeoverInput } from './takeover-input.ts';

/**
 * Compares what was typed with what it should be, in a time that tells nothing. Neither is kept: the journal knows who
 * asked, and that it was right.
 */
export function authorise(g: ScopeBuilder<World>, input: TakeoverInput): Handle<{ readonly by: string }> {
  return g.step('authorise', {
    title: `${input.by} may do this`,
    idempotent: true,
    retry: { attempts: 3, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal, runId }) =>
      serviceOf(services.secrets, 'secrets')
        .asyncAndThen((secrets) => secrets.get(input.password, { signal }).mapErr((error): Failure => error))
        .andThen((wanted) =>
          serviceOf(services.authorisations, 'authorisations').andThen((authorisations) => {
            const typed = authorisations.given(runId);
            // One answer for nothing and for the wrong thing.
            return typed?.equals(wanted) === true
              ? ok({ by: input.by })
              : err(refusal('authorised', `the password of ${input.by} for ${runId} is missing or wrong`));
          }),
        ),
  });
}

/** The standby is there, and what it has is what was agreed to. */
export function checkStandby(
  g: ScopeBuilder<World>,
  { standby, mode, moreVolumes = [] }: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<StandbyImport> {
  const server = refAt(standby.at, standby.id);
  return g.step('check-standby', {
    title: `${standby.name} has a valid import`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 120_000,
    run: (_, { services, signal }) =>
      oneDiskToCopy({ mode, moreVolumes })
        .asyncAndThen(() =>
          services.hosts
            .get(server)
            .ready({ signal })
            .mapErr((error): Failure => error),
        )
        .andThen(() => keeperOf(services))
        .andThen((keeper) => keeper.lastImport(server, { signal }))
        .andThen((last) => worthPromoting({ standby, mode }, last)),
  });
}

/** Only one filesystem of the standby is told: what lies on further disks would stay behind, unseen. */
function oneDiskToCopy({
  mode,
  moreVolumes = [],
}: Pick<TakeoverInput, 'mode' | 'moreVolumes'>): Result<void, Failure> {
  return mode.kind === 'emergency' || moreVolumes.length === 0
    ? ok(undefined)
    : err(
        refusal(
          'one-disk-to-copy',
          `what is at ${moreVolumes.map(({ mountPoint }) => mountPoint).join(', ')} would not be copied`,
        ),
      );
}

/** The import, or why the standby may not be promoted with it. */
export function worthPromoting(
  { standby, mode }: Pick<TakeoverInput, 'standby' | 'mode'>,
  last: StandbyImport,
): Result<StandbyImport, Failure> {
  // A planned takeover copies everything itself: where an earlier one was given up, it goes on from there.
  const isCopiedAnew = mode.kind === 'planned' && last.overwrittenBy !== undefined;
  if (!last.valid && !isCopiedAnew) {
    const why =
      last.overwrittenBy === undefined
        ? 'is not valid'
        : `is not valid: ${last.overwrittenBy} has copied over it and come to no end`;
    const said = last.log.at(-1) ?? 'nothing';
    return err(refusal('valid-import', `the last import into ${standby.name} ${why}; it said: ${said}`));
  }
  const isOld = mode.kind === 'emergency' && !(Date.parse(last.dataAt) >= Date.parse(mode.dataAtLeast));
  return isOld
    ? err(
        refusal(
          'loss-as-agreed',
          `${standby.name} has data up to ${last.dataAt}, which is older than agreed`,
        ),
      )
    : ok(last);
}

/** The standby as its cloud shows it: its addresses are where the world will be led. */
export function lookAtStandby(
  g: ScopeBuilder<World>,
  { standby }: TakeoverInput,
  after: readonly Handle<unknown>[],
): Handle<TargetServer> {
  return g.step('look-at-standby', {
    title: `where ${standby.name} is found`,
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      services.clouds.get(standby.at).instances.get(standby.id, { signal }).map(targetOf),
  });
}

/** Whoever keeps standbys, or the failure that says that nobody does. */
export function keeperOf({ standbys }: World): Result<StandbyKeeper, Failure> {
  return serviceOf(standbys, 'standbys');
}

function serviceOf<T>(service: T | undefined, name: string): Result<T, Failure> {
  return service === undefined
    ? err(refusal('service-given', `services.${name} is missing, and a takeover needs it`))
    : ok(service);
}
