import type { AskedEvent, RunEvent } from '../event.ts';
import type { Request } from '../journal.ts';
import type { RunRecord } from './record.ts';
import { keep, Unkept } from './values.ts';

/** What people may ask of a run, whether it may be done now, and what it comes to. */

/** Why a request cannot be granted; `undefined` where it can. */
export function refusalOf(record: RunRecord, request: Request, maxBytes: number): string | undefined {
  switch (request.verb) {
    case 'cancel':
    case 'pause':
    case 'revert':
    case 'seal':
    case 'abandon':
      return record.machine.refuses(request.verb);
    case 'resume':
    case 'release':
    case 'resolve':
      return endedRefusal(record) ?? stillRefusal(record, request, maxBytes);
  }
}

/** A run that was given up keeps its stuck steps and holds, and nothing is to come of them any more. */
function endedRefusal(record: RunRecord): string | undefined {
  const { state } = record.machine;
  return state === 'success' || state === 'reverted' || state === 'abandoned'
    ? `it has ended: ${state}`
    : undefined;
}

type Stirring = Request & { readonly verb: 'resume' | 'release' | 'resolve' };

function stillRefusal(record: RunRecord, request: Stirring, maxBytes: number): string | undefined {
  switch (request.verb) {
    case 'resume':
      return record.pausedBy === undefined ? `it is not paused; it is ${record.machine.state}` : undefined;
    case 'release':
      return releaseRefusal(record, request.hold);
    case 'resolve':
      return resolveRefusal(record, request, maxBytes);
  }
}

/** What a granted request says in the journal. `id`: its number in the mail, where it came that way. */
export function requestEvent(record: RunRecord, request: Request, id: number | undefined): RunEvent {
  const event = eventOf(record, request);
  return id === undefined ? event : { ...event, request: id };
}

function eventOf(record: RunRecord, request: Request): AskedEvent {
  switch (request.verb) {
    case 'cancel':
      return { kind: 'cancelled', by: request.by, reason: request.reason };
    case 'pause':
      return { kind: 'paused', by: request.by, reason: request.reason };
    case 'revert':
      return { kind: 'revert-requested', by: request.by, reason: request.reason };
    case 'seal':
      return { kind: 'sealed', by: request.by, reason: request.reason };
    case 'abandon':
      return { kind: 'abandoned', by: request.by, reason: request.reason };
    case 'resume':
      return { kind: 'resumed', by: request.by };
    case 'release':
      return {
        kind: 'released',
        hold: instancePath(record, request.hold),
        by: request.by,
        reason: request.reason,
      };
    case 'resolve': {
      const { verb: _, step, ...rest } = request;
      return { kind: 'resolved', step: instancePath(record, step), ...rest };
    }
  }
}

function instancePath(record: RunRecord, path: string): string {
  const node = record.find(path);
  return node === undefined ? path : record.pathOf(node);
}

function releaseRefusal(record: RunRecord, hold: string): string | undefined {
  const node = record.find(hold);
  if (node === undefined || record.node(node).kind !== 'hold') return `it has no hold ${hold}`;
  const state = record.machine.nodeState(node);
  return state === 'running' ? undefined : `the hold ${hold} does not wait; it is ${state}`;
}

function resolveRefusal(
  record: RunRecord,
  request: Request & { verb: 'resolve' },
  maxBytes: number,
): string | undefined {
  const { step, how, output } = request;
  const node = record.find(step);
  if (node === undefined) return `it has no step ${step}`;
  const verbs = record.machine.verbsFor(node);
  if (verbs.length === 0) return `step ${step} is not stuck; it is ${record.machine.nodeState(node)}`;
  if (!verbs.includes(how)) return `step ${step} takes ${verbs.join(', ')}; not ${how}`;
  if (how === 'mark-done' && output === undefined && record.isNeeded(node))
    return `others need the output of step ${step}: say it (null where it gives nothing)`;
  const checked = keep(output, 'output', maxBytes);
  return checked instanceof Unkept ? checked.problem : undefined;
}
