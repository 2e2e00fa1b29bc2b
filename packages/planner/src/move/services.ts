/**
 * Stopping what serves, starting it elsewhere, and asking whether it answers: the two ends of every window in which
 * nobody serves. Each step undoes itself by bringing back the state that it found.
 */

import { type Failure, type Host, refAt, type ServiceState } from '@belay/cloud';
import { type Handle, json, type Probed, type RetryPolicy, type ScopeBuilder } from '@belay/runner';
import { type ServedInput, sourcePlace, type TargetServer, type World } from './move-input.ts';
import { worthAnotherTry } from './refusal.ts';
import { type SourceSeen, serves } from './source-side.ts';

export const windowRetry: RetryPolicy = { attempts: 3, delayMs: 1000, when: worthAnotherTry };
/** Going back is worth more patience than going on: the source is needed again. */
export const backRetry: RetryPolicy = { attempts: 10, delayMs: 1000, maxDelayMs: 15_000 };

/** Stops what ran on the source. The revert starts exactly that again, no more. */
export function stopServices(
  g: ScopeBuilder<World>,
  input: ServedInput,
  source: Handle<SourceSeen>,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return g.step('stop-services', {
    title: 'stop services on the source',
    needs: { source },
    after,
    retry: windowRetry,
    timeoutMs: 180_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (needs, ctx) =>
      sourceHost(input, ctx.services)
        .services.stop(needs.source.running, ctx)
        .map(() => undefined),
    probe: (needs, { services, signal }) =>
      sourceHost(input, services)
        .services.list({ signal })
        .map((states) => happenedIf(allAre(states, needs.source.running, isStopped))),
    revert: ({ needs }, ctx) =>
      sourceHost(input, ctx.services).services.start(backwards(needs.source.running), ctx),
  });
}

/**
 * Starts on the target what ran on the source, in the opposite order of the stopping. The revert stops them, which also
 * masks them. `leave`: on a server that the way back powers off and on, where no earlier step stopped them and would
 * unmask them again.
 */
export function startServices(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  source: Handle<SourceSeen>,
  after: readonly Handle<unknown>[],
  back: 'stop' | 'leave' = 'stop',
): Handle<undefined> {
  return g.step('start-services', {
    title: 'start services on the target',
    needs: { target, source },
    after,
    retry: windowRetry,
    timeoutMs: 180_000,
    idempotent: true,
    revertRetry: backRetry,
    run: (needs, ctx) =>
      targetHost(input, ctx.services, needs.target)
        .services.start(backwards(needs.source.running), ctx)
        .map(() => undefined),
    probe: (needs, { services, signal }) =>
      targetHost(input, services, needs.target)
        .services.list({ signal })
        .map((states) => happenedIf(allAre(states, needs.source.running, isActive))),
    revert: ({ needs }, ctx) =>
      back === 'leave'
        ? undefined
        : targetHost(input, ctx.services, needs.target).services.stop(needs.source.running, ctx),
  });
}

/** As {@link startServices}, where some may run already: the revert stops those that did not, and no others. */
export function startStoppedServices(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  source: Handle<SourceSeen>,
  after: readonly Handle<unknown>[],
): Handle<undefined> {
  return g.step('start-services', {
    title: 'start services on the target',
    needs: { target, source },
    after,
    retry: windowRetry,
    timeoutMs: 180_000,
    idempotent: true,
    revertRetry: backRetry,
    undo: json<{ readonly wereStopped: readonly string[] }>(),
    run: (needs, ctx) => {
      const { services } = targetHost(input, ctx.services, needs.target);
      const { running } = needs.source;
      return services
        .list({ signal: ctx.signal })
        .mapErr((error): Failure => error)
        .andThen((states) => {
          const wereStopped = running.filter((name) => !allAre(states, [name], isActive));
          return ctx.saveUndo(ctx.undo ?? { wereStopped });
        })
        .andThen(() => services.start(backwards(running), ctx).mapErr((error): Failure => error))
        .map(() => undefined);
    },
    revert: ({ needs, undo }, ctx) =>
      undo === undefined || undo.wereStopped.length === 0
        ? undefined
        : targetHost(input, ctx.services, needs.target).services.stop(undo.wereStopped, ctx),
  });
}

/** The target answers for the workload by its future name, before any address leads there. */
export function probeTarget(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  started: Handle<undefined>,
): Handle<{ readonly detail: string }> {
  return g.step('probe-target', {
    title: 'target answers for the workload',
    needs: { target },
    after: [started],
    retry: { attempts: 10, delayMs: 500, maxDelayMs: 4000, when: worthAnotherTry },
    timeoutMs: 60_000,
    idempotent: true,
    run: (needs, { services, signal }) =>
      serves(targetHost(input, services, needs.target), input.probe, signal).map((detail) => ({ detail })),
  });
}

export function happenedIf(there: boolean): Probed<undefined> {
  return there ? { happened: 'yes', output: undefined } : { happened: 'no' };
}

export function allAre(
  states: readonly ServiceState[],
  names: readonly string[],
  is: (state: ServiceState) => boolean,
): boolean {
  return names.every((name) => states.some((state) => state.name === name && is(state)));
}

function isStopped(service: ServiceState): boolean {
  return service.masked && isDown(service);
}

export function isDown({ state }: ServiceState): boolean {
  return state === 'inactive' || state === 'failed';
}

function isActive({ state }: ServiceState): boolean {
  return state === 'active';
}

export function sourceHost(input: ServedInput, { hosts }: World): Host {
  return hosts.get(refAt(sourcePlace(input), input.source.id));
}

export function targetHost(input: ServedInput, { hosts }: World, target: TargetServer): Host {
  return hosts.get(refAt(input.at, target.id));
}

export function backwards(names: readonly string[]): readonly string[] {
  return [...names].reverse();
}
