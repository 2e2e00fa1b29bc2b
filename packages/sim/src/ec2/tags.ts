import { err, ok, type Result } from 'neverthrow';
import type { Refusal } from '../refusal.ts';
import { choice, group, list, type Parameter, required, text } from './parameters.ts';
import type { Xml } from './xml.ts';

/**
 * Tags as EC2 has them. The name of a resource is the tag `Name` there, and a field of its own in the world; here the
 * two are brought together.
 */
export interface GivenTag {
  readonly Key: string;
  readonly Value: string | undefined;
}

export const tag: Parameter<GivenTag | undefined> = group({ Key: required(text), Value: text });

/** What of a create may be tagged in the same call. */
type Taggable =
  | 'instance'
  | 'volume'
  | 'snapshot'
  | 'elastic-ip'
  | 'capacity-reservation'
  | 'network-interface';

/** Tags for one kind of what a create makes. */
export interface TagSpecification {
  readonly ResourceType: Taggable;
  readonly Tag: readonly GivenTag[];
}

export const tagSpecifications: Parameter<readonly TagSpecification[]> = list(
  group({
    ResourceType: required(
      choice('instance', 'volume', 'snapshot', 'elastic-ip', 'capacity-reservation', 'network-interface'),
    ),
    Tag: list(tag),
  }),
);

/** A resource's name apart from its other tags. */
export interface NamedTags {
  readonly name: string;
  readonly tags: Readonly<Record<string, string>>;
}

/** The tags of one kind in a create that may make several; a kind that it does not make is refused. */
export function tagsFor(
  given: readonly TagSpecification[],
  kind: Taggable,
  makes: readonly Taggable[] = [kind],
): Result<NamedTags, Refusal> {
  for (const { ResourceType } of given) {
    if (makes.includes(ResourceType)) continue;
    return invalid(
      `'${ResourceType}' is not a valid taggable resource type for this operation. Expected: ${makes.join(', ')}.`,
    );
  }
  const mine = given.filter(({ ResourceType }) => ResourceType === kind).flatMap(({ Tag }) => Tag);
  return checkTags(mine).map((): NamedTags => {
    const { Name: name = '', ...tags } = Object.fromEntries(mine.map(({ Key, Value = '' }) => [Key, Value]));
    return { name, tags };
  });
}

const longestKey = 128;
const longestValue = 256;
/** The most tags that one resource may have. */
export const mostTags = 50;

export function checkTags(tags: readonly GivenTag[]): Result<void, Refusal> {
  const keys = new Set<string>();
  for (const { Key, Value = '' } of tags) {
    if (keys.has(Key)) return invalid(`Duplicate tag key '${Key}' specified.`);
    keys.add(Key);
    if (Key === '' || [...Key].length > longestKey)
      return invalid(`A tag key has 1 to ${longestKey} characters.`);
    if ([...Value].length > longestValue)
      return invalid(`A tag value has at most ${longestValue} characters.`);
    if (Key.toLowerCase().startsWith('aws:')) {
      return invalid(`Tag keys starting with 'aws:' are reserved for internal use.`);
    }
  }
  if (keys.size <= mostTags) return ok();
  return err({
    rule: 'bad-parameter',
    code: 'TagLimitExceeded',
    message: `A resource has at most ${mostTags} tags.`,
  });
}

/** All the tags of a resource, its name among them. */
export function allTags({
  name,
  tags,
}: {
  readonly name?: string;
  readonly tags: Readonly<Record<string, string>>;
}): Readonly<Record<string, string>> {
  return name === undefined || name === '' ? tags : { Name: name, ...tags };
}

export function tagSet(tags: Readonly<Record<string, string>>): Xml {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

function invalid(message: string): Result<never, Refusal> {
  return err({ rule: 'bad-parameter', code: 'InvalidParameterValue', message });
}
