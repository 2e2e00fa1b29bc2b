import type { CloudError } from '@belay/cloud';
import { err, type Result } from 'neverthrow';
import type { Api } from '../api.ts';
import type { Operation } from '../faults.ts';
import { isDenied } from '../policy.ts';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import { type Need, permittedBy } from './access-policy.ts';
import type { Given } from './given.ts';
import { needsOf } from './needs.ts';
import { flag, type Parameters, readParameters, unmodelled, type ValuesOf } from './parameters.ts';
import { type Rejection, reject, rejectionOf } from './rejection.ts';
import type { XmlFields } from './xml.ts';

/**
 * One action of EC2: its name, its parameters, what it does to the world and what it answers. Everything that actions
 * have in common is done here and around them: unknown and missing parameters, dry runs, faults, the way to the world
 * and back.
 */
export interface Action {
  readonly name: string;
  /** The service that it belongs to; `ec2` where absent. */
  readonly of?: 'ec2' | 'sts' | undefined;
  /** Looks at the request alone. */
  prepare(given: Given): Result<Prepared, Rejection>;
}

/** A request that is well-formed. A dry run ends before the effect, with a refusal that says how it would go. */
interface Prepared {
  perform(at: Service, signal: AbortSignal): Promise<Outcome>;
}

/** The world that is served, and the way to it. */
export interface Service {
  readonly world: World;
  readonly api: Api;
  /** Does the account's policy give this right? */
  readonly isAllowed: (need: Need) => boolean;
}

/** What the sender gets to see. `lost`: the connection breaks, whether anything happened or not. */
export type Outcome =
  | { readonly outcome: 'answered'; readonly fields: XmlFields }
  | { readonly outcome: 'refused'; readonly rejection: Rejection }
  | { readonly outcome: 'lost' };

export interface ActionDefinition<P extends Parameters> {
  readonly name: string;
  readonly of?: Action['of'];
  readonly parameters: P;
  /** By which name faults strike it. */
  readonly operation: Operation | ((values: ValuesOf<P>) => Operation);
  readonly changes: boolean;
  /** At one moment of the world's time; gives the elements of the answer. */
  readonly perform: (world: World, values: ValuesOf<P>) => Result<XmlFields, Refusal>;
}

export function action<P extends Parameters>(definition: ActionDefinition<P>): Action {
  const { name, parameters, changes, operation: named, perform } = definition;
  const all = { ...parameters, Action: unmodelled, Version: unmodelled, DryRun: flag };
  return {
    name,
    of: definition.of,
    prepare: (given) =>
      readParameters(all, given).map((read) => {
        // `all` has every parameter of `parameters`, so these are their values.
        const values = read as unknown as ValuesOf<P>;
        const operation = typeof named === 'string' ? named : named(values);
        // Everybody may ask who they are.
        const needs = (at: Service) => (definition.of === 'sts' ? [] : needsOf(at.world, name, given));
        return {
          perform: (at, signal) =>
            isDryRun(given)
              ? dryRun(at, needs(at), signal)
              : performed(at, operation, (effect) =>
                  (changes ? at.api.change : at.api.read)(operation, signal, (world) =>
                    effect(() => allowed(at, needs(at)).andThen(() => perform(world, values))),
                  ),
                ),
        };
      }),
  };
}

/** Refuses what the account may not do. */
export function allowed({ world, isAllowed }: Service, needs: readonly Need[]): Result<void, Refusal> {
  const denied = needs.find(({ action: one }) => isDenied(world, one));
  if (denied === undefined) return permittedBy(isAllowed, needs);
  const message = `You are not authorized to perform this operation: no policy allows ${denied.action}.`;
  return err({ rule: 'not-allowed', message });
}

function isDryRun(given: Given): boolean {
  return given.parts.get('DryRun')?.text?.toLowerCase() === 'true';
}

/** It makes its way like any other call. An answer that would be a success is an error of its own. */
async function dryRun(at: Service, needs: readonly Need[], signal: AbortSignal): Promise<Outcome> {
  const way = await performed(at, 'permissions.check', (effect) =>
    at.api.read('permissions.check', signal, () => effect(() => allowed(at, needs).map(() => ({})))),
  );
  if (way.outcome !== 'answered') return way;
  const message = 'Request would have succeeded, but DryRun flag is set.';
  return { outcome: 'refused', rejection: reject('DryRunOperation', message) };
}

/** An action that answers just that it was done. */
export const done: XmlFields = { return: true };

/** Sends one call on its way and reads what came of it, as its sender would see it over a socket. */
export async function performed(
  { world }: Service,
  operation: Operation,
  send: (
    effect: (look: () => Result<XmlFields, Refusal>) => Result<XmlFields, Refusal>,
  ) => Promise<Result<XmlFields, CloudError>>,
): Promise<Outcome> {
  let hadItsEffect = false;
  const answer = await send((look) => {
    hadItsEffect = true;
    return look();
  });
  if (answer.isOk()) return { outcome: 'answered', fields: answer.value };
  const { error } = answer;
  // A refusal has a code. Without one the answer was lost, or the provider was out of reach, or a fault struck.
  const isLost = error.code === undefined && (hadItsEffect || world.faults.isOut('api'));
  const rejection = isLost ? undefined : rejectionOf(error, operation);
  return rejection === undefined ? { outcome: 'lost' } : { outcome: 'refused', rejection };
}
