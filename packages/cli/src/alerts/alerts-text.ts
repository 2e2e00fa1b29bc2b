/** Alerts for people: what is wrong, who was told, who has taken it, and what happens when nobody does. Pure. */

import type { Alert, AlertLine, AlertState } from '@belay/alerts';
import type { Tone } from '../paint.ts';
import { counted } from '../scanner/amount.ts';
import { type Page, type Writer, writerOn } from '../scanner/labelled.ts';
import { span } from '../span.ts';

/** All of them, the worst state first. */
export function alertLines(alerts: readonly Alert[], nowMs: number, page: Page): readonly string[] {
  const on = writerOn(page);
  if (alerts.length === 0) return on.text('No alert stands.');
  const sorted = [...alerts].sort(
    (a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.raisedAtMs - b.raisedAtMs,
  );
  return sorted.flatMap((alert, i) => [...(i === 0 ? [] : ['']), ...oneAlert(alert, nowMs, on)]);
}

const order: readonly AlertState[] = ['undeliverable', 'raised', 'told', 'acknowledged', 'resolved'];

const tones: Readonly<Record<AlertState, Tone>> = {
  undeliverable: 'red',
  raised: 'red',
  told: 'yellow',
  acknowledged: 'blue',
  resolved: 'green',
};

function oneAlert(alert: Alert, nowMs: number, on: Writer): readonly string[] {
  const { cause, state, severity, summary, source, details, raisedAtMs, raisedCount, rung, notices } = alert;
  const { acknowledged, resolved } = alert;
  const told = notices.map(({ target, status, error }) => {
    const trouble = error === undefined || status === 'delivered' ? '' : `: ${error.message}`;
    return `${target}, ${status}${trouble}`;
  });
  return [
    ...on.lead(tones[state], stateInWords[state], `: ${summary}`),
    ...on.block('  cause', [cause]),
    ...Object.entries(details).flatMap(([name, value]) =>
      String(value)
        .split('\n')
        .flatMap((line, i) => on.entry(i === 0 ? `  ${name.slice(0, 9)}` : '', line)),
    ),
    ...on.entry(
      '  since',
      `${iso(raisedAtMs)}, ${span(nowMs - raisedAtMs)} ago${raisedCount === 1 ? '' : `, raised ${counted(raisedCount, 'time')}`}; ${severity}, from ${source}`,
    ),
    ...on.entry('  told', ...(told.length === 0 ? ['nobody yet'] : told), `step ${rung + 1} of the chain`),
    ...(acknowledged === undefined
      ? []
      : on.entry('  taken by', `${acknowledged.by}, ${iso(acknowledged.atMs)}: ${acknowledged.reason}`)),
    ...(resolved === undefined
      ? []
      : on.entry('  over', `${iso(resolved.atMs)}, ${resolved.by}: ${resolved.reason}`)),
    ...(state === 'acknowledged' || state === 'resolved'
      ? []
      : on.block('  take it', [`belay alerts ack ${cause} --reason TEXT`])),
  ];
}

const stateInWords: Readonly<Record<AlertState, string>> = {
  undeliverable: 'Undeliverable',
  raised: 'Raised',
  told: 'Told',
  acknowledged: 'Taken',
  resolved: 'Resolved',
};

/** What happened to one cause, the oldest first. */
export function historyLines(cause: string, lines: readonly AlertLine[], page: Page): readonly string[] {
  const on = writerOn(page);
  if (lines.length === 0) return on.text(`Nothing ever happened to ${cause}.`);
  return [
    ...on.head(cause),
    ...lines.flatMap(({ atMs, what, text }) => on.text(`${iso(atMs)}  ${what}  ${text}`.trimEnd(), 2)),
  ];
}

function iso(ms: number): string {
  return new Date(ms).toISOString();
}
