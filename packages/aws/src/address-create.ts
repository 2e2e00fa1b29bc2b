import type { Address } from '@aws-sdk/client-ec2';
import { type CloudResult, keyTag, type Tags } from '@belay/cloud';
import { lookByKey, mustExist } from '@belay/cloud/adapter';
import { createTagged } from './create-tagged.ts';
import { change, type Span } from './span.ts';
import { newTags } from './tags.ts';

/** Takes a new address from EC2, one for one key. */
export function createAddress(span: Span, tags: Tags | undefined, key: string): CloudResult<Address> {
  return createTagged<Address>({
    span,
    kind: 'address',
    key,
    look: () => livingUnder(span, key),
    create: () =>
      change(span, (api, signal) =>
        api.allocateAddress({ Domain: 'vpc', TagSpecifications: newTags('elastic-ip', key, tags) }, signal),
      ).map(({ AllocationId }) => AllocationId),
    see: (under, id) => mustExist(under, span.ec2.addresses, id),
    idOf,
    difference: () => undefined,
  });
}

/** All that carry the key's tag. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly Address[]> {
  return lookByKey(span, span.ec2.byKey.addresses, keyTag(key));
}

export function idOf({ AllocationId }: Address): string {
  return AllocationId ?? '';
}
