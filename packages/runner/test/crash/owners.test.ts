// Several real processes on one journal: deaths, hangs and races for the same runs.

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Journal, openRunner, type StoredEvent, sqliteJournal } from '../../src/index.ts';
import { type Effects, openEffects } from '../../src/testkit.ts';
import { type Child, startProgram } from '../journal/child.ts';
import { opened, place } from '../journal/place.ts';
import { walking } from './graphs.ts';

const program = fileURLToPath(new URL('./owner.ts', import.meta.url));
const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

/** Waits until so many effects have happened: the process is in the middle of its work. */
async function effectsReach(effects: Effects, count: number): Promise<void> {
  while (effects.tally()._unsafeUnwrap().size < count) await pause(5);
}

async function eventsOf(journal: Journal, runId: string): Promise<readonly StoredEvent[]> {
  return (await journal.read(runId, 1, 10_000))._unsafeUnwrap();
}

test('of two processes that recover at once each run goes on in exactly one, and every effect happens once', async () => {
  using here = place();
  const [db, file] = [here.path, join(here.folder, 'effects.jsonl')];
  const effects = openEffects(file);
  const victim = startProgram(program, 'start', db, file, '30000', '12');
  await effectsReach(effects, 30);
  await victim.kill();
  const others = [1, 2].map(() => startProgram(program, 'recover', db, file, '30000', '12'));
  for (const child of others) expect(await child.line()).toEqual({ ready: true });
  for (const child of others) child.go();
  const recovered = await Promise.all(others.map((child) => child.line().then(Object.values)));
  const ids = Array.from({ length: 12 }, (_, i) => `run-${i}`);
  expect(recovered.flat().toSorted()).toEqual(ids.toSorted());
  const states = await Promise.all(others.map((child) => child.line().then(Object.values)));
  for (const seen of states) expect(new Set(seen)).toEqual(new Set(['success']));

  const journal = await opened(sqliteJournal(db));
  const tally = effects.tally()._unsafeUnwrap();
  expect(tally.size).toBe(120);
  for (const [key, { done, lines }] of tally) {
    expect([key, done]).toEqual([key, 1]);
    const owner = recovered.findIndex((list) => list.includes(key.split('/')[0]));
    // Fence 1 was the victim's; what is under fence 2 was done by the one process that recovered the run.
    const pid = lines[0]?.fence === 1 ? victim.process.pid : others[owner]?.process.pid;
    expect([key, lines[0]?.pid]).toEqual([key, pid]);
  }
  for (const id of ids) {
    const claims = (await eventsOf(journal, id)).filter(({ event }) => event.kind === 'claimed');
    expect([id, claims.map(({ fence }) => fence)]).toEqual([id, [2]]);
    expect((await journal.row(id))._unsafeUnwrap()).toMatchObject({ keysHeld: false, fence: 2 });
  }
  (await journal.close())._unsafeUnwrap();
  await Promise.all(others.map((child) => child.kill()));
});

test('a process that was stopped for longer than its lease loses its run, writes nothing more, and is told so', async () => {
  using here = place();
  const [db, file] = [here.path, join(here.folder, 'effects.jsonl')];
  const effects = openEffects(file);
  const sleeper = startProgram(program, 'start', db, file, '300');
  await effectsReach(effects, 3);
  const journal = await opened(sqliteJournal(db, { busyTimeoutMs: 50 }));
  await stop(sleeper, journal);
  await pause(350);
  const next = startProgram(program, 'recover', db, file, '300');
  await next.line();
  next.go();
  expect(Object.values(await next.line())).toEqual(['run-0']);
  expect(Object.values(await next.line())).toEqual(['success']);
  const before = await eventsOf(journal, 'run-0');

  sleeper.process.kill('SIGCONT');
  expect(Object.values(await sleeper.line())).toEqual(['fenced-out']);
  expect(await eventsOf(journal, 'run-0')).toEqual(before);
  const claimed = before.findIndex(({ event }) => event.kind === 'claimed');
  expect(before.slice(claimed).every(({ fence }) => fence === 2)).toBe(true);
  const tally = effects.tally()._unsafeUnwrap();
  expect([...tally.values()].map(({ done }) => done)).toEqual(new Array(10).fill(1));
  (await journal.close())._unsafeUnwrap();
  await Promise.all([sleeper, next].map((child) => child.kill()));
});

test('a process that waits beside it takes a dead process’s run over at once, not after half a minute of silence', async () => {
  using here = place();
  const [db, file] = [here.path, join(here.folder, 'effects.jsonl')];
  const effects = openEffects(file);
  const victim = startProgram(program, 'start', db, file);
  await effectsReach(effects, 3);
  const journal = sqliteJournal(db, { synchronous: 'normal' });
  await using runner = await openRunner({ graphs: [walking], services: { effects }, journal });
  expect((await runner.recover())._unsafeUnwrap().recovered).toEqual([]);
  await victim.kill();
  const diedAtMs = performance.now();
  expect((await runner.recover())._unsafeUnwrap().recovered).toEqual(['run-0']);
  expect(performance.now() - diedAtMs).toBeLessThan(10_000);
  expect((await runner.wait('run-0'))._unsafeUnwrap().state).toBe('success');
  const tally = effects.tally()._unsafeUnwrap();
  expect([...tally.values()].map(({ done }) => done)).toEqual(new Array(10).fill(1));
});

/** Stopped between two commits: in the middle of one the file would stay held, so that is tried again. */
async function stop({ process: of }: Child, journal: Journal): Promise<void> {
  of.kill('SIGSTOP');
  while ((await journal.heartbeat()).isErr()) {
    of.kill('SIGCONT');
    await pause(3);
    of.kill('SIGSTOP');
  }
}
