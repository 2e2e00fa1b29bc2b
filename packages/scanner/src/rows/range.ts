/**
 * The keys under a prefix as a range, in the byte order of UTF-8, so that an index answers for them.
 */

/** The first text that comes after every text that begins with this one; `undefined` where there is none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.length > 0) {
    const last = points.pop() ?? lastPoint;
    if (last === lastPoint) continue;
    // Code points in ascending order are bytes of UTF-8 in ascending order; surrogates are no characters.
    const next = last + 1 === firstSurrogate ? afterSurrogates : last + 1;
    return String.fromCodePoint(...points, next);
  }
  return undefined;
}

const lastPoint = 0x10ffff;
const firstSurrogate = 0xd800;
const afterSurrogates = 0xe000;
