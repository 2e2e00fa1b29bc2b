import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';
import { type Parameter, text, whole } from './parameters.ts';

/**
 * Answers in pages. The token names the last resource that was shown, so that what comes and goes between two pages
 * neither shifts the others nor shows one twice.
 */
export interface PageRequest {
  readonly MaxResults: number | undefined;
  readonly NextToken: string | undefined;
}

export const pageParameters: {
  readonly MaxResults: Parameter<number | undefined>;
  readonly NextToken: Parameter<string | undefined>;
} = { MaxResults: whole, NextToken: text };

export interface PageRule<T> {
  /** The call; a token is of use only in the one that gave it. */
  readonly of: string;
  readonly idOf: (one: T) => string;
  /** How much may be asked for. */
  readonly least?: number;
  readonly most?: number;
  /** The parameter that names single resources, and whether the request has it: then it cannot be paged. */
  readonly named?: readonly [parameter: string, isGiven: boolean];
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextToken: string | undefined;
}

export function paged<T>(
  all: readonly T[],
  { MaxResults: most, NextToken: token }: PageRequest,
  rule: PageRule<T>,
): Result<Page<T>, Refusal> {
  const [least, limit] = [rule.least ?? 5, rule.most ?? 1000];
  if (rule.named?.[1] === true && most !== undefined) {
    return refused(
      'InvalidParameterCombination',
      `The parameter ${rule.named[0]} cannot be used with the parameter MaxResults.`,
    );
  }
  if (most !== undefined && (most < least || most > limit)) {
    return refused(
      'InvalidParameterValue',
      `Value (${most}) for parameter MaxResults is invalid. Expecting a value of ${least} to ${limit}.`,
    );
  }
  const after = token === undefined || token === '' ? '' : readToken(token, rule.of);
  if (after === undefined) return refused('InvalidPaginationToken', 'The token is invalid or has expired.');
  const sorted = all
    .map((one) => ({ one, id: rule.idOf(one) }))
    .filter(({ id }) => id > after)
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const shown = most === undefined ? sorted : sorted.slice(0, most);
  const last = shown.at(-1);
  return ok({
    items: shown.map(({ one }) => one),
    nextToken:
      last === undefined || shown.length === sorted.length ? undefined : writeToken(rule.of, last.id),
  });
}

function writeToken(of: string, lastId: string): string {
  return Buffer.from(JSON.stringify([of, lastId])).toString('base64url');
}

function readToken(token: string, of: string): string | undefined {
  const written = Buffer.from(token, 'base64url').toString();
  const [, lastId] = /^\["\w+","([^"\\]+)"\]$/.exec(written) ?? [];
  return lastId !== undefined && writeToken(of, lastId) === token ? lastId : undefined;
}

function refused(code: string, message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', code, message });
}
