/** The graphs that a runner registers so that it can carry out, and carry on, whatever a planner plans. */

import type { StepGraph } from '@belay/runner';
import type { CloneInput, CloneOutput, CopyOutput, RsyncInput } from './copy/copy-input.ts';
import type { GrowInput, GrowOutput } from './grow/grow-input.ts';
import { growOnline } from './grow-online-graph.ts';
import type { World } from './move/move-input.ts';
import type {
  RecoverInput,
  RecoverOutput,
  StartAgainInput,
  StartAgainOutput,
} from './recover/recover-input.ts';
import { recover, recoverWith, startAgain } from './recover-graph.ts';
import type { ReleaseInput } from './release/release-input.ts';
import { releaseSource, releaseSourceWith } from './release-source-graph.ts';
import type { ConfirmResizeInput, ResizeInput, ResizeOutput } from './resize/resize-input.ts';
import { confirmResize, resizeInPlace, resizeInPlaceWith } from './resize-in-place-graph.ts';
import { rsync, rsyncWith } from './rsync-graph.ts';
import type { Slots } from './slots.ts';
import { snapshotClone, snapshotCloneWith } from './snapshot-clone-graph.ts';
import type { SwapInput, SwapOutput } from './swap/swap-input.ts';
import type { TakeoverInput, TakeoverOutput } from './takeover/takeover-input.ts';
import { takeover, takeoverWith } from './takeover-graph.ts';
import { volumeSwap, volumeSwapWith } from './volume-swap-graph.ts';

/** All graphs, each by its name and in a list. `S`: what the steps in slots ask of services, besides clouds and hosts. */
export interface RegisteredGraphs<S = unknown> {
  /** Register all of them: a run that another process began may be of any. */
  readonly graphs: readonly [
    StepGraph<World & S, SwapInput, SwapOutput>,
    StepGraph<World & S, ReleaseInput, undefined>,
    StepGraph<World & S, GrowInput, GrowOutput>,
    StepGraph<World & S, ResizeInput, ResizeOutput>,
    StepGraph<World & S, ConfirmResizeInput, undefined>,
    StepGraph<World & S, CloneInput, CloneOutput>,
    StepGraph<World & S, RsyncInput, CopyOutput>,
    StepGraph<World & S, RecoverInput, RecoverOutput>,
    StepGraph<World & S, StartAgainInput, StartAgainOutput>,
    StepGraph<World & S, TakeoverInput, TakeoverOutput>,
  ];
  readonly volumeSwap: StepGraph<World & S, SwapInput, SwapOutput>;
  readonly releaseSource: StepGraph<World & S, ReleaseInput, undefined>;
  readonly growOnline: StepGraph<World & S, GrowInput, GrowOutput>;
  readonly resizeInPlace: StepGraph<World & S, ResizeInput, ResizeOutput>;
  readonly confirmResize: StepGraph<World & S, ConfirmResizeInput, undefined>;
  readonly snapshotClone: StepGraph<World & S, CloneInput, CloneOutput>;
  readonly rsync: StepGraph<World & S, RsyncInput, CopyOutput>;
  readonly recover: StepGraph<World & S, RecoverInput, RecoverOutput>;
  readonly startAgain: StepGraph<World & S, StartAgainInput, StartAgainOutput>;
  readonly takeover: StepGraph<World & S, TakeoverInput, TakeoverOutput>;
}

/** The graphs with these sets of slots. Throws where two sets have one name. */
export function graphsWith<S>(slots: readonly Slots<World & S>[]): RegisteredGraphs<S> {
  const names = new Set(slots.map(({ name }) => name));
  if (names.size < slots.length) throw new Error('two sets of slots have the same name');
  // Without slots they are the very graphs that are exported by name: a run is known by its graph.
  const plain = slots.length === 0;
  const swap: RegisteredGraphs<S>['volumeSwap'] = plain ? volumeSwap : volumeSwapWith(slots);
  const release: RegisteredGraphs<S>['releaseSource'] = plain ? releaseSource : releaseSourceWith(slots);
  const resize: RegisteredGraphs<S>['resizeInPlace'] = plain ? resizeInPlace : resizeInPlaceWith(slots);
  const clone: RegisteredGraphs<S>['snapshotClone'] = plain ? snapshotClone : snapshotCloneWith(slots);
  const copy: RegisteredGraphs<S>['rsync'] = plain ? rsync : rsyncWith(slots);
  const rescue: RegisteredGraphs<S>['recover'] = plain ? recover : recoverWith(slots);
  const promote: RegisteredGraphs<S>['takeover'] = plain ? takeover : takeoverWith(slots);
  return {
    graphs: [swap, release, growOnline, resize, confirmResize, clone, copy, rescue, startAgain, promote],
    volumeSwap: swap,
    releaseSource: release,
    growOnline,
    resizeInPlace: resize,
    confirmResize,
    snapshotClone: clone,
    rsync: copy,
    recover: rescue,
    startAgain,
    takeover: promote,
  };
}
