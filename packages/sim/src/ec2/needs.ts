import type { World } from '../world.ts';
import { arnOf, type Need } from './access-policy.ts';
import { ownerId } from './account.ts';
import type { Given } from './given.ts';

/**
 * The rights that a request needs: to its action on each resource that it names, and, where it brings tags along, to
 * write tags on what it makes. A read is about everything, for EC2 knows no rights to single resources there.
 */
export function needsOf(world: World, name: string, given: Given): readonly Need[] {
  const action = `ec2:${name}`;
  const tags = tagKeysIn(given);
  const context = tags.length === 0 ? {} : { 'aws:TagKeys': tags };
  const ids = /^Describe/.test(name) ? [] : namedIn(given);
  const resources = ids.map(([kind, id]) => arnOf(world, ownerId(world), kind, id));
  const everything = arnOf(world, ownerId(world), kindsMade[name] ?? '*', '*');
  const itself = (resources.length === 0 ? [everything] : resources).map((resource) => ({
    action,
    resource,
    context,
  }));
  const made = [
    ...new Set(specificationsIn(given).flatMap((one) => one.parts.get('ResourceType')?.text ?? [])),
  ];
  const tagging = made.map((kind) => ({
    action: 'ec2:CreateTags',
    resource: arnOf(world, ownerId(world), kind, '*'),
    context: { ...context, 'ec2:CreateAction': [name] },
  }));
  return [...itself, ...tagging];
}

/** What a create is about, where it names nothing that is there already. */
const kindsMade: Readonly<Record<string, string>> = {
  RunInstances: 'instance',
  CreateVolume: 'volume',
  CopySnapshot: 'snapshot',
  AllocateAddress: 'elastic-ip',
  CreateCapacityReservation: 'capacity-reservation',
};

/** By the prefix of their ids. */
const kinds: Readonly<Record<string, string>> = {
  i: 'instance',
  vol: 'volume',
  snap: 'snapshot',
  ami: 'image',
  eipalloc: 'elastic-ip',
  cr: 'capacity-reservation',
};

/** Every resource of the account that stands in a parameter made for ids. */
function namedIn(given: Given): readonly (readonly [kind: string, id: string])[] {
  return [...given.parts].flatMap(([name, part]) =>
    /Id$/.test(name) && name !== 'ImageId'
      ? textsIn(part).flatMap((id) => {
          const kind = kinds[id.split('-')[0] ?? ''];
          return kind === undefined ? [] : [[kind, id] as const];
        })
      : [],
  );
}

function specificationsIn(given: Given): readonly Given[] {
  const all = given.parts.get('TagSpecification') ?? given.parts.get('TagSpecifications');
  return all === undefined ? [] : [...all.parts.values()];
}

/** The keys of all tags that come with the request, for what it makes or for what is there. */
function tagKeysIn(given: Given): readonly string[] {
  const lists = [given, ...specificationsIn(given)].flatMap((one) => one.parts.get('Tag') ?? []);
  return [...new Set(lists.flatMap((tags) => [...tags.parts.values()]).flatMap(keyOf))];
}

function keyOf(tag: Given): readonly string[] {
  const key = tag.parts.get('Key')?.text;
  return key === undefined ? [] : [key];
}

function textsIn({ text, parts }: Given): readonly string[] {
  return [...(text === undefined ? [] : [text]), ...[...parts.values()].flatMap(textsIn)];
}
