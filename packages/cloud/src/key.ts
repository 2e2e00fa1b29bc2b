import { createHash } from 'node:crypto';

/**
 * From the key of an effect to what a cloud takes. Everything here is a pure function of the key, so that another
 * process, a month later, comes to the same token and the same tag.
 */

/** What makes one effect another than the next. */
export interface TokenParts {
  /** The key of the effect: `ctx.key`. */
  readonly key: string;
  /** What is acted on: `volume`, `instance`. */
  readonly kind: string;
  /** What is done to it. A create and a delete under one key have different tokens. */
  readonly verb: string;
  /** 0 at first; one more for each token that the provider calls spent. */
  readonly generation: number;
}

/** The token of one effect: 64 hex characters, as many as EC2 takes. No two inputs share one. */
export function tokenOf({ key, kind, verb, generation }: TokenParts): string {
  // With its length before it, no part can lend its end to the next one.
  const parts = [key, kind, verb, String(generation)].map((part) => `${Buffer.byteLength(part)}:${part}`);
  return createHash('sha256').update(parts.join('')).digest('hex');
}

/** What a cloud takes as the value of a tag. */
export interface TagLimits {
  /** The most characters that the cloud allows in a tag; 256 where absent. At least 34. */
  readonly maxLength?: number;
  /** What a tag may look like as a whole; anything where absent. Must allow `k-` with hex digits after it. */
  readonly allowed?: RegExp;
}

const digested = 'k-';
const fewestHexDigits = 32;

/**
 * The key as a tag: itself where the cloud takes it, else `k-` and a digest of it, always the same one. A key that
 * looks like a digest is digested too, so that two keys never share a tag.
 */
export function keyTag(key: string, { maxLength = 256, allowed }: TagLimits = {}): string {
  const fits = key.length <= maxLength && (allowed === undefined || allowed.test(key));
  if (fits && !key.startsWith(digested)) return key;
  const room = maxLength - digested.length;
  if (room < fewestHexDigits) throw new Error(`A tag of ${maxLength} characters cannot carry a key.`);
  return `${digested}${createHash('sha256').update(key).digest('hex').slice(0, room)}`;
}
