import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';

/**
 * What an account may do, as an IAM policy says it: some statements, each allowing actions on resources under
 * conditions. What none of them allows is refused. Only what policies of an account's own calls are made of is known:
 * `Effect` Allow; `*` and `?` in actions and resources; `StringEquals` and `StringLike`, alone, for all or for any
 * value. A policy with anything else in it throws where it is set, for it would mean something else at AWS.
 *
 * Source: IAM's reference of policy elements and condition operators, and EC2's page on granting the right to tag.
 */
export interface AccessPolicy {
  readonly Version?: string;
  readonly Statement: readonly AccessStatement[];
}

/** What a policy allows: these actions, on these resources, under these conditions. */
export interface AccessStatement {
  readonly Sid?: string;
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  /** By operator, then by key: the values of which one must fit. */
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

/** One right that a request needs. */
export interface Need {
  /** Such as `ec2:CreateTags`. */
  readonly action: string;
  /** The name of what it is about, as an ARN; of a create, with `*` for the id. */
  readonly resource: string;
  /** What conditions can ask of the request. */
  readonly context: Readonly<Record<string, readonly string[]>>;
}

/** Makes sure that all of a policy is understood, and gives it as a question. Throws where it is not. */
export function readPolicy({ Statement }: AccessPolicy): (need: Need) => boolean {
  const statements = Statement.map((statement) => {
    const { Sid = 'one', Effect, Action, Resource, Condition = {}, ...others } = statement;
    const unknown = Object.keys(others);
    if (unknown.length > 0) throw new Error(`The statement ${Sid} has ${unknown.join()}: not modelled.`);
    if (Effect !== 'Allow') throw new Error(`The statement ${Sid} does not allow: that is not modelled.`);
    const conditions = Object.entries(Condition).map(([operator, keys]) => conditionOf(operator, keys, Sid));
    return (need: Need): boolean =>
      listOf(Action).some((pattern) => fits(pattern.toLowerCase(), need.action.toLowerCase())) &&
      listOf(Resource).some((pattern) => fits(pattern, need.resource)) &&
      conditions.every((holds) => holds(need.context));
  });
  return (need) => statements.some((allows) => allows(need));
}

/** Refuses the request for the first right that the policy does not give. */
export function permittedBy(
  isAllowed: (need: Need) => boolean,
  needs: readonly Need[],
): Result<void, Refusal> {
  const missing = needs.find((need) => !isAllowed(need));
  if (missing === undefined) return ok();
  const message = `You are not authorized to perform this operation: no policy allows ${missing.action} on ${missing.resource}.`;
  return err({ rule: 'not-allowed', message });
}

/** The ARN of something that EC2 keeps in this account and region. */
export function arnOf({ at }: World, owner: string, kind: string, id: string): string {
  return `arn:aws:ec2:${at.region}:${owner}:${kind}/${id}`;
}

type Condition = (context: Need['context']) => boolean;

/** Without a qualifier a key that the request does not have never fits; for all values, it always does. */
function conditionOf(
  operator: string,
  keys: Readonly<Record<string, string | readonly string[]>>,
  sid: string,
): Condition {
  const [qualifier, test] = operator.includes(':') ? operator.split(':') : ['ForAnyValue', operator];
  const isEqual = tests[test ?? ''];
  if (isEqual === undefined || (qualifier !== 'ForAnyValue' && qualifier !== 'ForAllValues')) {
    throw new Error(`The condition ${operator} of the statement ${sid} is not modelled.`);
  }
  return (context) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = context[key] ?? [];
      const isWanted = (value: string): boolean => listOf(wanted).some((one) => isEqual(one, value));
      return qualifier === 'ForAllValues' ? given.every(isWanted) : given.some(isWanted);
    });
}

const tests: Readonly<Record<string, (pattern: string, value: string) => boolean>> = {
  StringEquals: (wanted, value) => wanted === value,
  StringLike: fits,
};

function fits(pattern: string, value: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`, 's').test(value);
}

function listOf(one: string | readonly string[]): readonly string[] {
  return typeof one === 'string' ? [one] : one;
}
