/** The demo without a terminal: one line for each change, with the simulated time before it; or JSON lines. */

import { type Moment, type Output, outcomeOf, type Screen } from './screen.ts';

export function lineScreen(output: Output): Screen {
  const line = (text: string): void => void output.write(`${text}\n`);
  const at = ({ atMs, run }: Moment): string => `${new Date(atMs).toISOString().slice(0, 19)}Z  ${run}`;
  return {
    heading: (text) => line(`\n${text}\n`),
    text: line,
    step: (step, moment) =>
      line(`${at(moment)}  ${step.state.padEnd(13)}  ${step.step}  ${outcomeOf(step)}`.trimEnd()),
    serving: (serving, moment) => line(`${at(moment)}  ${'serving:'.padEnd(13)}  ${serving}`),
    live: () => undefined,
    record: () => undefined,
    close: () => undefined,
  };
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
