import { isIP } from 'node:net';
import type { GuestAddress, GuestAddresses, HostError, HostResult, ReadOptions } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { GuestRecord } from './guest-record.ts';
import type { HostRefusal, Shell } from './shell.ts';

/** The addresses that a server believes to have: the one that its provider gave it, and those that it was given since. */
export type AddressSession = <T>(
  operation: 'addresses.list' | 'addresses.set' | 'addresses.remove',
  options: ReadOptions | undefined,
  body: (shell: Shell) => Promise<Result<T, HostError>>,
) => HostResult<T>;

const device = 'eth0';

export function addressesOf(open: AddressSession): GuestAddresses {
  return {
    list: (options) =>
      open('addresses.list', options, (shell) => shell.run(false, (guest) => ok(list(shell, guest)))),
    set: (address, call) =>
      open('addresses.set', call, (shell) => shell.run(true, (guest) => set(shell, guest, address))),
    remove: (address, call) =>
      open('addresses.remove', call, (shell) =>
        shell.run(true, (guest) => {
          if (list(shell, guest)[0]?.address === address) {
            return err({ kind: 'busy', message: `${address} is the address that one comes in by.` });
          }
          guest.addresses = (guest.addresses ?? []).filter((one) => one.address !== address);
          return ok();
        }),
      ),
  };
}

function list({ world, instanceId }: Shell, guest: GuestRecord): readonly GuestAddress[] {
  const own = world.state.instances[instanceId]?.privateAddress;
  const first = own === undefined ? [] : [{ address: own, prefixLength: 24, device }];
  return [...first, ...(guest.addresses ?? [])];
}

function set(
  shell: Shell,
  guest: GuestRecord,
  { address, prefixLength, device: on }: GuestAddress,
): Result<GuestAddress, HostRefusal> {
  const bits = isIP(address) === 4 ? 32 : 128;
  if (isIP(address) === 0 || !(prefixLength >= 1 && prefixLength <= bits)) {
    return err({ kind: 'invalid', message: `${address}/${prefixLength} is no address.` });
  }
  if (on !== device) return err({ kind: 'not-found', message: `There is no device ${on} here.` });
  const there = list(shell, guest).find((one) => one.address === address);
  if (there !== undefined) return ok(there);
  const added = { address, prefixLength, device };
  guest.addresses = [...(guest.addresses ?? []), added];
  return ok(added);
}
