/**
 * Where things are. A step finds the world by references in its input, never by an object in a closure: source and
 * target may be two clouds, and another process may carry a run on.
 */

/** One account in one region of one provider: where an adapter answers. */
export interface Place {
  /** The adapter's own name for the provider: `aws`, `openstack`, `sim`. */
  readonly provider: string;
  /** Account, project or tenant id; a name that the registry of clouds knows. */
  readonly account: string;
  readonly region: string;
}

/** One resource, anywhere. */
export interface Ref extends Place {
  /** The provider's own id. */
  readonly id: string;
}

/** True where both name the same account and region of the same provider. */
export function samePlace(a: Place, b: Place): boolean {
  return a.provider === b.provider && a.account === b.account && a.region === b.region;
}

/** `provider/account/region`, for messages and as a map key. */
export function formatPlace(place: Place): string {
  return `${place.provider}/${place.account}/${place.region}`;
}

/** `provider/account/region/id`, for messages and as a map key. */
export function formatRef(ref: Ref): string {
  return `${formatPlace(ref)}/${ref.id}`;
}

/** The reference of a resource at a place. */
export function refAt(place: Place, id: string): Ref {
  return { provider: place.provider, account: place.account, region: place.region, id };
}

/**
 * A string that names one kind of thing. A plain string is accepted where an id is asked for, but the id of a
 * volume is refused where the id of an instance is meant.
 */
export type Id<Kind extends string> = string & { readonly __kind?: Kind };
export type InstanceId = Id<'instance'>;
export type VolumeId = Id<'volume'>;
export type SnapshotId = Id<'snapshot'>;
export type FloatingIpId = Id<'floating-ip'>;
export type ImageId = Id<'image'>;
export type ReservationId = Id<'reservation'>;

/** An ISO 8601 time in UTC, such as `2026-11-22T11:04:52.120Z`. */
export type IsoTime = string;

/** Labels on a resource. The key under which belay made it is one of them: see {@link KEY_TAG}. */
export type Tags = Readonly<Record<string, string>>;

/** The tag that carries the key of the step that made a resource. */
export const KEY_TAG = 'belay:key';
