import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../../refusal.ts';
import type { World } from '../../world.ts';
import { type Action, action, done } from '../action.ts';
import { filtered, filters } from '../filters.ts';
import { paged, pageParameters } from '../pages.ts';
import { list, some, text } from '../parameters.ts';
import { everythingTagged, type Tagged, taggedById } from '../tagged.ts';
import { checkTags, type GivenTag, mostTags, tag } from '../tags.ts';

/** Tags on what is there already. They are written on all the resources that are named, or on none. */
export const taggingActions: readonly Action[] = [
  action({
    name: 'CreateTags',
    // Faults know the writing of tags by what the port does with it.
    operation: 'instances.rename',
    changes: true,
    parameters: { ResourceId: some(text), Tag: some(tag) },
    perform: (world, { ResourceId, Tag }) =>
      checkTags(Tag)
        .andThen(() => resourcesNamed(world, ResourceId))
        .andThen((resources) => roomFor(resources, Tag))
        .map((resources) => {
          for (const { tags, write } of resources) write({ ...tags, ...written(Tag) });
          return done;
        }),
  }),
  action({
    name: 'DeleteTags',
    operation: 'instances.rename',
    changes: true,
    parameters: { ResourceId: some(text), Tag: list(tag) },
    perform: (world, { ResourceId, Tag }) =>
      resourcesNamed(world, ResourceId).map((resources) => {
        for (const { tags, write } of resources) {
          write(Object.fromEntries(Object.entries(tags).filter(([key, value]) => !isMeant(Tag, key, value))));
        }
        return done;
      }),
  }),
  action({
    name: 'DescribeTags',
    operation: 'instances.list',
    changes: false,
    parameters: { Filter: filters, ...pageParameters },
    perform: (world, asked) =>
      filtered(everyTag(world), asked.Filter, {
        key: ({ key }) => [key],
        value: ({ value }) => [value],
        'resource-id': ({ resourceId }) => [resourceId],
        'resource-type': ({ resourceType }) => [resourceType],
      })
        .andThen((shown) =>
          paged(shown, asked, { of: 'DescribeTags', idOf: ({ resourceId, key }) => `${resourceId} ${key}` }),
        )
        .map(({ items, nextToken }) => ({ tagSet: items, nextToken })),
  }),
];

function resourcesNamed(world: World, ids: readonly string[]): Result<readonly Tagged[], Refusal> {
  const found: Tagged[] = [];
  for (const id of new Set(ids)) {
    const one = taggedById(world, id);
    if (one.isErr()) return err(one.error);
    found.push(one.value);
  }
  return ok(found);
}

function roomFor(
  resources: readonly Tagged[],
  given: readonly GivenTag[],
): Result<readonly Tagged[], Refusal> {
  const full = resources.find(({ tags }) => Object.keys({ ...tags, ...written(given) }).length > mostTags);
  if (full === undefined) return ok(resources);
  return err({
    rule: 'bad-parameter',
    code: 'TagLimitExceeded',
    message: `${full.id} would have more than ${mostTags} tags.`,
    resourceId: full.id,
  });
}

function written(tags: readonly GivenTag[]): Readonly<Record<string, string>> {
  return Object.fromEntries(tags.map(({ Key, Value = '' }) => [Key, Value]));
}

/** All tags, where none is named; one that is named with a value only where it has that value. */
function isMeant(given: readonly GivenTag[], key: string, value: string): boolean {
  if (given.length === 0) return true;
  return given.some((one) => one.Key === key && (one.Value === undefined || one.Value === value));
}

function everyTag(world: World): readonly {
  readonly resourceId: string;
  readonly resourceType: string;
  readonly key: string;
  readonly value: string;
}[] {
  return everythingTagged(world).flatMap(({ id: resourceId, type: resourceType, tags }) =>
    Object.entries(tags).map(([key, value]) => ({ resourceId, resourceType, key, value })),
  );
}
