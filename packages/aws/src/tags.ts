import type { Filter, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { KEY_TAG, keyTag, type Tags } from '@belay/cloud';

/** Tags between the port and EC2. A resource's name is its tag `Name`; its key is the tag `belay:key`. */
export function tagsOf(tags: readonly Tag[] | undefined): Tags {
  return Object.fromEntries((tags ?? []).map(({ Key = '', Value = '' }) => [Key, Value]));
}

export function nameOf(tags: readonly Tag[] | undefined): string {
  return tagsOf(tags)['Name'] ?? '';
}

type Tagged = 'instance' | 'volume' | 'snapshot' | 'elastic-ip' | 'capacity-reservation';

/** The tags of a new resource: they are set in the very call that makes it, or its key could be lost. */
export function newTags(
  kind: Tagged,
  key: string,
  tags: Tags | undefined,
  name?: string,
): [TagSpecification] {
  const all = { ...tags, ...(name === undefined ? {} : { Name: name }), [KEY_TAG]: keyTag(key) };
  return [{ ResourceType: kind, Tags: Object.entries(all).map(([Key, Value]) => ({ Key, Value })) }];
}

export function hasTags(wanted: Tags): (tags: readonly Tag[] | undefined) => boolean {
  const entries = Object.entries(wanted);
  return (tags) => {
    const found = tagsOf(tags);
    return entries.every(([name, value]) => found[name] === value);
  };
}

/** EC2's filters take `*` and `?` as wildcards, so what they let through is compared once more. */
export function tagFilters(tags: Tags | undefined): Filter[] {
  return Object.entries(tags ?? {}).map(([name, value]) => tagFilter(name, [value]));
}

/** Lets through what carries one of these values of {@link keyTag}. */
export function keyFilter(values: readonly string[]): Filter {
  return tagFilter(KEY_TAG, values);
}

/** The value of {@link keyTag} that a resource carries. */
export function keyTagOf(tags: readonly Tag[] | undefined): string | undefined {
  return tagsOf(tags)[KEY_TAG];
}

function tagFilter(name: string, values: readonly string[]): Filter {
  return { Name: `tag:${name}`, Values: values.map((value) => value.replace(/[\\*?]/g, '\\$&')) };
}
