import { check } from './check.ts';
import { type HostCase, hostCase } from './host-case.ts';

/** Services go down and stay down until they are started; what starts by the clock is kept still. */
export const hostServiceCases: readonly HostCase[] = [
  hostCase(
    {
      id: 'H7',
      group: 'services',
      title: 'stopped services are down and masked, and start brings them back',
    },
    async ({ source, services, must, call }) => {
      const down = await must(source.services.stop(services, call('stop')));
      check(down.length === services.length, `It tells of ${down.length} services.`);
      for (const { name, state, masked } of down) {
        check(state !== 'active' && masked, `${name} is ${state}${masked ? '' : ' and may start'}.`);
      }
      const listed = await must(source.services.list(call('list')));
      check(
        services.every((name) =>
          listed.some((one) => one.name === name && one.state !== 'active' && one.masked),
        ),
        'The list tells otherwise.',
      );
      const up = await must(source.services.start([...services].reverse(), call('start')));
      for (const { name, state, masked } of up) {
        check(state === 'active' && !masked, `${name} is ${state}${masked ? ' and masked' : ''}.`);
      }
    },
  ),
  hostCase(
    {
      id: 'H8',
      group: 'services',
      title: 'a name that is not installed is not found, and no other is touched',
    },
    async ({ source, services, must, mustFail, call }) => {
      const names = [services[0], 'no-such-service'];
      const error = await mustFail(source.services.stop(names, call('stop')), 'not-found');
      check(error.message.includes('no-such-service'), `It names another: ${error.message}`);
      check(error.applied === 'no', `It is applied: ${error.applied}.`);
      const [first] = (await must(source.services.list(call('list')))).filter(
        ({ name }) => name === services[0],
      );
      check(first?.state === 'active' && !first.masked, `${services[0]} is ${first?.state}.`);
      await mustFail(source.services.start(names, call('start')), 'not-found');
      await mustFail(source.services.restart(names, call('restart')), 'not-found');
    },
  ),
  hostCase(
    { id: 'H9', group: 'services', title: 'what is down may be stopped again, and what is up started again' },
    async ({ source, services, must, call }) => {
      const [name] = services;
      for (const part of ['stop', 'stop-again']) {
        const [state] = await must(source.services.stop([name], call(part)));
        check(state?.state !== 'active' && state?.masked === true, `After ${part} it is ${state?.state}.`);
      }
      for (const part of ['start', 'start-again']) {
        const [state] = await must(source.services.start([name], call(part)));
        check(state?.state === 'active' && !state.masked, `After ${part} it is ${state?.state}.`);
      }
      check((await must(source.services.stop([], call('none')))).length === 0, 'None is some.');
    },
  ),
  hostCase(
    { id: 'H10', group: 'services', title: 'a restart leaves down what is down' },
    async ({ source, services, must, call }) => {
      const [first, second] = services;
      await must(source.services.stop([second], call('stop')));
      const states = await must(source.services.restart([first, second], call('restart')));
      check(states[0]?.name === first && states[0].state === 'active', `${first} is ${states[0]?.state}.`);
      check(states[1]?.state !== 'active' && states[1]?.masked === true, `${second} is ${states[1]?.state}.`);
    },
  ),
  hostCase(
    { id: 'H11', group: 'services', title: 'timers are kept still and go on again', traits: ['timers'] },
    async ({ source, timers = [], must, mustFail, call }) => {
      const state = async (part: string): Promise<readonly string[]> =>
        (await must(source.timers.list(call(part))))
          .filter(({ name }) => timers.includes(name))
          .map((one) => `${one.name} ${one.state}${one.masked ? ' masked' : ''}`);
      const before = await state('before');
      await mustFail(source.timers.mask([...timers, 'no-such.timer'], call('wrong')), 'not-found');
      check(
        String(await state('unchanged')) === String(before),
        'One was touched although another is not there.',
      );
      const masked = await must(source.timers.mask(timers, call('mask')));
      check(
        masked.length === timers.length && masked.every((one) => one.masked && one.state !== 'active'),
        `They are ${String(await state('masked'))}.`,
      );
      await must(source.timers.unmask(timers, call('unmask')));
      const after = await state('after');
      check(String(after) === String(before), `They are ${String(after)}, and were ${String(before)}.`);
    },
  ),
];
