// What the real clouds refuse, the simulated one refuses: one case for each rule, and no rule without a case.

import { describe, expect, test } from 'vitest';
import { type RefusalRule, refusalRules, rulingOf } from '../src/refusal.ts';
import { openJudge } from './judge.ts';
import { accountRules } from './rules/account.ts';
import { addressRules } from './rules/addresses.ts';
import { attachmentRules } from './rules/attachments.ts';
import type { Rules } from './rules/case.ts';
import { dnsRules } from './rules/dns.ts';
import { instanceRules } from './rules/instances.ts';
import { quotaRules } from './rules/quotas.ts';
import { reservationRules } from './rules/reservations.ts';
import { snapshotRules } from './rules/snapshots.ts';
import { volumeRules } from './rules/volumes.ts';

const cases: Rules<RefusalRule> = {
  ...instanceRules,
  ...volumeRules,
  ...attachmentRules,
  ...snapshotRules,
  ...addressRules,
  ...dnsRules,
  ...reservationRules,
  ...quotaRules,
  ...accountRules,
};

describe('the simulated API refuses', () => {
  for (const rule of refusalRules) {
    for (const { family = 'ec2', when, ask } of cases[rule]) {
      test(`${rule}: ${when}`, async () => {
        const answer = await ask(openJudge(family));
        expect(answer.isErr() ? answer.error.rule : 'it granted the request').toBe(rule);
      });
    }
  }

  test('each rule has a case and a code in the words of both families', () => {
    for (const rule of refusalRules) {
      expect(cases[rule].length).toBeGreaterThan(0);
      expect(rulingOf(rule, 'ec2').code).not.toBe('');
      expect(rulingOf(rule, 'openstack').code).not.toBe('');
    }
  });
});
