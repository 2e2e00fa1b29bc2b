import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { err, ok, type Result } from 'neverthrow';
import { type Failure, failureOf } from '../failure.ts';
import type { Json } from '../json.ts';

/**
 * A record of effects outside the journal: a file with a line for each effect, synced before its answer, shared by all
 * processes of a test. It behaves as a cloud does that takes idempotency keys, and it can be asked afterwards what
 * really happened, and how often.
 */
export interface Effects {
  /** Does it, unless it is in effect under this key: then gives what the first call gave. */
  once<T extends Json>(of: EffectOf, value: T): Result<T, Failure>;
  /** Does it each time that it is asked: an effect without a key, which nobody may repeat blindly. */
  again<T extends Json>(of: EffectOf, value: T): Result<T, Failure>;
  /** What is in effect under the key; `undefined`: looked, and nothing is. */
  find<T extends Json = Json>(of: EffectOf): Result<T | undefined, Failure>;
  /** Undoes all that is in effect under the key. Nothing to undo is fine. */
  undo(of: EffectOf): Result<void, Failure>;
  /** How many times it is in effect now. */
  count(of: EffectOf): Result<number, Failure>;
  /** By key, in the order in which the keys were first heard of. */
  tally(): Result<ReadonlyMap<string, EffectTally>, Failure>;
}

/** The effect's key, or the step's context, which has one. */
export type EffectOf = string | { readonly key: string; readonly fence?: number };

/** What became of one key. */
export interface EffectTally {
  /** How many times it is in effect: done and not undone since. */
  readonly inEffect: number;
  /** The most times that it was in effect at one time. */
  readonly mostInEffect: number;
  /** How many times it was done, over all. */
  readonly done: number;
  readonly undone: number;
  /** Each line, in order: who did what. */
  readonly lines: readonly Effect[];
}

/** One line of the file. */
export interface Effect {
  readonly key: string;
  readonly did: 'once' | 'again' | 'undo';
  readonly value?: Json;
  /** The process, and the fence of the step's context where one was given. */
  readonly pid: number;
  readonly fence?: number;
}

/** The record in a file, which is made with the first effect. */
export function openEffects(path: string): Effects {
  return new EffectsFile(path);
}

class EffectsFile implements Effects {
  private readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  once<T extends Json>(of: EffectOf, value: T): Result<T, Failure> {
    const { key } = keyOf(of);
    return this.find<T>(key).andThen((found) => {
      if (found !== undefined) return ok(found);
      // Another process may do it at the same time: then the first line counts, and that is read back.
      return this.add(of, 'once', value).andThen(() =>
        this.find<T>(key).map((first) => (first === undefined ? value : first)),
      );
    });
  }

  again<T extends Json>(of: EffectOf, value: T): Result<T, Failure> {
    return this.add(of, 'again', value).map(() => value);
  }

  find<T extends Json = Json>(of: EffectOf): Result<T | undefined, Failure> {
    const { key } = keyOf(of);
    // The caller names the type of what it put there.
    return this.linesOf(key).map((lines) => living(lines)[0]?.value as T | undefined);
  }

  undo(of: EffectOf): Result<void, Failure> {
    return this.linesOf(keyOf(of).key).andThen((lines) =>
      living(lines).length === 0 ? ok(undefined) : this.add(of, 'undo'),
    );
  }

  count(of: EffectOf): Result<number, Failure> {
    return this.linesOf(keyOf(of).key).map((lines) => living(lines).length);
  }

  tally(): Result<ReadonlyMap<string, EffectTally>, Failure> {
    return this.lines().map((lines) => {
      const byKey = Map.groupBy(lines, ({ key }) => key);
      return new Map([...byKey].map(([key, ofKey]) => [key, tallyOf(ofKey)]));
    });
  }

  private linesOf(key: string): Result<readonly Effect[], Failure> {
    return this.lines().map((lines) => lines.filter((line) => line.key === key));
  }

  private lines(): Result<readonly Effect[], Failure> {
    try {
      const text = readFileSync(this.path, 'utf8');
      return ok(text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Effect])));
    } catch (thrown) {
      if (Reflect.get(Object(thrown), 'code') === 'ENOENT') return ok([]);
      return err(failureOf(thrown, 'effects'));
    }
  }

  private add(of: EffectOf, did: Effect['did'], value?: Json): Result<void, Failure> {
    const { key, fence } = keyOf(of);
    const line: Effect = {
      key,
      did,
      pid: process.pid,
      ...(value !== undefined && { value }),
      ...(fence !== undefined && { fence }),
    };
    try {
      const file = openSync(this.path, 'a');
      try {
        writeSync(file, `${JSON.stringify(line)}\n`);
        fsyncSync(file);
      } finally {
        closeSync(file);
      }
      return ok(undefined);
    } catch (thrown) {
      return err(failureOf(thrown, 'effects'));
    }
  }
}

function keyOf(of: EffectOf): { readonly key: string; readonly fence?: number } {
  return typeof of === 'string' ? { key: of } : of;
}

/** The lines whose effect stands. A second `once` while the first stands has found it, and done nothing. */
function living(lines: readonly Effect[]): readonly Effect[] {
  return replay(lines).standing;
}

function tallyOf(lines: readonly Effect[]): EffectTally {
  const { standing, mostInEffect, done, undone } = replay(lines);
  return { inEffect: standing.length, mostInEffect, done, undone, lines };
}

interface Replayed {
  readonly standing: readonly Effect[];
  readonly mostInEffect: number;
  readonly done: number;
  readonly undone: number;
}

function replay(lines: readonly Effect[]): Replayed {
  let standing: Effect[] = [];
  let mostInEffect = 0;
  let done = 0;
  let undone = 0;
  for (const line of lines) {
    if (line.did === 'undo') {
      undone += standing.length;
      standing = [];
    } else if (line.did === 'again' || standing.length === 0) {
      standing.push(line);
      done += 1;
      mostInEffect = Math.max(mostInEffect, standing.length);
    }
  }
  return { standing, mostInEffect, done, undone };
}
