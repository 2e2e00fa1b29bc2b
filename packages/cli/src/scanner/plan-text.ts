/**
 * A plan for the person who is asked about it: what would be deleted and whose, each item with its evidence, how near
 * the limits are, who must sign, what stays and why, and how to stop it. Pure.
 */

import type { Obstacles, Plan, PlanItem, Policy } from '@belay/scanner';
import { counted, grouped, inBytes, inPercent, inTime } from './amount.ts';
import { columnsOf, type Page, type Writer, writerOn } from './labelled.ts';
import { type Against, limitUses } from './limit-uses.ts';
import { amountOf, nobody, ownersOf, partsBy, stayingLines } from './plan-parts.ts';
import { stopLines } from './scan-text.ts';

/** A plan and what the person should know beside it. */
export interface PlanView {
  /** The scope's name in the config; `undefined` where only the plan's own file is known. */
  readonly scope: string | undefined;
  readonly plan: Plan;
  /** `undefined` where only the plan's own file is known. */
  readonly policy: Policy | undefined;
  /** What its limits are held against; `undefined` where only the plan's own file is known. */
  readonly limits: Against | undefined;
  /** Who holds which keys at this moment; `undefined` where nobody was asked. */
  readonly held?: ReadonlyMap<string, string> | undefined;
  /** What the store has against the items that are shown; `undefined` where it was not asked. */
  readonly obstacles?: Obstacles | undefined;
  /** Only this owner's items. */
  readonly owner?: string | undefined;
  /** How many items are shown in full. */
  readonly most: number;
}

/** The whole of it. */
export function planLines(view: PlanView, page: Page): readonly string[] {
  const on = writerOn(page);
  const { plan, scope, owner } = view;
  const items = itemsOf(plan, owner);
  return [
    ...headLines(view, on),
    ...(plan.items.length === 0 ? [] : ['', ...partLines(plan, on)]),
    ...(items.length === 0
      ? plan.items.length === 0
        ? []
        : ['', ...on.text(`The plan has nothing of ${owner}.`)]
      : ['', ...itemLines(view, items, on)]),
    ...(plan.items.length === 0 ? [] : ['', ...limitLines(view, on)]),
    ...(plan.staying.length === 0 ? [] : ['', ...stayingLines(plan.staying, on)]),
    ...(plan.items.length === 0 || scope === undefined ? [] : ['', ...stopLines(scope, on)]),
  ];
}

/** The items that are shown in full. */
export function itemsShown(
  plan: Plan,
  { owner, most }: Pick<PlanView, 'owner' | 'most'>,
): readonly PlanItem[] {
  return itemsOf(plan, owner).slice(0, most);
}

function itemsOf({ items }: Plan, owner: string | undefined): readonly PlanItem[] {
  return owner === undefined ? items : items.filter((item) => (item.owner ?? nobody) === owner);
}

function headLines({ plan, policy }: PlanView, on: Writer): readonly string[] {
  const { store, environment, scan, madeAt, expiresAt, digest, totals } = plan;
  const back =
    policy === undefined ? '' : `, from where they can be brought back for ${inTime(policy.undoWindowMs)}`;
  return [
    ...on.head(
      totals.items === 0
        ? `Nothing would be deleted from ${store} (${environment}), by scan ${scan}.`
        : `${counted(totals.items, 'item')} would be deleted from ${store} (${environment}), by scan ${scan}.`,
    ),
    ...on.block('Digest', on.isNarrow ? (digest.match(/.{1,32}/g) ?? []) : [digest]),
    ...on.entry('Made', madeAt),
    ...on.entry('Good until', expiresAt),
    ...(totals.items === 0
      ? []
      : on.entry(
          'How',
          `${amountOf(totals.items, totals.bytes)} of ${counted(totals.owners, 'owner')} would go into quarantine first${back}; only after that they are deleted.`,
        )),
  ];
}

function partLines({ items }: Plan, on: Writer): readonly string[] {
  const most = 10;
  const owners = ownersOf(items);
  const rows = owners
    .slice(0, most)
    .map(({ owner, count, bytes }) => [owner, grouped(count), inBytes(bytes)]);
  const rules = partsBy(items, (item) => item.class);
  return [
    ...on.block('By owner', columnsOf([['', 'items', 'size'], ...rows])),
    ...(owners.length > most ? on.entry('', `and ${counted(owners.length - most, 'owner')} more`) : []),
    ...on.entry(
      'By rule',
      ...rules.map(({ name, count, bytes }) => `${ruleInWords[name] ?? name}: ${amountOf(count, bytes)}`),
    ),
  ];
}

const ruleInWords: Readonly<Record<string, string>> = {
  'no-entry': 'no registry has an entry for it',
  'owner-ended': "its owner's service has ended",
};

function itemLines(view: PlanView, items: readonly PlanItem[], on: Writer): readonly string[] {
  const shown = itemsShown(view.plan, view);
  const rest = items.length - shown.length;
  return [
    ...shown.flatMap((item, i) => [...(i === 0 ? [] : ['']), ...oneItem(item, view, on)]),
    ...(rest === 0
      ? []
      : ['', ...on.text(`And ${counted(rest, 'item')} more: --all shows them, --out writes them.`)]),
  ];
}

function oneItem(item: PlanItem, { plan, policy, held, obstacles }: PlanView, on: Writer): readonly string[] {
  const { key, owner, kind, sizeBytes, why, seen, version, modifiedAt, verified } = item;
  const deleted = policy === undefined ? 'the undo window' : inTime(policy.undoWindowMs);
  const asked = policy?.references[kind] ?? [];
  const holder = held?.get(key);
  const against = obstacles?.get(key) ?? [];
  const isFree = holder === undefined && against.length === 0;
  const holding =
    plan.signatures > 0
      ? `the limits below: it waits for ${counted(plan.signatures, 'signature')}`
      : `nothing ${isFree ? '' : 'else '}that was seen; holds, claims and versions are asked again right before it goes`;
  const goes = isFree
    ? `into quarantine with the next sweep of this plan, and for good ${deleted} later`
    : 'not as things are now: a sweep of this plan leaves it';
  return [
    ...on.block('Item', [key]),
    ...on.entry('  what', `${kind}, ${inBytes(sizeBytes)}, of ${owner ?? nobody}`),
    ...on.entry('  why', why, ...(asked.length === 0 ? [] : [`asked about ${kind}: ${asked.join(', ')}`])),
    ...on.entry(
      '  seen',
      `as not needed in ${counted(seen.scans, 'complete scan')}, first in scan ${seen.firstScan}, last in scan ${seen.lastScan}`,
    ),
    ...on.entry('  written', `${modifiedAt}, version ${version}`),
    ...on.entry(
      '  checked',
      verified
        ? 'this copy is proved to be restorable; others of its owner stay'
        : 'nobody has proved that this copy can be restored',
    ),
    ...on.entry(
      '  holds it',
      ...(holder === undefined ? [] : [`${holder}: it stays while the hold stands`]),
      ...against,
      holding,
    ),
    ...on.entry('  goes', goes),
  ];
}

function limitLines({ plan, limits }: PlanView, on: Writer): readonly string[] {
  const table = limits === undefined ? [] : on.block('Limits', limitTable(plan.items, limits, on));
  const { excess, signatures } = plan;
  return [
    ...table,
    ...(limits?.before.isShared === true
      ? on.entry('', 'Runs, days and 30 days count what other scopes of the same budget took.')
      : []),
    ...(excess.length === 0
      ? on.entry('Beyond', 'none of its limits')
      : excess.flatMap(({ limit, message }, i) =>
          on.entry(i === 0 ? ['yellow', 'Beyond'] : '', `${limit}: ${message}`),
        )),
    ...on.entry(
      'Signatures',
      signatures === 0
        ? 'none is needed; the digest is asked for'
        : `${signatures} over exactly this digest, or nothing of it goes`,
    ),
    ...(signatures === 0
      ? []
      : on.block('', [`belay approve ${plan.digest.slice(0, 12)} --key FILE --by NAME`])),
  ];
}

/** How near each limit is. */
function limitTable(items: readonly PlanItem[], limits: Against, on: Writer): readonly string[] {
  const uses = limitUses(items, limits);
  if (on.isNarrow) return uses.map(({ name, share }) => `${name}: ${inPercent(share)}`);
  return columnsOf([
    ['', 'items', 'size', 'used'],
    ...uses.map(({ name, used, cap, share }) => [
      name,
      `${grouped(used.items)} of ${grouped(cap.items)}`,
      `${inBytes(used.bytes)} of ${inBytes(cap.bytes)}`,
      inPercent(share),
    ]),
  ]);
}
