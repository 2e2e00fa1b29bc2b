/**
 * The addresses inside servers: a cloud that routes an address to the target is not enough where the operating system
 * must know that it has it, as with most IPv6. Never on both: taken from the source first, and given back in a revert.
 */

import type { GuestAddress, Host } from '@belay/cloud';
import type { Handle, Probed, ScopeBuilder } from '@belay/runner';
import type { ServedInput, TargetServer, World } from '../move/move-input.ts';
import { backRetry, sourceHost, targetHost, windowRetry } from '../move/services.ts';
import { canonicalAddress } from './address.ts';

/** The source gives them up. Gives what comes next must wait for. */
export function giveAddressesUp(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { guestAddresses: all = [] } = input;
  const given = all.map((address, index) =>
    g.step(all.length === 1 ? 'give-address-up' : `give-address-up-${index + 1}`, {
      title: `the source gives ${address.address} up`,
      after,
      idempotent: true,
      retry: windowRetry,
      timeoutMs: 60_000,
      revertRetry: backRetry,
      run: (_, ctx) =>
        sourceHost(input, ctx.services)
          .addresses.remove(address.address, ctx)
          .map(() => undefined),
      probe: (_, { services, signal }) =>
        hasAddress(sourceHost(input, services), address, signal).map((has) => happenedIf(!has)),
      revert: (_, ctx) =>
        sourceHost(input, ctx.services).addresses.set(address, {
          key: ctx.keyFor('back'),
          signal: ctx.signal,
        }),
    }),
  );
  return given.length === 0 ? after : given;
}

/** The target takes them. Gives what comes next must wait for. */
export function takeAddresses(
  g: ScopeBuilder<World>,
  input: ServedInput,
  target: Handle<TargetServer>,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { guestAddresses: all = [] } = input;
  const taken = all.map((address, index) =>
    g.step(all.length === 1 ? 'take-address' : `take-address-${index + 1}`, {
      title: `the target takes ${address.address}`,
      needs: { target },
      after,
      idempotent: true,
      retry: windowRetry,
      timeoutMs: 60_000,
      revertRetry: backRetry,
      run: (needs, ctx) =>
        targetHost(input, ctx.services, needs.target)
          .addresses.set(address, ctx)
          .map(() => undefined),
      probe: (needs, { services, signal }) =>
        hasAddress(targetHost(input, services, needs.target), address, signal).map(happenedIf),
      revert: ({ needs }, ctx) =>
        targetHost(input, ctx.services, needs.target).addresses.remove(address.address, {
          key: ctx.keyFor('back'),
          signal: ctx.signal,
        }),
    }),
  );
  return taken.length === 0 ? after : taken;
}

function hasAddress(host: Host, { address }: GuestAddress, signal: AbortSignal) {
  return host.addresses
    .list({ signal })
    .map((all) => all.some((each) => canonicalAddress(each.address) === canonicalAddress(address)));
}

function happenedIf(there: boolean): Probed<undefined> {
  return there ? { happened: 'yes', output: undefined } : { happened: 'no' };
}
