import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { CloudResult } from '@belay/cloud';
import { fail, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { instanceState } from './instance-mapping.ts';
import { repeat, type Span } from './span.ts';

/**
 * Changes the type of a stopped instance. EC2 does so only while it is stopped, and keeps nothing of the old one: the
 * way back is another resize, and whether there is capacity of the new type shows when it is started.
 */
export function resizeInstance(span: Span, id: string, instanceType: string): CloudResult<Ec2Instance> {
  return mustExist(span, span.ec2.instances, id).andThen((now) => {
    const state = instanceState(now);
    const lastState = now.State?.Name;
    if (state === 'gone') return errAsync(fail(span, 'not-found', `${id} is ${lastState}.`, { lastState }));
    if (now.InstanceType === instanceType) return okAsync(now);
    if (state !== 'stopped') {
      const message = `${id} is ${lastState}: EC2 changes the type of a stopped instance only.`;
      return errAsync(fail(span, 'busy', message, { lastState }));
    }
    const request = { InstanceId: id, InstanceType: { Value: instanceType } };
    return repeat(span, (api, signal) => api.modifyInstanceAttribute(request, signal)).andThen(() =>
      untilOfType(span, id, instanceType),
    );
  });
}

/** Reads back what was changed: EC2 may still show the old type for a moment. */
function untilOfType(span: Span, id: string, instanceType: string): CloudResult<Ec2Instance> {
  return wait<Ec2Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until: (seen) => (seen?.InstanceType === instanceType ? 'yes' : 'not-yet'),
    stateOf: (seen) => seen?.InstanceType,
    applied: 'yes',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
  );
}
