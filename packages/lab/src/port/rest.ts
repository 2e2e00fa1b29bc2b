import {
  type Cloud,
  type Dns,
  type Image,
  type Images,
  missingCloud,
  type Permissions,
  type Reservations,
} from '@belay/cloud';
import { errAsync, ok, okAsync } from 'neverthrow';
import { imageId } from '../settings.ts';
import type { Site } from '../site.ts';
import { fail } from '../span.ts';
import { askZone, changeZone } from '../zone.ts';
import { ask, orMissing, tell } from './verb.ts';

/** What is small or fixed in a lab: one image, one zone, all rights, no reservations. */

const image: Image = { id: imageId, name: 'the box itself', state: 'available', tags: {} };

export function images(site: Site): Images {
  return {
    get: (id, options) =>
      ask(
        site,
        'images.get',
        options,
        (span) => orMissing(span, 'image', id, id === imageId ? image : undefined).asyncMap(async (it) => it),
        id,
      ),
    async *list({ name } = {}) {
      if (name === undefined || name === image.name) yield ok(image);
    },
  };
}

export function dns(site: Site): Dns {
  const { dnsZone } = site.settings;
  const none = 'This lab was opened without a DNS zone.';
  return {
    get: (name, type, options) =>
      ask(
        site,
        'dns.get',
        options,
        (span) =>
          dnsZone === undefined ? errAsync(fail(span, 'unsupported', none)) : askZone(span, name, type),
        name,
      ),
    change: (change, call) =>
      tell(
        site,
        'dns.change',
        call,
        (span) =>
          dnsZone === undefined ? errAsync(fail(span, 'unsupported', none)) : changeZone(span, change),
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
