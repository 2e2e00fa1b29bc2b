import type { Result } from 'neverthrow';
import type { Call, CloudResult, ReadOptions } from './call.ts';
import type { CloudError } from './cloud-error.ts';
import type { FloatingIpId, InstanceId, Tags } from './ref.ts';

/** A public address that can move from one instance to another. */
export interface FloatingIp {
  readonly id: FloatingIpId;
  readonly address: string;
  /** Where it is bound now. */
  readonly instanceId?: InstanceId | undefined;
  readonly tags: Tags;
}

/** The verbs of public addresses. */
export interface FloatingIps {
  /** One address, or `not-found`. */
  get(id: FloatingIpId, options?: ReadOptions): CloudResult<FloatingIp>;
  /** What was made under this key; `undefined` only after a look that may be believed. */
  find(key: string, options?: ReadOptions): CloudResult<FloatingIp | undefined>;
  /** All addresses of the account here that carry these tags. */
  list(
    filter?: { readonly tags?: Tags },
    options?: ReadOptions,
  ): AsyncIterable<Result<FloatingIp, CloudError>>;
  /** Takes a new address from the provider. It is bound to nothing. */
  create(spec: { readonly tags?: Tags | undefined }, call: Call): CloudResult<FloatingIp>;
  /**
   * Binds the address to `to`, taking it from `from` in one step where the cloud can. Bound to anything but `from`
   * or `to` is `attached-elsewhere`, and it stays there. `undefined` means: bound to nothing. Resolves when read back.
   */
  move(id: FloatingIpId, way: FloatingIpMove, call: Call): CloudResult<FloatingIp>;
  /** Gives the address back to the provider. A bound one is `busy`; one that is gone already is fine. */
  delete(id: FloatingIpId, call: Call): CloudResult<void>;
}

/** From where it is taken and where it goes; `undefined` is bound to nothing. */
export interface FloatingIpMove {
  readonly from: InstanceId | undefined;
  readonly to: InstanceId | undefined;
}
