// What floating addresses are refused.

import { allocateAddress, disassociateAddress, moveAddress, releaseAddress } from '../../src/floating-ips.ts';
import { bound, missing, type Rules } from './case.ts';

export const addressRules: Rules<
  | 'no-such-address'
  | 'address-bound'
  | 'address-bound-elsewhere'
  | 'address-changed'
  | 'target-has-address'
  | 'no-such-association'
> = {
  'no-such-address': [
    {
      when: 'an address that never was is bound',
      ask: async (judge) =>
        judge.ask((world) =>
          moveAddress(world, { addressId: missing.address, instanceId: judge.server(), mayTake: true }),
        ),
    },
  ],
  'address-bound': [
    {
      when: 'a bound address is given back',
      async ask(judge) {
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        const instanceId = judge.server();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        return judge.ask((world) => releaseAddress(world, addressId));
      },
    },
  ],
  'address-bound-elsewhere': [
    {
      when: 'a bound address is bound to another instance without leave to take it',
      async ask(judge) {
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        const instanceId = judge.server();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        return judge.ask((world) =>
          moveAddress(world, { addressId, instanceId: judge.server(), mayTake: false }),
        );
      },
    },
  ],
  'address-changed': [
    {
      family: 'openstack',
      when: 'an address was changed since it was read',
      async ask(judge) {
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        const instanceId = judge.server();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        return judge.ask((world) =>
          moveAddress(world, { addressId, instanceId: judge.server(), mayTake: true, revision: 1 }),
        );
      },
    },
  ],
  'target-has-address': [
    {
      family: 'openstack',
      when: 'a server that has an address is given a second one',
      async ask(judge) {
        const instanceId = judge.server();
        const addressId = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: false }));
        const second = judge.ask((world) => allocateAddress(world, {}))._unsafeUnwrap();
        return judge.ask((world) => moveAddress(world, { addressId: second, instanceId, mayTake: false }));
      },
    },
  ],
  'no-such-association': [
    {
      when: 'a bond is ended that another one has replaced',
      async ask(judge) {
        const { addressId } = await bound(judge);
        const { associationId = '' } = judge.world.state.floatingIps[addressId]!;
        const instanceId = judge.server('other');
        await judge.done((world) => moveAddress(world, { addressId, instanceId, mayTake: true }));
        return judge.ask((world) => disassociateAddress(world, associationId));
      },
    },
  ],
};
