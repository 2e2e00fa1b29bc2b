// A journal that can be cut off from its runner, as if the runner's process were gone.

import { ResultAsync } from 'neverthrow';
import type { Journal } from '../../src/journal.ts';

export function mutable(journal: Journal): { readonly journal: Journal; readonly mute: () => void } {
  let isMute = false;
  return {
    mute: () => {
      isMute = true;
    },
    journal: new Proxy(journal, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown =>
          isMute ? new ResultAsync(new Promise<never>(() => {})) : Reflect.apply(member, target, args);
      },
    }),
  };
}
