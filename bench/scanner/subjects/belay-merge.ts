/**
 * The merge alone, with every check of a scan's sides: strict order, digests, counts, first and last keys, statements.
 */

import { keyPrefix, merge, scopeOf, witness } from '@belay/scanner';
import { inventoryOf, kind, registryOf } from './sides.ts';
import { answer } from './task.ts';

const [stored = '', needed = ''] = process.argv.slice(2);
const scope = scopeOf({ prefixes: [keyPrefix('archives/')._unsafeUnwrap()], kinds: [kind] })._unsafeUnwrap();
const [items, entries] = [
  inventoryOf(stored, Date.now).read({ scope }),
  registryOf(needed, Date.now).read({ scope }),
];
const [ofItems, ofEntries] = [witness(scope, [], ''), witness(scope, [], '')];
let [orphans, missing] = [0, 0];
const merging = merge(1, {
  orphan: () => {
    orphans += 1;
  },
  ended: () => undefined,
  doubtful: () => undefined,
  missing: () => {
    missing += 1;
  },
});

for (let wanted = merging.run(); wanted !== 'nothing'; wanted = merging.run()) {
  if (wanted === 'items') {
    const { done, value } = await items.next();
    if (done === true) agree(value._unsafeUnwrap(), ofItems.seen());
    else check(ofItems.add(value));
    merging.giveItems(done === true ? undefined : value);
  } else {
    const { done, value } = await entries.next();
    if (done === true) agree(value._unsafeUnwrap(), ofEntries.seen());
    else check(ofEntries.add(value));
    merging.giveEntries(0, done === true ? undefined : value);
  }
}
answer({ orphans, missing });

function check(problem: string | undefined): void {
  if (problem !== undefined) throw new Error(problem);
}

interface Ends {
  readonly count: number;
  readonly firstKey?: string | undefined;
  readonly lastKey?: string | undefined;
}

function agree(statement: Ends, seen: Ends): void {
  const same = (['count', 'firstKey', 'lastKey'] as const).every((name) => statement[name] === seen[name]);
  if (!same) throw new Error('what was said is not what was seen');
}
