import type { Address } from '@aws-sdk/client-ec2';
import type { CloudError, CloudResult, Tags } from '@belay/cloud';
import { err, ok, type Result, ResultAsync } from 'neverthrow';
import { findByKey } from './create-once.ts';
import { change, fail, mustExist, read, type Span, stillInDoubt } from './ec2.ts';
import { hasTags, keyTags, newTags, tagFilters } from './tags.ts';

/**
 * EC2 takes no token for a new address, so its key is a tag in the very call that makes it, and that tag is looked
 * for first: until a look that may be believed has found nothing, none is made. Calls of this process under one key
 * share one answer; two processes under one key are kept apart by the runner's locks, not here.
 */
export function createAddress(span: Span, tags: Tags | undefined, key: string): CloudResult<Address> {
  const underWay = creating.get(span.ec2) ?? new Map<string, Promise<Result<Address, CloudError>>>();
  creating.set(span.ec2, underWay);
  const first = underWay.get(key);
  if (first !== undefined) return new ResultAsync(first);
  const made = findOrAllocate(span, tags, key).finally(() => underWay.delete(key));
  underWay.set(key, made);
  return new ResultAsync(made);
}

const creating = new WeakMap<object, Map<string, Promise<Result<Address, CloudError>>>>();

/** All that carry the key's tag. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Address[]> {
  const isOurs = hasTags(keyTags(key));
  return read(span, (api, signal) =>
    api.describeAddresses({ Filters: tagFilters(keyTags(key)) }, signal),
  ).map(({ Addresses = [] }) => Addresses.filter((one) => isOurs(one.Tags)));
}

export function idOf({ AllocationId }: Address): string {
  return AllocationId ?? '';
}

const maxSends = 3;

async function findOrAllocate(
  span: Span,
  tags: Tags | undefined,
  key: string,
): Promise<Result<Address, CloudError>> {
  let inDoubt = false;
  for (let sent = 1; ; sent++) {
    const found = await findByKey(span, key, () => livingUnder(span, key), idOf);
    if (found.isErr()) return err(stillInDoubt(found.error, inDoubt));
    if (found.value !== undefined) return ok(found.value);
    const made = await change(span, (api, signal) =>
      api.allocateAddress({ Domain: 'vpc', TagSpecifications: newTags('elastic-ip', key, tags) }, signal),
    );
    if (made.isOk())
      return made.value.AllocationId === undefined ? err(noId(span)) : seen(span, made.value.AllocationId);
    const error = stillInDoubt(made.error, inDoubt);
    if (error.kind !== 'transient' || sent === maxSends) return err(error);
    inDoubt = error.applied !== 'no';
  }
}

function noId(span: Span): CloudError {
  return fail(span, 'failed', 'EC2 answered with an address that has no id.', { applied: 'unknown' });
}

/** EC2 has named the address, so it is there and costs money, however the wait for the first sight of it ends. */
async function seen(span: Span, id: string): Promise<Result<Address, CloudError>> {
  const there = await mustExist({ ...span, resourceId: id }, span.ec2.addresses, id);
  return there.mapErr((error) => ({ ...error, resourceId: id, applied: 'yes' }));
}
