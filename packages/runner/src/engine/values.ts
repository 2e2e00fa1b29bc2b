import type { Failure } from '../failure.ts';
import { type Json, jsonProblem } from '../json.ts';

/**
 * A value as the journal holds it. Whoever asks gets a copy of its own, decoded from that form: what one step does to
 * a value, no other step and no revert can see.
 */
export type Kept = string | number | boolean | null | undefined | KeptText;

interface KeptText {
  readonly text: string;
}

/** Why a value cannot be kept: it is not its own JSON, or too large. */
export class Unkept {
  readonly problem: string;
  readonly tooLarge: boolean;

  constructor(problem: string, tooLarge: boolean) {
    this.problem = problem;
    this.tooLarge = tooLarge;
  }

  /** The same as the failure of the step that gave the value: its effect took place. */
  get failure(): Failure {
    const kind = this.tooLarge ? 'output-too-large' : 'output-not-json';
    return { kind, message: this.problem, applied: 'yes' };
  }
}

/** Checks that a value is its own JSON and not too large, and keeps it. */
export function keep(value: unknown, name: string, maxBytes: number): Kept | Unkept {
  if (value === undefined || value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  const problem = jsonProblem(value, name);
  if (problem !== undefined) return new Unkept(`${problem}, which JSON cannot carry`, false);
  if (typeof value === 'string' && value.length * 3 <= maxBytes) return value;
  const text = JSON.stringify(value);
  const bytes = text.length * 3 <= maxBytes ? 0 : Buffer.byteLength(text);
  if (bytes > maxBytes)
    return new Unkept(`${name} is ${bytes} bytes as JSON; the limit is ${maxBytes}`, true);
  return typeof value === 'string' ? value : { text };
}

/** Keeps a value that comes from the journal itself. */
export function keepTrusted(value: unknown): Kept {
  return typeof value === 'object' && value !== null ? { text: JSON.stringify(value) } : (value as Kept);
}

/** A fresh copy. */
export function decode(kept: Kept): Json | undefined {
  return typeof kept === 'object' && kept !== null ? JSON.parse(kept.text) : kept;
}
