import type { CloudError, CloudResult, FloatingIp, FloatingIps, Tags } from '@belay/cloud';
import { fail, lookUp, mustExist, wait } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { findUnder } from './create-once.ts';
import { createFloatingIp, livingUnder } from './floating-ip-create.ts';
import { type FloatingAddress, floatingAddressOf, floatingIpOf } from './floating-ip-mapping.ts';
import { moveFloatingIp } from './floating-ip-move.ts';
import { withPorts } from './floating-ip-ports.ts';
import { hasTags } from './key-tags.ts';
import { pages } from './pages.ts';
import { beginChange, beginRead, read, repeat, type Span } from './span.ts';
import type { Stack } from './stack.ts';

/** The port's floating addresses over Neutron's. */
export function floatingIps(stack: Stack): FloatingIps {
  return {
    get: (id, options) =>
      mustExist(beginRead(stack, 'floatingIps.get', options, id), stack.floatingIps, id).map(floatingIpOf),
    find(key, options) {
      const span = beginRead(stack, 'floatingIps.find', options);
      return findUnder(span, key, livingUnder).map((found) =>
        found === undefined ? undefined : floatingIpOf(found),
      );
    },
    list: (filter, options) =>
      listAddresses(beginRead(stack, 'floatingIps.list', options), filter?.tags ?? {}),
    create: (spec, call) =>
      createFloatingIp(beginChange(stack, 'floatingIps.create', call), spec.tags, call.key).map(floatingIpOf),
    move: (id, way, call) =>
      moveFloatingIp(beginChange(stack, 'floatingIps.move', call, id), id, way).map(floatingIpOf),
    delete: (id, call) => release(beginChange(stack, 'floatingIps.delete', call, id), id),
  };
}

async function* listAddresses(span: Span, tags: Tags): AsyncIterable<Result<FloatingIp, CloudError>> {
  const isWanted = hasTags(tags);
  for await (const one of pages(span, 'listFloatingIps', 'floatingips')) {
    const address = one.map(floatingAddressOf);
    if (address.isOk() && !isWanted(address.value.tags)) continue;
    const told = await one.asyncAndThen(
      (wire) => new ResultAsync(withPorts([wire], (id) => read(span, 'listPorts', { query: { id } }))),
    );
    for (const wire of told.unwrapOr([])) yield ok(floatingIpOf(floatingAddressOf(wire)));
    if (told.isErr()) yield err(told.error);
  }
}

/** Neutron would give a bound address away without a word. */
function release(span: Span, id: string): CloudResult<void> {
  return lookUp(span, span.stack.floatingIps, id).andThen((address) => {
    if (address === undefined) return okAsync(undefined);
    if (address.portId !== undefined) {
      const message = `${address.address} is bound to ${address.serverId ?? address.portId}, and was kept.`;
      return errAsync(fail(span, 'busy', message, { lastState: 'bound' }));
    }
    return repeat(span, 'deleteFloatingIp', { path: { id } })
      .map(() => undefined)
      .orElse((error) => (error.kind === 'not-found' ? okAsync(undefined) : errAsync(error)))
      .andThen(() => untilReleased(span, id));
  });
}

function untilReleased(span: Span, id: string): CloudResult<void> {
  return wait<FloatingAddress | undefined>(span, {
    observe: (signal) => span.stack.floatingIps.get(id, { signal }),
    until: (seen) => (seen === undefined ? 'yes' : 'not-yet'),
    applied: 'unknown',
  }).map(() => undefined);
}
