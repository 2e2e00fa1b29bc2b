import type { Instance as Ec2Instance } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, InstanceState } from '@belay/cloud';
import { fail, lookUp, mustExist, wait } from '@belay/cloud/adapter';
import { errAsync, okAsync } from 'neverthrow';
import { gaveUp } from './instance-create.ts';
import { instanceState } from './instance-mapping.ts';
import { repeat, type Span } from './span.ts';

/** Starts, stops and deletes. Each looks first, asks for the change if it is needed, and waits until it is seen. */
export function startInstance(span: Span, id: string): CloudResult<Ec2Instance> {
  return settled(span, id, ['running', 'stopped']).andThen((now) => {
    if (instanceState(now) === 'running') return okAsync(now);
    let wasPending = false;
    return repeat(span, (api, signal) => api.startInstances({ InstanceIds: [id] }, signal)).andThen(() =>
      untilState(span, id, 'running', (seen, elapsedMs) => {
        wasPending ||= instanceState(seen) === 'pending';
        // `stopped` may be the state from before the start; after `pending`, or after a while, it is the answer.
        const answered = wasPending || elapsedMs > span.ec2.visibilityMs;
        return instanceState(seen) === 'stopped' && answered ? gaveUp(span, seen) : undefined;
      }),
    );
  });
}

export function stopInstance(span: Span, id: string): CloudResult<Ec2Instance> {
  return settled(span, id, ['running', 'stopping', 'stopped']).andThen((now) => {
    if (instanceState(now) === 'stopped') return okAsync(now);
    const asked =
      instanceState(now) === 'stopping'
        ? okAsync(undefined)
        : repeat(span, (api, signal) => api.stopInstances({ InstanceIds: [id] }, signal)).map(
            () => undefined,
          );
    return asked.andThen(() => untilState(span, id, 'stopped', () => undefined));
  });
}

/** A refusal that names nothing there is not yet the proof that the instance is gone: the reads have to agree. */
export function deleteInstance(span: Span, id: string): CloudResult<void> {
  return repeat(span, (api, signal) => api.terminateInstances({ InstanceIds: [id] }, signal))
    .map(() => true)
    .orElse((error) => (error.kind === 'not-found' ? okAsync(false) : errAsync(error)))
    .andThen((known) =>
      known ? untilGone(span, id) : lookUp(span, span.ec2.instances, id).andThen(mustBeGone(span)),
    )
    .map(() => undefined);
}

function mustBeGone(span: Span): (seen: Ec2Instance | undefined) => CloudResult<undefined> {
  return (seen) => {
    if (seen === undefined || seen.State?.Name === 'terminated') return okAsync(undefined);
    const state = seen.State?.Name;
    return errAsync(
      fail(span, 'busy', `EC2 denied knowing ${seen.InstanceId}, and shows it as ${state}.`, {
        lastState: state,
      }),
    );
  };
}

function untilGone(span: Span, id: string): CloudResult<Ec2Instance | undefined> {
  return wait<Ec2Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until: (seen) => (seen === undefined || seen.State?.Name === 'terminated' ? 'yes' : 'not-yet'),
    stateOf: (seen) => seen?.State?.Name,
    applied: 'unknown',
  });
}

/** Waits until the instance is in one of these states, from which the change can be asked for. */
function settled(span: Span, id: string, states: readonly InstanceState[]): CloudResult<Ec2Instance> {
  return mustExist(span, span.ec2.instances, id)
    .andThen(() =>
      wait<Ec2Instance | undefined>(span, {
        observe: (signal) => span.ec2.instances.get(id, { signal }),
        until(seen) {
          if (seen === undefined) return 'not-yet';
          if (instanceState(seen) === 'gone') return isGone(span, seen);
          return states.includes(instanceState(seen)) ? 'yes' : 'not-yet';
        },
        stateOf: (seen) => seen?.State?.Name,
        applied: 'no',
      }),
    )
    .andThen((seen) =>
      seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
    );
}

function untilState(
  span: Span,
  id: string,
  state: InstanceState,
  hopeless: (seen: Ec2Instance, elapsedMs: number) => CloudError | undefined,
): CloudResult<Ec2Instance> {
  return wait<Ec2Instance | undefined>(span, {
    observe: (signal) => span.ec2.instances.get(id, { signal }),
    until(seen, elapsedMs) {
      if (seen === undefined) return 'not-yet';
      if (instanceState(seen) === state) return 'yes';
      if (instanceState(seen) === 'gone') return isGone(span, seen);
      return hopeless(seen, elapsedMs) ?? 'not-yet';
    },
    stateOf: (seen) => seen?.State?.Name,
    applied: 'unknown',
  }).andThen((seen) =>
    seen === undefined ? errAsync(fail(span, 'not-found', `${id} is gone.`)) : okAsync(seen),
  );
}

function isGone(span: Span, { InstanceId, State }: Ec2Instance): CloudError {
  return fail(span, 'not-found', `${span.operation}: ${InstanceId} is ${State?.Name}.`, {
    lastState: State?.Name,
  });
}
