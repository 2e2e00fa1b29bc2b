/** How one gets into the servers of a cloud: over ssh, with host keys that are known. Needs `@belay/host`. */

import * as v from 'valibot';
import { port, text, texts } from './field.ts';

export interface HostsSection extends Door {
  /** Which of the addresses that the cloud tells is connected to; `public` where absent. */
  readonly address?: 'public' | 'private' | undefined;
  /** A file of OpenSSH's, with the keys that servers may show, by address; not hashed. */
  readonly knownHosts?: string | undefined;
  /** Servers that differ, by their ids. */
  readonly servers?: Readonly<Record<string, ServerSection>> | undefined;
}

/** The words that ssh needs. */
export interface Door {
  /** `root` where absent. */
  readonly user?: string | undefined;
  /** 22 where absent. */
  readonly port?: number | undefined;
  /** Work as root by `sudo -n`. */
  readonly sudo?: boolean | undefined;
  /** The file of the private key; the ssh agent's keys where absent. */
  readonly identityFile?: string | undefined;
  /** Keys that a server may show, such as `ssh-ed25519 AAAA…`: those that an image brings. */
  readonly hostKeys?: readonly string[] | undefined;
  /** More options of ssh, such as `ProxyJump=bastion`. */
  readonly sshOptions?: readonly string[] | undefined;
}

/** One server that differs. */
export interface ServerSection extends Door {
  readonly address?: string | undefined;
}

const door = {
  user: v.optional(text),
  port: v.optional(port),
  sudo: v.optional(v.boolean()),
  identityFile: v.optional(text),
  hostKeys: v.optional(texts),
  sshOptions: v.optional(texts),
};

export const hostsSchema: v.GenericSchema<unknown, HostsSection> = v.strictObject({
  ...door,
  address: v.optional(v.picklist(['public', 'private'], 'must be "public" or "private"')),
  knownHosts: v.optional(text),
  servers: v.optional(v.record(v.string(), v.strictObject({ ...door, address: v.optional(text) }))),
});
