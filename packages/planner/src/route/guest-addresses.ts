/**
 * The addresses inside servers: a cloud that routes an address to the target is not enough where the operating system
 * must know that it has it, as with most IPv6. Never on both: taken from the source first, and given back in a revert.
 * The workload's own services are started after that; others that listen on an address are restarted, so that they learn
 * of it, and once more where the run goes back.
 */

import type { GuestAddress, Host } from '@belay/cloud';
import type { Handle, Probed, ScopeBuilder } from '@belay/runner';
import { ok } from 'neverthrow';
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
  const before = restartWhenBack(g, input, after);
  const given = all.map((address, index) =>
    g.step(all.length === 1 ? 'give-address-up' : `give-address-up-${index + 1}`, {
      title: `the source gives ${address.address} up`,
      after: before,
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
        sourceHost(input, ctx.services).addresses.set(address, { ...ctx, key: ctx.keyFor('back') }),
    }),
  );
  if (given.length === 0) return after;
  return restartOnSource(g, input, given);
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
          ...ctx,
          key: ctx.keyFor('back'),
        }),
    }),
  );
  if (taken.length === 0) return after;
  const { addressServices = [] } = input;
  if (addressServices.length === 0) return taken;
  return [
    g.step('restart-on-target', {
      title: `${addressServices.join(', ')} on the target learn of it`,
      needs: { target },
      after: taken,
      ...restarting,
      run: (needs, ctx) =>
        targetHost(input, ctx.services, needs.target)
          .services.restart(addressServices, ctx)
          .map(() => undefined),
    }),
  ];
}

const restarting = { idempotent: true, retry: windowRetry, timeoutMs: 120_000 } as const;

/** Services of the source that must forget the address. */
function restartOnSource(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { addressServices = [] } = input;
  if (addressServices.length === 0) return after;
  return [
    g.step('restart-on-source', {
      title: `${addressServices.join(', ')} on the source learn of it`,
      after,
      ...restarting,
      run: (_, ctx) =>
        sourceHost(input, ctx.services)
          .services.restart(addressServices, ctx)
          .map(() => undefined),
    }),
  ];
}

/** Reverts run backwards: what comes before the addresses are given up is undone when they are back. */
function restartWhenBack(
  g: ScopeBuilder<World>,
  input: ServedInput,
  after: readonly Handle<unknown>[],
): readonly Handle<unknown>[] {
  const { guestAddresses = [], addressServices = [] } = input;
  if (guestAddresses.length === 0 || addressServices.length === 0) return after;
  return [
    g.step('restart-when-back', {
      title: `${addressServices.join(', ')} learn of it again, should the run go back`,
      after,
      ...restarting,
      revertRetry: backRetry,
      // Nothing is done going forward, and restarting once too often does no harm.
      revertBlind: true,
      run: () => ok(undefined),
      revert: (_, ctx) => sourceHost(input, ctx.services).services.restart(addressServices, ctx),
    }),
  ];
}

function hasAddress(host: Host, { address }: GuestAddress, signal: AbortSignal) {
  return host.addresses
    .list({ signal })
    .map((all) => all.some((each) => canonicalAddress(each.address) === canonicalAddress(address)));
}

function happenedIf(there: boolean): Probed<undefined> {
  return there ? { happened: 'yes', output: undefined } : { happened: 'no' };
}
