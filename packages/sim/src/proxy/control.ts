import type { IncomingMessage } from 'node:http';
import { err, ok, type Result } from 'neverthrow';
import type { CallLog } from './call-log.ts';
import { type ProxyError, proxyError } from './error.ts';
import { readProxyRules } from './read-rules.ts';
import { jsonReply, madeUpReply, type Reply } from './reply.ts';
import { readBody } from './request-body.ts';
import type { CallPattern, ProxyRule } from './rule.ts';
import type { RuleBook } from './rule-book.ts';

/**
 * The proxy's own routes, for tests that run in another process or another language:
 *
 *     GET    /_belay/faults        the rules and what each has done
 *     POST   /_belay/faults        adds one rule, or a list of them; answers their ids
 *     DELETE /_belay/faults[/id]   takes all rules back, or one
 *     GET    /_belay/calls?action=CreateVolume   counts and the last lines; any part of a pattern may be asked for
 */
export const controlPath = '/_belay/';

export interface Controlled {
  readonly rules: RuleBook;
  readonly log: CallLog;
  /** Adds all of them or none. */
  add(rules: readonly ProxyRule[]): Result<readonly string[], ProxyError>;
}

const longestBodyBytes = 2 ** 20;

/** Answers a request to one of the proxy's own routes. */
export async function controlReply(request: IncomingMessage, controlled: Controlled): Promise<Reply> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://proxy');
  const [, , noun, id] = pathname.split('/').map(decodeURIComponent);
  const { rules, log } = controlled;
  switch (`${request.method} ${noun}`) {
    case 'GET faults':
      return jsonReply(200, { rules: rules.list() });
    case 'POST faults':
      return added(await bodyOf(request), controlled);
    case 'DELETE faults':
      if (id !== undefined && !rules.remove(id)) return refused(404, `There is no rule called ${id}.`);
      if (id === undefined) rules.clear();
      return madeUpReply({ status: 204, headers: {}, body: '' });
    case 'GET calls': {
      const pattern: CallPattern = Object.fromEntries(searchParams);
      return jsonReply(200, { counts: log.counts(pattern), lines: log.lines() });
    }
    default:
      return refused(404, `There is no ${request.method} ${pathname}.`);
  }
}

function added(json: Result<string, ProxyError>, controlled: Controlled): Reply {
  return json
    .andThen(readProxyRules)
    .andThen(controlled.add)
    .match(
      (ids) => jsonReply(201, { ids }),
      (error) => jsonReply(400, error),
    );
}

async function bodyOf(request: IncomingMessage): Promise<Result<string, ProxyError>> {
  const body = await readBody(request, longestBodyBytes);
  if (body?.whole === true) return ok(Buffer.concat(body.head).toString('utf8'));
  return err(proxyError('invalid', 'These rules are longer than 1 MiB.'));
}

function refused(status: number, message: string): Reply {
  return jsonReply(status, proxyError('invalid', message));
}
