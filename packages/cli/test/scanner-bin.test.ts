// The command itself, process after process, over a folder and an SQLite file, with a policy of seconds: what counts is
// that everything between two commands lies in files, and that exit codes and streams are what the help says.

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildHouse, type House, type Said } from './scanner-house.ts';

const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));

let house: House;
beforeEach(async () => {
  house = await buildHouse();
  for (const name of ['1', '2', '3', '4']) house.store(`archives/ann/${name}.tar`);
  house.store('archives/ann/old.tar', { forgotten: true });
  house.config((all) => {
    const { policy } = all.scanner.offsite;
    // Short, and still long enough for a machine that is busy: sightings of twice the grace count.
    policy.scans = { count: 2, graceMs: 15_000, periodMs: 600_000, minAgeMs: 1_000 };
    policy.undoWindowMs = 1_000;
    policy.approval.planValidMs = 600_000;
  });
});
afterEach(() => house.tearDown());

function belay(...args: string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ['--conditions=@belay/source', bin, ...args],
      { cwd: house.path, env: { ...process.env, BELAY_USER: 'olga', NO_COLOR: '1', COLUMNS: '80' } },
      (error, data, people) => {
        const code = error === null ? 0 : Number(error.code ?? -1);
        resolve({ code, data, people });
      },
    );
  });
}

test('a life in processes of its own: scan until it is ripe, review, sweep, undo, and the last word of the ledger', async () => {
  let scan: Said = { code: -1, data: '', people: '' };
  let review: Said = scan;
  // On a busy machine a sighting may have grown too old between a scan and its review: then it goes on.
  for (let n = 0; n < 60 && !review.data.includes('archives/ann/old.tar\n  what'); n += 1) {
    scan = await belay('scan', 'offsite', '--detailed-exitcode', '--json');
    expect([0, 2], scan.people).toContain(scan.code);
    if (scan.code === 2) review = await belay('review', 'offsite');
    else await sleep(2_000);
  }
  const { digest } = JSON.parse(scan.data).plan;
  expect(digest).toMatch(/^[0-9a-f]{64}$/);
  expect(review.data).toContain('No registry has an entry for it');
  const id = /^Digest\s+(\S+)/m.exec(review.data)?.[1] ?? '';
  expect(review.people).toContain(`belay sweep ${id.slice(0, 12)} --digest`);

  const sweep = await belay('sweep', id.slice(0, 12), '--digest', id.slice(0, 12), '--json');
  expect(sweep.code, sweep.people).toBe(0);
  const { run } = JSON.parse(sweep.data).report;
  const orphan = join(house.path, 'store/archives/ann/old.tar');
  expect(existsSync(orphan)).toBe(false);
  expect((await belay('undo', run, '--reason', 'ann wants it')).code).toBe(0);
  expect(existsSync(orphan)).toBe(true);
  const verified = await belay('ledger', 'verify', '--json');
  expect(verified.code).toBe(0);
  expect(JSON.parse(verified.data)).toMatchObject({
    scope: 'offsite',
    hash: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
}, 240_000);
