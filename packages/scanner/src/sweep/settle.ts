/**
 * After a crash: what was begun and never ended is asked of the store, and nothing is done again blindly.
 */

import { ok, safeTry } from 'neverthrow';
import { openBreaker } from '../breaker.ts';
import type { SideResult } from '../call.ts';
import { guarded } from '../guarded.ts';
import type { Act } from '../ledger/event.ts';
import { attempt } from '../ledger/file.ts';
import type { TrashState } from '../ledger/trash.ts';
import { judgeAct, noteAct } from './act.ts';
import { type Acting, batchItems, type SweepEngine } from './options.ts';

const actOf: Partial<Record<TrashState, Act>> = {
  intended: 'quarantine',
  restoring: 'restore',
  deleting: 'delete',
};

/** Asks the store about everything that was begun and never ended, and writes down what it finds. */
export function settle(engine: SweepEngine, acting: Acting): SideResult<void> {
  const { ledger, remover } = engine;
  return safeTry(async function* () {
    const open = yield* attempt('be read', () => ledger.trash.inState('intended', 'restoring', 'deleting'));
    const groups = Map.groupBy(open, ({ run, state }) => `${state} ${run}`);
    for (const rows of groups.values()) {
      const [first] = rows;
      if (first === undefined) continue;
      const act = actOf[first.state];
      if (act === undefined) continue;
      for (let start = 0; start < rows.length; start += batchItems) {
        const some = rows.slice(start, start + batchItems);
        const call = { run: first.run, fence: acting.fence, signal: acting.signal };
        const asked = some.map(({ key, kind, version, token }) => ({
          key,
          kind,
          version,
          ...(token === undefined ? {} : { token }),
        }));
        const found = yield* guarded(remover.name, () => remover.find(asked, call), acting);
        const judged = judgeAct(act, some, new Map(), new Map(found.map((one) => [one.key, one])));
        yield* noteAct(engine, first.run, act, judged, acting);
        if (judged.inDoubt.length > 0 || judged.wrong.length > 0) {
          const doubts = [
            ...judged.inDoubt.map(({ key }) => ({
              rule: 'act-in-doubt',
              message: `Whether the ${act} of ${key} happened is not known.`,
            })),
            ...judged.wrong.map((message) => ({ rule: 'act-as-asked', message })),
          ];
          yield* openBreaker(engine, doubts, { ...acting, run: first.run });
        }
      }
    }
    return ok(undefined);
  });
}
