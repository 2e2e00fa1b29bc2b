import { err, ok, type Result } from 'neverthrow';
import * as v from 'valibot';
import type { LeverBoard } from '../levers.ts';
import type { HttpReply, HttpRequest } from '../listen.ts';
import type { ServedWorld } from '../served-world.ts';
import { deeds } from './deeds.ts';
import { rulesSchema } from './rules.ts';

/**
 * The levers for other processes and other languages, as JSON:
 *
 *     GET    /_belay/state          everything there is
 *     GET    /_belay/events         everything that happened, in order
 *     GET    /_belay/clock          the world's time and its pace
 *     PUT    /_belay/clock          { "scale": 60 }
 *     POST   /_belay/faults         one rule, or a list of them; answers their ids
 *     DELETE /_belay/faults[/id]    takes all rules back, or one
 *     POST   /_belay/do             { "do": "outOfStock", … }; answers an id where it can be taken back
 *     DELETE /_belay/do/id          takes it back
 *     POST   /_belay/reset          a new world, as at the start
 */
export const controlPath = '/_belay/';

export interface Control {
  readonly served: ServedWorld;
  readonly levers: LeverBoard;
  readonly inForce: InForce;
  /** Absent where the world was handed in, or lies in a file. */
  readonly reset: (() => void) | undefined;
}

/** What was done and can be taken back. */
export interface InForce {
  /** Gives the id under which it can be taken back. */
  add(undo: () => void): string;
  /** False where there is nothing under this id. */
  takeBack(id: string): boolean;
  clear(): void;
}

export function inForce(): InForce {
  const undos = new Map<string, () => void>();
  let last = 0;
  return {
    add(undo) {
      last += 1;
      undos.set(String(last), undo);
      return String(last);
    },
    takeBack(id) {
      const undo = undos.get(id);
      undos.delete(id);
      undo?.();
      return undo !== undefined;
    },
    clear: () => undos.clear(),
  };
}

export function answerControl({ method, target, body }: HttpRequest, control: Control): HttpReply {
  const { pathname } = new URL(target, 'http://control');
  const [noun = '', id] = pathname.slice(controlPath.length).split('/');
  const { served } = control;
  switch (`${method} ${noun}`) {
    case 'GET state':
      return json(200, served.sim.world.state());
    case 'GET events':
      return json(200, served.sim.world.events());
    case 'GET clock':
      return json(200, timeOf(served));
    case 'PUT clock':
      return setPace(body, served);
    case 'POST faults':
      return addRules(body, control);
    case 'DELETE faults':
      if (id !== undefined) return takenBack(id, control);
      served.sim.faults.clear();
      return json(200, {});
    case 'POST do':
      return act(body, control);
    case 'DELETE do':
      return takenBack(id ?? '', control);
    case 'POST reset':
      return reset(control);
    default:
      return refused(404, `There is no ${method} ${pathname}.`);
  }
}

function timeOf({ sim: { clock }, clock: adjustable }: ServedWorld): unknown {
  const nowMs = clock.now();
  return { now: new Date(nowMs).toISOString(), nowMs, scale: adjustable?.factor };
}

const paceSchema = v.strictObject({ scale: v.pipe(v.number(), v.gtValue(0), v.finite()) });

function setPace(body: string, served: ServedWorld): HttpReply {
  return read(paceSchema, body).match(
    ({ scale }) => {
      if (served.clock === undefined) return refused(409, 'This world has a clock of its own.');
      served.clock.setFactor(scale);
      // What is under way is waited for at the old pace until something happens: this is something.
      served.world.change(() => undefined);
      return json(200, timeOf(served));
    },
    (why) => refused(400, why),
  );
}

function addRules(body: string, { served, inForce: undos }: Control): HttpReply {
  return read(rulesSchema, body).match(
    (rules) => json(201, { ids: rules.map((rule) => undos.add(served.sim.faults.add(rule))) }),
    (why) => refused(400, why),
  );
}

const deedSchema = v.looseObject({ do: v.string() });

function act(body: string, { served, levers, inForce: undos }: Control): HttpReply {
  return read(deedSchema, body)
    .andThen(({ do: name, ...details }) => {
      const deed = Object.hasOwn(deeds, name) ? deeds[name] : undefined;
      if (deed !== undefined) return checked(deed, details);
      return err(`There is no '${name}' to do, only: ${Object.keys(deeds).join(', ')}.`);
    })
    .andThen((deed) => {
      try {
        return ok(deed({ sim: served.sim, levers: levers.hands }));
      } catch (thrown) {
        // The world throws for what cannot be, such as a server that does not exist. Here that is the caller's word.
        return err(thrown instanceof Error ? thrown.message : String(thrown));
      }
    })
    .match(
      (undo) => json(200, undo === undefined ? {} : { id: undos.add(undo) }),
      (why) => refused(400, why),
    );
}

function takenBack(id: string, { inForce: undos }: Control): HttpReply {
  return undos.takeBack(id) ? json(200, {}) : refused(404, `Nothing is in force under the id '${id}'.`);
}

function reset({ reset: begin, inForce: undos, levers }: Control): HttpReply {
  if (begin === undefined)
    return refused(409, 'This world was brought along, or lies in a file: it is not thrown away from here.');
  undos.clear();
  levers.hands.expireRequests(false);
  levers.hands.refuseKeys(false);
  begin();
  return json(200, {});
}

function read<T>(schema: v.GenericSchema<unknown, T>, body: string): Result<T, string> {
  const value = parsed(body);
  return value === undefined ? err('The body is no JSON.') : checked(schema, value);
}

function checked<T>(schema: v.GenericSchema<unknown, T>, value: unknown): Result<T, string> {
  const answer = v.safeParse(schema, value);
  if (answer.success) return ok(answer.output);
  const [issue] = answer.issues;
  const path = v.getDotPath(issue);
  return err(path === null ? issue.message : `${path}: ${issue.message}`);
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function refused(status: number, message: string): HttpReply {
  return json(status, { kind: 'invalid', message });
}

function json(status: number, value: unknown): HttpReply {
  return { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` };
}
