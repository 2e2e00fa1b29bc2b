import {
  type Cloud,
  type CloudError,
  type Dns,
  type Image,
  type Images,
  missingCloud,
  type Permissions,
  type Reservations,
} from '@belay/cloud';
import { err, ok, okAsync, ResultAsync } from 'neverthrow';
import { imageId } from '../settings.ts';
import type { Site } from '../site.ts';
import { fail } from '../span.ts';
import { askZone, changeZone } from '../zone.ts';
import { lacks } from './reads.ts';
import { ask, tell } from './verb.ts';

/** What is small or fixed in a lab: one image, one zone, all rights, no reservations. */

const image: Image = { id: imageId, name: 'the box itself', state: 'available', tags: {} };

export function images(site: Site): Images {
  return {
    get: (id, options) =>
      ask(
        site,
        'images.get',
        options,
        (span) =>
          new ResultAsync<Image, CloudError>(
            Promise.resolve(
              id === imageId ? ok(image) : err(fail(span, 'not-found', `There is no image ${id}.`)),
            ),
          ),
        id,
      ),
    async *list({ name } = {}) {
      if (name === undefined || name === image.name) yield ok(image);
    },
  };
}

const noZone = 'This lab was opened without a DNS zone.';

export function dns(site: Site): Dns {
  if (site.settings.dnsZone === undefined) {
    return {
      get: () => lacks(site, 'dns.get', noZone),
      change: () => lacks(site, 'dns.change', noZone),
    };
  }
  return {
    get: (name, type, options) => ask(site, 'dns.get', options, (span) => askZone(span, name, type), name),
    change: (change, call) =>
      tell(
        site,
        'dns.change',
        call,
        (span) => changeZone(span, change),
        (_span, done) => okAsync(done),
        change.to?.name ?? change.from?.name,
      ),
  };
}

/** Whoever opened the lab is root of its box, and may do all that it can. */
export function permissions(site: Site): Permissions {
  return {
    check: (calls, options) =>
      ask(site, 'permissions.check', options, () =>
        okAsync(calls.map(({ verb }) => ({ verb, allowed: 'yes' as const, actions: [] }))),
      ),
  };
}

export function reservations({ at }: Pick<Cloud, 'at'>): Reservations {
  return missingCloud(at, 'A lab has no capacity to reserve').reservations;
}
