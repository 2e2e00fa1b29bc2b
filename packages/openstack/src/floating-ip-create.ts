import type { CloudError, CloudResult, Tags } from '@belay/cloud';
import { fail, lookByKey, mustExist } from '@belay/cloud/adapter';
import { err, errAsync, ok, okAsync, type Result, ResultAsync } from 'neverthrow';
import { createOnce } from './create-once.ts';
import { type FloatingAddress, floatingAddressOf, wordsOf } from './floating-ip-mapping.ts';
import { hasTags, keyDescription } from './key-tags.ts';
import { pages } from './pages.ts';
import { change, repeat, type Span } from './span.ts';
import { objectAt, textAt } from './wire.ts';

/**
 * Takes one address for one key. Its key is its description, set in the very call that makes it; its tags take a call
 * of their own, which a later call under the same key makes up for if it was never made.
 */
export function createFloatingIp(
  span: Span,
  tags: Tags | undefined,
  key: string,
): CloudResult<FloatingAddress> {
  const tooLong = wordsOf(tags).find((word) => word.length > longestTag);
  if (tooLong !== undefined) {
    return errAsync(fail(span, 'invalid', `The tag ${tooLong} has more than ${longestTag} characters.`));
  }
  return networkOf(span).andThen((floating_network_id) => {
    const body = { floatingip: { floating_network_id, description: keyDescription(key) } };
    return createOnce<FloatingAddress>({
      span,
      key,
      look: () => livingUnder(span, key),
      create: () =>
        change(span, 'createFloatingIp', { body }).andThen((reply) =>
          accepted(span, floatingAddressOf(objectAt(reply.body, 'floatingip'))),
        ),
      idOf: ({ id }) => id,
      difference: () => undefined,
    }).andThen((made) => tagged(span, made, tags));
  });
}

/** Neutron took 60 for many releases, and 255 later. */
const longestTag = 255;

/** All that carry the key. One look. */
export function livingUnder(span: Span, key: string): CloudResult<readonly FloatingAddress[]> {
  return lookByKey(span, span.stack.byKey.floatingIps, keyDescription(key));
}

function accepted(span: Span, address: FloatingAddress): Result<FloatingAddress, CloudError> {
  if (address.id !== '') return ok(address);
  return err(fail(span, 'transient', 'Neutron gave an address without an id.', { applied: 'unknown' }));
}

/** Neutron has named the address, so it is there and costs money, however what comes after ends. */
function tagged(span: Span, made: FloatingAddress, tags: Tags | undefined): CloudResult<FloatingAddress> {
  if (tags === undefined || hasTags(tags)(made.tags)) return okAsync(made);
  const { id } = made;
  return repeat(span, 'tagFloatingIp', { path: { id }, body: { tags: wordsOf(tags) } })
    .andThen(() => mustExist({ ...span, resourceId: id }, span.stack.floatingIps, id))
    .mapErr((error) => ({ ...error, resourceId: id, applied: 'yes' as const }));
}

/** Where addresses come from: the network that was named, or the only one that leads outside. */
function networkOf(span: Span): CloudResult<string> {
  const wanted = span.stack.settings.floatingNetwork;
  return new ResultAsync(
    (async (): Promise<Result<string, CloudError>> => {
      const found: { readonly id: string; readonly name: string }[] = [];
      const query = { 'router:external': 'true' };
      for await (const one of pages(span, 'listNetworks', 'networks', { query })) {
        if (one.isErr()) return err(one.error);
        found.push({ id: textAt(one.value, 'id') ?? '', name: textAt(one.value, 'name') ?? '' });
      }
      const fitting =
        wanted === undefined ? found : found.filter(({ id, name }) => id === wanted || name === wanted);
      const [only, second] = fitting;
      if (only !== undefined && second === undefined) return ok(only.id);
      const names = found.map(({ name }) => name).join(', ') || 'none';
      const message =
        wanted === undefined
          ? `Which network do floating addresses come from? Name it as floatingNetwork; there are: ${names}.`
          : `${wanted} is not one of the networks that lead outside; there are: ${names}.`;
      return err(fail(span, 'invalid', message));
    })(),
  );
}
