// What changes of DNS are refused.

import { changeRecord, describeChange } from '../../src/dns.ts';
import { ec2Traits } from '../../src/traits.ts';
import { openJudge } from '../judge.ts';
import type { Rules } from './case.ts';

export const dnsRules: Rules<'record-changed' | 'record-pending' | 'no-dns' | 'no-such-change'> = {
  'record-changed': [
    {
      when: 'a record set is not what the change expects',
      async ask(judge) {
        const create = { values: ['198.18.0.1'], ttlSeconds: 60 };
        await judge.done((world) => changeRecord(world, { name: 'shop.example.', type: 'A', create }));
        return judge.ask((world) => changeRecord(world, { name: 'shop.example.', type: 'A', create }));
      },
    },
  ],
  'record-pending': [
    {
      when: 'a record set is changed before its servers know the last change',
      async ask(judge) {
        const create = { values: ['198.18.0.1'], ttlSeconds: 60 };
        const name = 'shop.example.';
        judge.ask((world) => changeRecord(world, { name, type: 'A', create }))._unsafeUnwrap();
        return judge.ask((world) => changeRecord(world, { name, type: 'A', remove: create }));
      },
    },
  ],
  'no-dns': [
    {
      when: 'a cloud without DNS is asked for a record',
      async ask() {
        const without = openJudge({ ...ec2Traits, dns: false });
        return without.ask((world) => changeRecord(world, { name: 'shop.example.', type: 'A' }));
      },
    },
  ],
  'no-such-change': [
    {
      when: 'a change is asked for that never was',
      ask: async (judge) => judge.ask((world) => describeChange(world, 'C-0c0ffee0000000000')),
    },
  ],
};
