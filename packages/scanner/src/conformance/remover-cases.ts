import type { Looked } from '../item.ts';
import { type ItemKey, type RunId, runId } from '../key.ts';
import type { Quarantined, Removal, RemovalCall, Removed, Whereabouts } from '../remover.ts';
import { CaseFailed, check, must, mustFail, type SideCase, sideCase } from './case.ts';
import { drainSound, under } from './drain.ts';
import type { RemoverSubject } from './subject.ts';

/** The promises of a `Remover`. */
export const removerCases: readonly SideCase<RemoverSubject>[] = [
  sideCase(
    {
      id: 'M1',
      title: 'what it can do is proved on a probe, which is gone afterwards',
      traits: ['quarantine'],
    },
    async (s) => {
      const before = await names(s);
      const proof = await must(s.remover.prove({}));
      check(proof.restores, 'What is quarantined does not come back.');
      const lacks = s.lacks?.includes('conditional') === true;
      check(proof.conditional !== lacks, `It says that it is ${proof.conditional ? '' : 'not '}conditional.`);
      check(JSON.stringify(await names(s)) === JSON.stringify(before), 'Something of the probe is left.');
    },
  ),
  sideCase(
    {
      id: 'M2',
      title: 'what is quarantined is not listed, is known by its token, and comes back whole',
      traits: ['quarantine'],
    },
    async (s) => {
      const item = await stored(s, 'a');
      const token = done(one(await must(s.remover.quarantine([item], call))));
      check(!(await names(s)).includes(item.key), 'It is still listed.');
      const at = one(await must(s.remover.find([{ ...item, token }], call)));
      check(at.at === 'quarantine' && at.token === token, `It is ${at.at}.`);
      done(one(await must(s.remover.restore([{ ...item, token }], call))));
      const again = await look(s, item.key);
      check(again.found === 'yes' && again.sizeBytes > 0, 'It did not come back.');
      const back = one(await must(s.remover.find([item], call)));
      check(back.at === 'stored', `Afterwards it is ${back.at}.`);
    },
  ),
  sideCase(
    {
      id: 'M3',
      title: 'another version than the one that was judged is not touched',
      traits: ['quarantine', 'overwrite'],
    },
    async (s) => {
      const item = await stored(s, 'a');
      await s.hands.put(item.key, 'second');
      refused(one(await must(s.remover.quarantine([item], call))), 'version');
      check((await look(s, item.key)).found === 'yes', 'It is gone.');
    },
  ),
  sideCase(
    { id: 'M4', title: 'what the store holds is not touched', traits: ['quarantine', 'holds'] },
    async (s) => {
      const item = await stored(s, 'a');
      await s.hands.hold(item.key, true);
      refused(one(await must(s.remover.quarantine([item], call))), 'held');
      check((await look(s, item.key)).found === 'yes', 'It is gone.');
      await s.hands.hold(item.key, false);
    },
  ),
  sideCase(
    { id: 'M5', title: 'what is not there is said to be absent', traits: ['quarantine'] },
    async (s) => {
      const item = await stored(s, 'a');
      await s.hands.remove(item.key);
      refused(one(await must(s.remover.quarantine([item], call))), 'absent');
    },
  ),
  sideCase(
    { id: 'M6', title: 'what is deleted out of quarantine is gone for good', traits: ['quarantine'] },
    async (s) => {
      const item = await stored(s, 'a');
      const token = done(one(await must(s.remover.quarantine([item], call))));
      done(one(await must(s.remover.delete([{ ...item, token }], call))));
      const at = one(await must(s.remover.find([{ ...item, token }], call)));
      check(at.at === 'gone', `It is ${at.at}.`);
      const back = one(await must(s.remover.restore([{ ...item, token }], call)));
      check(back.outcome !== 'done', 'It came back.');
    },
  ),
  sideCase(
    { id: 'M7', title: 'what has come back is not deleted by a token of before', traits: ['quarantine'] },
    async (s) => {
      const item = await stored(s, 'a');
      const token = done(one(await must(s.remover.quarantine([item], call))));
      done(one(await must(s.remover.restore([{ ...item, token }], call))));
      const answer = one(await must(s.remover.delete([{ ...item, token }], call)));
      check(answer.outcome !== 'done', 'It was deleted.');
      check((await look(s, item.key)).found === 'yes', 'It is gone.');
    },
  ),
  sideCase(
    {
      id: 'M8',
      title: 'a key that was written anew is not overwritten by what comes back',
      traits: ['quarantine', 'overwrite'],
    },
    async (s) => {
      const item = await stored(s, 'a');
      const token = done(one(await must(s.remover.quarantine([item], call))));
      await s.hands.put(item.key, 'second');
      const newer = await look(s, item.key);
      const answer = one(await must(s.remover.restore([{ ...item, token }], call)));
      check(answer.outcome === 'refused', `It was ${answer.outcome}.`);
      const now = await look(s, item.key);
      check(
        now.found === 'yes' && newer.found === 'yes' && now.version === newer.version,
        'The newer one was overwritten.',
      );
    },
  ),
  sideCase(
    { id: 'M9', title: 'items of a batch succeed and fail one by one', traits: ['quarantine'] },
    async (s) => {
      const [a, b, c] = [await stored(s, 'a'), await stored(s, 'b'), await stored(s, 'c')];
      await s.hands.remove(b.key);
      const answers = await must(s.remover.quarantine([a, b, c], call));
      const told = answers.map(({ key, outcome }) => `${key} ${outcome}`);
      const expected = [`${a.key} done`, `${b.key} refused`, `${c.key} done`];
      check(JSON.stringify(told) === JSON.stringify(expected), `It told ${told.join(', ')}.`);
    },
  ),
  sideCase(
    { id: 'M10', title: 'an item whose token was lost in a crash is found again', traits: ['quarantine'] },
    async (s) => {
      const item = await stored(s, 'a');
      const other = await stored(s, 'b');
      const token = done(one(await must(s.remover.quarantine([item], call))));
      const [found, kept] = await must(s.remover.find([item, other], call));
      check(found?.at === 'quarantine' && found.token === token, `It is ${found?.at}.`);
      check(kept?.at === 'stored', `The other one is ${kept?.at}.`);
      done(one(await must(s.remover.restore([{ ...item, token: found.token }], call))));
      check((await look(s, item.key)).found === 'yes', 'It did not come back.');
    },
  ),
  sideCase(
    { id: 'M11', title: 'the mark is raised by compare-and-set only', traits: ['fence'] },
    async (s) => {
      const before = await must(s.remover.fence({}));
      const next = { ledger: 'ledger-a', fence: (before?.fence ?? 0) + 1 };
      await must(s.remover.raiseFence(before, next, {}));
      const seen = await must(s.remover.fence({}));
      check(seen?.ledger === next.ledger && seen.fence === next.fence, `It is ${JSON.stringify(seen)}.`);
      await mustFail(s.remover.raiseFence(before, { ledger: 'ledger-b', fence: 99 }, {}), 'fenced-out');
      const after = await must(s.remover.fence({}));
      check(after?.ledger === 'ledger-a', 'An old scanner has taken the mark.');
      await must(s.remover.raiseFence(next, { ...next, fence: next.fence + 1 }, {}));
    },
  ),
  sideCase(
    {
      id: 'M12',
      title: 'a signal that has fired ends a removal before it begins',
      traits: ['quarantine', 'cancels'],
    },
    async (s) => {
      const item = await stored(s, 'a');
      const answer = await s.remover.quarantine([item], { ...call, signal: AbortSignal.abort() });
      await mustFail(Promise.resolve(answer), 'cancelled');
      check((await look(s, item.key)).found === 'yes', 'It is gone.');
    },
  ),
];

const call: RemovalCall = { run: run('run-of-the-cases'), fence: 1 };

function run(name: string): RunId {
  return runId(name).match(
    (id) => id,
    (error) => {
      throw new CaseFailed(error.message);
    },
  );
}

/** Something that is stored, as the listing shows it. */
async function stored(s: RemoverSubject, name: string): Promise<Removal> {
  const key = await s.hands.put(under(s.scope, name));
  const looked = await look(s, key);
  if (looked.found !== 'yes') throw new CaseFailed(`${key} was stored and is not there.`);
  return { key, kind: looked.kind, version: looked.version };
}

async function look(s: RemoverSubject, key: ItemKey): Promise<Looked> {
  return one(await must(s.inventory.look([key], {})));
}

async function names({ inventory, scope }: RemoverSubject): Promise<readonly string[]> {
  const { rows } = await drainSound(inventory.read({ scope }), (batch, i) => batch.item(i));
  return rows.map(({ key }) => key);
}

function one<T extends Removed | Whereabouts | object>(answers: readonly T[]): T {
  const [first] = answers;
  if (first === undefined || answers.length !== 1)
    throw new CaseFailed(`One question had ${answers.length} answers.`);
  return first;
}

function done(answer: Removed): Quarantined['token'] {
  if (answer.outcome !== 'done') throw new CaseFailed(`It was ${answer.outcome}: ${answer.message}`);
  return answer.token;
}

function refused(answer: Removed, because: string): void {
  check(answer.outcome === 'refused', `It was ${answer.outcome}.`);
  check(answer.because === because, `It was refused because of “${answer.because}”, not “${because}”.`);
}
