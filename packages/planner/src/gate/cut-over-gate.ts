/**
 * The gate before the route changes. What its guards look at is learned while the target starts, so that the window
 * grows by no call; the guards are asked when the target has answered. One that says NO-GO takes everything back.
 */

import type { Failure, OpenFile, ServiceState, TimerState } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { PassDone } from '../copy/copy-input.ts';
import { copying } from '../guards/guard.ts';
import { type Known, known } from '../known.ts';
import { type ServedInput, sourcePlace, type World } from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { worthAnotherTry } from '../move/refusal.ts';
import { sourceHost } from '../move/services.ts';
import type { Fence } from '../sight.ts';
import { volumesOf } from '../workload.ts';
import { askGate, noFacts } from './ask-gate.ts';
import type { GateInput } from './gate-input.ts';
import { nowOf } from './gate-services.ts';
import { look } from './look.ts';

/** What was seen of a source that has been stopped. */
export interface FenceSight {
  readonly fence: Known<Fence>;
  readonly writers: Known<readonly string[]>;
  readonly mayBeginToWrite: Known<readonly string[]>;
  readonly openDatabases: Known<readonly string[]>;
}

/** What has been done by the time the route is to change. */
export interface CutOverScene {
  /** The services of the target are being started. */
  readonly started: Handle<undefined>;
  readonly answers: Handle<{ readonly detail: string }>;
  /** The last pass, where files were copied. */
  readonly copied?: Handle<PassDone> | undefined;
}

/** Before the world is led to another server. Gives what comes next must wait for. */
export function gateBeforeSwitch(
  g: ScopeBuilder<World>,
  input: ServedInput,
  { started, answers, copied }: CutOverScene,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { gate } = input;
  if (gate === undefined) return after;
  const seen = lookAtFence(g, input, gate, started);
  // A step's needs are the same for all kinds: a move of the disk itself has no last pass.
  const noPass = copied ?? answers;
  return [
    g.step('gate-cut-over', {
      title: 'may the world be led to the target?',
      needs: { seen, answers, copied: noPass },
      after,
      idempotent: true,
      timeoutMs: 10_000,
      run: (needs, { services }) => {
        const now = nowOf(services);
        return askGate(gate, 'cut-over', {
          now,
          facts: noFacts(gate.workload, now),
          sight: {
            ...needs.seen,
            ...answered(needs.answers.detail, now),
            ...('vanishedFiles' in needs.copied && {
              // A pass that ends otherwise than well has failed its step.
              finalPass: known(
                { exitCode: 0, vanishedFiles: needs.copied.vanishedFiles },
                { at: now, source: 'final-pass' },
              ),
            }),
          },
        });
      },
    }),
  ];
}

/** Before a resized server counts as back. Gives what comes next must wait for. */
export function gateOfReturn(
  g: ScopeBuilder<World>,
  { gate }: ServedInput,
  answers: Handle<{ readonly detail: string }>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (gate === undefined) return after;
  return [
    g.step('gate-cut-over', {
      title: 'is it back?',
      needs: { answers },
      after,
      idempotent: true,
      timeoutMs: 10_000,
      run: (needs, { services }) => {
        const now = nowOf(services);
        const sight = answered(needs.answers.detail, now);
        return askGate(gate, 'cut-over', { now, facts: noFacts(gate.workload, now), sight });
      },
    }),
  ];
}

function answered(detail: string, at: string) {
  return { targetAnswers: known({ healthy: true, detail }, { at, source: 'probe-target' }) };
}

/** Looks at the source while the target starts. What cannot be learned is asked again, and then ends the run. */
function lookAtFence(
  g: ScopeBuilder<World>,
  input: ServedInput,
  gate: GateInput,
  started: Handle<undefined>,
): Handle<FenceSight> {
  return g.step('look-at-fence', {
    title: 'the source cannot serve or write',
    after: [started],
    idempotent: true,
    retry: { attempts: 5, delayMs: 500, maxDelayMs: 4000, when: worthAnotherTry },
    timeoutMs: 60_000,
    run: (_, { services, signal }) =>
      ResultAsync.fromSafePromise(fenceSight(input, gate, services, signal)).andThen((sight) => {
        const open = Object.values(sight).flatMap((each) =>
          each.known ? [] : [`${each.source}: ${each.why}`],
        );
        if (open.length === 0) return okAsync(sight);
        const message = `nobody can tell whether ${input.source.id} is fenced: ${[...new Set(open)].join('; ')}`;
        return errAsync<FenceSight, Failure>({ kind: 'not-known', message, applied: 'no' });
      }),
  });
}

async function fenceSight(
  input: ServedInput,
  { workload, assessment, databasePaths }: GateInput,
  services: World,
  signal: AbortSignal,
): Promise<FenceSight> {
  const at = nowOf(services);
  const host = sourceHost(input, services);
  const isCopy = copying.includes(assessment.strategy);
  const { volumes } = services.clouds.get(sourcePlace(input));
  const files = (): ResultAsync<readonly OpenFile[], Failure> =>
    oneByOne(volumesOf(workload), ({ mountPoint }) => host.mounts.holders(mountPoint, { signal })).map(
      (all) => all.flat(),
    );
  const [states, disks, held, timers] = await Promise.all([
    look(`services of ${input.source.id}`, at, host.services.list({ signal }), (all) =>
      all.filter(({ name }) => input.services.includes(name)),
    ),
    look(
      'volumes.get',
      at,
      oneByOne(volumesOf(workload), ({ volumeId }) => volumes.get(volumeId, { signal })),
      (all) =>
        all.every(({ attachments }) => attachments.every(({ instanceId }) => instanceId !== input.source.id)),
    ),
    // A disk that has left is written by nobody there.
    isCopy
      ? look(`holders on ${input.source.id}`, at, files(), (all) => all)
      : known([], { at, source: 'gone' }),
    isCopy
      ? look(`timers of ${input.source.id}`, at, host.timers.list({ signal }), (all) => all)
      : known([], { at, source: 'gone' }),
  ]);
  return {
    fence: both(states, disks, (mine, isGone) => fenceOf(mine, isCopy ? undefined : isGone)),
    writers: mapped(held, (all) => named(all.filter(({ forWrite }) => forWrite))),
    mayBeginToWrite: both(states, timers, (mine, all) => sleepers(mine, all, isCopy)),
    openDatabases: mapped(held, (all) => named(all.filter(({ path }) => isDatabase(path, databasePaths)))),
  };
}

function fenceOf(states: readonly ServiceState[], volumeGone: boolean | undefined): Fence {
  return {
    servicesStopped: states.every(({ state }) => state === 'inactive' || state === 'failed'),
    servicesMasked: states.every(({ masked }) => masked),
    ...(volumeGone !== undefined && { volumeGone }),
  };
}

/** Where the disk has left, what starts writes elsewhere. */
function sleepers(
  states: readonly ServiceState[],
  timers: readonly TimerState[],
  isCopy: boolean,
): readonly string[] {
  if (!isCopy) return [];
  const free = [
    ...states.filter(({ masked }) => !masked),
    ...timers.filter(({ masked, state }) => !masked && state === 'active'),
  ];
  return free.map(({ name }) => `${name} may start`);
}

function isDatabase(path: string, databasePaths: readonly string[]): boolean {
  return databasePaths.some((each) => path === each || path.startsWith(`${each}/`));
}

function named(files: readonly OpenFile[]): readonly string[] {
  return [...new Set(files.map(({ command, path }) => `${command} has ${path} open`))];
}

function mapped<T, V>(fact: Known<T>, value: (known: T) => V): Known<V> {
  return fact.known ? { ...fact, value: value(fact.value) } : fact;
}

function both<A, B, V>(a: Known<A>, b: Known<B>, value: (a: A, b: B) => V): Known<V> {
  if (!a.known) return a;
  return b.known ? { ...a, value: value(a.value, b.value) } : b;
}
