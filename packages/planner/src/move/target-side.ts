/**
 * The steps that bring the target up while the source still serves. They run inside a scope over zones: where one
 * zone has no such server to give, what was made there is taken away again and the next zone is tried.
 */

import { type Instance, refAt, samePlace } from '@belay/cloud';
import { type Failure, type Handle, happenedIfFound, type ScopeBuilder } from '@belay/runner';
import { err, errAsync, ok, okAsync } from 'neverthrow';
import { readsSettleMs } from '../settled.ts';
import type { SlotFiller } from '../slots.ts';
import { type MoveInput, sourcePlace, type TargetServer, volumesIn, type World } from './move-input.ts';
import { oneByOne } from './one-by-one.ts';
import { refusal, worthAnotherTry } from './refusal.ts';

/**
 * Brings up the target in the first zone that has one, has it configured, and proves that it is fit for the data. What
 * a zone could not carry through is taken away again before the next one is tried.
 */
export function placeTarget<S>(
  g: ScopeBuilder<World & S>,
  input: MoveInput,
  slots: SlotFiller<World & S>,
): Handle<TargetServer> {
  return g.scope('place', { choices: input.zones }, (s, zone) => {
    const made = provisionTarget(s, input, zone);
    const ready = targetReady(s, input, made);
    const configured = slots.fill(s, 'configureTarget', made, [ready]);
    const fit = checkTarget(s, input, made, configured);
    quietTarget(s, input, made, [fit]);
    return made;
  });
}

/**
 * Creates the target. Its running is the only proof of capacity that counts. The revert deletes what this step made,
 * found by the step's own output or key and never by a name, and only when the data volume is not on it.
 */
function provisionTarget(
  s: ScopeBuilder<World>,
  input: MoveInput,
  zone: Handle<string>,
): Handle<TargetServer> {
  return s.step('provision-target', {
    title: `provision ${input.target.instanceType}`,
    needs: { zone },
    retry: { attempts: 4, delayMs: 2000, maxDelayMs: 15_000, when: worthAnotherTry },
    timeoutMs: 600_000,
    run: (needs, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .instances.create({ ...input.target, zone: needs.zone }, ctx)
        .map(targetOf),
    settleMs: readsSettleMs,
    probe: (_, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .instances.find(ctx.key, ctx)
        // One that is on its way has no addresses yet, and no machine for sure: the same call again waits for it.
        .map((found) => happenedIfFound(found && (found.state === 'pending' ? undefined : targetOf(found)))),
    revert: (was, ctx) => {
      const { instances, volumes } = ctx.services.clouds.get(input.at);
      const made =
        was.outcome === 'done'
          ? okAsync(was.output.id)
          : instances.find(ctx.key, ctx).map((found) => found?.id);
      return made.andThen((id) => {
        if (id === undefined) return okAsync(undefined);
        // A volume of another place cannot be on it.
        if (!samePlace(sourcePlace(input), input.at))
          return instances.delete(id, ctx).mapErr((error): Failure => error);
        return oneByOne(volumesIn(input), (wanted) =>
          volumes
            .get(wanted.id, ctx)
            .map(({ attachments }) => attachments.some(({ instanceId }) => instanceId === id))
            // A disk that is lost is on nothing.
            .orElse((error) => (error.kind === 'not-found' ? ok(false) : err<boolean, Failure>(error)))
            .map((isOnIt) => (isOnIt ? [wanted.id] : [])),
        ).andThen((found) => {
          const mine = found.flat();
          return mine.length > 0
            ? errAsync(
                refusal(
                  'data-elsewhere',
                  `${id} is not deleted: volume ${mine.join(', ')} is attached to it`,
                ),
              )
            : instances.delete(id, ctx).mapErr((error): Failure => error);
        });
      });
    },
  });
}

/** Waits until the target can be worked with. */
function targetReady(
  s: ScopeBuilder<World>,
  input: MoveInput,
  target: Handle<TargetServer>,
): Handle<{ readonly bootId: string }> {
  return s.step('target-ready', {
    title: 'target has booted',
    needs: { target },
    idempotent: true,
    // Hosts wait by themselves until they are let in; an attempt is as long as the slowest boot that is still one.
    retry: { attempts: 3, delayMs: 2000, maxDelayMs: 10_000, when: worthAnotherTry },
    timeoutMs: 300_000,
    run: (needs, { services, signal }) =>
      services.hosts
        .get(refAt(input.at, needs.target.id))
        .ready({ signal })
        .map(({ bootId }) => ({ bootId })),
  });
}

/**
 * Looks at the target as the data will find it: the mount point free, no second filesystem of the same UUID, and
 * every service there to be started. After a hold it is looked at once more: a person may have taken days.
 */
export function checkTarget(
  s: ScopeBuilder<World>,
  input: MoveInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
  name: 'check-target' | 'look-at-target' = 'check-target',
): Handle<{ readonly os: string }> {
  return s.step(name, {
    title: name === 'check-target' ? 'target is fit for the data' : 'last look at the target',
    needs: { target },
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (needs, { services, signal }) =>
      services.hosts
        .get(refAt(input.at, needs.target.id))
        .observe({ signal })
        .andThen((facts) => {
          const inTheWay = facts.mounts.find(({ mountPoint, filesystemUuid }) =>
            volumesIn(input).some(
              (volume) => mountPoint === volume.mountPoint || filesystemUuid === volume.filesystemUuid,
            ),
          );
          if (inTheWay !== undefined) {
            const what = `filesystem ${inTheWay.filesystemUuid} at ${inTheWay.mountPoint}`;
            return err(refusal('mount-point-free', `${what} stands in the way on ${needs.target.id}`));
          }
          const states = new Map(facts.services.map(({ name, state }) => [name, state]));
          const absent = input.services.filter((name) => !states.has(name));
          if (absent.length > 0) {
            return err(refusal('services-installed', `${needs.target.id} has no ${absent.join(', ')}`));
          }
          return ok({ os: facts.os ?? 'unknown' });
        }),
  });
}

/**
 * Keeps the target's services from running before their data is there: an image may start them at boot. Nothing to
 * undo, as the target goes away with the scope.
 */
function quietTarget(
  s: ScopeBuilder<World>,
  input: MoveInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return s.step('quiet-target', {
    title: 'target waits for its data',
    needs: { target },
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 120_000,
    run: (needs, ctx) =>
      ctx.services.hosts
        .get(refAt(input.at, needs.target.id))
        .services.stop(input.services, ctx)
        .map(() => undefined),
  });
}

/**
 * The volume must outlive the target, too. Clouds differ in what an attachment says of itself. Nothing to undo: what
 * is set here ends with the attachment.
 */
function keepVolumeOfTarget(
  g: ScopeBuilder<World>,
  input: Pick<MoveInput, 'at' | 'volume'>,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
  suffix: string,
): Handle<undefined> {
  return g.step(`keep-volume-of-target${suffix}`, {
    title: suffix === '' ? 'volume outlives the target' : `${input.volume.id} outlives the target`,
    needs: { target },
    after,
    idempotent: true,
    retry: { attempts: 4, delayMs: 1000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (needs, ctx) =>
      ctx.services.clouds
        .get(input.at)
        .instances.keepVolume(needs.target.id, input.volume.id, true, ctx)
        .map(() => undefined),
  });
}

/** The same for all disks. */
export function keepVolumesOfTarget(
  g: ScopeBuilder<World>,
  input: MoveInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): void {
  const all = volumesIn(input);
  for (const [index, volume] of all.entries())
    keepVolumeOfTarget(g, { ...input, volume }, target, after, all.length === 1 ? '' : `-${index + 1}`);
}

export function targetOf({ id, zone, privateAddresses, publicAddresses }: Instance): TargetServer {
  return { id, zone, privateAddresses, publicAddresses };
}
