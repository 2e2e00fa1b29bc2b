import { check } from './check.ts';
import { type HostCase, hostCase } from './host-case.ts';
import { passOf } from './host-trouble-cases.ts';

/** Who answers, when nobody does, and how a call ends. */
export const hostServerCases: readonly HostCase[] = [
  hostCase(
    { id: 'H1', group: 'server', title: 'a server says who it is, and the same of one boot each time' },
    async ({ source, target, must, call }) => {
      const [one, again] = [await must(source.ready(call('one'))), await must(source.ready(call('again')))];
      check(one.hostname !== '' && one.bootId !== '', 'It has no name, or no boot.');
      check(one.bootId === again.bootId, 'One boot has two ids.');
      const other = await must(target.ready(call('other')));
      check(other.bootId !== one.bootId, 'Two servers share a boot.');
      const facts = await must(source.observe(call('observe')));
      check(facts.identity.bootId === one.bootId, 'A look at the server shows another boot.');
    },
  ),
  hostCase(
    {
      id: 'H2',
      group: 'server',
      title: 'a boot is seen as another boot, and what was stopped stays down over it',
      levers: ['reboot'],
    },
    async ({ source, services, must, call, lever }) => {
      const before = await must(source.ready(call('before')));
      const [first] = services;
      await must(source.services.stop([first], call('stop')));
      await lever('reboot')('source');
      const after = await must(source.ready(call('after')));
      check(after.bootId !== before.bootId, 'The boot has the id of the one before it.');
      const state = (await must(source.services.list(call('list')))).find(({ name }) => name === first);
      check(
        state?.state !== 'active' && state?.masked === true,
        `After the boot ${first} is ${state?.state}.`,
      );
    },
  ),
  hostCase(
    {
      id: 'H3',
      group: 'server',
      title: 'a server that nobody reaches is an error, and ready waits for it',
      levers: ['cutOff'],
    },
    async ({ source, must, mustFail, call, lever, subject, pause }) => {
      await must(source.ready(call('before')));
      const restore = lever('cutOff')('source');
      const error = await mustFail(source.observe(call('away')), 'unreachable', 'timeout');
      check(error.applied === 'no', `A look that came to nothing is applied: ${error.applied}.`);
      await mustFail(source.ready(call('short', { timeoutMs: 1_500 })), 'timeout');
      const waiting = source.ready(call('waits', { timeoutMs: subject.patienceMs }));
      await pause(500);
      await restore();
      await must(waiting);
    },
  ),
  hostCase(
    { id: 'H4', group: 'server', title: 'a signal that has fired ends a call before it does anything' },
    async ({ source, services, must, mustFail, call }) => {
      const signal = AbortSignal.abort();
      const error = await mustFail(source.services.stop(services, call('stop', { signal })), 'cancelled');
      check(error.applied === 'no', `It is applied: ${error.applied}.`);
      const states = await must(source.services.list(call('list')));
      check(
        services.every((name) => states.some((one) => one.name === name && one.state === 'active')),
        'A service was stopped all the same.',
      );
    },
  ),
  hostCase(
    { id: 'H5', group: 'server', title: 'a deadline ends a call in time' },
    async ({ source, mustFail, call, subject }) => {
      const began = subject.clock.now();
      await mustFail(source.probe({ sampleMs: 60_000 }, call('probe', { timeoutMs: 1_000 })), 'timeout');
      const tookMs = subject.clock.now() - began;
      check(tookMs < 10_000, `It ended after ${tookMs} ms, and had 1000.`);
    },
  ),
  hostCase(
    { id: 'H6', group: 'server', title: 'a connection that was closed is made again by the next call' },
    async ({ source, must, call }) => {
      const before = await must(source.ready(call('before')));
      await source.close();
      const after = await must(source.observe(call('after')));
      check(after.identity.bootId === before.bootId, 'It is another boot.');
    },
  ),
  hostCase(
    {
      id: 'H47',
      group: 'server',
      title: 'a call that its caller may no longer make changes nothing, and says so',
    },
    async (bench) => {
      const { source, data, services, files, must, mustFail, call } = bench;
      const { mountPoint } = data;
      await bench.mountSpare();
      await files.write('source', `${mountPoint}/new`, 'one');
      const replaced = (part: string) => call(part, { stillOurs: async () => false });
      for (const ask of [
        () => source.services.stop(services, replaced('stop')),
        () => source.mounts.freeze({ mountPoint, forAtMostMs: 5_000 }, replaced('freeze')),
        () => source.mounts.unmount(mountPoint, replaced('unmount')),
        () => source.copy(passOf(bench, 'warm'), replaced('copy')),
      ]) {
        const { operation, applied } = await mustFail(ask(), 'cancelled');
        check(applied === 'no', `Replaced beforehand, ${operation} says applied ${applied}.`);
      }
      const silent = call('silent', { timeoutMs: 3_000, stillOurs: () => new Promise(() => undefined) });
      const { applied } = await mustFail(source.services.stop(services, silent), 'timeout');
      check(applied === 'no', `Without an answer it says applied ${applied}.`);
      const states = await must(source.services.list(call('list')));
      check(
        services.every((name) => states.some((one) => one.name === name && one.state === 'active')),
        'A service was stopped all the same.',
      );
      const mounts = await must(source.mounts.list(call('mounts')));
      check(
        mounts.some((one) => one.mountPoint === mountPoint),
        'The disk was taken off.',
      );
      check((await files.read('target', `${mountPoint}/new`)) === undefined, 'It brought a file.');
      await must(source.services.stop(services, call('ours', { stillOurs: async () => true })));
    },
  ),
];
