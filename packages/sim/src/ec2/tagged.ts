import { err, ok, type Result } from 'neverthrow';
import type { Refusal, RefusalRule } from '../refusal.ts';
import type { Stale, WorldState } from '../state.ts';
import type { World } from '../world.ts';
import { allTags } from './tags.ts';

/** Anything that has tags, found by its id and whatever it is. */
export interface Tagged {
  readonly id: string;
  /** As EC2 calls the kind: `volume`, `elastic-ip`. */
  readonly type: string;
  /** The name of the resource among them. */
  readonly tags: Readonly<Record<string, string>>;
  /** These and no others from now on. */
  write(tags: Readonly<Record<string, string>>): void;
}

export function taggedById(world: World, id: string): Result<Tagged, Refusal> {
  const prefix = id.split('-')[0] ?? '';
  const kind = Object.hasOwn(kinds, prefix) ? kinds[prefix] : undefined;
  if (kind === undefined) {
    return err({ rule: 'bad-parameter', code: 'InvalidID', message: `The ID '${id}' is not valid` });
  }
  const record = kind.shelf(world.state)[id];
  if (record !== undefined && isThere(record)) return ok(tagged(world, kind, record));
  return err({ rule: kind.missing, message: `The ${kind.type} ID '${id}' does not exist`, resourceId: id });
}

export function everythingTagged(world: World): readonly Tagged[] {
  return Object.values(kinds).flatMap((kind) =>
    Object.values(kind.shelf(world.state))
      .filter(isThere)
      .map((record) => tagged(world, kind, record)),
  );
}

interface Kind {
  readonly type: string;
  readonly missing: RefusalRule;
  readonly shelf: (state: WorldState) => Record<string, TaggedRecord>;
  /** Its name is the tag `Name`. The name of an image is something else. */
  readonly isNamed: boolean;
}

interface TaggedRecord {
  readonly id: string;
  readonly name?: string;
  readonly state?: string;
  readonly tags: Readonly<Record<string, string>>;
  stale?: Stale<TaggedRecord> | undefined;
}

/** By the prefix of their ids. */
const kinds: Readonly<Record<string, Kind>> = {
  i: { type: 'instance', missing: 'no-such-instance', shelf: ({ instances }) => instances, isNamed: true },
  vol: { type: 'volume', missing: 'no-such-volume', shelf: ({ volumes }) => volumes, isNamed: true },
  snap: { type: 'snapshot', missing: 'no-such-snapshot', shelf: ({ snapshots }) => snapshots, isNamed: true },
  ami: { type: 'image', missing: 'image-not-found', shelf: ({ images }) => images, isNamed: false },
  eipalloc: {
    type: 'elastic-ip',
    missing: 'no-such-address',
    shelf: ({ floatingIps }) => floatingIps,
    isNamed: false,
  },
  cr: {
    type: 'capacity-reservation',
    missing: 'no-such-reservation',
    shelf: ({ reservations }) => reservations,
    isNamed: false,
  },
};

function tagged(world: World, kind: Kind, record: TaggedRecord): Tagged {
  return {
    id: record.id,
    type: kind.type,
    tags: kind.isNamed ? allTags(record) : record.tags,
    write(given) {
      world.blur(record, 'instances.rename');
      const { Name: name = '', ...tags } = given;
      const written = kind.isNamed ? { name, tags } : { tags: { ...given } };
      kind.shelf(world.state)[record.id] = { ...record, ...written };
    },
  };
}

function isThere({ state }: TaggedRecord): boolean {
  return state !== 'gone';
}
