import { ok, type Result } from 'neverthrow';
import type { Operation } from '../../faults.ts';
import { startInstance, stopInstance, terminateInstance } from '../../instances.ts';
import { instanceOf } from '../../records.ts';
import type { Refusal } from '../../refusal.ts';
import type { InstanceRecord } from '../../state.ts';
import type { World } from '../../world.ts';
import { type Action, action } from '../action.ts';
import { named } from '../found.ts';
import { stateFields } from '../instance-answer.ts';
import { flag, id, some, unmodelled } from '../parameters.ts';

/** Start, stop and terminate: each takes several instances, and says of each what it was and what it is. */
export const powerActions: readonly Action[] = [
  power('StartInstances', 'instances.start', startInstance),
  power('StopInstances', 'instances.stop', stopInstance),
  power('TerminateInstances', 'instances.delete', terminateInstance),
];

function power(
  name: string,
  operation: Operation,
  act: (world: World, instanceId: string) => Result<void, Refusal>,
): Action {
  return action({
    name,
    operation,
    changes: true,
    parameters: {
      InstanceId: some(id('instance')),
      Force: flag,
      Hibernate: unmodelled,
      SkipOsShutdown: unmodelled,
      AdditionalInfo: unmodelled,
    },
    perform: (world, { InstanceId }) =>
      named(InstanceId, (one) => instanceOf(world, one), 'instance').andThen((instances) => {
        const before = instances.map(({ state }) => state);
        return each(instances, (instance) => act(world, instance.id)).map(() => ({
          instancesSet: instances.map((instance, index) => ({
            instanceId: instance.id,
            currentState: stateFields(instance.state),
            previousState: stateFields(before[index] ?? instance.state),
          })),
        }));
      }),
  });
}

function each(
  instances: readonly InstanceRecord[],
  act: (instance: InstanceRecord) => Result<void, Refusal>,
): Result<void, Refusal> {
  return instances.reduce<Result<void, Refusal>>((before, one) => before.andThen(() => act(one)), ok());
}
