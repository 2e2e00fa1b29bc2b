// One shard, as a process of its own: a store and a registry in memory, a ledger on the disk, and a budget that it shares.
// It says when its plan is made, and sweeps when it is told to.

import { sqliteBudget } from '../src/budget.ts';
import { ripen, world } from './world.ts';

const [name = '', path = '', orphans = '0', dayItems = '0'] = process.argv.slice(2);
const budget = sqliteBudget({ path })._unsafeUnwrap();
const one = world({
  budget,
  ledgerId: name,
  policy: (plain) => {
    const amount = { items: Number(dayItems), bytes: 1_000_000 };
    const caps = { ...plain.caps['no-entry'], run: amount, day: amount, thirtyDays: amount };
    return { ...plain, caps: { 'no-entry': caps, 'owner-ended': caps } };
  },
});
for (let n = 0; n < Number(orphans); n += 1) {
  one.archive(`orphan-${n}.tar`, `owner-${n % 6}`, { entry: false });
}
const plan = await ripen(one);
process.send?.({ ready: plan.items.length });
process.once('message', async () => {
  const swept = await one.sweeper.sweep(plan, []);
  const said = swept.isOk()
    ? { quarantined: swept.value.quarantined.length }
    : { refused: swept.error.kind, message: swept.error.message };
  budget.close();
  process.send?.(said, () => process.disconnect());
});
