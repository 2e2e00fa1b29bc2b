import type { CloudError } from '@belay/cloud';
import { err, ok, type Result } from 'neverthrow';
import type { Api } from '../api.ts';
import type { Operation } from '../faults.ts';
import { isDenied } from '../policy.ts';
import type { Refusal } from '../refusal.ts';
import type { World } from '../world.ts';
import type { Given } from './given.ts';
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
        const needs = actionsIn(name, definition.of, given);
        return {
          perform: (at, signal) =>
            isDryRun(given)
              ? dryRun(at, needs, signal)
              : performed(at, operation, (effect) =>
                  (changes ? at.api.change : at.api.read)(operation, signal, (world) =>
                    effect(() => allowed(world, needs).andThen(() => perform(world, values))),
                  ),
                ),
        };
      }),
  };
}

/** The rights that a request needs: to the action itself and, where it brings tags along, to write tags. */
function actionsIn(name: string, of: Action['of'], given: Given): readonly string[] {
  // Everybody may ask who they are.
  if (of === 'sts') return [];
  const isTagged = given.parts.has('TagSpecification') || given.parts.has('TagSpecifications');
  return [`ec2:${name}`, ...(isTagged ? ['ec2:CreateTags'] : [])];
}

/** Refuses what the account may not do. */
export function allowed(world: World, needs: readonly string[]): Result<void, Refusal> {
  const denied = needs.find((one) => isDenied(world, one));
  if (denied === undefined) return ok();
  const message = `You are not authorized to perform this operation: no policy allows ${denied}.`;
  return err({ rule: 'not-allowed', message });
}

function isDryRun(given: Given): boolean {
  return given.parts.get('DryRun')?.text?.toLowerCase() === 'true';
}

/** It makes its way like any other call. An answer that would be a success is an error of its own. */
async function dryRun(
  { world, api }: Service,
  needs: readonly string[],
  signal: AbortSignal,
): Promise<Outcome> {
  const way = await performed({ world, api }, 'permissions.check', (effect) =>
    api.read('permissions.check', signal, () => effect(() => allowed(world, needs).map(() => ({})))),
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
