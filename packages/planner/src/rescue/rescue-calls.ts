/** What a rescue asks of the clouds, its steps and their ways back: so that the account can be asked beforehand. Pure. */

import type { Place, PlannedCall } from '@belay/cloud';
import { newServerCalls, routeCalls } from '../strategies/calls.ts';
import { volumesOf } from '../workload.ts';
import type { RecoveryPlan } from './recovery.ts';
import type { TakeoverPlan } from './takeover.ts';

/** Calls, and the cloud that they are made to. */
export interface CallsAt {
  readonly at: Place;
  readonly calls: readonly PlannedCall[];
}

/** Nothing where the plan has nothing to run. */
export function rescueCalls(plan: RecoveryPlan | TakeoverPlan): readonly CallsAt[] {
  const { run, facts } = plan;
  const { workload, standby } = facts;
  const { instance } = workload;
  if (run === undefined) return [];
  const rename: PlannedCall = { verb: 'instances.rename', instanceId: instance.id };
  const fence = powerCalls(instance.id);
  if (run.graph === 'start-again') return [{ at: instance, calls: fence }];
  if (run.graph === 'takeover') {
    const promoted = standby.known && standby.value !== null ? standby.value.instance : run.input.standby.at;
    const isForced = run.input.mode.kind === 'emergency';
    return [
      { at: instance, calls: [...(isForced ? fence : []), rename] },
      { at: promoted, calls: [{ ...rename, instanceId: run.input.standby.id }, ...routeCalls(workload)] },
    ];
  }
  const at = run.input.at;
  const target = plan.kind === 'recover' ? newServerCalls(plan.target) : [];
  const disk: readonly PlannedCall[] =
    run.input.way.kind === 'surviving-volume'
      ? volumesOf(workload).flatMap((volume) => [
          { verb: 'volumes.detach', volumeId: volume.volumeId, instanceId: instance.id },
          { verb: 'volumes.attach', volumeId: volume.volumeId, instanceId: instance.id },
          { verb: 'instances.keepVolume', volumeId: volume.volumeId },
        ])
      : [{ verb: 'volumes.create' }, { verb: 'volumes.attach' }, { verb: 'volumes.delete' }];
  return [
    { at: instance, calls: [...fence, rename] },
    { at, calls: [...target, ...disk, ...routeCalls(workload)] },
  ];
}

/** A fence is a stop, and its way back a start. */
function powerCalls(instanceId: string): readonly PlannedCall[] {
  return [
    { verb: 'instances.stop', instanceId },
    { verb: 'instances.start', instanceId },
  ];
}
