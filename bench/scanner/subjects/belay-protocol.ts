/**
 * A whole first scan: both sides asked, witnessed, merged and attested, every orphan flagged in a durable ledger, and the
 * scan concluded.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLedger, openScanner, policyOf, systemClock } from '@belay/scanner';
import { memoryAlerts } from '@belay/scanner/memory';
import { inventoryOf, inventorySource, registryOf, registrySource } from './sides.ts';
import { answer } from './task.ts';

const [stored = '', needed = ''] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'belay-bench-'));
const hourMs = 3_600_000;
const amount = { items: 1_000, bytes: 1_000 };
const caps = {
  run: amount,
  day: amount,
  thirtyDays: amount,
  share: { total: 0.01, owner: 0.01, prefix: 0.01 },
  shareFromItems: 0,
};
const bound = { rows: 10, share: 0.1 };

try {
  const scanner = openScanner({
    name: 'bench',
    policy: policyOf({
      environment: 'bench',
      scope: { prefixes: ['archives/'], kinds: ['archive'] },
      expect: { inventory: inventorySource, registries: { needed: registrySource } },
      references: { archive: ['needed'] },
      withoutCanaries: ['stored', 'needed'],
      scans: { count: 3, graceMs: 168 * hourMs, periodMs: 24 * hourMs, minAgeMs: 24 * hourMs },
      ownerEnded: { graceMs: 720 * hourMs, newOwners: 10 },
      unknownOwners: 'keep',
      belief: {
        clockToleranceMs: 60_000,
        unknownShare: 0.001,
        shrink: bound,
        growth: bound,
        vanished: bound,
      },
      caps: { 'no-entry': caps, 'owner-ended': caps },
      copies: { archive: { active: 0, ended: 0 } },
      selfDescription: 'not-used',
      undoWindowMs: 720 * hourMs,
      approval: { approvers: [], twoAbove: amount, planValidMs: hourMs },
    })._unsafeUnwrap(),
    ledger: openLedger({ path: join(folder, 'ledger.db'), id: 'bench' })._unsafeUnwrap(),
    inventory: inventoryOf(stored, Date.now),
    registries: [registryOf(needed, Date.now)],
    alerts: memoryAlerts().port,
    clock: systemClock,
    nonce: () => crypto.randomUUID(),
  })._unsafeUnwrap();
  const report = (await scanner.scan())._unsafeUnwrap();
  if (report.outcome !== 'complete') throw new Error(report.doubts.map(({ message }) => message).join(' '));
  const missing = report.missing.reduce((sum, { count }) => sum + count, 0);
  answer({ orphans: report.orphans['no-entry'].items, missing });
} finally {
  rmSync(folder, { recursive: true });
}
