import type { Dns } from './dns-record.ts';
import type { FloatingIps } from './floating-ip.ts';
import type { Images } from './image.ts';
import type { Instances } from './instance.ts';
import type { Permissions } from './permission.ts';
import type { Place } from './ref.ts';
import type { Reservations } from './reservation.ts';
import type { Snapshots } from './snapshot.ts';
import type { Traits } from './traits.ts';
import type { Volumes } from './volume.ts';

/**
 * The port of a cloud: one account in one region. Reads tell what is; changes take a key, are idempotent, and
 * resolve when the state that they name is reached *and seen*. Nothing throws.
 */
export interface Cloud {
  readonly at: Place;
  readonly traits: Traits;
  readonly instances: Instances;
  readonly volumes: Volumes;
  readonly snapshots: Snapshots;
  readonly floatingIps: FloatingIps;
  readonly images: Images;
  readonly dns: Dns;
  readonly reservations: Reservations;
  readonly permissions: Permissions;
}

/** The service that steps ask for: `ctx.services.clouds.get(input.at)`. */
export interface Clouds {
  readonly clouds: CloudRegistry;
}

/** Finds the adapter of a place; one process serves many accounts and regions. */
export interface CloudRegistry {
  /**
   * The cloud at this place (or at this resource). Where none is registered, a cloud whose every answer is the
   * error `unsupported` that names the place: the call chain stays whole and nothing is thrown.
   */
  get(at: Place): Cloud;
  /** Is a cloud registered for this place? */
  has(at: Place): boolean;
  /** All places, in the order in which they were registered. */
  places(): readonly Place[];
}
