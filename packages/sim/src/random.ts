/**
 * Chance from a seed. Every draw belongs to a named stream and is a function of (seed, stream, how many drawn before),
 * so that one more latency sample does not change which ids come next, and a saved world goes on where it stopped.
 */

/** How many values each stream has given so far: the whole state of chance, as JSON. */
export type Draws = Record<string, number>;

export interface Random {
  /** A number in [0, 1). */
  next(stream: string): number;
  /** `length` hexadecimal digits. */
  hex(stream: string, length: number): string;
}

export function seededRandom(seed: number | string, draws: Draws = {}): Random {
  const next = (stream: string): number => {
    const count = (draws[stream] ?? 0) + 1;
    draws[stream] = count;
    return scramble(hashText(`${seed}/${stream}`) ^ Math.imul(count, 0x9e3779b1)) / 2 ** 32;
  };
  const hex = (stream: string, length: number): string => {
    let digits = '';
    while (digits.length < length) {
      digits += Math.floor(next(stream) * 2 ** 32)
        .toString(16)
        .padStart(8, '0');
    }
    return digits.slice(0, length);
  };
  return { next, hex };
}

/** A short, stable fingerprint of a text: to compare requests, not to keep secrets. */
export function fingerprint(text: string): string {
  const halves = [hashText(text), hashText(`${text.length}:${text}`)];
  return halves.map((half) => scramble(half).toString(16).padStart(8, '0')).join('');
}

/** FNV-1a over UTF-16 units. */
function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: each input bit reaches each output bit. */
function scramble(value: number): number {
  let bits = value >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
