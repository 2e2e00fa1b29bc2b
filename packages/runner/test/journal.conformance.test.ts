import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type JournalSubject, journalCases, putCase } from '../src/conformance.ts';
import { memoryJournal, memoryStore, sqliteJournal } from '../src/journal/index.ts';
import { letGo } from '../src/liveness.ts';

/** Stores and the levers that need more than the port to be pulled. */
const kills = new WeakMap<object, (owner: string) => void>();

const memory: JournalSubject = {
  name: 'memory',
  traits: new Set(),
  levers: { killOwner: async (store, owner) => kills.get(store)?.(owner) },
  store: async () => {
    const shared = memoryStore();
    const store = {
      journal: () => memoryJournal(shared),
      copyPath: () => 'nowhere',
      dispose: async () => {},
    };
    kills.set(store, (owner) => shared.kill(owner));
    return store;
  },
};

const sqlite: JournalSubject = {
  name: 'sqlite',
  traits: new Set(),
  levers: {
    killOwner: async (store, owner) => kills.get(store)?.(owner),
    openCopy: (path) => sqliteJournal(path),
  },
  store: async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'belay-journal-')));
    const path = join(folder, 'journal.db');
    const store = {
      journal: () => sqliteJournal(path),
      copyPath: () => join(folder, 'copy.db'),
      dispose: async () => rmSync(folder, { recursive: true, force: true }),
    };
    kills.set(store, (owner) => letGo(join(`${path}.owners`, `${encodeURIComponent(owner)}.lock`)));
    return store;
  },
};

describe.each([memory, sqlite])('the $name journal', (subject) => {
  test.each(journalCases)('$id: $title', async (one) => {
    const result = await putCase(one, subject);
    const due = subject.name === 'memory' && one.levers.includes('openCopy') ? 'out-of-reach' : 'passed';
    expect(result.verdict, result.detail).toBe(due);
  });
});
