// What an account is refused for what it did before, or may not do.

import { err } from 'neverthrow';
import { expect } from 'vitest';
import { openApi } from '../../src/api.ts';
import { detachVolume } from '../../src/attachments.ts';
import { permitted } from '../../src/policy.ts';
import { createVolume, deleteVolume } from '../../src/volumes.ts';
import { attached, disk, type Rules } from './case.ts';

export const accountRules: Rules<
  'token-mismatch' | 'token-spent' | 'throttled' | 'not-allowed' | 'no-session'
> = {
  'token-mismatch': [
    {
      when: 'a token comes again with another request',
      async ask(judge) {
        await judge.done((world) => createVolume(world, disk(), 'token'));
        return judge.ask((world) => createVolume(world, disk({ sizeGiB: 11 }), 'token'));
      },
    },
  ],
  'token-spent': [
    {
      when: 'a token comes again whose volume is gone',
      async ask(judge) {
        const id = await judge.done((world) => createVolume(world, disk(), 'token'));
        await judge.done((world) => deleteVolume(world, id));
        return judge.ask((world) => createVolume(world, disk(), 'token'));
      },
    },
  ],
  throttled: [
    {
      when: 'more calls come than the account may make',
      async ask(judge) {
        const api = openApi(judge.world, { throttle: { perSecond: 0.01, burst: 1 } });
        const { signal } = new AbortController();
        const create = () =>
          api.change('volumes.create', signal, (world) => createVolume(world, disk(), undefined));
        const answers = await judge.clock.until(Promise.all([create(), create()]));
        const kinds = answers.map((answer) => (answer.isOk() ? 'ok' : answer.error.code));
        expect(kinds).toEqual(['ok', 'RequestLimitExceeded']);
        return err({ rule: 'throttled', message: 'as the API said' });
      },
    },
  ],
  'not-allowed': [
    {
      when: 'the account may not do one of the things that the call needs',
      async ask(judge) {
        judge.world.state.denied['ec2:Detach*'] = true;
        const pairing = await attached(judge);
        const api = openApi(judge.world);
        const answer = await judge.clock.until(
          api.change('volumes.detach', new AbortController().signal, (world) => detachVolume(world, pairing)),
        );
        expect(answer.isErr() ? answer.error : undefined).toMatchObject({
          kind: 'forbidden',
          code: 'UnauthorizedOperation',
        });
        return judge.ask((world) => permitted(world, 'volumes.detach'));
      },
    },
  ],
  'no-session': [
    {
      family: 'openstack',
      when: 'a session has ended',
      async ask(judge) {
        const token = judge.ask((world) => world.sessions.open(world))._unsafeUnwrap();
        expect(judge.ask((world) => world.sessions.admit(world, token)).isOk()).toBe(true);
        await judge.clock.advance(3_600_000);
        return judge.ask((world) => world.sessions.admit(world, token));
      },
    },
    {
      family: 'openstack',
      when: 'the credentials are refused',
      async ask(judge) {
        judge.world.sessions.refuseAll();
        return judge.ask((world) => world.sessions.open(world));
      },
    },
  ],
};
