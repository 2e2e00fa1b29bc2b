// Somebody who looks at the world after everything that happens in it, and customers who come by all the time. They
// know nothing of graphs: only that no disk is on two servers, that no two serve, that nothing is deleted which was
// there before, and that an order, once acknowledged, is on the disk of whoever serves.

import type { WorldView } from '@belay/sim';
import type { Stage } from './stage.ts';

export interface Watch {
  /** What was seen that must not be, as sentences; each once. */
  readonly problems: ReadonlySet<string>;
  /** Orders that whoever serves must have by now. */
  readonly orders: number;
  /** What there was when it began to look. */
  readonly before: WorldView;
  /** A customer comes by. */
  visit(): void;
  end(): void;
}

const everyMs = 20_000;
/** After so many visits customers come seldom: a run may wait for days. */
const hurried = 400;

export function watch(stage: Stage): Watch {
  const { sim, shop } = stage.scene;
  const before = sim.world.state();
  const problems = new Set<string>();
  const mayGo = new Set(stage.deletes?.() ?? []);
  let orders = ordersOn(before, diskServing(before, stage.home(), shop.mountPoint));
  let hasLost = false;
  let visits = 0;
  let isOver = false;

  const look = (): void => {
    const state = sim.world.state();
    for (const what of wrongWith(state, stage)) problems.add(what);
    for (const what of missing(before, state, mayGo)) problems.add(what);
  };
  let isDue = false;
  const ends = sim.world.onEvent(() => {
    // The look is taken when all that happens at this moment has happened.
    if (isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      if (isOver) return;
      look();
      visit();
    });
  });

  const visit = (): void => {
    if (isOver) return;
    const seen = sim.world.visit(shop.name);
    if (seen.servedBy === undefined) return;
    const isAgreed = !hasLost && stage.ordersKept === seen.order - 1 && seen.servedBy !== stage.home();
    if (isAgreed) hasLost = true;
    else if (seen.order !== orders + 1) {
      problems.add(`${seen.servedBy} takes order ${seen.order}, and ${orders} have been acknowledged`);
    }
    orders = seen.order;
  };
  const comeBy = (): void => {
    if (isOver) return;
    visit();
    visits += 1;
    sim.clock.after(visits < hurried ? everyMs : everyMs * 60, comeBy);
  };
  comeBy();
  return {
    problems,
    before,
    visit,
    get orders() {
      return orders;
    },
    end() {
      look();
      isOver = true;
      ends();
    },
  };
}

/** Lines of the list of orders on a disk. */
export function ordersOn({ volumes }: WorldView, disk: string | undefined): number {
  const text = volumes[disk ?? '']?.filesystem?.files['db/orders']?.text ?? '';
  return text.split('\n').filter((line) => line !== '').length;
}

function diskServing({ guests, volumes }: WorldView, server: string, mountPoint: string): string | undefined {
  const mounted = guests[server]?.mounts.find((mount) => mount.mountPoint === mountPoint)?.volumeId;
  return (
    mounted ??
    Object.values(volumes).find(({ attachments, filesystem }) => {
      const isOn = attachments.some(({ instanceId, isRoot }) => instanceId === server && !isRoot);
      return isOn && filesystem !== undefined;
    })?.id
  );
}

function wrongWith(state: WorldView, stage: Stage): readonly string[] {
  const { shop, sim } = stage.scene;
  const shared = Object.values(state.volumes).filter(
    ({ multiAttach, attachments }) => !multiAttach && attachments.length > 1,
  );
  const active = Object.entries(state.guests).flatMap(([id, { up, services, mounts }]) => {
    const isOn = up && ['running', 'resized', 'stopping'].includes(state.instances[id]?.state ?? 'gone');
    const works = services.some(({ name, state: how }) => name === 'mysql' && how === 'active');
    return isOn && works && mounts.some(({ mountPoint }) => mountPoint === shop.mountPoint) ? [id] : [];
  });
  const led = sim.world.whoServes(shop.name).instanceId;
  // Nobody is led to a standby before it is promoted, whatever runs on it.
  const serving = active.filter((id) => id !== stage.standby || led === id);
  return [
    ...shared.map(
      ({ id, attachments }) => `${id} is on ${attachments.map((at) => at.instanceId).join(' and ')}`,
    ),
    ...(serving.length > 1 ? [`${serving.join(' and ')} run the workload at the same time`] : []),
  ];
}

function missing(before: WorldView, state: WorldView, mayGo: ReadonlySet<string>): readonly string[] {
  const kinds = ['instances', 'volumes', 'snapshots'] as const;
  return kinds.flatMap((kind) =>
    Object.values(before[kind]).flatMap(({ id, state: was }) => {
      const isGone = ['gone', 'deleting', 'shutting-down'].includes(state[kind][id]?.state ?? 'gone');
      return was !== 'gone' && isGone && !mayGo.has(id)
        ? [`${id} was deleted, which the run has not made`]
        : [];
    }),
  );
}
