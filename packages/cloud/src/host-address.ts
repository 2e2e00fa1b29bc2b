import type { Call, ReadOptions } from './call.ts';
import type { HostResult } from './host-error.ts';

/** The addresses that a server itself believes to have. */

/** The addresses inside a server. */
export interface GuestAddresses {
  /** All of them but those of the loopback. */
  list(options?: ReadOptions): HostResult<readonly GuestAddress[]>;
  /**
   * Gives the server an address, until it is removed or the next boot; resolves when it can be used. There already is
   * fine; on another device it is `busy`.
   */
  set(address: GuestAddress, call: Call): HostResult<GuestAddress>;
  /** Takes an address away, whatever device it is on. Not there is fine. */
  remove(address: string, call: Call): HostResult<void>;
}

/** An address on a device of the server. */
export interface GuestAddress {
  /** IPv4 or IPv6, without its prefix. */
  readonly address: string;
  readonly prefixLength: number;
  /** The network device, such as `eth0`. */
  readonly device: string;
}
