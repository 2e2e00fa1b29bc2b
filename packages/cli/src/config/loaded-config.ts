/** A config file that has been read, and what may be wrong with one. */

import type { Failure } from '@belay/cloud';
import type { Config } from './config.ts';

/** The config, and where it was. */
export interface LoadedConfig {
  /** As people know it: `belay.config.ts`, or the path that they gave. */
  readonly name: string;
  /** The absolute path of its folder. Paths in the config are relative to it. */
  readonly folder: string;
  readonly config: Config;
}

/** Why there is no config. The message names the file and, with `invalid`, the field. */
export interface ConfigError extends Failure {
  readonly kind: 'no-config' | 'unreadable' | 'invalid' | 'not-installed';
  readonly field?: string | undefined;
}
