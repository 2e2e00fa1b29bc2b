/** One run with its steps: what became of each, for how long, why it failed, and what people said. Pure. */

import { servingDuring } from '@belay/planner';
import type { NodeView, NodeWord } from '@belay/runner';
import { clipped } from '../layout.ts';
import { type Paint, paintFor, type Tone } from '../paint.ts';
import type { SeenRun } from '../session/desk.ts';
import { span } from '../span.ts';
import { actionOf, time } from './job-log.ts';

const glyphs: Readonly<Record<NodeWord, string>> = {
  pending: '·',
  running: '▶',
  probing: '?',
  waiting: '‖',
  done: '✓',
  failed: '✗',
  reverting: '↶',
  reverted: '↶',
  stuck: '!',
  skipped: '–',
  background: '…',
};

const tones: Readonly<Partial<Record<NodeWord, Tone>>> = {
  running: 'blue',
  probing: 'yellow',
  waiting: 'yellow',
  done: 'green',
  failed: 'red',
  reverting: 'yellow',
  reverted: 'yellow',
  stuck: 'red',
  skipped: 'dim',
  pending: 'dim',
};

/** A headline, a line for each step, and what can be done where it waits for a person. */
export function stepsOf(
  run: SeenRun,
  { columns, colour }: { readonly columns: number; readonly colour: boolean },
): readonly string[] {
  const paint = paintFor(colour);
  const { row, view } = run;
  const head = `${row.runId}  ${actionOf(row.graph)}  ${view?.state ?? row.state}`;
  const when = `began ${time(row.createdAtMs)}, last change ${time(row.updatedAtMs)}`;
  if (view === undefined) {
    return [paint('bold', head), when, `This version has no graph ${row.graph}: its steps cannot be told.`];
  }
  const tasks = `${view.tasks.done}/${view.tasks.all} done`;
  return [
    paint('bold', clipped(head, columns)),
    clipped(`${when}  ${tasks}${ownerWords(run)}`, columns),
    ...(view.cause === undefined ? [] : [clipped(`because: ${view.cause.message}`, columns)]),
    '',
    ...view.nodes
      .filter(({ kind }) => kind === 'step' || kind === 'hold')
      .flatMap((node) => lineOf(node, columns, paint)),
    ...saidLines(run, columns),
    ...nextLines(run),
  ];
}

function ownerWords({ row }: SeenRun): string {
  if (row.ownerIs === 'live') return `  carried on by ${row.owner ?? 'somebody'}`;
  const ended = row.state === 'success' || row.state === 'reverted' || row.state === 'abandoned';
  return ended ? '' : '  nobody carries it on';
}

function lineOf(node: NodeView, columns: number, paint: Paint): readonly string[] {
  const { at, title, state, run, revert, attempts, progress, errors, adopted, ask } = node;
  const width = Math.min(34, Math.max(16, Math.floor(columns / 3)));
  const took = (revert ?? run)?.durationMs;
  const words = [
    state,
    ...(took === undefined ? [] : [span(took)]),
    ...(servingDuring(at) === 'nobody' ? ['nobody serves'] : []),
    ...(attempts > 1 ? [`${attempts} attempts`] : []),
    ...(adopted === true ? ['had happened already'] : []),
    ...(state === 'running' && progress !== undefined ? [progressWords(progress)] : []),
    ...(state === 'waiting' && ask !== undefined ? [ask] : []),
  ];
  const tone = tones[state];
  const glyph = tone === undefined ? glyphs[state] : paint(tone, glyphs[state]);
  const name = clipped(title ?? at, width).padEnd(width);
  const lines = [`  ${glyph} ${name} ${clipped(words.join(' · '), columns - width - 5)}`];
  const last = errors.at(-1);
  if (last !== undefined && state !== 'done')
    lines.push(clipped(`      ${last.during}: ${last.error.message}`, columns));
  return lines;
}

/** Never 100 before it is done. */
function progressWords({ fraction, note }: NonNullable<NodeView['progress']>): string {
  return note ?? `${Math.min(99, Math.floor(fraction * 100))} %`;
}

function saidLines({ view }: SeenRun, columns: number): readonly string[] {
  const said = view?.said ?? [];
  if (said.length === 0) return [];
  return [
    '',
    ...said.map(({ what, at, by, reason, step }) =>
      clipped(
        `  ${at.slice(0, 19)}Z  ${by} ${what}${step === undefined ? '' : ` ${step}`}${reason === undefined ? '' : `: ${reason}`}`,
        columns,
      ),
    ),
  ];
}

/** Whole command lines for whoever is asked. */
function nextLines({ row, view }: SeenRun): readonly string[] {
  const waiting = view?.waiting ?? [];
  const stuck = view?.nodes.filter(({ state }) => state === 'stuck') ?? [];
  const ended = row.state === 'success' || row.state === 'reverted' || row.state === 'abandoned';
  const orphan = !ended && row.ownerIs !== 'live' && waiting.length === 0 && stuck.length === 0;
  return [
    ...waiting.map((hold) => `Let it go on: belay release ${row.runId} ${hold} --reason …`),
    ...stuck.map(({ at }) => `Settle it: belay resolve ${row.runId} ${at} retry --reason …`),
    ...(orphan ? [`Carry it on: belay apply ${row.runId}`] : []),
  ];
}
