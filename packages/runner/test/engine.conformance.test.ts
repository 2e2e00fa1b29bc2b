import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type EngineStore, type EngineSubject, engineCases, putCase } from '../src/conformance.ts';
import {
  type Journal,
  memoryJournal,
  memoryStore,
  openRunner,
  type Runner,
  sqliteJournal,
} from '../src/index.ts';
import { letGo } from '../src/liveness.ts';
import { jumpingClock } from './conformance/jumping-clock.ts';
import { mutable } from './conformance/mutable.ts';

/** What a store needs for the levers: its clock, and how one of its runners dies. */
interface Levers {
  readonly jump: (byMs: number) => void;
  readonly deaths: Map<Runner, () => void>;
}
const leversOf = new WeakMap<EngineStore, Levers>();

function subjectOf(
  name: string,
  place: () => { journal: () => Journal; kill: (owner: string) => void; dispose: () => void },
): EngineSubject {
  return {
    name,
    traits: new Set(),
    levers: {
      crash: async (store, runner) => leversOf.get(store)?.deaths.get(runner)?.(),
      advance: async (store, byMs) => leversOf.get(store)?.jump(byMs),
    },
    store: async () => {
      const { journal, kill, dispose } = place();
      const clock = jumpingClock();
      const deaths = new Map<Runner, () => void>();
      const store: EngineStore = {
        open: async (graphs, services) => {
          const owner = `owner-${deaths.size}`;
          const { journal: own, mute } = mutable(journal());
          const runner = await openRunner({
            graphs,
            services,
            journal: own,
            clock,
            owner,
          });
          deaths.set(runner, () => {
            mute();
            kill(owner);
          });
          return runner;
        },
        dispose: async () => dispose(),
      };
      leversOf.set(store, { jump: clock.jump, deaths });
      return store;
    },
  };
}

const memory = subjectOf('memory', () => {
  const shared = memoryStore();
  return { journal: () => memoryJournal(shared), kill: (owner) => shared.kill(owner), dispose: () => {} };
});

const sqlite = subjectOf('sqlite', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-engine-')));
  const path = join(folder, 'journal.db');
  return {
    journal: () => sqliteJournal(path, { synchronous: 'normal' }),
    kill: (owner) => letGo(join(`${path}.owners`, `${owner}.lock`)),
    dispose: () => rmSync(folder, { recursive: true, force: true }),
  };
});

describe.each([memory, sqlite])('the local engine on $name', (subject) => {
  test.each(engineCases)('$id: $title', async (one) => {
    expect(await putCase(one, subject)).toEqual({ id: one.id, title: one.title, verdict: 'passed' });
  });
});
