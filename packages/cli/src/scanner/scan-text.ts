/**
 * A scan for the person who reads it: what was seen, what nobody needs, whose it is, why it would go and when, what
 * would change that, and how to stop it. Pure.
 */

import type { Breaker, Plan, ScanReport } from '@belay/scanner';
import { counted, inBytes } from './amount.ts';
import { type Page, type Writer, writerOn } from './labelled.ts';
import { amountOf, ownersOf, stayingLines } from './plan-parts.ts';

/** What a scan came to, with what follows from it. */
export interface ScanView {
  /** The scope's name in the config. */
  readonly scope: string;
  readonly report: ScanReport;
  readonly breaker: Breaker;
  /** What the scan leads to; `undefined` where it is inconclusive, or no plan could be made. */
  readonly plan: Plan | undefined;
  /** Can this config sweep at all? */
  readonly canSweep: boolean;
}

/** The whole of it. */
export function scanLines(view: ScanView, page: Page): readonly string[] {
  const on = writerOn(page);
  return view.report.outcome === 'inconclusive' ? inconclusive(view, on) : complete(view, on);
}

function inconclusive({ scope, report }: ScanView, on: Writer): readonly string[] {
  const { run, doubts, keys } = report;
  return [
    ...on.lead('red', 'Inconclusive', `: the scan ${run} of ${scope} proves nothing.`),
    ...on.text('Nothing was flagged, cleared or deleted, and no entry of a registry was changed.'),
    '',
    ...doubts.flatMap(({ rule, message }, i) => [
      ...on.entry(i === 0 ? 'Because' : '', message),
      ...on.entry('', `(${rule})`),
    ]),
    ...seenLines(keys, on),
    ...on.entry(
      'Breaker',
      'open: nothing is swept or deleted until a person closes it. People have been told.',
    ),
    '',
    ...on.entry('What to do', 'Find out which side is wrong, and mend it. Then, by name:'),
    ...on.block('', [`belay breaker close ${scope} --reason TEXT`, `belay scan ${scope}`]),
  ];
}

function complete(view: ScanView, on: Writer): readonly string[] {
  const { scope, report, breaker, plan } = view;
  const { number, at, orphans, inDoubt, missing, neededInQuarantine, keys } = report;
  const needed = missing.reduce((sum, { count }) => sum + count, 0);
  const flagged = orphans['no-entry'].items + orphans['owner-ended'].items;
  return [
    ...on.lead('green', 'Complete', `: scan ${number} of ${scope}, ${at}.`),
    ...on.text('Nothing was deleted: a scan looks, and remembers what it saw.'),
    '',
    ...seenLines(keys, on),
    ...on.entry(
      'Not needed',
      ...(flagged === 0 ? ['nothing: every item has an entry that needs it'] : []),
      ...(orphans['no-entry'].items === 0
        ? []
        : [`${amount(orphans['no-entry'])}: no registry has an entry for them`]),
      ...(orphans['owner-ended'].items === 0
        ? []
        : [`${amount(orphans['owner-ended'])}: their owner's service has ended`]),
    ),
    ...(inDoubt === 0 ? [] : on.entry('In doubt', `${counted(inDoubt, 'item')}, and so kept`)),
    ...missingLines(missing, needed, on),
    ...neededInQuarantine.flatMap(({ key, run }) => [
      ...on.entry(['red', 'Act now'], `${key} is needed and lies in quarantine:`),
      ...on.block('', [`belay undo ${run} --reason TEXT`]),
    ]),
    ...(plan === undefined ? [] : planLines(view, plan, on)),
    ...breakerLines(scope, breaker, on),
    ...(flagged === 0 ? [] : ['', ...stopLines(scope, on)]),
  ];
}

function seenLines(keys: ScanReport['keys'], on: Writer): readonly string[] {
  const sides = Object.entries(keys).map(([side, count]) => `${side}: ${counted(count, 'key')}`);
  return sides.length === 0 ? [] : on.entry('Seen', ...sides);
}

function missingLines(missing: ScanReport['missing'], needed: number, on: Writer): readonly string[] {
  if (needed === 0) return [];
  return on.entry(
    'Missing',
    `${counted(needed, 'needed item')} not stored. No entry was changed; look for them:`,
    ...missing.slice(0, 5).map(({ owner, count, sample: [one] }) => {
      return `${owner ?? '(no owner)'}: ${count}, such as ${one?.key} (needed by ${one?.registry})`;
    }),
    'Nothing else of these owners goes until that is explained.',
  );
}

function planLines({ scope, canSweep, report }: ScanView, plan: Plan, on: Writer): readonly string[] {
  const { items, excess, signatures } = plan;
  const whose = ownersOf(items)
    .slice(0, 5)
    .map(({ owner, count, bytes }) => `${owner}: ${amountOf(count, bytes)}`);
  return [
    '',
    ...on.entry(
      'Would go',
      ...(items.length === 0
        ? ['nothing now']
        : [`${amountOf(items.length, plan.totals.bytes)}, whose:`, ...whose]),
    ),
    ...items
      .slice(0, 3)
      .flatMap(({ key, why }) => [...on.block('', [key]), ...on.text(why, on.isNarrow ? 4 : 14)]),
    ...(items.length > 3 ? on.entry('', `and ${counted(items.length - 3, 'more', 'more')}`) : []),
    ...excess.flatMap(({ limit, message }) => on.entry(['yellow', 'Limit'], `${limit}: ${message}`)),
    ...(signatures === 0
      ? []
      : on.entry(
          '',
          `Nothing of it goes without ${counted(signatures, 'signature')} over exactly this plan.`,
        )),
    ...stayingLines(plan.staying, on),
    ...(items.length === 0
      ? []
      : [
          '',
          ...on.entry('Next', 'Look at each item and its evidence; nothing happens by looking:'),
          ...on.block('', [`belay review ${report.run}`]),
          ...(canSweep ? [] : on.entry('', `This config has no scanner.${scope}.sweeper: it can only look.`)),
        ]),
  ];
}

function breakerLines(scope: string, breaker: Breaker, on: Writer): readonly string[] {
  if (breaker.state === 'closed') return [];
  return [
    '',
    ...on.entry(
      ['red', 'Breaker'],
      `open since ${breaker.since}: nothing is swept or deleted.`,
      ...breaker.doubts.map(({ rule, message }) => `${message} (${rule})`),
    ),
    ...on.block('', [`belay breaker close ${scope} --reason TEXT`]),
  ];
}

/** The ways to stop what would go. */
export function stopLines(scope: string, on: Writer): readonly string[] {
  return [
    ...on.block('To stop it', [`belay hold add ${scope} KEY --reason TEXT`]),
    ...on.entry('', 'keeps one item; an entry in a registry does, too'),
    ...on.block('', [`belay breaker open ${scope} --reason TEXT`]),
    ...on.entry('', 'stops everything, now'),
  ];
}

function amount({ items, bytes }: { readonly items: number; readonly bytes: number }): string {
  return `${counted(items, 'item')}, ${inBytes(bytes)}`;
}
