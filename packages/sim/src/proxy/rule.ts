import type { ProxyFault } from './fault.ts';
import { matchesPattern } from './pattern.ts';

/**
 * A rule: which calls, how often, and what becomes of them. Everything in it is JSON, so that the same rule can stand
 * in a test, in a file, and in the body of a request to the control route.
 */
export interface ProxyRule<Service extends string = string> extends CallPattern<Service> {
  /** What the rule is called in counts and in the log; `rule-1`, `rule-2`, … where absent. Its draws hang on it. */
  readonly id?: string;
  /** Only calls whose body holds this text. Bodies above 1 MiB are not looked into, and do not match. */
  readonly body?: string;
  /** Matching calls that are let through first; 0 where absent. */
  readonly after?: number;
  /** How many calls it strikes at most; 1 where absent, and no end where `probability` is given. */
  readonly times?: number;
  /** The share of matching calls that it strikes, 0 to 1, drawn by the seed; 1 where absent. */
  readonly probability?: number;
  readonly fault: ProxyFault;
}

/**
 * Which calls are meant; what is absent does not matter. In patterns, `*` stands for any characters but a slash and
 * `**` for any at all.
 */
export interface CallPattern<Service extends string = string> {
  /** One of the upstreams, by its name. */
  readonly service?: Service;
  /** `GET`, `POST`, … */
  readonly method?: string;
  /** The path without its query: `/v2.1/servers/*`. */
  readonly path?: string;
  /** The `Action` of a call in the EC2 Query protocol: `Describe*`. */
  readonly action?: string;
}

/** What is known of a call, and all that is remembered of it. */
export interface CallName {
  readonly service: string;
  readonly method: string;
  /** Without its query, which may carry signatures. */
  readonly path: string;
  readonly action?: string;
}

/** Is this one of the calls that are meant? */
export function matchesCall(pattern: CallPattern, call: CallName): boolean {
  const { service, method, path, action } = pattern;
  if (service !== undefined && service !== call.service) return false;
  if (method !== undefined && method.toUpperCase() !== call.method) return false;
  if (path !== undefined && !matchesPattern(path, call.path)) return false;
  return action === undefined || (call.action !== undefined && matchesPattern(action, call.action));
}
