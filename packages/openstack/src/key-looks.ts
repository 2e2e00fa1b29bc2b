import {
  type CloudError,
  cloudError,
  type DescribeBatch,
  type DescribePace,
  describeBatch,
  KEY_TAG,
  steadyPace,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { CallName } from './calls.ts';
import { ask, listAll } from './describe.ts';
import { provider } from './errors.ts';
import { type FloatingAddress, floatingAddressOf } from './floating-ip-mapping.ts';
import { keyFilter } from './key-tags.ts';
import { type Server, serverOf } from './server.ts';
import { type CinderSnapshot, cinderSnapshotOf } from './snapshot-mapping.ts';
import type { StackOptions } from './stack.ts';
import { type CinderVolume, cinderVolumeOf } from './volume-mapping.ts';
import { listAt, textAt, type Wire } from './wire.ts';

/**
 * Looks by key, shared like the reads by id: a hundred creates at once look for their hundred keys together. What is
 * asked for is the key as the resource carries it (`key-tags.ts`), and the answer is all that carry it, in whatever
 * state; `undefined` where nothing does. An answer is from calls that began after the question, so a look proves as
 * much as one made alone.
 */
export interface KeyLooks {
  /** By the server's tag. */
  readonly servers: KeyLook<Server>;
  /** By the value in the metadata. */
  readonly volumes: KeyLook<CinderVolume>;
  readonly snapshots: KeyLook<CinderSnapshot>;
  /** By the description. */
  readonly floatingIps: KeyLook<FloatingAddress>;
  /** Servers that Nova cannot show just now, whatever is asked for; one of them may carry any key. */
  readonly hidden: KeyLook<string>;
}

type KeyLook<T> = DescribeBatch<readonly T[]>;

type Found<T> = Result<ReadonlyMap<string, readonly T[]>, CloudError>;
type Look<T> = (values: readonly string[], signal: AbortSignal) => Promise<Found<T>>;

/** So many keys keep the address of a call under 7 kB: servers and the gateways before them take 8. */
const tagsInAddress = 100;
const descriptionsInAddress = 20;
const anyNumber = 100_000;

export function keyLooks(
  stack: StackOptions,
  paces: Readonly<Record<'servers' | 'volumes' | 'snapshots' | 'floatingIps', DescribePace>>,
): KeyLooks {
  const shared = <T>(operation: string, maxIds: number, pace: DescribePace, look: Look<T>): KeyLook<T> =>
    describeBatch({
      describe: (values, signal) => new ResultAsync(look(values, signal)),
      maxIds,
      pace,
      clock: stack.clock,
      provider,
      operation,
    });
  const servers = { operation: 'instances.find', list: 'listServers', items: 'servers' } as const;
  const addresses = { operation: 'floatingIps.find', list: 'listFloatingIps', items: 'floatingips' } as const;
  return {
    servers: shared(servers.operation, tagsInAddress, paces.servers, async (tags, signal) => {
      const query = tags.length === 1 ? { tags } : { 'tags-any': tags.join(',') };
      const found = await whole(stack, servers, query, signal);
      return found.map((all) => under(all.map(serverOf), (one) => one.tags));
    }),
    volumes: shared(
      'volumes.find',
      anyNumber,
      paces.volumes,
      byMetadata(stack, { operation: 'volumes.find', list: 'listVolumes', items: 'volumes' }, cinderVolumeOf),
    ),
    snapshots: shared(
      'snapshots.find',
      anyNumber,
      paces.snapshots,
      byMetadata(
        stack,
        { operation: 'snapshots.find', list: 'listSnapshots', items: 'snapshots' },
        cinderSnapshotOf,
      ),
    ),
    floatingIps: shared(
      addresses.operation,
      descriptionsInAddress,
      paces.floatingIps,
      async (description, signal) => {
        const found = await whole(stack, addresses, { description }, signal);
        return found.map((all) => under(all.map(floatingAddressOf), (one) => [one.description]));
      },
    ),
    hidden: shared(servers.operation, anyNumber, steadyPace(), async (values, signal) => {
      const answer = await ask(stack, servers.operation, 'listServerNames', {}, signal);
      return answer.map(({ body }) => {
        const ids = listAt(body, 'servers').flatMap((one) =>
          textAt(one, 'status') === 'UNKNOWN' ? [textAt(one, 'id') ?? ''] : [],
        );
        return new Map(values.map((value) => [value, ids]));
      });
    }),
  };
}

interface Kind {
  readonly operation: string;
  readonly list: CallName;
  readonly items: string;
}

/**
 * Cinder's filter takes one value. So a few keys are asked for one by one, and many by listing all that the project
 * has; so are they where the operator forbids the filter.
 */
function byMetadata<T extends { readonly metadata: Readonly<Record<string, string>> }>(
  stack: StackOptions,
  kind: Kind,
  read: (wire: Wire) => T,
): Look<T> {
  // As many keys are cheaper to ask for one by one.
  let pagesOfList = 1;
  const byKey = (all: readonly Wire[]): ReadonlyMap<string, readonly T[]> =>
    under(all.map(read), ({ metadata }) => [metadata[KEY_TAG] ?? '']);
  return async (values, signal) => {
    if (values.length <= pagesOfList) {
      const answers = values.map(
        (value) => new ResultAsync(whole(stack, kind, { metadata: keyFilter(value) }, signal)),
      );
      const found = await ResultAsync.combine(answers).map((all) => byKey(all.flat()));
      if (found.isOk() || found.error.kind !== 'invalid') return found;
    }
    const listed = await whole(stack, kind, {}, signal);
    if (listed.isOk()) pagesOfList = Math.max(1, Math.ceil(listed.value.length / stack.pageSize));
    return listed.map(byKey);
  };
}

/** All pages, or an error: of a list that is not whole nobody can say what it lacks. */
async function whole(
  stack: StackOptions,
  kind: Kind,
  query: Readonly<Record<string, string | readonly string[]>>,
  signal: AbortSignal,
): Promise<Result<readonly Wire[], CloudError>> {
  const listed = await listAll(stack, kind, { limit: String(stack.pageSize), ...query }, signal);
  if (listed.isErr()) return err(listed.error);
  const { byId, circular } = listed.value;
  if (!circular) return ok([...byId.values()]);
  const message = `The list of ${kind.items} leads round in circles.`;
  return err(cloudError('failed', { provider, operation: kind.operation }, message));
}

function under<T>(
  all: readonly T[],
  keysOf: (one: T) => readonly string[],
): ReadonlyMap<string, readonly T[]> {
  const found = new Map<string, T[]>();
  for (const one of all) {
    for (const key of keysOf(one)) {
      const group = found.get(key) ?? [];
      found.set(key, group);
      group.push(one);
    }
  }
  return found;
}
