import { err } from 'neverthrow';
import type { StoredItem } from '../item.ts';
import { compareKeys, type ItemKey } from '../key.ts';
import { scannerError } from '../scanner-error.ts';
import type { SideStatement } from '../statement.ts';
import { CaseFailed, check, must, mustFail, type SideCase, sideCase } from './case.ts';
import { awkwardNames, drain, drainSound, under } from './drain.ts';
import type { InventorySubject } from './subject.ts';

/** The promises of an `Inventory`. */
export const inventoryCases: readonly SideCase<InventorySubject>[] = [
  sideCase(
    {
      id: 'I1',
      title: 'keys come in the byte order of UTF-8, none twice and none changed',
      traits: ['free-keys'],
    },
    async (s) => {
      const names = awkwardNames.filter((name) => s.cannotKeep?.includes(name) !== true);
      const keys = names.map((name) => under(s.scope, name));
      for (const key of keys) await s.hands.put(key);
      const { rows } = await whole(s);
      check(sameKeys(rows, keys), `It sent ${JSON.stringify(rows.map(({ key }) => key))}.`);
    },
  ),
  sideCase({ id: 'I2', title: 'nothing there is an answer too, with an end of its own' }, async (s) => {
    const { rows, statement } = await whole(s);
    check(rows.length === 0 && statement.count === 0, `It sent ${rows.length} items.`);
  }),
  sideCase(
    { id: 'I3', title: 'more items than fit into one page all come, and their bytes are summed' },
    async (s) => {
      const keys: ItemKey[] = [];
      for (let i = 0; i < 45; i++) keys.push(await s.hands.put(under(s.scope, `n/${i}`)));
      const { rows, statement } = await whole(s);
      check(sameKeys(rows, keys), `It sent ${rows.length} of 45.`);
      const bytes = rows.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
      check(statement.bytes === bytes && bytes > 0, `It says ${statement.bytes} bytes and sent ${bytes}.`);
    },
  ),
  sideCase(
    { id: 'I4', title: 'only what begins with a prefix of the scope comes', traits: ['free-keys'] },
    async (s) => {
      const inside = [under(s.scope, 'x', 0), under(s.scope, 'x', 1)];
      for (const key of inside) await s.hands.put(key);
      const [first] = s.scope.prefixes;
      const scope = { ...s.scope, prefixes: [first] } as const;
      const { rows } = await drainSound(s.inventory.read({ scope }), (batch, i) => batch.item(i));
      check(sameKeys(rows, inside.slice(0, 1)), `Asked for ${first} it sent ${rows.length} items.`);
    },
  ),
  sideCase(
    {
      id: 'I5',
      title:
        'canaries of this run are seen at the beginning, in the middle and at the end, and earlier ones are gone',
      traits: ['canaries'],
    },
    async (s) => {
      await s.hands.put(under(s.scope, 'm'));
      await must(s.inventory.plantCanaries({ scope: s.scope, nonce: 'first-nonce' }));
      const planted = await must(s.inventory.plantCanaries({ scope: s.scope, nonce: 'second-nonce' }));
      check(planted.length === 3 * s.scope.prefixes.length, `It planted ${planted.length}.`);
      const { rows } = await whole(s);
      const seen = rows.filter(({ canaryNonce }) => canaryNonce !== undefined);
      check(
        seen.every(({ canaryNonce }) => canaryNonce === 'second-nonce'),
        'An old canary is still there.',
      );
      check(
        sameKeys(
          seen,
          planted.map(({ key }) => key),
        ),
        `It shows ${seen.map(({ key }) => key).join(' ')}.`,
      );
      check(rows.length === seen.length + 1, 'Something else is there too.');
    },
  ),
  sideCase(
    { id: 'I6', title: 'a strong look answers for each key in the order of the question' },
    async (s) => {
      const there = await s.hands.put(under(s.scope, 'there'));
      const gone = await s.hands.put(under(s.scope, 'gone'));
      await s.hands.remove(gone);
      const answers = await must(s.inventory.look([gone, there], {}));
      const told = answers.map(({ key, found }) => `${key} ${found}`);
      check(
        JSON.stringify(told) === JSON.stringify([`${gone} no`, `${there} yes`]),
        `It told ${told.join(', ')}.`,
      );
      check((await must(s.inventory.look([], {}))).length === 0, 'No question had an answer.');
    },
  ),
  sideCase({ id: 'I7', title: 'a look at an item and its line in the listing agree' }, async (s) => {
    const key = await s.hands.put(under(s.scope, 'a'));
    const [line] = (await whole(s)).rows;
    const [looked] = await must(s.inventory.look([key], {}));
    check(looked?.found === 'yes' && line !== undefined, `The look found ${looked?.found}.`);
    check(looked.version === line.version, `One says version ${line.version}, the other ${looked.version}.`);
    check(
      looked.sizeBytes === line.sizeBytes,
      `One says ${line.sizeBytes} bytes, the other ${looked.sizeBytes}.`,
    );
    check(
      looked.modifiedAt === line.modifiedAt,
      `${line.modifiedAt} and ${looked.modifiedAt} are not the same.`,
    );
    check(looked.kind === line.kind && looked.owner === line.owner, 'Kind or owner are not the same.');
  }),
  sideCase(
    { id: 'I8', title: 'what was written again has another version', traits: ['overwrite'] },
    async (s) => {
      const key = await s.hands.put(under(s.scope, 'a'), 'first');
      const [before] = (await whole(s)).rows;
      await s.hands.put(key, 'second');
      const [after] = (await whole(s)).rows;
      check(before !== undefined && after !== undefined, 'It is not listed.');
      check(before.version !== after.version, `Both have the version ${after.version}.`);
    },
  ),
  sideCase(
    { id: 'I9', title: 'what was written a moment ago is not older by the store’s own clock' },
    async (s) => {
      const before = Date.parse(await must(s.inventory.now({})));
      await s.hands.put(under(s.scope, 'a'));
      const [item] = (await whole(s)).rows;
      const after = Date.parse(await must(s.inventory.now({})));
      const writtenMs = Date.parse(item?.modifiedAt ?? '');
      // Stores keep whole seconds.
      const isBetween = writtenMs >= before - 1_000 && writtenMs <= after + 1_000;
      check(isBetween, `It was written at ${item?.modifiedAt}, between ${before} and ${after}.`);
    },
  ),
  sideCase({ id: 'I10', title: 'the store’s own lock is seen', traits: ['holds'] }, async (s) => {
    const key = await s.hands.put(under(s.scope, 'a'));
    const hold = async (): Promise<string> => {
      const [looked] = await must(s.inventory.look([key], {}));
      return looked?.found === 'yes' ? looked.hold : String(looked?.found);
    };
    check((await hold()) === 'none', `Before, it is ${await hold()}.`);
    await s.hands.hold(key, true);
    check((await hold()) === 'held', `With a lock, it is ${await hold()}.`);
    await s.hands.hold(key, false);
    check((await hold()) === 'none', `Afterwards, it is ${await hold()}.`);
  }),
  sideCase(
    { id: 'I11', title: 'a signal that has fired ends every call as cancelled', traits: ['cancels'] },
    async (s) => {
      const signal = AbortSignal.abort();
      const { end } = await drain(s.inventory.read({ scope: s.scope, signal }), (batch, i) => batch.item(i));
      await mustFail(Promise.resolve(end), 'cancelled');
      await mustFail(s.inventory.now({ signal }), 'cancelled');
    },
  ),
  sideCase({ id: 'I12', title: 'a reader that stops early leaves everything as it was' }, async (s) => {
    await s.hands.put(under(s.scope, 'a'));
    for (let i = 0; i < 5; i++) {
      const stream = s.inventory.read({ scope: s.scope });
      await stream.next();
      await stream.return(err(scannerError('cancelled', 'The reader stops.')));
    }
    check((await whole(s)).rows.length === 1, 'Afterwards it is missing.');
  }),
  sideCase(
    {
      id: 'I13',
      title: 'whoever is cut off gets an error, never an empty or short answer',
      levers: ['cutOff'],
    },
    async (s) => {
      const key = await s.hands.put(under(s.scope, 'a'));
      const restore = await (s.levers?.cutOff ?? neverThere)();
      try {
        const { end } = await drain(s.inventory.read({ scope: s.scope }), (batch, i) => batch.item(i));
        await mustFail(Promise.resolve(end), 'unavailable', 'not-believed');
        await mustFail(s.inventory.now({}), 'unavailable', 'not-believed');
        const looked = await s.inventory.look([key], {});
        const found = looked.isOk() ? looked.value[0]?.found : 'unknown';
        check(found === 'unknown', `A look that could not be made says ${found}.`);
      } finally {
        await restore();
      }
      check((await whole(s)).rows.length === 1, 'Back again, it has lost an item.');
    },
  ),
  sideCase(
    { id: 'I14', title: 'an answer that stops short is no answer', levers: ['shorten'] },
    async (s) => {
      for (let i = 0; i < 25; i++) await s.hands.put(under(s.scope, `n/${i}`));
      const restore = await (s.levers?.shorten ?? neverThere)();
      try {
        const { rows, end } = await drain(s.inventory.read({ scope: s.scope }), (batch, i) => batch.item(i));
        check(
          end.isErr() || end.value.count !== rows.length,
          `It called ${rows.length} items of 25 a whole answer.`,
        );
      } finally {
        await restore();
      }
    },
  ),
];

function whole({
  inventory,
  scope,
}: InventorySubject): Promise<{ readonly rows: readonly StoredItem[]; readonly statement: SideStatement }> {
  return drainSound(inventory.read({ scope }), (batch, i) => batch.item(i));
}

function sameKeys(rows: readonly { readonly key: string }[], keys: readonly string[]): boolean {
  return JSON.stringify(rows.map(({ key }) => key)) === JSON.stringify([...keys].sort(compareKeys));
}

function neverThere(): never {
  throw new CaseFailed('The lever is missing.');
}
