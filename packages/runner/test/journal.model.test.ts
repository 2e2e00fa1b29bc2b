// The memory journal is what most tests run on, so it must be the SQLite journal in all but durability: whatever is
// asked of the two, in any order and by several owners, they answer the same and end up with the same rows and events.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { RunState } from '../src/event.ts';
import { memoryJournal, memoryStore, sqliteJournal } from '../src/journal/index.ts';
import type { Journal, JournalResult } from '../src/journal.ts';
import { letGo } from '../src/liveness.ts';
import { place } from './journal/place.ts';

interface World {
  open(): Journal;
  kill(owner: string): void;
}

/** One thing that is asked, or that happens. `by` picks one of three processes. */
type Act =
  | { readonly act: 'create'; readonly by: number; readonly run: number; readonly keys: readonly string[] }
  | {
      readonly act: 'append';
      readonly by: number;
      readonly batches: readonly {
        readonly run: number;
        /** Added to the run's own fence and number: nought is right. */
        readonly fence: number;
        readonly seq: number;
        readonly events: number;
        readonly state: RunState | undefined;
        readonly freeKeys: boolean;
        readonly release: boolean;
      }[];
    }
  | { readonly act: 'claim' | 'takeKeys'; readonly by: number; readonly run: number; readonly fence: number }
  | {
      readonly act: 'transfer';
      readonly by: number;
      readonly from: number;
      readonly run: number;
      readonly keys: readonly string[];
    }
  | { readonly act: 'request' | 'heartbeat' | 'kill' | 'close'; readonly by: number; readonly run: number }
  | { readonly act: 'answer' | 'answerOf'; readonly by: number; readonly request: number }
  | { readonly act: 'prune'; readonly by: number }
  | { readonly act: 'wait'; readonly ms: number };

const by = fc.nat(2);
const run = fc.nat(3);
const keys = fc.subarray(['a', 'b', 'c']);
/** Mostly right, so that the runs get somewhere. */
const mostly = fc.oneof(
  { weight: 8, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.constantFrom(-1, 1) },
);
const state = fc.constantFrom<RunState | undefined>(
  undefined,
  undefined,
  'stuck',
  'background',
  'success',
  'reverted',
);
const batch = fc.record({
  run,
  fence: mostly,
  seq: mostly,
  events: fc.nat(3),
  state,
  freeKeys: fc.boolean(),
  release: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
});
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ act: fc.constant('create' as const), by, run, keys }),
  fc.record({ act: fc.constant('create' as const), by, run, keys }),
  fc.record({ act: fc.constant('append' as const), by, batches: fc.array(batch, { maxLength: 3 }) }),
  fc.record({ act: fc.constant('append' as const), by, batches: fc.array(batch, { maxLength: 3 }) }),
  fc.record({ act: fc.constantFrom('claim' as const, 'takeKeys' as const), by, run, fence: mostly }),
  fc.record({
    act: fc.constant('transfer' as const),
    by,
    from: run,
    run: fc.integer({ min: 2, max: 5 }),
    keys,
  }),
  fc.record({
    act: fc.constantFrom('request' as const, 'heartbeat' as const, 'kill' as const, 'close' as const),
    by,
    run,
  }),
  fc.record({
    act: fc.constantFrom('answer' as const, 'answerOf' as const),
    by,
    request: fc.integer({ min: 1, max: 3 }),
  }),
  fc.record({ act: fc.constant('prune' as const), by }),
  fc.record({ act: fc.constant('wait' as const), ms: fc.constantFrom(1, 600, 1_001) }),
);

test('the memory journal and the SQLite journal answer the same, whatever they are asked', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 5, maxLength: 40 }), async (acts) => {
      using here = place();
      const shared = memoryStore();
      const memory = await play(
        { open: () => memoryJournal(shared), kill: (owner) => shared.kill(owner) },
        acts,
      );
      const sqlite = await play(
        {
          open: () => sqliteJournal(here.path, { synchronous: 'normal' }),
          kill: (owner) => letGo(`${here.path}.owners/${owner}.lock`),
        },
        acts,
      );
      expect(memory).toEqual(sqlite);
    }),
    { numRuns: 40 },
  );
}, 180_000);

/** Everything that was answered, and at the end everything that is there. */
async function play(world: World, acts: readonly Act[]): Promise<readonly unknown[]> {
  let nowMs = 1_000_000;
  let started = 0;
  const said: unknown[] = [];
  const processes: { journal: Journal; owner: string }[] = [];
  const start = async (at: number): Promise<void> => {
    const owner = `owner-${started++}`;
    const journal = world.open();
    said.push(await wordOf(journal.open({ owner, leaseMs: 1_000, now: () => nowMs })));
    processes[at] = { journal, owner };
  };
  for (const at of [0, 1, 2]) await start(at);
  const of = (at: number): Journal => {
    const found = processes[at];
    if (found === undefined) throw new Error(`no process ${at}`);
    return found.journal;
  };
  const rowOf = async (at: number, runId: string) => (await of(at).row(runId))._unsafeUnwrap();
  const newRun = (runId: string, runKeys: readonly string[]) => {
    const event = { kind: 'created', graph: 'g', input: runId, keys: runKeys } as const;
    return { runId, graph: 'g', input: runId, keys: runKeys, atMs: nowMs, events: [event] };
  };

  for (const one of acts) {
    nowMs += 1;
    switch (one.act) {
      case 'wait':
        nowMs += one.ms;
        break;
      case 'create':
        said.push(await wordOf(of(one.by).create(newRun(`run-${one.run}`, one.keys))));
        break;
      case 'append': {
        const batches = [];
        for (const { run: at, fence, seq, events, ...changes } of one.batches) {
          const row = await rowOf(one.by, `run-${at}`);
          batches.push({
            runId: `run-${at}`,
            fence: (row?.fence ?? 1) + fence,
            seq: (row?.lastSeq ?? 0) + 1 + seq,
            atMs: nowMs,
            events: Array.from({ length: events }, (_, i) => ({ kind: 'done', step: `s${i}` }) as const),
            ...changes,
          });
        }
        said.push(await wordOf(of(one.by).append(batches)));
        break;
      }
      case 'claim':
      case 'takeKeys': {
        const fence = ((await rowOf(one.by, `run-${one.run}`))?.fence ?? 1) + one.fence;
        said.push(await wordOf(of(one.by)[one.act](`run-${one.run}`, fence)));
        break;
      }
      case 'transfer':
        said.push(
          await wordOf(
            of(one.by).transfer(`run-${one.from}`, newRun(`run-${one.run}`, one.keys), 'ann', 'x'),
          ),
        );
        break;
      case 'request':
        said.push(await wordOf(of(one.by).request(`run-${one.run}`, { verb: 'resume', by: 'ann' })));
        break;
      case 'answer':
        said.push(await wordOf(of(one.by).answer(one.request, one.request)));
        break;
      case 'answerOf':
        said.push(await wordOf(of(one.by).answerOf(one.request)));
        break;
      case 'heartbeat':
        said.push(await wordOf(of(one.by).heartbeat()));
        break;
      case 'prune':
        said.push(await wordOf(of(one.by).prune(nowMs)));
        break;
      case 'kill':
        world.kill(processes[one.by]?.owner ?? '');
        await start(one.by);
        break;
      case 'close':
        said.push(await wordOf(of(one.by).close()));
        await start(one.by);
    }
    for (const at of [0, 1, 2]) {
      said.push(await wordOf(of(at).pending('owned')), await wordOf(of(at).rows({})));
    }
  }
  for (const at of [0, 1, 2, 3, 4, 5]) {
    said.push(await wordOf(of(0).row(`run-${at}`)), await wordOf(of(0).read(`run-${at}`, 1, 100)));
  }
  for (const { journal } of processes) said.push(await wordOf(journal.close()));
  return said;
}

/** The answer without the journal's name. */
async function wordOf(result: JournalResult<unknown>): Promise<unknown> {
  const settled = await result;
  return settled.isOk() ? settled.value : { kind: settled.error.kind, message: settled.error.message };
}
