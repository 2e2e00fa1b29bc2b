import { KEY_TAG, keyTag, type Tags } from '@belay/cloud';

/**
 * Where the key of a resource is kept. Volumes and snapshots carry it in their metadata. A server does too, and as a
 * tag besides, for Nova lets nobody look for metadata; its tags allow 60 characters, and neither slash nor comma. A
 * floating address has it in its description, the only text that can be set in the very call that makes it.
 */

/** The key as a value of metadata: plain ASCII, so that it can be asked for in Cinder's own notation. */
const inMetadata = { maxLength: 255, allowed: /^[\w.:/+@=#-]+$/ };

export function keyMetadata(key: string, tags: Tags | undefined): Record<string, string> {
  return { ...tags, [KEY_TAG]: keyValue(key) };
}

/** The key as the value of metadata that carries it. */
export function keyValue(key: string): string {
  return keyTag(key, inMetadata);
}

export function hasKey(metadata: Tags, key: string): boolean {
  return metadata[KEY_TAG] === keyValue(key);
}

/** Cinder takes the filter as a dictionary of Python. The allowed characters need no escape in it. */
export function keyFilter(value: string): string {
  return `{'${KEY_TAG}':'${value}'}`;
}

const serverPrefix = 'belay.';

/** The key as a tag of a server. */
export function serverTag(key: string): string {
  return `${serverPrefix}${keyTag(key, { maxLength: 60 - serverPrefix.length, allowed: /^[\w.:@=#-]+$/ })}`;
}

export function isServerTag(tag: string): boolean {
  return tag.startsWith(serverPrefix);
}

/** The key as the description of a floating address. */
export function keyDescription(key: string): string {
  return `${KEY_TAG}=${keyTag(key, { maxLength: 200, allowed: /^[\w.:/+@=#-]+$/ })}`;
}

export function keyOfDescription(description: string): string | undefined {
  return new RegExp(`^${KEY_TAG}=(\\S+)$`).exec(description)?.[1];
}

export function hasTags(wanted: Tags): (tags: Tags) => boolean {
  const entries = Object.entries(wanted);
  return (tags) => entries.every(([name, value]) => tags[name] === value);
}
