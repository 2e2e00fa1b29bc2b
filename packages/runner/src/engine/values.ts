import { jsonProblem } from '../json.ts';

/**
 * A value as the journal holds it. Whoever asks gets a copy of its own, decoded from that form: what one step does to
 * a value, no other step and no revert can see.
 */
export type Kept = string | number | boolean | null | undefined | KeptText;

interface KeptText {
  readonly text: string;
}

/** Checks that a value is its own JSON and not too large, and keeps it. A string says what is wrong with it. */
export function keep(
  value: unknown,
  name: string,
  maxBytes: number,
): { readonly kept: Kept } | { readonly problem: string; readonly tooLarge: boolean } {
  if (value === undefined || value === null || typeof value === 'boolean') return { kept: value };
  if (typeof value === 'number' && Number.isFinite(value)) return { kept: value };
  const problem = jsonProblem(value, name);
  if (problem !== undefined) return { problem: `${problem}, which JSON cannot carry`, tooLarge: false };
  if (typeof value === 'string' && value.length * 3 <= maxBytes) return { kept: value };
  const text = JSON.stringify(value);
  const bytes = text.length * 3 <= maxBytes ? 0 : Buffer.byteLength(text);
  if (bytes > maxBytes)
    return { problem: `${name} is ${bytes} bytes as JSON; the limit is ${maxBytes}`, tooLarge: true };
  return { kept: typeof value === 'string' ? value : { text } };
}

/** Keeps a value that comes from the journal itself. */
export function keepTrusted(value: unknown): Kept {
  return typeof value === 'object' && value !== null ? { text: JSON.stringify(value) } : (value as Kept);
}

/** A fresh copy. */
export function decode(kept: Kept): unknown {
  return typeof kept === 'object' && kept !== null ? JSON.parse(kept.text) : kept;
}
