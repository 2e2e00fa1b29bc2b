/**
 * The one place where a command becomes a string. ssh hands the far side's login shell a single string, so every word
 * is put between single quotes, inside which a POSIX shell gives no character a meaning; a single quote itself is
 * written outside of them. What comes out is read back by that shell as the very words that went in.
 */

/** The words as a string that a POSIX shell reads as these words. A NUL cannot be in a word: that throws. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

function quoteWord(word: string): string {
  if (word.includes('\0')) throw new Error('A word of a command cannot hold a NUL.');
  return `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
