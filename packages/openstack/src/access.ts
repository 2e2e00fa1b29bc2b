import type { Secret } from '@belay/cloud';
import type { ServiceName } from './calls.ts';

/** Who asks, for which project, and where Keystone is. Secrets are wrapped as soon as they are read. */
export interface Access {
  /** Of Keystone, with or without `/v3`. */
  readonly authUrl: string;
  readonly credentials: Credentials;
  /** What the token shall be good for. An application credential brings its own and takes none. */
  readonly project?: ProjectRef | undefined;
}

/** A user or a project: by id, or by name within a domain. */
export type NamedRef =
  | { readonly id: string }
  | { readonly name: string; readonly domain: { readonly id: string } | { readonly name: string } };

export type ProjectRef = NamedRef;

export type Credentials =
  | { readonly method: 'password'; readonly user: NamedRef; readonly password: Secret }
  | { readonly method: 'application-credential'; readonly id: string; readonly secret: Secret }
  | {
      readonly method: 'application-credential';
      readonly name: string;
      readonly user: NamedRef;
      readonly secret: Secret;
    }
  /** A token can be exchanged for one of this project. It cannot be renewed when it ends. */
  | { readonly method: 'token'; readonly token: Secret };

/** Which of the endpoints in the catalogue are used. */
export interface EndpointChoice {
  /** The only one of the catalogue where absent. */
  readonly region?: string | undefined;
  readonly interface: 'public' | 'internal' | 'admin';
  /** Addresses that stand in for those of the catalogue. */
  readonly overrides?: Readonly<Partial<Record<ServiceName, string>>> | undefined;
}
