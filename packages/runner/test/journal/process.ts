// One process of the journal's tests: told on its command line what to do, says what came of it in lines of JSON.

import { DatabaseSync } from 'node:sqlite';
import { sqliteJournal } from '../../src/journal/index.ts';

const [, , verb = '', path = '', owner = '', leaseMs = '30000'] = process.argv;

function say(value: unknown): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

function waitForStdin(): Promise<void> {
  return new Promise((resolve) => process.stdin.once('data', () => resolve()));
}

async function openJournal() {
  const journal = sqliteJournal(path, { busyTimeoutMs: 500 });
  const opened = await journal.open({ owner, leaseMs: Number(leaseMs), now: Date.now });
  if (opened.isErr()) say({ error: opened.error });
  return opened.isErr() ? undefined : journal;
}

const verbs: Readonly<Record<string, () => Promise<void>>> = {
  /** Starts a run, writes an event a commit for ever, and says the number of each that was acknowledged. */
  async write() {
    const journal = await openJournal();
    const event = { kind: 'created', graph: 'g', input: null, keys: [] } as const;
    const made = { runId: owner, graph: 'g', input: null, keys: [], atMs: 1, events: [event] };
    const created = await journal?.create(made);
    if (created?.isErr()) say({ error: created.error });
    for (let seq = 2; journal !== undefined; seq++) {
      const events = [{ kind: 'done', step: `step-${seq}` } as const];
      const answer = await journal.append([{ runId: owner, fence: 1, seq, atMs: 1, events }]);
      say({ seq, answer: answer.unwrapOr(['failed']) });
      await new Promise((resolve) => setImmediate(resolve));
    }
  },

  /** Opens, waits for a word, and claims every run that it sees. */
  async claim() {
    const journal = await openJournal();
    const rows = (await journal?.rows({}))?.unwrapOr([]) ?? [];
    say({ ready: true });
    await waitForStdin();
    const won: string[] = [];
    for (const { runId, fence } of rows) {
      const answer = await journal?.claim(runId, fence);
      if (answer?.isErr()) say({ error: answer.error });
      if (answer?.isOk() && answer.value.claimed) won.push(runId);
    }
    say({ won });
    await waitForStdin();
    process.exit(0);
  },

  /** Holds the file's write lock until a word comes. `owner` may be the locking mode. */
  async lock() {
    const db = new DatabaseSync(path);
    if (owner !== '') db.exec(`PRAGMA locking_mode = ${owner}`);
    db.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (x); ROLLBACK; BEGIN EXCLUSIVE');
    say({ ready: true });
    await waitForStdin();
    db.close();
    process.exit(0);
  },

  /** Opens without the rights of the superuser. */
  async ordinary() {
    if (process.getuid?.() === 0) {
      process.setgroups?.([]);
      process.setgid?.(65_534);
      process.setuid?.(65_534);
    }
    const journal = await openJournal();
    if (journal !== undefined) say({ opened: true });
    process.exit(0);
  },
};

await verbs[verb]?.();
