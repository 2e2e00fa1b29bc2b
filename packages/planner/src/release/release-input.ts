/**
 * What the release of a source is told: which run moved away from it, and what is given up. Made from that run's own
 * input, so that it can only speak of the source that the run left behind.
 */

import type { Failure, IsoTime, SnapshotId, VolumeId } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import { type Acceptance, isSigned } from '../guards/guard.ts';
import type { MoveInput, TargetServer } from '../move/move-input.ts';

/** What a release is told. JSON. */
export interface ReleaseInput {
  /** The run that moved the workload, which is sealed first. */
  readonly firstRunId: string;
  readonly move: MoveInput;
  /** The server that has served since. */
  readonly target: TargetServer;
  /**
   * Disks of the source that are given up with it, such as the one that the data was copied from. Others that would die
   * with it stop the release.
   */
  readonly volumes: readonly VolumeId[];
  /** Snapshots that were taken for the move, and that nobody else knows of. */
  readonly snapshots?: readonly SnapshotId[] | undefined;
  /** When the soak ends, and when it began: the gate of the release asks about it. Set by {@link releaseOf}. */
  readonly soak?: { readonly endsAt: IsoTime; readonly beganAt?: IsoTime | undefined } | undefined;
  /** Risks that somebody takes only now, such as `soaked`. */
  readonly accept?: readonly Acceptance[] | undefined;
  /** Who gives the source up, and why. */
  readonly by: string;
  readonly reason: string;
  /** Wait for a person's word before anything is given up: the hold `release`. */
  readonly hold?: boolean | undefined;
  /** Name of the set of slots whose `afterSoak` takes part. */
  readonly slots?: string | undefined;
}

/** The soak is not over. */
export interface StillSoaking extends Failure {
  readonly kind: 'still-soaking';
  readonly until: IsoTime;
}

/** What a release is made of. */
export interface ReleaseRequest extends Omit<ReleaseInput, 'volumes' | 'soak'> {
  readonly volumes?: readonly VolumeId[] | undefined;
  /** When the first run succeeded, for how long the source is kept from then on, and what time it is. */
  readonly succeededAt: IsoTime;
  readonly soakSeconds: number;
  readonly now: IsoTime;
}

/** The input of a release, or until when the source is still kept: before that somebody must take the risk `soaked`. */
export function releaseOf(request: ReleaseRequest): Result<ReleaseInput, StillSoaking> {
  const { succeededAt, soakSeconds, now, volumes = [], ...input } = request;
  const untilMs = Date.parse(succeededAt) + soakSeconds * 1000;
  const until = Number.isNaN(untilMs) ? succeededAt : new Date(untilMs).toISOString();
  const isTaken = input.accept?.some((taker) => taker.guard === 'soaked' && isSigned(taker)) === true;
  if (!(Date.parse(now) >= untilMs) && !isTaken) {
    const message = `the source ${input.move.source.id} is kept until ${until}, and it is ${now}`;
    return err({ kind: 'still-soaking', until, message });
  }
  return ok({ ...input, soak: { endsAt: until, beganAt: succeededAt }, volumes });
}
