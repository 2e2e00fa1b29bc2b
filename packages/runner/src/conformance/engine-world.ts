import { err, ok, type Result } from 'neverthrow';
import type { Failure } from '../failure.ts';

/**
 * The world that the graphs of the engine cases act on: a list of all that was done, in order, and gates at which
 * steps wait until the case lets them go.
 */
export class World {
  readonly said: string[] = [];
  private readonly gates = new Map<string, Gate>();

  /** Notes that something happened. */
  say(word: string): void {
    this.said.push(word);
  }

  /** Something is done: the word goes on the list and is the step's output. */
  does(word: string): Result<string, Failure> {
    this.say(word);
    return ok(word);
  }

  /** A revert that notes itself and works. */
  undoes(word: string): Result<void, Failure> {
    this.say(`undo ${word}`);
    return ok(undefined);
  }

  /** A run that notes itself and fails. */
  fails(word: string, error: Failure = refused): Result<string, Failure> {
    this.say(word);
    return err(error);
  }

  /** The answer is lost, whatever happened. */
  lose(): Result<string, Failure> {
    return err(lost);
  }

  /** Waits at a gate, for the signal too if there is one. */
  async pass(name: string, signal?: AbortSignal): Promise<void> {
    const { reach, opened } = this.gate(name);
    reach();
    const stopped = new Promise<void>((resolve) => {
      if (signal?.aborted) resolve();
      signal?.addEventListener('abort', () => resolve(), { once: true });
    });
    await Promise.race(signal === undefined ? [opened] : [opened, stopped]);
  }

  /** Resolves when a step has come to the gate. */
  reached(name: string): Promise<void> {
    return this.gate(name).reached;
  }

  /** Lets those go on who wait at a gate. */
  open(name: string): void {
    this.gate(name).open();
  }

  /** Lets all go that still wait, now and later. */
  openAll(): void {
    for (const { open } of this.gates.values()) open();
  }

  private gate(name: string): Gate {
    const known = this.gates.get(name);
    if (known !== undefined) return known;
    const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
    const { promise: opened, resolve: open } = Promise.withResolvers<void>();
    const made = { reached, reach, opened, open };
    this.gates.set(name, made);
    return made;
  }
}

interface Gate {
  readonly reached: Promise<void>;
  readonly reach: () => void;
  readonly opened: Promise<void>;
  readonly open: () => void;
}

/** It did not happen, for sure. */
export const refused: Failure = { kind: 'refused', message: 'the world said no', applied: 'no' };

/** Nobody knows whether it happened. */
export const lost: Failure = { kind: 'lost', message: 'the answer was lost', applied: 'unknown' };
