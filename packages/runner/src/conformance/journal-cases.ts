import type { JournalCase } from './journal-bench.ts';
import { journalEventCases } from './journal-event-cases.ts';
import { journalKeyCases } from './journal-key-cases.ts';
import { journalMailCases } from './journal-mail-cases.ts';
import { journalOwnerCases } from './journal-owner-cases.ts';
import { journalStoreCases } from './journal-store-cases.ts';

/** Every promise of the `Journal` port. */
export const journalCases: readonly JournalCase[] = [
  ...journalEventCases,
  ...journalKeyCases,
  ...journalOwnerCases,
  ...journalMailCases,
  ...journalStoreCases,
];
