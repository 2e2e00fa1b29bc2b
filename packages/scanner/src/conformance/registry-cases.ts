import { err } from 'neverthrow';
import type { RegistryEntry } from '../entry.ts';
import { compareKeys, type ItemKey, type RunId, runId } from '../key.ts';
import { scannerError } from '../scanner-error.ts';
import type { SideStatement } from '../statement.ts';
import { CaseFailed, check, must, mustFail, type SideCase, sideCase } from './case.ts';
import { awkwardNames, drain, drainSound, under } from './drain.ts';
import type { RegistrySubject } from './subject.ts';

/** The promises of a `Registry`. */
export const registryCases: readonly SideCase<RegistrySubject>[] = [
  sideCase(
    { id: 'R1', title: 'keys come in the byte order of UTF-8, none twice and none changed' },
    async (s) => {
      const keys = awkwardNames.map((name) => under(s.scope, name));
      await s.hands.put(keys.map((key) => needed(s, key)));
      const { rows } = await whole(s);
      check(sameKeys(rows, keys), `It sent ${JSON.stringify(rows.map(({ key }) => key))}.`);
    },
  ),
  sideCase({ id: 'R2', title: 'nothing there is an answer too, with an end of its own' }, async (s) => {
    const { rows, statement } = await whole(s);
    check(rows.length === 0 && statement.count === 0, `It sent ${rows.length} rows.`);
    check(statement.firstKey === undefined, `It begins with ${statement.firstKey}.`);
  }),
  sideCase({ id: 'R3', title: 'more rows than fit into one batch all come' }, async (s) => {
    await s.hands.put(Array.from({ length: 2_500 }, (_, i) => needed(s, under(s.scope, `n/${i}`))));
    const { rows } = await whole(s);
    check(rows.length === 2_500, `It sent ${rows.length} of 2500.`);
  }),
  sideCase({ id: 'R4', title: 'only what begins with a prefix of the scope comes' }, async (s) => {
    const inside = [under(s.scope, 'x', 0), under(s.scope, 'x', 1)];
    await s.hands.put(inside.map((key) => needed(s, key)));
    const [first] = s.scope.prefixes;
    const scope = { ...s.scope, prefixes: [first] } as const;
    const { rows } = await drainSound(s.registry.read({ scope }), (batch, i) => batch.entry(i));
    check(sameKeys(rows, inside.slice(0, 1)), `Asked for ${first} it sent ${rows.length} rows.`);
  }),
  sideCase({ id: 'R5', title: 'owners, states and the end of an owner come as they are' }, async (s) => {
    const ended = '2026-01-02T03:04:05.000Z';
    const entries: readonly RegistryEntry[] = [
      needed(s, under(s.scope, 'a')),
      { ...needed(s, under(s.scope, 'b')), state: 'intent' },
      { ...needed(s, under(s.scope, 'c')), state: 'owner-ended', endedAt: ended },
      { ...needed(s, under(s.scope, 'd')), state: 'unknown' },
    ];
    await s.hands.put(entries);
    const { rows } = await whole(s);
    check(
      JSON.stringify(rows.map(plain)) === JSON.stringify(entries.map(plain)),
      `It sent ${JSON.stringify(rows)}.`,
    );
  }),
  sideCase(
    {
      id: 'R6',
      title: 'canaries of this run are seen, and those of earlier runs are gone',
      traits: ['canaries'],
    },
    async (s) => {
      await s.hands.put([needed(s, under(s.scope, 'm'))]);
      await must(s.registry.plantCanaries({ scope: s.scope, nonce: 'first-nonce' }));
      const planted = await must(s.registry.plantCanaries({ scope: s.scope, nonce: 'second-nonce' }));
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
    },
  ),
  sideCase(
    {
      id: 'R7',
      title: 'a strong read answers for each key in the order of the question',
      traits: ['claims'],
    },
    async (s) => {
      const [a, b, c, d] = [
        under(s.scope, 'a'),
        under(s.scope, 'b'),
        under(s.scope, 'c'),
        under(s.scope, 'd'),
      ];
      await s.hands.put([
        needed(s, a),
        { ...needed(s, b), state: 'owner-ended', endedAt: '2026-01-02T03:04:05.000Z' },
        { ...needed(s, d), state: 'unknown' },
      ]);
      const answers = await must(s.registry.lookUp([d, c, b, a], {}));
      const told = answers.map(({ key, verdict }) => `${key} ${verdict}`);
      const expected = [`${d} unknown`, `${c} not-needed`, `${b} not-needed`, `${a} needed`];
      check(JSON.stringify(told) === JSON.stringify(expected), `It told ${told.join(', ')}.`);
      const [, absent, over] = answers;
      check(
        absent?.verdict === 'not-needed' && absent.entry === undefined,
        'It found a row where there is none.',
      );
      check(
        over?.verdict === 'not-needed' && over.entry?.state === 'owner-ended',
        'It lost the row of an ended owner.',
      );
      check((await must(s.registry.lookUp([], {}))).length === 0, 'No question had an answer.');
    },
  ),
  sideCase(
    { id: 'R8', title: 'a hold is seen, also on a key that has no row', traits: ['claims', 'holds'] },
    async (s) => {
      const keys = [under(s.scope, 'a'), under(s.scope, 'b'), under(s.scope, 'c')];
      await s.hands.put([needed(s, keys[0] ?? under(s.scope, 'a'))]);
      for (const key of keys.slice(0, 2)) await s.hands.hold(key, true);
      const holds = (await must(s.registry.lookUp(keys, {}))).map((one) => 'hold' in one && one.hold);
      check(JSON.stringify(holds) === '["held","held","none"]', `It told ${JSON.stringify(holds)}.`);
    },
  ),
  sideCase({ id: 'R9', title: 'who uses a key now is named', traits: ['claims', 'leases'] }, async (s) => {
    const key = under(s.scope, 'a');
    check(await s.hands.lease(key, 'restore 7'), 'Nobody had claimed it, and it could not be used.');
    const [answer] = await must(s.registry.lookUp([key], {}));
    check(answer?.verdict === 'not-needed' && answer.inUseBy === 'restore 7', JSON.stringify(answer));
    const [claimed] = await must(s.registry.claim([key], { run: run('one'), fence: 9 }));
    check(claimed?.verdict === 'not-needed' && claimed.inUseBy !== undefined, 'It was claimed while in use.');
    await s.hands.lease(key, undefined);
    const [free] = await must(s.registry.claim([key], { run: run('one'), fence: 9 }));
    check(free?.verdict === 'not-needed' && free.inUseBy === undefined, 'It is still in use.');
  }),
  sideCase(
    {
      id: 'R10',
      title: 'what a scanner has claimed nobody can begin to use until it is given back',
      traits: ['claims', 'leases'],
    },
    async (s) => {
      const key = under(s.scope, 'a');
      await must(s.registry.claim([key], { run: run('one'), fence: 1 }));
      check(!(await s.hands.lease(key, 'restore 7')), 'A restore began under a claim.');
      await must(s.registry.release([key, under(s.scope, 'other')], { run: run('one'), fence: 1 }));
      check(await s.hands.lease(key, 'restore 7'), 'The claim was not given back.');
    },
  ),
  sideCase(
    { id: 'R11', title: 'a key that is needed is not kept claimed', traits: ['claims', 'leases'] },
    async (s) => {
      const key = under(s.scope, 'a');
      await s.hands.put([needed(s, key)]);
      const [answer] = await must(s.registry.claim([key], { run: run('one'), fence: 1 }));
      check(answer?.verdict === 'needed', `It is ${answer?.verdict}.`);
      check(await s.hands.lease(key, 'restore 7'), 'A claim stayed behind.');
    },
  ),
  sideCase(
    { id: 'R12', title: 'a claim is taken over by a higher fence only', traits: ['claims'] },
    async (s) => {
      const key = under(s.scope, 'a');
      const claim = async (name: string, fence: number): Promise<boolean> => {
        const [answer] = await must(s.registry.claim([key], { run: run(name), fence }));
        return answer?.verdict === 'not-needed' && answer.inUseBy === undefined;
      };
      check(await claim('one', 5), 'The first claim was refused.');
      check(await claim('one', 5), 'A claim was refused to its own run.');
      check(!(await claim('two', 5)), 'Two runs hold one claim.');
      check(!(await claim('two', 4)), 'An older scanner took the claim of a newer one.');
      check(await claim('two', 6), 'A newer scanner could not take over.');
      check(!(await claim('one', 5)), 'The old scanner took it back.');
    },
  ),
  sideCase(
    {
      id: 'R13',
      title: 'deletions on purpose are told since the last answer, and no others',
      traits: ['history'],
    },
    async (s) => {
      const keys = ['a', 'b', 'c', 'd'].map((name) => under(s.scope, name));
      await s.hands.put(keys.map((key) => needed(s, key)));
      const [a, b, c] = keys;
      if (a === undefined || b === undefined || c === undefined) throw new CaseFailed('no keys');
      await s.hands.drop(a, { recorded: true });
      const { statement } = await whole(s);
      await s.hands.drop(b, { recorded: true });
      await s.hands.drop(c, { recorded: false });
      const { statement: next } = await whole(s, statement.position);
      const count = (next.deletions ?? []).reduce((sum, one) => sum + one.count, 0);
      check(count === 1, `It tells of ${count} deletions.`);
      check(next.count === 1, `It has ${next.count} rows left.`);
    },
  ),
  sideCase({ id: 'R14', title: 'a read shows one moment, whatever is written meanwhile' }, async (s) => {
    await s.hands.put(Array.from({ length: 1_200 }, (_, i) => needed(s, under(s.scope, `n/${1_000 + i}`))));
    const stream = s.registry.read({ scope: s.scope });
    const first = await stream.next();
    if (first.done === true) throw new CaseFailed('There was no batch.');
    const [early, late] = [under(s.scope, 'a/early'), under(s.scope, 'z/late')];
    const seen = Array.from({ length: first.value.count }, (_, i) => first.value.entry(i).key);
    await s.hands.put([needed(s, early), needed(s, late)]);
    const { rows, end } = await drain(stream, (batch, i) => batch.entry(i));
    const all = [...seen, ...rows.map(({ key }) => key)];
    // It may also say that it was disturbed; what it must not do is to mix two moments and call that whole.
    if (end.isErr()) return;
    check(end.value.count === all.length, `It says ${end.value.count} rows and sent ${all.length}.`);
    check(all.length === 1_200, `It sent ${all.length} rows of 1200, some of them from another moment.`);
  }),
  sideCase(
    { id: 'R15', title: 'a signal that has fired ends every call as cancelled', traits: ['cancels'] },
    async (s) => {
      const signal = AbortSignal.abort();
      const { end } = await drain(s.registry.read({ scope: s.scope, signal }), (batch, i) => batch.entry(i));
      await mustFail(Promise.resolve(end), 'cancelled');
      await mustFail(s.registry.now({ signal }), 'cancelled');
    },
  ),
  sideCase({ id: 'R16', title: 'a reader that stops early leaves everything as it was' }, async (s) => {
    await s.hands.put(Array.from({ length: 300 }, (_, i) => needed(s, under(s.scope, `n/${i}`))));
    for (let i = 0; i < 6; i++) {
      const stream = s.registry.read({ scope: s.scope });
      await stream.next();
      await stream.return(err(scannerError('cancelled', 'the reader stops')));
    }
    check((await whole(s)).rows.length === 300, 'Afterwards rows are missing.');
  }),
  sideCase(
    {
      id: 'R17',
      title: 'whoever is cut off gets an error, never an empty or short answer',
      levers: ['cutOff'],
    },
    async (s) => {
      await s.hands.put([needed(s, under(s.scope, 'a'))]);
      const restore = await (s.levers?.cutOff ?? neverThere)();
      try {
        const { end } = await drain(s.registry.read({ scope: s.scope }), (batch, i) => batch.entry(i));
        await mustFail(Promise.resolve(end), 'unavailable', 'not-believed');
        await mustFail(s.registry.now({}), 'unavailable', 'not-believed');
        await mustFail(
          s.registry.lookUp([under(s.scope, 'a')], {}),
          'unavailable',
          'not-believed',
          'unsupported',
        );
      } finally {
        await restore();
      }
      check((await whole(s)).rows.length === 1, 'Back again, it has lost a row.');
    },
  ),
  sideCase(
    { id: 'R18', title: 'an answer that stops short is no answer', levers: ['shorten'] },
    async (s) => {
      await s.hands.put(Array.from({ length: 50 }, (_, i) => needed(s, under(s.scope, `n/${i}`))));
      const restore = await (s.levers?.shorten ?? neverThere)();
      try {
        const { rows, end } = await drain(s.registry.read({ scope: s.scope }), (batch, i) => batch.entry(i));
        check(
          end.isErr() || end.value.count !== rows.length,
          `It called ${rows.length} rows of 50 a whole answer.`,
        );
      } finally {
        await restore();
      }
    },
  ),
];

function needed({ registry }: RegistrySubject, key: ItemKey): RegistryEntry {
  const kind = registry.covers[0];
  if (kind === undefined) throw new CaseFailed('The registry covers nothing.');
  return { key, kind, state: 'needed' };
}

function whole(
  { registry, scope }: RegistrySubject,
  since?: string,
): Promise<{ readonly rows: readonly RegistryEntry[]; readonly statement: SideStatement }> {
  return drainSound(registry.read({ scope, since }), (batch, i) => batch.entry(i));
}

function sameKeys(rows: readonly { readonly key: string }[], keys: readonly string[]): boolean {
  return JSON.stringify(rows.map(({ key }) => key)) === JSON.stringify([...keys].sort(compareKeys));
}

function plain({ key, kind, owner, state, endedAt }: RegistryEntry): readonly (string | undefined)[] {
  return [key, kind, owner, state, endedAt];
}

function run(name: string): RunId {
  return runId(name).match(
    (id) => id,
    (error) => {
      throw new CaseFailed(error.message);
    },
  );
}

function neverThere(): never {
  throw new CaseFailed('The lever is missing.');
}
