// The test kit: effects keep their types, and what may not be there must be asked for.
import { type Failure, type Journal, memoryJournal, type RunnerOptions } from '@belay/runner';
import {
  type CrashChild,
  type CrashReport,
  crashChild,
  crashMatrix,
  type Effects,
  killJournal,
  type VirtualClock,
  virtualClock,
} from '@belay/runner/testkit';
import type { Result, ResultAsync } from 'neverthrow';
import { expectAssignable, expectError, expectType } from 'tsd';

declare const effects: Effects;
expectType<Result<{ id: string }, Failure>>(effects.once('key', { id: 'vol-1' }));
expectType<Result<{ id: string } | undefined, Failure>>(effects.find<{ id: string }>('key'));
expectAssignable<Result<string, Failure>>(effects.again({ key: 'key', fence: 1 }, 'sent'));
// An effect's value must survive its file.
expectError(effects.once('key', new Date(0)));

expectType<CrashChild | undefined>(crashChild());
expectType<ResultAsync<CrashReport, Failure>>(
  crashMatrix({ program: 'child.ts', dir: 'crashes', points: [1, 2] }),
);
expectError(crashMatrix({ program: 'child.ts' }));

expectAssignable<Journal>(killJournal(memoryJournal(), { at: 3, when: 'before' }));
expectError(killJournal(memoryJournal(), { at: 3, when: 'during' }));

expectType<VirtualClock>(virtualClock());
expectAssignable<RunnerOptions<[]>['clock']>(virtualClock());
