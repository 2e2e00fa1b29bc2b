import type {
  Address,
  CapacityReservation,
  Instance as Ec2Instance,
  Snapshot as Ec2Snapshot,
  Volume as Ec2Volume,
  Filter,
  Tag,
} from '@aws-sdk/client-ec2';
import {
  type Clock,
  type CloudError,
  type CloudResult,
  cloudError,
  type DescribeBatch,
  type DescribePace,
  describeBatch,
} from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import type { Ec2Api } from './ec2-api.ts';
import { provider, readError } from './errors.ts';
import { type Page, pages } from './pages.ts';
import { keyFilter, keyTagOf } from './tags.ts';

/**
 * Looks by key, shared like the reads by id: a hundred launches at once look for their hundred keys in one call. What
 * is asked for is a value of the key's tag, and the answer is all that carry it, in whatever state; `undefined` where
 * nothing does. An answer is from a call that began after the question, so a look proves as much as one made alone.
 */
export interface KeyLooks {
  readonly instances: KeyLook<Ec2Instance>;
  readonly volumes: KeyLook<Ec2Volume>;
  readonly snapshots: KeyLook<Ec2Snapshot>;
  readonly addresses: KeyLook<Address>;
  readonly reservations: KeyLook<CapacityReservation>;
}

type KeyLook<T> = DescribeBatch<readonly T[]>;

/** One page of what a filter lets through. */
interface FilteredPage<T> {
  readonly items: readonly T[] | undefined;
  readonly NextToken?: string | undefined;
}

/** EC2 takes so many values in one filter. */
const maxValues = 200;

export function keyLooks(
  api: Ec2Api,
  clock: Clock,
  paces: Readonly<Record<keyof KeyLooks, DescribePace>>,
): KeyLooks {
  const looks = <T extends Tagged>(
    kind: keyof KeyLooks,
    operation: string,
    describe: (asked: Asked, signal: AbortSignal) => Promise<FilteredPage<T>>,
  ): KeyLook<T> =>
    describeBatch({
      describe: (values, signal) =>
        new ResultAsync(everyPage(operation, (asked) => describe(asked, signal), [keyFilter(values)])).map(
          byKeyTag,
        ),
      maxIds: maxValues,
      pace: paces[kind],
      clock,
      provider,
      operation,
    });
  return {
    instances: looks('instances', 'instances.find', async (asked, signal) => {
      const { Reservations = [], ...page } = await api.describeInstances(asked, signal);
      return { ...page, items: Reservations.flatMap(({ Instances = [] }) => Instances) };
    }),
    volumes: looks('volumes', 'volumes.find', async (asked, signal) => {
      const { Volumes: items, ...page } = await api.describeVolumes(asked, signal);
      return { ...page, items };
    }),
    snapshots: looks('snapshots', 'snapshots.find', async (asked, signal) => {
      const { Snapshots: items, ...page } = await api.describeSnapshots(
        { OwnerIds: ['self'], ...asked },
        signal,
      );
      return { ...page, items };
    }),
    // Addresses come in one page, always.
    addresses: looks('addresses', 'floatingIps.find', async ({ Filters }, signal) => ({
      items: (await api.describeAddresses({ Filters }, signal)).Addresses,
    })),
    reservations: looks('reservations', 'reservations.find', async (asked, signal) => {
      const { CapacityReservations: items, ...page } = await api.describeCapacityReservations(asked, signal);
      return { ...page, items };
    }),
  };
}

interface Tagged {
  readonly Tags?: Tag[] | undefined;
}

interface Asked {
  readonly Filters: Filter[];
  readonly NextToken?: string;
}

/** With a filter EC2 may give a page with nothing on it, and more on the next one. */
async function everyPage<T>(
  operation: string,
  describe: (asked: Asked) => Promise<FilteredPage<T>>,
  Filters: Filter[],
): Promise<Result<readonly T[], CloudError>> {
  const found: T[] = [];
  const page = (NextToken: string | undefined): CloudResult<Page<T>> =>
    ResultAsync.fromPromise(
      describe({ Filters, ...(NextToken === undefined ? {} : { NextToken }) }),
      (thrown) => readError(thrown, { operation, changes: false }),
    ).map(({ items = [], NextToken: next }) => ({ items, next }));
  const circular = (): CloudError =>
    cloudError('failed', { provider, operation }, 'EC2 gave the same page twice.');
  for await (const one of pages(page, circular)) {
    if (one.isErr()) return err(one.error);
    found.push(one.value);
  }
  return ok(found);
}

function byKeyTag<T extends Tagged>(found: readonly T[]): ReadonlyMap<string, readonly T[]> {
  const under = new Map<string, T[]>();
  for (const one of found) {
    const value = keyTagOf(one.Tags);
    if (value === undefined) continue;
    const group = under.get(value) ?? [];
    under.set(value, group);
    group.push(one);
  }
  return under;
}
