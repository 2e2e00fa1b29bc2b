/**
 * Slots: named places in the graphs where a service of one's own has its steps: monitoring that must fall silent, a
 * cache to be warmed, a backup to be set up. What is put there is part of the run like everything else: it is shown in
 * the plan and its picture, counts in the digest, and is reverted in its turn.
 *
 * Steps are code and inputs are data: a set of slots is given to the planner by its name, and a run's input names the
 * set. Another process can carry the run on if it has the same set.
 */

import type { HealthProbe, Place } from '@belay/cloud';
import type { Handle, ScopeBuilder, StepGraph } from '@belay/runner';
import { stepGraph } from '@belay/runner';
import { type ServedInput, sourcePlace, type TargetServer } from './move/move-input.ts';

/** Where steps can be put, in the order in which a move comes by. */
export const slotNames = [
  /** The target has booted and has no data yet; the source serves. Within the choice of a zone. */
  'configureTarget',
  /** Everything is ready; the source still serves, and the services are stopped right after. */
  'beforeStop',
  /** Nobody serves. The data is at rest, and on no server where it moves with its disk. */
  'afterDetach',
  /** The target answers by its future name; the world is still led to the source. */
  'beforeSwitch',
  /** The target serves. What fails here still takes everything back. */
  'afterSwitch',
  /** In the run that releases the source, after its checks and before anything is deleted. */
  'afterSoak',
] as const;

/** One of {@link slotNames}. */
export type SlotName = (typeof slotNames)[number];

/** A set of slots. Those that are absent are empty. */
export type Slots<S = unknown> = SlotSet<S>;

/** What {@link Slots} are: a name, and by slot what is put there. */
export interface SlotSet<in S> extends SlotSteps<S> {
  /** What inputs call it; unique within a planner. Letters, digits, `-` and `.`. */
  readonly name: string;
}

type SlotSteps<S> = { readonly [K in SlotName]?: Slot<S> | undefined };

/**
 * What is put into a slot: a function that declares steps, or a whole graph that takes {@link SlotInput}. Declares by
 * its arguments alone, as every graph does: no clock, no chance, no world.
 */
export type Slot<S> = ((s: ScopeBuilder<S>, about: SlotAbout) => void) | StepGraph<S, SlotInput, unknown>;

/** What is known of the run when its graph is built. JSON. */
export interface SlotInput {
  readonly slot: SlotName;
  readonly source: { readonly at: Place; readonly id: string; readonly name: string };
  /** Where the target lives. */
  readonly at: Place;
  readonly services: readonly string[];
  readonly probe: HealthProbe;
}

/** The same for a function, with what is known only when its steps run. */
export interface SlotAbout extends SlotInput {
  /** To be named in `needs`. */
  readonly target: Handle<TargetServer>;
}

/** A set whatever its steps ask of services. */
export type AnySlots = Slots<never>;

/** Puts the steps of a slot where they belong; gives the handles that come next must wait for. */
export interface SlotFiller<S> {
  /** Declares what the set has for this slot; where it has nothing, gives back `after`. */
  fill(
    s: ScopeBuilder<S>,
    slot: SlotName,
    target: Handle<TargetServer>,
    after: readonly Handle<unknown>[],
  ): readonly Handle<unknown>[];
}

/** The slots that an input asks for. Throws where it names a set that this planner was not given. */
export function slotsFor<S>(sets: readonly Slots<S>[], input: SlotScene): SlotFiller<S> {
  const set = input.slots === undefined ? undefined : sets.find(({ name }) => name === input.slots);
  if (input.slots !== undefined && set === undefined) {
    throw new Error(`the input names the slots ${input.slots}, which this planner was not given`);
  }
  return {
    fill(s, slot, target, after) {
      const steps = set?.[slot];
      if (steps === undefined) return after;
      const about: SlotInput = {
        slot,
        source: { at: sourcePlace(input), id: input.source.id, name: input.source.name },
        at: input.at,
        services: input.services,
        probe: input.probe,
      };
      const graph: StepGraph<S, SlotInput, unknown> =
        typeof steps === 'function'
          ? stepGraph(pathOf(slot), (inner: ScopeBuilder<S>, input: SlotInput) =>
              steps(inner, { ...input, target }),
            )
          : steps;
      return [s.graph(pathOf(slot), graph, { input: about, after })];
    },
  };
}

/** What an input says of its slots and of where they stand. */
export type SlotScene = Pick<ServedInput, 'slots' | 'source' | 'at' | 'services' | 'probe'>;

/** `afterDetach` is the step `after-detach` in paths. */
function pathOf(slot: SlotName): string {
  return slot.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
