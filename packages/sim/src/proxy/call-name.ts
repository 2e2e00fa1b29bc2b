import type { IncomingMessage } from 'node:http';
import type { CallName } from './rule.ts';

/**
 * What a call is, in the words of rules and counts. Of an EC2 Query call the `Action` is kept, from the query or from
 * the form in the body: it is the name of the verb there, as the path is elsewhere.
 */
export function callName(service: string, request: IncomingMessage, body?: string): CallName {
  const { method = 'GET', url = '/' } = request;
  const [target = '/', query = ''] = url.split(/\?(.*)/s);
  const path = target.replace(/^[a-z]+:\/\/[^/]*/i, '') || '/';
  const action = actionOf(query) ?? (body === undefined ? undefined : actionOf(body));
  return action === undefined ? { service, method, path } : { service, method, path, action };
}

/** Is the body of this request a form, which may name an action? */
export function isForm({ headers }: IncomingMessage): boolean {
  return headers['content-type']?.toLowerCase().startsWith('application/x-www-form-urlencoded') === true;
}

/** Only what looks like the name of a verb: nothing else of a body may end up in a log. */
function actionOf(form: string): string | undefined {
  const action = new URLSearchParams(form).get('Action') ?? '';
  return /^[A-Za-z]{1,64}$/.test(action) ? action : undefined;
}
