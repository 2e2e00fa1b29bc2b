// A line that breaks is told from a command that fails; what it leaves open is said, and looked up before it is
// repeated.

import { expect, test } from 'vitest';
import { commandInit, sshHosts } from '../src/index.ts';
import { type FarMachine, farMachine } from './far-side.ts';

const place = { provider: 'metal', account: 'acme', region: 'oslo' };
const list = 'service\tshop\tactive\tfree\t-\t-\n';
const init = commandInit({ program: ['/sbin/supervise'] });
const server = { address: 'web12', hostKeys: ['ssh-ed25519 AAAA'], init };

function hostOn(machine: FarMachine, reach: () => typeof server | undefined = () => server) {
  return sshHosts({ places: [place], reach, machine }).get({ ...place, id: 'web12' });
}

test('a look is made again over a new line', async () => {
  let breaks = 2;
  const machine = farMachine(() => (breaks-- > 0 ? 'broken' : { code: 0, stdout: list }));
  const states = (await hostOn(machine).services.list())._unsafeUnwrap();
  expect(states).toEqual([{ name: 'shop', state: 'active', masked: false }]);
  expect(machine.opened()).toBe(3);
});

test('a change whose line broke is not repeated, and it is open what it did', async () => {
  const machine = farMachine((command) =>
    command.includes("'mask'") ? 'broken' : { code: 0, stdout: list },
  );
  const error = (await hostOn(machine).services.stop(['shop'], { key: 'stop' }))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'unreachable', applied: 'unknown', operation: 'services.stop' });
  expect(machine.commands.filter((one) => one.includes("'mask'"))).toHaveLength(1);
});

test('a command that fails is an error with its own words, and the line stays', async () => {
  const machine = farMachine((command) =>
    command.includes("'mask'") ? { code: 3, stderr: 'no room\n' } : { code: 0, stdout: list },
  );
  const error = (await hostOn(machine).services.stop(['shop'], { key: 'stop' }))._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'failed', applied: 'unknown' });
  expect(error.message).toContain('no room');
  expect(machine.opened()).toBe(1);
});

test('a call that would go on in another boot ends', async () => {
  let breaks = 1;
  const machine = farMachine(
    (command) => (command.includes("'list'") && breaks-- > 0 ? 'broken' : { code: 0, stdout: list }),
    (line) => `795629a1-b790-4e86-8429-31835579000${line}`,
  );
  const error = (await hostOn(machine).services.list())._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'rebooted', applied: 'no' });
  // The next call works with the boot that is there.
  expect((await hostOn(machine).services.list()).isOk()).toBe(true);
});

test('a server that nobody can reach, or find, has had nothing done to it', async () => {
  const refusing = farMachine(
    () => ({ code: 0 }),
    () => undefined,
  );
  for (const host of [
    hostOn(refusing),
    hostOn(
      farMachine(() => ({ code: 0 })),
      () => undefined,
    ),
  ]) {
    const error = (await host.services.stop(['shop'], { key: 'stop' }))._unsafeUnwrapErr();
    expect(error).toMatchObject({ kind: 'unreachable', applied: 'no' });
  }
  expect(refusing.commands).toEqual([]);
});

test('whoever should know where a server is may fail, and that is an error and no exception', async () => {
  const host = hostOn(
    farMachine(() => ({ code: 0 })),
    () => {
      throw new Error('the inventory is away');
    },
  );
  const error = (await host.services.list())._unsafeUnwrapErr();
  expect(error).toMatchObject({ kind: 'unreachable', applied: 'no' });
  expect(error.message).toContain('the inventory is away');
  expect((await host.check({ name: 'shop.example' }))._unsafeUnwrapErr().kind).toBe('unreachable');
});

test('many calls at once open one line', async () => {
  const machine = farMachine(() => ({ code: 0, stdout: list }));
  const host = hostOn(machine);
  const answers = await Promise.all(Array.from({ length: 30 }, () => host.services.list()));
  expect(answers.every((answer) => answer.isOk())).toBe(true);
  expect(machine.opened()).toBe(1);
  await host.close();
  expect((await host.services.list()).isOk()).toBe(true);
  expect(machine.opened()).toBe(2);
});
