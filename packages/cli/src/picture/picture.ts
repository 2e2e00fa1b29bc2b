/** `belay picture`: a plan or a run as a picture: SVG, Mermaid, DOT, or layers of text for a terminal. */

import { type Plan, verifyPlan } from '@belay/planner';
import { type Shape, type StoredEvent, toDot, toMermaid, viewOf } from '@belay/runner';
import { err, ok, type Result } from 'neverthrow';
import { type Call, type Command, defineCommand } from '../command.ts';
import { exit } from '../exit.ts';
import { findPlan } from '../plan/plan-store.ts';
import { runNamed } from '../run/find-run.ts';
import { type Desk, openDesk, seeRun, shapeOfRun } from '../session/desk.ts';
import { drawRun } from '../watch/picture.ts';
import { withOpened } from '../with-session.ts';
import { asciiOf } from './ascii.ts';

const options = {
  svg: { type: 'boolean', help: 'an SVG document' },
  mermaid: { type: 'boolean', help: 'a Mermaid flowchart' },
  dot: { type: 'boolean', help: 'a graph for Graphviz' },
  ascii: { type: 'boolean', help: 'layers of text; this one where none is named' },
} as const;

type PictureCall = Call<typeof options>;

export const picture: Command = defineCommand({
  name: 'picture',
  summary: 'Draw a plan or a run',
  usage: '<run|plan> [--svg|--mermaid|--dot|--ascii]',
  about: 'Goes to standard output. A run is drawn as it went, reverts included; a plan as it would go.',
  options,
  words: { least: 1, most: 1 },
  examples: [
    'belay picture p-7f3a91c2',
    'belay picture last --svg > run.svg',
    'belay picture plan.json --mermaid',
  ],
  exits: {},
  async run(call) {
    const { svg, mermaid, dot, ascii } = call.options;
    if ([svg, mermaid, dot, ascii].filter((each) => each).length > 1) {
      call.out.say('belay picture: one of --svg, --mermaid, --dot and --ascii.');
      return exit.error;
    }
    return await withOpened(call, openDesk(call), (desk) => drawn(call, desk));
  },
});

interface Drawable {
  readonly shape: Shape;
  readonly events: readonly StoredEvent[];
}

async function drawn(call: PictureCall, desk: Desk): Promise<number> {
  const found = await drawable(call, desk);
  if (found.isErr()) {
    call.out.say(`belay picture: ${found.error}`);
    return exit.error;
  }
  const { shape, events } = found.value;
  const view = events.length === 0 ? undefined : viewOf(shape, events, desk.clock.now());
  const { svg, mermaid, dot } = call.options;
  const text = svg
    ? drawRun(shape, events)
    : mermaid
      ? toMermaid(shape, view)
      : dot
        ? toDot(shape, view)
        : asciiOf(shape, view, call.page).join('\n');
  call.out.data(text.trimEnd());
  return exit.done;
}

/** A run where there is one of that name; else a plan. */
async function drawable(call: PictureCall, desk: Desk): Promise<Result<Drawable, string>> {
  const [word = ''] = call.words;
  const rows = desk.runner === undefined ? ok([]) : await desk.runner.list();
  const row = rows.isOk() ? runNamed(rows.value, word) : undefined;
  if (row !== undefined) {
    const seen = await seeRun(desk, row);
    if (seen.isErr()) return err(seen.error.message);
    const { shape, events } = seen.value;
    return shape === undefined ? err(`this version has no graph ${row.graph}`) : ok({ shape, events });
  }
  const found = await findPlan(desk.loaded, word, call.folder);
  if (found.isErr()) return err(found.error.message);
  return planIn(found.value).andThen(({ planId, run }) => {
    if (run === undefined) return err(`plan ${planId} has nothing to run`);
    const shape = shapeOfRun(desk.planner, {
      graph: run.graph,
      input: JSON.parse(JSON.stringify(run.input)),
    });
    return shape === undefined ? err(`this version has no graph ${run.graph}`) : ok({ shape, events: [] });
  });
}

/** However old it has grown: a picture runs nothing. */
function planIn(value: unknown): Result<Plan, string> {
  const then: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'createdAt') : '';
  return verifyPlan(value, { now: String(then) }).mapErr(({ message }) => message);
}
