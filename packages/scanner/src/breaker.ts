/**
 * The breaker: open, nothing is swept. Any doubt opens it, a restart does not close it, and only a named person does,
 * with a reason that stays in the ledger.
 */

import { err, errAsync, ok, type Result } from 'neverthrow';
import type { Call, SideResult } from './call.ts';
import type { Doubt } from './doubt.ts';
import type { RunId } from './key.ts';
import type { Engine } from './options.ts';
import { type ScannerError, scannerError } from './scanner-error.ts';

/** How the breaker stands. */
export type Breaker =
  | { readonly state: 'closed' }
  | { readonly state: 'open'; readonly since: string; readonly doubts: readonly Doubt[] };

/** A person's word. */
export interface Closing {
  /** Who, by name. */
  readonly by: string;
  /** What was found, and why it is safe to go on. */
  readonly reason: string;
  /** `begin-anew`: what there is now is right, and the next scan is not held against the last one's counts. */
  readonly counts: 'keep' | 'begin-anew';
}

type Memory = Pick<Engine, 'ledger' | 'clock'>;

/** How it stands now. */
export function breakerOf({ ledger }: Pick<Memory, 'ledger'>): Result<Breaker, ScannerError> {
  return ledger.log.last('breaker-opened', 'breaker-closed').map((line): Breaker => {
    if (line === undefined || line.event.kind === 'breaker-closed') return { state: 'closed' };
    return { state: 'open', since: new Date(line.atMs).toISOString(), doubts: line.event.doubts };
  });
}

/** Opens it, and tells people. What the ledger says does not depend on whether they could be told. */
export function openBreaker(
  engine: Engine,
  doubts: readonly Doubt[],
  at: Call & { readonly fence: number; readonly run?: RunId },
): SideResult<void> {
  const { ledger, alerts, clock } = engine;
  const rules = [...new Set(doubts.map(({ rule }) => rule))].join(', ');
  return ledger.log
    .append({ kind: 'breaker-opened', run: at.run, doubts }, { atMs: clock.now(), fence: at.fence })
    .asyncAndThen(() =>
      alerts.raise(
        {
          cause: `scanner/${ledger.id}/breaker`,
          severity: 'page',
          title: `The scanner has stopped: ${rules}.`,
          detail: [
            ...doubts.map(({ message }) => message),
            'Nothing is deleted until a named person closes the breaker with a reason.',
          ].join('\n'),
        },
        at,
      ),
    );
}

/** Closes it. A person without a name, or without a reason, does not; nor where nobody could be told the next time. */
export function closeBreaker(engine: Engine, closing: Closing, call: Call): SideResult<void> {
  const { ledger, clock, alerts } = engine;
  const { by, reason, counts } = closing;
  if (by.trim() === '' || reason.trim() === '') {
    return errAsync(scannerError('invalid', 'Closing the breaker takes a name and a reason.'));
  }
  return alerts
    .resolve(`scanner/${ledger.id}/breaker`, call)
    .andThen(() => ledger.fence())
    .andThen((fence) =>
      ledger.log.append({ kind: 'breaker-closed', by, reason, counts }, { atMs: clock.now(), fence }),
    );
}

/** An error where it is open. */
export function mustBeClosed(memory: Pick<Memory, 'ledger'>): Result<void, ScannerError> {
  return breakerOf(memory).andThen((breaker) =>
    breaker.state === 'closed'
      ? ok(undefined)
      : err(
          scannerError(
            'breaker-open',
            `The breaker is open since ${breaker.since}: ${breaker.doubts.map(({ message }) => message).join(' ')}`,
          ),
        ),
  );
}
