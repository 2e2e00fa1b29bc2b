/** Where the section of a scope stands in the config, and what its sides may ask. */

import { isAbsolute, join } from 'node:path';
import type { Cloud } from '@belay/cloud';
import { type Clock, type HoldKeeper, type SourceIdentity, systemClock } from '@belay/scanner';
import type { CloudMarks } from '@belay/scanner/cloud';
import type { ResultAsync } from 'neverthrow';
import type { Call } from '../command.ts';
import type { ConfigError, LoadedConfig } from '../config/loaded-config.ts';
import { invalid } from '../config/read.ts';
import type { ScopeSection } from '../config/scanner.ts';
import type { SecretSource } from '../session/secrets.ts';

/** The section of one scope. */
export interface Place {
  readonly call: Pick<Call, 'env' | 'clock' | 'signal'>;
  readonly loaded: LoadedConfig;
  /** `scanner.offsite`. */
  readonly field: string;
  /** The scope's name. */
  readonly scope: string;
  readonly section: ScopeSection;
}

/** A side and what belongs to it. */
export interface Side<Port> {
  readonly port: Port;
  /** `undefined` where it cannot be asked who it is. */
  readonly known?: Known | undefined;
  readonly holds?: HoldKeeper | undefined;
  /** Where it is a cloud's. */
  readonly cloud?: OpenedStore | undefined;
  readonly close?: (() => Promise<void>) | undefined;
}

/** A cloud that is open, with the marks of what lies in its quarantine. */
export interface OpenedStore {
  readonly cloud: Cloud;
  readonly marks: CloudMarks;
}

/** A side that can say who it is. */
interface Known {
  identity(): ResultAsync<SourceIdentity, { readonly message: string }>;
}

/** A path of a config, absolute. */
export function pathIn({ loaded }: Pick<Place, 'loaded'>, path: string): string {
  return isAbsolute(path) ? path : join(loaded.folder, path);
}

/** An error about a field of this scope. */
export function wrong(
  { loaded, field }: Pick<Place, 'loaded' | 'field'>,
  at: string,
  message: string,
): ConfigError {
  return invalid(loaded.name, `${field}.${at}`, message);
}

/** The command's clock tells the time; only the machine's own never goes back. */
export function clockOf({ call }: Pick<Place, 'call'>): Clock {
  return { ...call.clock, monotonicMs: systemClock.monotonicMs };
}

/** Where this scope's secrets are. */
export function sourceOf({ loaded, call }: Place): SecretSource {
  return { loaded, env: call.env };
}
