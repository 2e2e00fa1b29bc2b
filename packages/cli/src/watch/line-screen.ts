/** A run without a terminal: one line for each change, with the time before it, and a heartbeat; or JSON lines. */

import type { Clock } from '@belay/cloud';
import { clockTime } from '../span.ts';
import { type Moment, type Output, outcomeOf, type Screen, type Status } from './screen.ts';

/** Says now and then that the run goes on, and what it waits for. */
export interface Heartbeat {
  readonly clock: Clock;
  /** 30 s where absent. */
  readonly everyMs?: number | undefined;
}

/** A line for each change. Without a heartbeat it is silent while nothing changes. */
export function lineScreen(output: Output, heartbeat?: Heartbeat): Screen {
  const line = (text: string): void => void output.write(`${text}\n`);
  let cancel = (): void => undefined;
  const beat = (status: () => Status): void => {
    if (heartbeat === undefined) return;
    cancel = heartbeat.clock.after(heartbeat.everyMs ?? 30_000, () => {
      line(heartbeatLine(status()));
      beat(status);
    });
  };
  return {
    heading: (text) => line(`\n${text}\n`),
    text: line,
    step: (step, moment) =>
      line(`${at(moment)}  ${step.state.padEnd(13)}  ${step.step}  ${outcomeOf(step)}`.trimEnd()),
    serving: (serving, moment) => line(`${at(moment)}  ${'serving:'.padEnd(13)}  ${serving}`),
    live(status) {
      cancel();
      if (status !== undefined) beat(status);
    },
    record: () => undefined,
    close: () => cancel(),
  };
}

/** Names what is waited for, so that a log without changes is no riddle. */
export function heartbeatLine({ active, nowMs, serving, servingForMs, done, total }: Status): string {
  const waits = active
    .map(
      ({ step, sinceMs, note }) =>
        `${step} ${clockTime(nowMs - sinceMs)}${note === undefined ? '' : ` (${note})`}`,
    )
    .join(', ');
  const who = serving === 'nobody' ? `nobody ${clockTime(servingForMs)}` : serving;
  return `${time(nowMs)}  ${'waits for'.padEnd(13)}  ${waits || 'a person'}  ${done}/${total}  serving: ${who}`;
}

function at({ atMs, run }: Moment): string {
  return `${time(atMs)}  ${run}`;
}

function time(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** One JSON value a line, and nothing for people between them. */
export function jsonScreen(output: Output): Screen {
  const none = (): void => undefined;
  return {
    heading: none,
    text: none,
    step: none,
    serving: none,
    live: none,
    record: (record) => void output.write(`${JSON.stringify(record)}\n`),
    close: none,
  };
}
