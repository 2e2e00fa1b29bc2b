import type { Journal } from '../../src/index.ts';

/** A journal of which some calls are done otherwise: to hold one up, or to let something happen just before it. */
export function journalWith(journal: Journal, otherwise: Partial<Journal>): Journal {
  return new Proxy(journal, {
    get: (target, name) => {
      const mine: unknown = Reflect.get(otherwise, name);
      if (mine !== undefined) return mine;
      const member: unknown = Reflect.get(target, name);
      // The memory journal has private fields, which a proxy does not have.
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
