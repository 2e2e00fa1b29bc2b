/**
 * The way of several disks through the window: all of them, or none. Filesystems may be mounted within one another, so
 * the inner ones are unmounted first and mounted last, one after the other; disks are detached and attached side by side.
 */

import type { Attachment } from '@belay/cloud';
import type { Handle, ScopeBuilder } from '@belay/runner';
import { depthOf, type ServedInput, type TargetServer, volumesIn, type World } from '../move/move-input.ts';
import {
  attachToTarget,
  detachFromSource,
  mountOnTarget,
  type OneVolume,
  unmountFromSource,
} from './window.ts';

/** Gives what the detaching must wait for. */
export function unmountAll(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  return outerFirst(input).reduceRight<readonly Handle<unknown>[]>(
    (before, one) => [unmountFromSource(g, input, before, one)],
    after,
  );
}

/** Gives what comes next must wait for. */
export function detachAll(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  return each(input).map((one) => detachFromSource(g, input, after, one));
}

/** A disk of the workload on its way to the target. */
export interface OnItsWay {
  readonly id: string;
  readonly attached: Handle<Attachment>;
}

/** Gives the attachments, the main disk's first. */
export function attachAll(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): readonly [OnItsWay, ...OnItsWay[]] {
  const [first, ...others] = each(input);
  const attach = (one: OneVolume): OnItsWay => ({
    id: one.volume.id,
    attached: attachToTarget(g, input, target, after, one),
  });
  return [attach(first), ...others.map(attach)];
}

/** Gives what comes next must wait for. Nothing is mounted before every disk is there. */
export function mountAll(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  disks: readonly OnItsWay[],
): readonly Handle<unknown>[] {
  const all = disks.length === 1 ? [] : disks.map(({ attached }) => attached);
  return outerFirst(input).reduce<readonly Handle<unknown>[]>((before, one) => {
    const disk = disks.find(({ id }) => id === one.volume.id);
    return disk === undefined ? before : [mountOnTarget(g, input, target, disk.attached, before, one)];
  }, all);
}

function each(input: ServedInput): readonly [OneVolume, ...OneVolume[]] {
  const [, ...more] = volumesIn(input);
  if (more.length === 0) return [{ volume: input.volume, suffix: '' }];
  return [
    { volume: input.volume, suffix: '-1' },
    ...more.map((volume, index) => ({ volume, suffix: `-${index + 2}` })),
  ];
}

/** What is mounted within another comes after it. */
function outerFirst(input: ServedInput): readonly OneVolume[] {
  return [...each(input)].sort((a, b) => depthOf(a.volume.mountPoint) - depthOf(b.volume.mountPoint));
}
