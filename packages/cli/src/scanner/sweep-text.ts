/** What a sweep, an undo or a purge would do and has done, for people. Pure. */

import type { Affected, Plan, PurgeReport, SweepReport, UndoReport } from '@belay/scanner';
import { counted, inBytes, short } from './amount.ts';
import { type Page, type Writer, writerOn } from './labelled.ts';
import { amountOf, nobody, ownersOf } from './plan-parts.ts';

/** A sweep that was not asked to begin. */
export interface DryView {
  readonly plan: Plan;
  readonly scope: string;
  /** Whose signatures count. */
  readonly signers: readonly string[];
  /** What was typed to name the plan. */
  readonly typed: string;
}

const most = 10;

/** What would happen. */
export function dryLines({ plan, scope, signers, typed }: DryView, page: Page): readonly string[] {
  const on = writerOn(page);
  const { totals, digest, expiresAt, items, signatures, excess } = plan;
  const missing = Math.max(0, signatures - signers.length);
  return [
    ...on.head(`Nothing was touched. This would be swept from ${plan.store} (${plan.environment}):`),
    ...on.entry(
      'What',
      `${amountOf(totals.items, totals.bytes)} of ${counted(totals.owners, 'owner')}, into quarantine`,
    ),
    ...on.entry(
      'Whose',
      ...ownersOf(items)
        .slice(0, most)
        .map(({ owner, count, bytes }) => `${owner}: ${amountOf(count, bytes)}`),
    ),
    ...on.block('Digest', on.isNarrow ? (digest.match(/.{1,32}/g) ?? []) : [digest]),
    ...on.entry('Good until', expiresAt),
    ...excess.flatMap(({ limit, message }) => on.entry(['yellow', 'Limit'], `${limit}: ${message}`)),
    ...(signatures === 0
      ? []
      : on.entry(
          'Signatures',
          `${signers.length === 0 ? 'none' : signers.join(', ')}; ${signatures} needed${missing === 0 ? '' : `, ${missing} missing`}`,
        )),
    '',
    ...on.block('Evidence', [`belay review ${scope}`]),
    ...(missing === 0
      ? on.block('To do it', [`belay sweep ${typed} --digest ${short(digest)}`])
      : on.block('To sign it', [`belay approve ${short(digest)} --key FILE --by NAME`])),
    ...on.block('To stop it', [`belay breaker open ${scope} --reason TEXT`]),
  ];
}

/** What a sweep has done. */
export function sweptLines(
  { run, outcome, why, quarantined, stayed, conditional, signedBy }: SweepReport,
  scope: string,
  page: Page,
): readonly string[] {
  const on = writerOn(page);
  const until = quarantined[0]?.until;
  return [
    ...(outcome === 'done'
      ? on.lead('green', 'Done', `: ${counted(quarantined.length, 'item')} of ${scope} put into quarantine.`)
      : on.lead(
          'red',
          'Stopped',
          `: ${counted(quarantined.length, 'item')} of ${scope} put into quarantine before that.`,
        )),
    ...(why === undefined
      ? []
      : [
          ...on.entry('Because', why),
          ...on.entry('Breaker', 'open: nothing more is swept until a person closes it'),
        ]),
    ...on.block('Run', [run]),
    ...named(
      'Put aside',
      quarantined.map(({ key, owner }) => [key, `of ${owner ?? nobody}`] as const),
      on,
    ),
    ...(until === undefined ? [] : on.entry('Until', `${until}; only after that a purge deletes them`)),
    ...named(
      'Left alone',
      stayed.map(({ key, reasons }) => [key, Object.values(reasons).join(' ')] as const),
      on,
    ),
    ...(signedBy.length === 0 ? [] : on.entry('Signed by', signedBy.join(', '))),
    ...(conditional
      ? []
      : on.entry(
          'Note',
          'this store does not compare versions itself: belay has, before and after each removal',
        )),
    ...(quarantined.length === 0 ? [] : ['', ...on.block('To undo it', [`belay undo ${run} --reason TEXT`])]),
  ];
}

/** What came back. */
export function undoneLines({ run, restored, notYet, gone }: UndoReport, page: Page): readonly string[] {
  const on = writerOn(page);
  return [
    ...on.lead(
      notYet.length === 0 ? 'green' : 'red',
      notYet.length === 0 ? 'Back' : 'Not all is back',
      `: ${counted(restored.length, 'item')} of ${run} ${restored.length === 1 ? 'lies' : 'lie'} where ${restored.length === 1 ? 'it' : 'they'} lay.`,
    ),
    ...named(
      'Back',
      restored.map((key) => [key, ''] as const),
      on,
    ),
    ...named(
      'Not yet',
      notYet.map(({ key, why }) => [key, why] as const),
      on,
    ),
    ...(notYet.length === 0 ? [] : on.block('', [`belay undo ${run} --reason TEXT`])),
    ...(restored.length === 0
      ? []
      : on.entry(
          'Note',
          'no registry needs it yet, so another plan may take it: give it an entry, or hold it',
        )),
    ...named(
      'Gone',
      gone.map((key) => [key, 'its window was over before'] as const),
      on,
    ),
    ...(restored.length + notYet.length + gone.length === 0
      ? on.entry('', 'Nothing of this run is in quarantine.')
      : []),
  ];
}

/** What is in quarantine and when each goes. */
export interface DueView {
  readonly scope: string;
  readonly due: readonly { readonly key: string; readonly owner: string; readonly until: string }[];
  readonly waiting: readonly { readonly key: string; readonly owner: string; readonly until: string }[];
}

/** What a purge would do. */
export function dueLines({ scope, due, waiting }: DueView, page: Page): readonly string[] {
  const on = writerOn(page);
  return [
    ...on.head(
      due.length === 0
        ? `Nothing of ${scope} is due: nothing would be deleted for good.`
        : `Nothing was touched. ${counted(due.length, 'item')} of ${scope} would be deleted for good:`,
    ),
    ...named(
      'Due',
      due.map(({ key, owner, until }) => [key, `${owner}; its window ended ${until}`] as const),
      on,
    ),
    ...named(
      'Waiting',
      waiting.map(({ key, owner, until }) => [key, `${owner}; until ${until}`] as const),
      on,
    ),
    ...(due.length === 0
      ? []
      : [
          '',
          ...on.entry('First', 'each is verified once more; what is needed again is brought back instead'),
          ...on.block('To do it', [`belay purge ${scope} --for-good`]),
          ...on.block('To stop it', ['belay undo RUN --reason TEXT']),
        ]),
  ];
}

/** What a purge has done. */
export function purgedLines(
  { deleted, broughtBack, stayed }: PurgeReport,
  scope: string,
  page: Page,
): readonly string[] {
  const on = writerOn(page);
  return [
    ...on.lead(
      broughtBack.length === 0 ? 'green' : 'red',
      broughtBack.length === 0 ? 'Done' : 'Stopped',
      `: ${counted(deleted.length, 'item')} of ${scope} deleted for good.`,
    ),
    ...named(
      'Deleted',
      deleted.map((key) => [key, ''] as const),
      on,
    ),
    ...named(
      'Returned',
      broughtBack.map((key) => [key, 'it is needed again; the breaker is open'] as const),
      on,
    ),
    ...named(
      'Stay',
      stayed.map(({ key, why }) => [key, why] as const),
      on,
    ),
  ];
}

/** What a run has touched. */
export function affectedLines({ run, owners, totals }: Affected, page: Page): readonly string[] {
  const on = writerOn(page);
  if (totals.items === 0) return on.head(`The run ${run} has touched nothing.`);
  return [
    ...on.head(`The run ${run} has touched ${amountOf(totals.items, totals.bytes)}.`),
    ...on.entry('Whose', counted(owners.length, 'owner')),
    ...on.entry(
      'Way back',
      totals.restorable === 0
        ? 'none of it lies in quarantine'
        : `for ${counted(totals.restorable, 'item')}:`,
    ),
    ...(totals.restorable === 0 ? [] : on.block('', [`belay undo ${run} --reason TEXT`])),
    ...owners.flatMap(({ owner, items }) => [
      '',
      ...on.head(owner ?? nobody),
      ...items.flatMap(({ key, kind, sizeBytes, state, restorableUntil }) => [
        ...on.text(key, 2),
        ...on.text(
          `${kind}, ${inBytes(sizeBytes)}, ${stateInWords[state]}${restorableUntil === undefined ? '' : ` until ${restorableUntil}`}`,
          4,
        ),
      ]),
    ]),
  ];
}

const stateInWords: Readonly<Record<Affected['owners'][number]['items'][number]['state'], string>> = {
  intended: 'about to be put aside: whether it was, the next run asks the store',
  quarantined: 'in quarantine, can be brought back',
  restoring: 'about to be brought back: whether it was, the next run asks the store',
  restored: 'brought back',
  deleting: 'about to be deleted: whether it was, the next run asks the store',
  deleted: 'deleted for good',
  untouched: 'left where it lay: the store refused',
  lost: 'neither stored nor in quarantine, and not by belay: look for it',
};

/** Up to ten by name. */
function named(label: string, all: readonly (readonly [string, string])[], on: Writer): readonly string[] {
  if (all.length === 0) return [];
  return [
    ...on.entry(label, counted(all.length, 'item')),
    ...all
      .slice(0, most)
      .flatMap(([key, why]) => [...on.text(key, 2), ...(why === '' ? [] : on.text(why, 4))]),
    ...(all.length > most ? on.text(`and ${counted(all.length - most, 'more', 'more')}`, 2) : []),
  ];
}
