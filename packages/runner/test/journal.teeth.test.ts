// A suite that passes everything says nothing. Each of these journals breaks one promise, and the case that guards it
// must say so.

import { okAsync } from 'neverthrow';
import { expect, test } from 'vitest';
import { type JournalSubject, journalCases, putCase } from '../src/conformance.ts';
import { memoryJournal, memoryStore } from '../src/journal/index.ts';
import type { Append, Journal } from '../src/journal.ts';

type Fault = (whole: Journal) => Partial<Journal>;

function eachBatch(change: (batch: Append) => Append): Fault {
  return (whole) => ({ append: (batches) => whole.append(batches.map(change)) });
}

const faults: readonly {
  readonly fault: string;
  readonly caught: readonly string[];
  readonly breaks: Fault;
}[] = [
  {
    fault: 'writes under an old fence',
    caught: ['journal-7', 'journal-25', 'journal-45'],
    breaks: (whole) => ({
      append: (batches) =>
        whole.rows({}).andThen((rows) => {
          const fenceOf = new Map(rows.map(({ runId, fence }) => [runId, fence]));
          return whole.append(batches.map((one) => ({ ...one, fence: fenceOf.get(one.runId) ?? one.fence })));
        }),
    }),
  },
  {
    fault: 'answers that all is well where a batch was fenced out',
    caught: ['journal-7', 'journal-8'],
    breaks: (whole) => ({ append: (batches) => whole.append(batches).map((said) => said.map(() => 'ok')) }),
  },
  {
    fault: 'writes the batches of a call one by one',
    caught: ['journal-5'],
    breaks: (whole) => ({
      append: (batches) =>
        batches.reduce(
          (before, one) => before.andThen((said) => whole.append([one]).map((now) => [...said, ...now])),
          whole.append([]),
        ),
    }),
  },
  {
    fault: 'frees the keys of a run that ends',
    caught: ['journal-23'],
    breaks: eachBatch((one) => (one.state === 'success' ? { ...one, freeKeys: true } : one)),
  },
  {
    fault: 'never frees a key',
    caught: ['journal-23', 'journal-25'],
    breaks: eachBatch((one) => ({ ...one, freeKeys: false })),
  },
  {
    fault: 'forgets the state',
    caught: ['journal-10', 'journal-11'],
    breaks: eachBatch((one) => ({ ...one, state: undefined })),
  },
  {
    fault: 'forgets a release',
    caught: ['journal-10', 'journal-41'],
    breaks: eachBatch((one) => ({ ...one, release: false })),
  },
  {
    fault: 'loses the last event of a batch of several',
    caught: ['journal-3', 'journal-4'],
    breaks: eachBatch((one) => (one.events.length > 1 ? { ...one, events: one.events.slice(0, -1) } : one)),
  },
  {
    fault: 'takes no keys',
    caught: ['journal-20', 'journal-21', 'journal-22'],
    breaks: (whole) => ({ create: (run) => whole.create({ ...run, keys: [] }) }),
  },
  {
    fault: 'shows no more than ten events',
    caught: ['journal-4', 'journal-80'],
    breaks: (whole) => ({ read: (runId, from, limit) => whole.read(runId, from, Math.min(limit, 10)) }),
  },
  {
    fault: 'claims without raising the fence',
    caught: ['journal-41'],
    breaks: (whole) => ({
      claim: (runId, seen) =>
        whole.claim(runId, seen).map((said) => (said.claimed ? { ...said, fence: said.fence - 1 } : said)),
    }),
  },
  {
    fault: 'says that nobody can claim',
    caught: ['journal-41', 'journal-42', 'journal-43', 'journal-45', 'journal-47'],
    breaks: (whole) => ({
      claim: (runId) => whole.row(runId).map((row) => ({ claimed: false, row })),
    }),
  },
  {
    fault: 'drops heartbeats',
    caught: ['journal-46'],
    breaks: () => ({ heartbeat: () => okAsync(undefined) }),
  },
  {
    fault: 'shows everybody no mail',
    caught: ['journal-60', 'journal-61', 'journal-63'],
    breaks: () => ({ pending: () => okAsync([]) }),
  },
  {
    fault: 'prunes nothing',
    caught: ['journal-81'],
    breaks: () => ({ prune: () => okAsync(0) }),
  },
  {
    fault: 'leaves its runs owned when it closes',
    caught: ['journal-47'],
    breaks: () => ({ close: () => okAsync(undefined) }),
  },
];

test.each(faults)('a journal that $fault is caught', async ({ caught, breaks }) => {
  const subject = subjectOf(breaks);
  const failed: string[] = [];
  for (const one of journalCases) {
    const { verdict } = await putCase(one, subject);
    if (verdict === 'failed') failed.push(one.id);
  }
  expect(failed).toEqual(expect.arrayContaining([...caught]));
});

/** A memory journal with some of its verbs replaced. */
function subjectOf(breaks: Fault): JournalSubject {
  const kills = new WeakMap<object, (owner: string) => void>();
  return {
    name: 'faulty',
    traits: new Set(),
    levers: { killOwner: async (store, owner) => kills.get(store)?.(owner) },
    store: async () => {
      const shared = memoryStore();
      const journal = (): Journal => {
        const whole = memoryJournal(shared);
        const changed = breaks(whole);
        return new Proxy(whole, {
          get: (target, name) => {
            const found: unknown = Reflect.get(changed, name) ?? Reflect.get(target, name);
            return typeof found === 'function' ? found.bind(target) : found;
          },
        });
      };
      const store = { journal, copyPath: () => 'nowhere', dispose: async () => {} };
      kills.set(store, (owner) => shared.kill(owner));
      return store;
    },
  };
}
