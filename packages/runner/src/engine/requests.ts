import type { RunEvent } from '../event.ts';
import type { Request } from '../journal.ts';
import { jsonProblem } from '../json.ts';
import type { RunRecord } from './record.ts';

/** What people may ask of a run, whether it may be done now, and what it comes to. */

/** Why a request cannot be granted; `undefined` where it can. */
export function refusalOf(record: RunRecord, request: Request): string | undefined {
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
      return endedRefusal(record) ?? stillRefusal(record, request);
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

function stillRefusal(record: RunRecord, request: Stirring): string | undefined {
  switch (request.verb) {
    case 'resume':
      return record.pausedBy === undefined ? `it is not paused; it is ${record.machine.state}` : undefined;
    case 'release':
      return releaseRefusal(record, request.hold);
    case 'resolve':
      return resolveRefusal(record, request);
  }
}

/** What a granted request says in the journal. */
export function requestEvents(record: RunRecord, request: Request): readonly RunEvent[] {
  switch (request.verb) {
    case 'cancel':
      return [{ kind: 'cancelled', by: request.by, reason: request.reason }];
    case 'pause':
      return [{ kind: 'paused', by: request.by, reason: request.reason }];
    case 'revert':
      return [{ kind: 'revert-requested', by: request.by, reason: request.reason }];
    case 'seal':
      return [{ kind: 'sealed', by: request.by, reason: request.reason }];
    case 'abandon':
      return [{ kind: 'abandoned', by: request.by, reason: request.reason }];
    case 'resume':
      return [{ kind: 'resumed', by: request.by }];
    case 'release':
      return [
        {
          kind: 'released',
          hold: instancePath(record, request.hold),
          by: request.by,
          reason: request.reason,
        },
      ];
    case 'resolve': {
      const { verb: _, step, ...rest } = request;
      return [{ kind: 'resolved', step: instancePath(record, step), ...rest }];
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

function resolveRefusal(record: RunRecord, request: Request & { verb: 'resolve' }): string | undefined {
  const node = record.find(request.step);
  if (node === undefined) return `it has no step ${request.step}`;
  const verbs = record.machine.verbsFor(node);
  if (verbs.length === 0) return `step ${request.step} is not stuck; it is ${record.machine.nodeState(node)}`;
  if (!verbs.includes(request.how))
    return `step ${request.step} takes ${verbs.join(', ')}; not ${request.how}`;
  const wrong = request.output === undefined ? undefined : jsonProblem(request.output, 'output');
  return wrong === undefined ? undefined : `${wrong}, which JSON cannot carry`;
}
