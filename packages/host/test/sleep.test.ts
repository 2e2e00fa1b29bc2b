// A process that sleeps in the middle of a call, and is replaced meanwhile, changes nothing on the server any more.

import { expect, test } from 'vitest';
import { commandInit, sshHosts } from '../src/index.ts';
import { type FarMachine, farMachine } from './far-side.ts';

const place = { provider: 'metal', account: 'acme', region: 'oslo' };
const list = 'service\tshop\tactive\tfree\t-\t-\n';
const init = commandInit({ program: ['/sbin/supervise'] });

function hostOn(machine: FarMachine) {
  const reach = () => ({ address: 'web12', hostKeys: ['ssh-ed25519 AAAA'], init });
  return sshHosts({ places: [place], reach, machine }).get({ ...place, id: 'web12' });
}

test('a command that changes something is not sent by a process that was replaced, and its looks are', async () => {
  const machine = farMachine(() => ({ code: 0, stdout: list }));
  const stillOurs = async (): Promise<boolean> => false;
  const stopped = await hostOn(machine).services.stop(['shop'], { key: 'stop', stillOurs });
  expect(stopped._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'no' });
  expect(machine.commands.length).toBeGreaterThan(0);
  expect(machine.commands.filter((one) => one.includes("'mask'") || one.includes("'stop'"))).toEqual([]);
});

test('a call whose journal does not answer ends with its time, and has changed nothing', async () => {
  const machine = farMachine(() => ({ code: 0, stdout: list }));
  const stillOurs = (): Promise<boolean> => new Promise(() => undefined);
  const call = { key: 'stop', stillOurs, timeoutMs: 200 };
  const stopped = await hostOn(machine).services.stop(['shop'], call);
  expect(stopped._unsafeUnwrapErr()).toMatchObject({ kind: 'timeout', applied: 'no' });
});

test('a process that is replaced between two commands of a call sends the first only, and what it did is open', async () => {
  const machine = farMachine(() => ({ code: 0, stdout: list }));
  const changes = (): readonly string[] =>
    machine.commands.filter((one) => one.includes("'mask'") || one.includes("'stop'"));
  const stillOurs = (): boolean => changes().length === 0;
  const stopped = await hostOn(machine).services.stop(['shop'], { key: 'stop', stillOurs });
  expect(stopped._unsafeUnwrapErr()).toMatchObject({ kind: 'cancelled', applied: 'unknown' });
  expect(changes()).toHaveLength(1);
});
