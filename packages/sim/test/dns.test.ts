// A batch of changes in the words of Route 53: all of it or nothing, and known everywhere only after a while.

import { expect, test } from 'vitest';
import { changeRecordSets, describeChange, describeRecord, listRecords } from '../src/dns.ts';
import { openJudge } from './judge.ts';

const name = 'shop.example.';
const set = (action: 'CREATE' | 'DELETE' | 'UPSERT', value: string, ttlSeconds = 60) =>
  ({ action, name, type: 'A', values: [value], ttlSeconds }) as const;

test('a change is pending until all servers know, and then in sync', async () => {
  const judge = openJudge('ec2');
  const id = judge.ask((world) => changeRecordSets(world, [set('CREATE', '192.0.2.1')]))._unsafeUnwrap();
  const stateOf = () => judge.ask((world) => describeChange(world, id))._unsafeUnwrap().state;
  const served = () => judge.ask((world) => describeRecord(world, name, 'A'))._unsafeUnwrap()?.served;
  expect(stateOf()).toBe('PENDING');
  expect(served()).toBeUndefined();
  await judge.clock.advance(20_000);
  expect(stateOf()).toBe('INSYNC');
  expect(served()).toEqual({ values: ['192.0.2.1'], ttlSeconds: 60 });
});

test('one wrong part keeps the whole batch from happening', async () => {
  const judge = openJudge('ec2');
  await judge.done((world) => changeRecordSets(world, [set('CREATE', '192.0.2.1')]));
  const other = { ...set('CREATE', '192.0.2.7'), name: 'www.shop.example.' };
  for (const wrong of [
    set('DELETE', '192.0.2.1', 300),
    set('DELETE', '192.0.2.9'),
    set('CREATE', '192.0.2.1'),
  ]) {
    const answer = judge.ask((world) => changeRecordSets(world, [other, wrong]));
    expect(answer.isErr() ? answer.error.rule : 'changed').toBe('record-changed');
  }
  expect(judge.ask(listRecords)._unsafeUnwrap()).toHaveLength(1);
});

test('a delete and a create of one name in one batch are a change of it; an upsert needs no delete', async () => {
  const judge = openJudge('ec2');
  await judge.done((world) => changeRecordSets(world, [set('CREATE', '192.0.2.1')]));
  await judge.done((world) =>
    changeRecordSets(world, [set('DELETE', '192.0.2.1'), set('CREATE', '192.0.2.2', 30)]),
  );
  const wanted = () => judge.ask((world) => describeRecord(world, name, 'A'))._unsafeUnwrap()?.wanted;
  expect(wanted()).toEqual({ values: ['192.0.2.2'], ttlSeconds: 30 });
  await judge.done((world) => changeRecordSets(world, [set('UPSERT', '192.0.2.3')]));
  expect(wanted()).toEqual({ values: ['192.0.2.3'], ttlSeconds: 60 });
});
