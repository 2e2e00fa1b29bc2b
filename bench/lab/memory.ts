// What has been measured so far. Where it lies in a folder, a command that was ended goes on from there; and what moves
// have taught is kept with it, so that later plans are the same as they would have been.

import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { learn, type Parameters, parametersFrom } from '@belay/planner';
import type { StoredEvent } from '@belay/runner';

export interface Memory {
  /** Was something measured by an earlier command? */
  readonly isOfBefore: boolean;
  has(name: string): boolean;
  /** What was measured under this name; where nothing was, it is measured now. */
  once<T>(name: string, measure: () => Promise<T>): Promise<T>;
  /** Something was wrong: what is being measured is told now, and measured again by the next command. */
  spoil(): void;
  /** The journal of a move that succeeded, from which later plans learn. */
  keepJournal(name: string, events: readonly StoredEvent[]): void;
  /** What all those journals have taught. */
  parameters(): Partial<Parameters>;
}

/** Without a folder it lasts as long as the process. */
export function openMemory(folder: string | undefined): Memory {
  const values = new Map<string, unknown>(folder === undefined ? [] : stored(folder));
  let isSpoilt = false;
  const put = (name: string, value: unknown): void => {
    values.set(name, value);
    if (folder === undefined || isSpoilt) return;
    const file = join(folder, `${encodeURIComponent(name)}.json`);
    writeFileSync(`${file}.draft`, JSON.stringify(value));
    renameSync(`${file}.draft`, file);
  };
  return {
    isOfBefore: values.size > 0,
    has: (name) => values.has(name),
    async once<T>(name: string, measure: () => Promise<T>): Promise<T> {
      // Under one name there is always the same kind of figures.
      if (values.has(name)) return values.get(name) as T;
      isSpoilt = false;
      const value = await measure();
      put(name, value);
      return value;
    },
    spoil() {
      isSpoilt = true;
    },
    keepJournal: (name, events) => put(`${journalPrefix}${name}`, events),
    parameters() {
      const journals = [...values].filter(([name]) => name.startsWith(journalPrefix));
      // Only `keepJournal` puts values under such names.
      return parametersFrom(learn(journals.map(([, events]) => events as readonly StoredEvent[])));
    },
  };
}

const journalPrefix = 'journal ';

function stored(folder: string): readonly (readonly [string, unknown])[] {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [
      decodeURIComponent(file.slice(0, -'.json'.length)),
      JSON.parse(readFileSync(join(folder, file), 'utf8')),
    ]);
}
