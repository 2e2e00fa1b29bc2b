import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import type { WorldState } from './state.ts';

/**
 * A world in a file: written whole at each change, beside the old one and then in its place, so that whoever opens it
 * finds one state or the next and never half of one, however the process that wrote it came to its end.
 */
export interface WorldFile {
  /** `undefined` where there is no file yet. Throws where the file is no world: it must not be written over. */
  load(): WorldState | undefined;
  save(state: WorldState): void;
}

export function worldFile(path: string): WorldFile {
  let written = '';
  return {
    load() {
      if (!existsSync(path)) return undefined;
      const state: unknown = JSON.parse(readFileSync(path, 'utf8'));
      if (!isWorld(state)) throw new Error(`${path} is not a world of this version of @belay/sim`);
      return state;
    },
    save(state) {
      const text = JSON.stringify(state);
      if (text === written) return;
      written = text;
      const beside = `${path}.new`;
      writeFileSync(beside, text);
      renameSync(beside, path);
    },
  };
}

function isWorld(value: unknown): value is WorldState {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 2;
}
