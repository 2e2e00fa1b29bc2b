/** Packages that only some configs need are loaded when a config names them; one that is absent is a clear error. */

import { errAsync, okAsync, ResultAsync } from 'neverthrow';
import type { ConfigError } from '../config/loaded-config.ts';
import { invalid } from '../config/read.ts';

/** `field`: what in the config needs it. */
export function loadPeer<T>(
  load: () => Promise<T>,
  { peer, file, field }: { readonly peer: string; readonly file: string; readonly field: string },
): ResultAsync<T, ConfigError> {
  return ResultAsync.fromPromise(load(), (thrown) => thrown)
    .orElse((thrown) => {
      const code: unknown = thrown instanceof Error ? Reflect.get(thrown, 'code') : undefined;
      const said = thrown instanceof Error ? thrown.message : String(thrown);
      const isAbsent = code === 'ERR_MODULE_NOT_FOUND' && said.includes(peer);
      const message = isAbsent
        ? `needs ${peer}: npm install ${peer}`
        : `${peer} could not be loaded: ${said}`;
      return errAsync({ ...invalid(file, field, message), kind: 'not-installed' as const });
    })
    .andThen((loaded) => okAsync(loaded));
}
