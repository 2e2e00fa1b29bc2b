import type { Transition } from './agenda.ts';
import type { FaultBook } from './fault-book.ts';
import type { Faults } from './faults.ts';
import { setStock } from './stock.ts';
import type { World } from './world.ts';

/** The levers that people pull: the rules of the book, and those that move the world itself. */
export function levers(world: World, book: FaultBook): Faults {
  const freeze = (resourceId: string): (() => void) => {
    book.frozen.add(resourceId);
    return () =>
      world.change(() => {
        book.frozen.delete(resourceId);
        release(world, (transition) => Object.values(transition).includes(resourceId));
      });
  };
  return {
    add: book.add,
    next: book.next,
    loseReply: book.loseReply,
    stick: book.stick,
    rollBack: book.rollBack,
    slow: book.slow,
    stale: book.stale,
    outage: book.outage,
    random: book.random,
    clear: book.clear,
    freeze,
    hangHost(instanceId) {
      if (world.profile.family === 'ec2') return freeze(instanceId);
      book.downHosts.add(instanceId);
      return () => void book.downHosts.delete(instanceId);
    },
    noWay(instanceId) {
      book.shutIn.add(instanceId);
      return () => void book.shutIn.delete(instanceId);
    },
    unstick: () => world.change(() => release(world, () => true)),
    replay(operation) {
      const again = book.landed.get(operation);
      if (again !== undefined) world.change(again);
      return again !== undefined;
    },
    outOfStock: (instanceType, zone) => world.change(() => setStock(world, instanceType, zone, 0, true)),
    restock: (instanceType, zone, count) => world.change(() => setStock(world, instanceType, zone, count)),
    endSessions: () => world.sessions.endAll(),
    refuseSessions: () => world.sessions.refuseAll(),
  };
}

/** Lets go on what was stuck. */
function release(world: World, isIts: (transition: Transition) => boolean): void {
  const mine = world.state.stuck.filter(isIts);
  world.state.stuck = world.state.stuck.filter((one) => !isIts(one));
  for (const transition of mine) world.begin({ takes: 0, transition });
}
