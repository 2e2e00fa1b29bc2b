/**
 * The gate at the start of the window. Everything that its guards need is learned again, and no more; then they are
 * asked. One that says NO-GO fails the step while the source serves and nothing has been stopped, so that the run goes
 * back and nothing was touched.
 */

import type { Failure, HostFacts, Mount, SnapshotId } from '@belay/cloud';
import type { Handle, RetryPolicy, ScopeBuilder } from '@belay/runner';
import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { BackupEvidence } from '../backup.ts';
import { type CopyInput, eachDisk, type PictureTaken, snapshotsIn } from '../copy/copy-input.ts';
import { targetFilesystem } from '../copy/data-disk.ts';
import type { Facts } from '../facts.ts';
import { copying, moving } from '../guards/guard.ts';
import { type Known, known } from '../known.ts';
import {
  type ServedInput,
  sourcePlace,
  type TargetServer,
  volumesIn,
  type World,
} from '../move/move-input.ts';
import { oneByOne } from '../move/one-by-one.ts';
import { refusal, worthAnotherTry } from '../move/refusal.ts';
import { targetHost } from '../move/services.ts';
import type { SourceSeen } from '../move/source-side.ts';
import { observe } from '../observe.ts';
import { hasService } from '../probed.ts';
import type { Sight } from '../sight.ts';
import { busy } from '../under-way.ts';
import { volumesOf } from '../workload.ts';
import { askGate, type GatePassed } from './ask-gate.ts';
import type { Gated, GateInput } from './gate-input.ts';
import { clockOf, nowOf } from './gate-services.ts';
import { look } from './look.ts';

/** Before a disk changes under a running server. Gives what comes next must wait for. */
export function gateOfGrowth(
  g: ScopeBuilder<World>,
  { gate }: Gated,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (gate === undefined) return after;
  return [
    g.step('gate-window', {
      ...gateStep,
      title: 'may the disk be changed?',
      after,
      run: (_, ctx) => askWindow(gate, ctx, async () => ({})),
    }),
  ];
}

/** Before a server is resized. Gives what comes next must wait for. */
export function gateOfResize(
  g: ScopeBuilder<World>,
  { gate }: ServedInput,
  source: Handle<SourceSeen>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  if (gate === undefined) return after;
  return [
    g.step('gate-window', {
      ...gateStep,
      title: windowTitle,
      needs: { source },
      after,
      run: (needs, ctx) => askWindow(gate, ctx, (facts) => sightOfSource(gate, needs.source, facts, ctx)),
    }),
  ];
}

/** Before a workload leaves its server. Gives what comes next must wait for. */
export function gateOfMove(
  g: ScopeBuilder<World>,
  input: ServedInput | CopyInput,
  { target, source, picture }: MoveScene,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { gate } = input;
  if (gate === undefined) return after;
  // A step's needs are the same for all kinds: a move without a picture has none.
  const noPicture = picture ?? target;
  return [
    g.step('gate-window', {
      ...gateStep,
      title: windowTitle,
      needs: { source, target, from: noPicture },
      after,
      run: (needs, ctx) =>
        askWindow(gate, ctx, async (facts) => {
          const snapshotIds = 'snapshotId' in needs.from ? snapshotsIn(needs.from) : [];
          const [ofSource, ofTarget, snapshotReady] = await Promise.all([
            sightOfSource(gate, needs.source, facts, ctx),
            sightOfTarget(input, needs.target, ctx),
            picturesReady(input, snapshotIds, ctx),
          ]);
          return { ...ofSource, ...ofTarget, snapshotReady };
        }),
    }),
  ];
}

/** What there is by the time the window opens. */
export interface MoveScene {
  readonly target: Handle<TargetServer>;
  readonly source: Handle<SourceSeen>;
  /** The snapshots that the target's disks were made of. */
  readonly picture?: Handle<PictureTaken> | undefined;
}

const windowTitle = 'may the window open?';
const gateRetry: RetryPolicy = { attempts: 4, delayMs: 1000, maxDelayMs: 8000, when: worthAnotherTry };
const gateStep = { idempotent: true, retry: gateRetry, timeoutMs: 120_000 } as const;

interface Asking {
  readonly services: World;
  readonly signal: AbortSignal;
}

/** Learns the facts again, looks, and asks. */
function askWindow(
  gate: GateInput,
  { services, signal }: Asking,
  see: (facts: Facts) => Promise<Sight>,
): ResultAsync<GatePassed, Failure> {
  const { witnessed, floatingIps } = gate.workload;
  const movesAddress = moving.includes(gate.assessment.strategy) && floatingIps.length > 0;
  if (witnessed === true && movesAddress && services.routeWitness === undefined) {
    const message = 'services.routeWitness is missing, and the plan rests on it';
    return errAsync(refusal('service-given', message));
  }
  const backups = gate.backupsBy === 'snapshots' ? undefined : (services.backups ?? nobody);
  return observe(gate.workload, gate.target, services, {
    clock: clockOf(services),
    signal,
    probe: false,
    only: gate.needs,
    backups,
  })
    .mapErr((error): Failure => error)
    .andThen((facts) =>
      ResultAsync.fromSafePromise(see(facts)).andThen((sight) =>
        askGate(gate, 'window', { now: nowOf(services), facts, sight: { ...sight, facts } }),
      ),
    );
}

/** The plan rests on a backup that this process cannot ask about. */
const nobody: BackupEvidence = {
  newest: () => errAsync({ kind: 'unsupported', message: 'services.backups is missing', applied: 'no' }),
};

/** Is anything stopped on it already, and is anything busy? */
async function sightOfSource(
  gate: GateInput,
  { running }: SourceSeen,
  { host }: Facts,
  { services, signal }: Asking,
): Promise<Sight> {
  const { workload, assessment } = gate;
  const { mounts, timers } = services.hosts.get(workload.instance);
  const at = nowOf(services);
  // A move by copying masks them before it stops anything.
  const masked = copying.includes(assessment.strategy);
  const answer = oneByOne(volumesOf(workload), ({ mountPoint }) =>
    mounts.holders(mountPoint, { signal }),
  ).andThen((files) =>
    (masked ? okAsync([]) : timers.list({ signal })).map((all) => ({ files: files.flat(), all })),
  );
  const underWay = await look('holders and timers', at, answer, ({ files, all }) => {
    const writers = files.filter(
      ({ forWrite, service }) => forWrite && !(service !== undefined && hasService(workload, service)),
    );
    return busy(writers, all, at, Math.max(60, assessment.downtime?.p90Seconds ?? 0));
  });
  return { underWay, sourceStopped: host.known ? known(isStopped(host.value, running), host) : host };
}

function isStopped({ services }: HostFacts, running: readonly string[]): boolean {
  return running.some(
    (name) => !services.some((service) => service.name === name && service.state === 'active'),
  );
}

/** Has it booted, and does anything stand where the data will be? */
async function sightOfTarget(
  input: ServedInput | CopyInput,
  target: TargetServer,
  { services, signal }: Asking,
): Promise<Sight> {
  const seen = await look(
    `observe ${target.id}`,
    nowOf(services),
    targetHost(input, services, target).observe({ signal }),
    (facts) => facts,
  );
  if (!seen.known) return { targetBooted: seen, inTheWay: seen };
  const { identity, mounts } = seen.value;
  return {
    targetBooted: known({ bootId: identity.bootId }, seen),
    inTheWay: known(strangers(input, mounts), seen),
  };
}

/** Filesystems that are on none of the target's own new disks, and have the UUID or the place of one. */
function strangers(input: ServedInput | CopyInput, mounts: readonly Mount[]): readonly string[] {
  const mine = 'disk' in input ? eachDisk(input) : [];
  return mounts
    .filter((mount) =>
      volumesIn(input).some(
        ({ mountPoint, filesystemUuid }) =>
          mount.mountPoint === mountPoint || mount.filesystemUuid === filesystemUuid,
      ),
    )
    .filter(
      (mount) =>
        !mine.some(
          (own) =>
            mount.mountPoint === own.volume.mountPoint && mount.filesystemUuid === targetFilesystem(own),
        ),
    )
    .map((mount) => `filesystem ${mount.filesystemUuid} at ${mount.mountPoint}`);
}

/** Disks that were made of no snapshot wait for none. */
async function picturesReady(
  input: ServedInput,
  snapshotIds: readonly SnapshotId[],
  { services, signal }: Asking,
): Promise<Known<boolean>> {
  const at = nowOf(services);
  if (snapshotIds.length === 0) return known(true, { at, source: 'no snapshot is needed' });
  const { snapshots } = services.clouds.get(sourcePlace(input));
  return look(
    `snapshots.get ${snapshotIds.join(' ')}`,
    at,
    oneByOne(snapshotIds, (id) => snapshots.get(id, { signal })),
    (all) => all.every(({ state }) => state === 'ready'),
  );
}
